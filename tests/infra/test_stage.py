"""Deployment and stage: what a client meets, and when it changes."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from infra import endpoints
from infra.jwt_authorizer import JwtAuthorizer
from infra.methods import Methods
from infra.rest_api import RestApi
from infra.routes import Route
from infra.settings import Settings
from infra.snapshot import Snapshot
from infra.stage import Stage
from tests.infra.recording import Declared, declare

NOT_FROZEN = ("Deployment", "Stage", "MethodSettings")
Inputs = dict[str, Any]


def test_outputs_are_what_the_readme_says(program: Declared):
    assert program.outputs == {
        "invokeUrl": "https://api.execute-api.eu-west-1.amazonaws.com/test",
        "petsUrl": "https://api.execute-api.eu-west-1.amazonaws.com/test/pets",
        "restApiId": "ID(petstore)",
        "stageName": "test",
        "authorizerFunctionName": "petstore-dev-authorizer",
    }


def test_the_stage_serves_the_deployment_and_waits_for_the_permission(program: Declared):
    (stage,) = [resource for resource in program.of("Stage") if resource.type.startswith("aws:")]
    assert stage.inputs == {
        "restApi": "ID(petstore)",
        "deployment": "ID(petstore-deployment)",
        "stageName": "test",
    }
    assert "petstore-jwt-permission" in stage.after
    assert stage.ignore_changes == []


def test_methods_are_throttled_and_measured_and_never_traced(program: Declared):
    inputs = program.one("MethodSettings").inputs
    assert (inputs["stageName"], inputs["methodPath"]) == ("test", "*/*")
    assert inputs["settings"] == {
        "metricsEnabled": True,
        "throttlingRateLimit": 50,
        "throttlingBurstLimit": 100,
        "loggingLevel": "OFF",
        "dataTraceEnabled": False,
    }


def test_the_access_log_is_off_until_asked_for_and_holds_no_header():
    program = declare({"petstore:accessLog": "true", "petstore:logRetentionInDays": "7"})
    (stage,) = [resource for resource in program.of("Stage") if resource.type.startswith("aws:")]
    settings = stage.inputs["accessLogSettings"]
    assert settings["destinationArn"] == "ARN(petstore-access-log-group)"
    assert "header" not in settings["format"]
    assert program.one("LogGroup", "petstore-access-log-group").inputs == {"retentionInDays": 7}


def test_the_deployment_comes_after_everything_that_it_copies(program: Declared):
    copied = {
        resource.name
        for resource in program.resources
        if resource.type.startswith("aws:apigateway/") and not resource.type.endswith(NOT_FROZEN)
    }
    assert len(copied) > 100
    assert copied <= program.one("Deployment").after


def test_the_same_program_makes_the_same_deployment(program: Declared):
    assert _trigger(declare()) == _trigger(program)


@pytest.mark.parametrize(
    "key", ["logRetentionInDays=7", "leewayInSeconds=20", "throttlingRateLimit=9", "accessLog=true"]
)
def test_what_a_deployment_does_not_copy_makes_no_new_one(program: Declared, key: str):
    name, _, value = key.partition("=")
    assert _trigger(declare({f"petstore:{name}": value})) == _trigger(program)


@pytest.mark.parametrize(
    "key", ["authorizerResultTtlInSeconds=0", "backendUrl=https://b.example", "allowedOrigin=https://a.example"]
)
def test_what_a_deployment_copies_makes_a_new_one(program: Declared, key: str):
    name, _, value = key.partition("=")
    assert _trigger(declare({f"petstore:{name}": value})) != _trigger(program)


def small_program() -> None:
    """One backend, one page, one public route: every kind of resource that a deployment copies."""
    routes = [Route("GET", "/a/{b}", query=["q"], scopes=["s"]), Route("GET", "/", public=True, page="hello")]
    settings = Settings.load(routes)
    api = RestApi("api", title="Api", allowed_origin="*")
    authorizer = JwtAuthorizer("jwt", api=api, routes=routes, settings=settings)
    Methods("api", api=api, routes=routes, authorizer=authorizer, settings=settings)
    Stage("api", api=api, authorizer=authorizer, settings=settings)


def test_a_change_of_any_input_of_anything_copied_makes_a_new_deployment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endpoints, "_STATUSES", ("200",))
    add = Snapshot.add
    seen: dict[str, Inputs] = {}

    def observe(snapshot: Snapshot, kind: Callable[..., Any], logical: str, **inputs: Any) -> Any:
        seen[logical] = inputs
        return add(snapshot, kind, logical, **inputs)

    monkeypatch.setattr(Snapshot, "add", observe)
    unchanged = declare(program=small_program)
    declared = {
        resource.name
        for resource in unchanged.resources
        if resource.type.startswith("aws:apigateway/") and not resource.type.endswith(NOT_FROZEN)
    }
    assert set(seen) == declared, "declared without the snapshot knowing"
    fields = [(name, key) for name, inputs in sorted(seen.items()) for key in inputs if key != "opts"]
    # One of a kind will do where the same line of code declares several.
    alike = ("default-5xx", "default-4xx", "access-denied", "a/{b}-options", "api-options", "502")
    fields = [(name, key) for name, key in fields if not any(part in name for part in alike)]
    assert len(fields) > 50
    for target in fields:

        def mutate(
            snapshot: Snapshot, kind: Callable[..., Any], logical: str, /, target: Any = target, **inputs: Any
        ) -> Any:
            if logical == target[0]:
                inputs[target[1]] = _other(target[1], inputs[target[1]])
            return add(snapshot, kind, logical, **inputs)

        monkeypatch.setattr(Snapshot, "add", mutate)
        assert _trigger(declare(program=small_program)) != _trigger(unchanged), target


def _other(key: str, value: Any) -> Any:
    """Another value that the input could have."""
    match value:
        case pulumi.Output():
            return pulumi.Output.concat(value, "x")
        case bool():
            return not value
        case int():
            return value + 1
        case {"types": _}:
            return {"types": "EDGE"}
        case dict():
            return {**value, "x": next(iter(value.values()), "x")}
        case _:
            return {"x": "x"} if key.endswith("templates") else f"{value}x"


def _trigger(program: Declared) -> str:
    (trigger,) = program.one("Deployment").inputs["triggers"].values()
    assert len(trigger) == 64
    return trigger
