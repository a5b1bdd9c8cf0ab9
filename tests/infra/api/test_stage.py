"""Deployment and stage: their settings, and the changes that create a new deployment."""

import json
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from infra.api.access_log import FIELDS
from infra.snapshot import Snapshot
from tests.testkit.production import PRODUCTION
from tools.preview.mock_recorder import Declared, declare
from tools.project import PROJECT

Inputs = dict[str, Any]


def test_the_outputs_are_those_of_the_readme(program: Declared):
    assert program.outputs == {
        "invokeUrl": "https://api.execute-api.eu-west-1.amazonaws.com/test",
        "petsUrl": "https://api.execute-api.eu-west-1.amazonaws.com/test/pets",
        "restApiId": "ID(petstore)",
        "stageName": "test",
        "stageArn": "ARN(petstore-stage)",
        "authorizerFunctionName": "petstore-dev-authorizer",
    }


def test_the_stage_serves_the_deployment_and_waits_for_the_permission(program: Declared):
    (stage,) = [resource for resource in program.of("Stage") if resource.type.startswith("aws:")]
    assert stage.inputs == {
        "restApi": "ID(petstore)",
        "deployment": "ID(petstore-deployment)",
        "stageName": "test",
        "xrayTracingEnabled": True,
    }
    assert "petstore-jwt-permission" in stage.after


def test_methods_are_throttled_and_never_traced(program: Declared):
    inputs = program.one("MethodSettings").inputs
    assert (inputs["stageName"], inputs["methodPath"]) == ("test", "*/*")
    assert inputs["settings"] == {
        "metricsEnabled": False,
        "throttlingRateLimit": 50,
        "throttlingBurstLimit": 100,
        "loggingLevel": "OFF",
        "dataTraceEnabled": False,
    }


def test_the_access_log_is_off_by_default_and_has_caller_status_and_latency():
    program = declare({"petstore:accessLog": "true", "petstore:logRetentionInDays": "7"})
    (stage,) = [resource for resource in program.of("Stage") if resource.type.startswith("aws:")]
    settings = stage.inputs["accessLogSettings"]
    assert settings["destinationArn"] == "ARN(petstore-access-log-group)"
    assert program.one("LogGroup", "petstore-access-log-group").inputs == {"retentionInDays": 7}
    assert json.loads(settings["format"]) == FIELDS
    assert all(source.startswith("$context.") for source in FIELDS.values())
    asked = {"requestId", "resourcePath", "status", "authorizerStatus", "authorizerLatency", "responseLatency"}
    assert asked | {"errorType", "principalHash"} <= FIELDS.keys()


def test_throttled_requests_are_counted_from_the_access_log():
    inputs = declare({"petstore:accessLog": "true"}).one("LogMetricFilter").inputs
    assert inputs["logGroupName"] == "petstore-access-log-group"
    assert inputs["pattern"] == '{ $.errorType = "THROTTLED" }'


@pytest.mark.parametrize("given", [{}, PRODUCTION], ids=["dev", "prod"])
def test_no_log_contains_a_header(given: dict[str, str]):
    program = declare(given)
    assert [it.inputs["settings"]["dataTraceEnabled"] for it in program.of("MethodSettings")] == [False]
    assert not re.search(
        "header|Authorization", str([it.inputs.get("accessLogSettings") for it in program.of("Stage")])
    )


def test_the_deployment_depends_on_everything_that_it_copies(program: Declared):
    copied = _copied(program)
    assert len(copied) > 60
    assert set(copied) <= program.one("Deployment").after


def test_the_same_program_creates_the_same_deployment(program: Declared):
    assert _trigger(declare()) == _trigger(program)


def test_a_change_of_a_resource_that_is_not_copied_creates_no_deployment(program: Declared):
    changed = {"logRetentionInDays": "7", "leewayInSeconds": "20", "throttlingRateLimit": "9", "accessLog": "true"}
    assert _trigger(declare({f"{PROJECT}:{key}": value for key, value in changed.items()})) == _trigger(program)


def test_a_change_of_any_input_of_a_copied_resource_creates_a_deployment(monkeypatch: pytest.MonkeyPatch):
    add = Snapshot.add
    copied: dict[str, tuple[str, Inputs]] = {}

    def observe(snapshot: Snapshot, kind: Callable[..., Any], logical: str, **inputs: Any) -> Any:
        values = {key: value for key, value in inputs.items() if key != "opts"}
        pulumi.Output.all(**values).apply(lambda plain: copied.update({logical: (kind.__name__, plain)}))
        return add(snapshot, kind, logical, **inputs)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "add", observe)
        program = declare()
    assert set(copied) == set(_copied(program)), "declared without the snapshot knowing"

    def digests() -> None:
        pulumi.export("whole", _snapshot(copied).digest)
        for logical, (kind, inputs) in copied.items():
            pulumi.export(logical, _snapshot({logical: (kind, inputs)}).digest)
            for key, value in inputs.items():
                changed = {logical: (kind, inputs | {key: _other(key, value)})}
                pulumi.export(f"{logical} {key}", _snapshot(changed).digest)

    found = declare(program=digests).outputs
    assert found.pop("whole") == _trigger(program)
    changes = [name for name in found if " " in name]
    assert len(changes) > 450
    assert [name for name in changes if found[name] == found[name.partition(" ")[0]]] == []


def _copied(program: Declared) -> list[str]:
    """The names of the resources that a deployment copies: all of API Gateway's except those around the deployment."""
    around = ("Deployment", "Stage", "MethodSettings")
    ours = [resource for resource in program.resources if resource.type.startswith("aws:apigateway/")]
    return [resource.name for resource in ours if not resource.type.endswith(around)]


def _snapshot(resources: dict[str, tuple[str, Inputs]]) -> Snapshot:
    snapshot = Snapshot()
    for logical, (kind, inputs) in resources.items():
        stand_in: Any = type(kind, (), {"__init__": lambda *_, **__: None})
        snapshot.add(stand_in, logical, **inputs)
    return snapshot


def _other(key: str, value: Any) -> Any:
    """Another value for the input."""
    match value:
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
