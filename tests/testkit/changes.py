"""The changes that users make, each with a program before and after, and the expected plan."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi

import routes
from infra.api import methods
from infra.api.routes import Route
from tools.preview.mock_recorder import Declared, declare
from tools.preview.plan import Step
from tools.project import PROJECT

ROOT, PETS, CREATE, PET = ROUTES = tuple(routes.ROUTES)
DELETE = Route("DELETE", "/pets/{petId}", scopes=("delete:pets",))
APPLICATION, ADMIN = Route("ANY", "/app/{proxy+}"), Route("GET", "/app/admin", scopes=("admin",))
NEWS = Route("GET", "/news", public=True)
PRODUCTION = (
    ("accessLog", "true"),
    ("alarmsTo", "oncall@petstore.example"),
    ("domainName", "api.petstore.example"),
    ("certificateArn", "arn:aws:acm:us-east-1:123456789012:certificate/1"),
    ("protectRestApi", "true"),
)


@dataclass(frozen=True)
class Program:
    """The program with these routes, this configuration in addition to the minimal one, and this bundle.

    `methods`: another name for the component Methods, with an alias for its usual one.
    """

    routes: tuple[Route, ...] = ROUTES
    config: tuple[tuple[str, str], ...] = ()
    bundle: str = "authorizer-1.zip"
    methods: str = ""


_known: dict[str, Declared] = {}


def declared(program: Program) -> Declared:
    """The program's declared resources. Runs the program once."""
    if repr(program) not in _known:
        _known[repr(program)] = _run(program)
    return _known[repr(program)]


def _run(program: Program) -> Declared:
    with ExitStack() as stack:
        stack.enter_context(patch.object(routes, "ROUTES", list(program.routes)))
        stack.enter_context(patch("infra.bundle.build.build_for", lambda *_, **__: Path(program.bundle)))
        if program.methods:
            stack.enter_context(patch.object(methods, "Methods", _renamed(methods.Methods, program.methods)))
        return declare({f"{PROJECT}:{key}": value for key, value in program.config})


def _renamed(kind: Callable[..., Any], new: str) -> Callable[..., Any]:
    def renamed(name: str, opts: pulumi.ResourceOptions | None, **inputs: Any) -> Any:
        alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name)])
        return kind(new, **inputs, opts=pulumi.ResourceOptions.merge(opts, alias))

    return renamed


@dataclass(frozen=True)
class Change:
    """`plan`: the number of resources for each action and type, such as `update="Method 2, Stage"`."""

    before: Program
    after: Program
    plan: Mapping[str, str]


def summary(steps: Iterable[Step]) -> dict[str, str]:
    """The steps in the form of `Change.plan`, with types in alphabetical order."""
    count = Counter((step.action, step.resource.type.rpartition(":")[2]) for step in steps)
    found: dict[str, list[str]] = {}
    for (action, kind), many in sorted(count.items()):
        found.setdefault(action, []).append(f"{kind} {many}" if many > 1 else kind)
    return {action: ", ".join(kinds) for action, kinds in found.items()}


def _config(*pairs: tuple[str, str]) -> Program:
    return Program(config=pairs)


def _change(after: Program, before: Program | None = None, **plan: str) -> Change:
    return Change(before or Program(), after, plan)


CHANGES = {
    "nothing": _change(Program()),
    "a new route": _change(
        Program(routes=(*ROUTES, DELETE)),
        create="Integration, IntegrationResponse 8, Method, MethodResponse 8",
        update="Function, IntegrationResponse, Stage",
        replace="Deployment",
    ),
    "a new public route": _change(
        Program(routes=(*ROUTES, NEWS)),
        create="Integration 2, IntegrationResponse 6, Method 2, MethodResponse 6, Resource",
        update="Stage",
        replace="Deployment",
    ),
    "a removed route": _change(
        Program(routes=(ROOT, PETS, CREATE)),
        update="Function, Stage",
        replace="Deployment",
        delete="Integration 2, IntegrationResponse 6, Method 2, MethodResponse 6, Resource",
    ),
    "an application behind ANY": _change(
        Program(routes=(*ROUTES, APPLICATION, ADMIN)),
        create="Integration 4, IntegrationResponse 15, Method 4, MethodResponse 15, Resource 3",
        update="Function, Stage",
        replace="Deployment",
    ),
    "a scoped route next to ANY": _change(
        Program(routes=(*ROUTES, APPLICATION, ADMIN)),
        create="Integration 2, IntegrationResponse 6, Method 2, MethodResponse 6, Resource",
        update="Function, Stage",
        replace="Deployment",
        before=Program(routes=(*ROUTES, APPLICATION)),
    ),
    "ANY in place of its methods": _change(
        Program(routes=(ROOT, Route("ANY", "/pets"), PET)),
        create="Integration, IntegrationResponse 8, Method, MethodResponse 8",
        update="Function, IntegrationResponse, Stage",
        replace="Deployment",
        delete="Integration 2, IntegrationResponse 13, Method 2, MethodResponse 13",
    ),
    "a removed public route": _change(
        Program(routes=(PETS, CREATE, PET)),
        update="Stage",
        replace="Deployment",
        delete="Integration 2, IntegrationResponse 2, Method 2, MethodResponse 2",
    ),
    "another scope": _change(
        Program(routes=(ROOT, PETS, Route("POST", "/pets", scopes=("write:pets",)), PET)), update="Function"
    ),
    "one scope more": _change(
        Program(routes=(ROOT, Route("GET", "/pets", scopes=("read:pets",), query=PETS.query), CREATE, PET)),
        update="Function",
    ),
    "one scope less": _change(Program(routes=(ROOT, PETS, Route("POST", "/pets"), PET)), update="Function"),
    "opened": _change(
        Program(routes=(ROOT, PETS, Route("POST", "/pets", public=True), PET)),
        update="Function, Integration, Method, Stage",
        replace="Deployment",
    ),
    "closed": _change(
        Program(),
        update="Function, Integration, Method, Stage",
        replace="Deployment",
        before=Program(routes=(ROOT, PETS, Route("POST", "/pets", public=True), PET)),
    ),
    "a parameter's name": _change(
        Program(routes=(ROOT, PETS, CREATE, Route("GET", "/pets/{id}"))),
        update="Function, Integration, Method, Resource, Stage",
        replace="Deployment",
    ),
    "a page becomes a backend": _change(
        Program(routes=(Route("GET", "/", public=True), PETS, CREATE, PET)),
        create="IntegrationResponse 4, MethodResponse 4",
        update="Stage",
        replace="Deployment, Integration, IntegrationResponse, MethodResponse",
    ),
    "a backend becomes a page": _change(
        Program(),
        update="Stage",
        replace="Deployment, Integration, IntegrationResponse, MethodResponse",
        delete="IntegrationResponse 4, MethodResponse 4",
        before=Program(routes=(Route("GET", "/", public=True), PETS, CREATE, PET)),
    ),
    "TTL": _change(_config(("authorizerResultTtlInSeconds", "60")), update="Authorizer, Stage", replace="Deployment"),
    "throttle": _change(_config(("throttlingRateLimit", "9")), update="MethodSettings"),
    "backend URL": _change(
        _config(("backendUrl", "https://backend.example")), update="Integration 3, Stage", replace="Deployment"
    ),
    "issuer": _change(_config(("tokenIssuer", "https://other.eu.auth0.com/")), update="Function"),
    "a key revoked": _change(_config(("revokedKids", '["key-1"]')), update="Function"),
    "authorizer's code, or a dependency": _change(Program(bundle="authorizer-2.zip"), update="Function"),
    "its Python": _change(_config(("lambdaRuntime", "python3.12")), update="Function"),
    "stage's name": _change(_config(("stageName", "v2")), update="Dashboard", replace="MethodSettings, Stage"),
    "a component's name": _change(Program(methods="pets"), update="Stage", replace="Deployment"),
    "protection": _change(_config(("protectRestApi", "true"))),
    "an access log": _change(_config(("accessLog", "true")), create="LogGroup, LogMetricFilter", update="Stage"),
    "alarms": _change(
        _config(("alarmsTo", "oncall@petstore.example")), create="MetricAlarm 7, Topic, TopicSubscription"
    ),
    "a domain": _change(
        _config(*PRODUCTION[2:4]), create="BasePathMapping, DomainName", update="RestApi, Stage", replace="Deployment"
    ),
    "warm containers": _change(
        _config(("provisionedConcurrency", "1")),
        create="Alias, ProvisionedConcurrencyConfig",
        update="Authorizer, Function, Stage",
        replace="Deployment, Permission",
    ),
    "a scope more, with warm containers": _change(
        Program(
            routes=(ROOT, Route("GET", "/pets", scopes=("read:pets",), query=PETS.query), CREATE, PET),
            config=(("provisionedConcurrency", "1"),),
        ),
        update="Alias, Function",
        before=_config(("provisionedConcurrency", "1")),
    ),
    "no warm containers": _change(
        Program(),
        update="Authorizer, Function, Stage",
        replace="Deployment, Permission",
        delete="Alias, ProvisionedConcurrencyConfig",
        before=_config(("provisionedConcurrency", "1")),
    ),
    "stage's name in production": _change(
        _config(*PRODUCTION, ("stageName", "v2")),
        update="BasePathMapping, Dashboard, MetricAlarm 3",
        replace="MethodSettings, Stage",
        before=_config(*PRODUCTION),
    ),
}
