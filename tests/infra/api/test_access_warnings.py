"""Warnings for changes that widen access name the route. The tests call the hooks as the engine does."""

import pulumi
import pytest

from infra.api.access_warnings import warning_of_opening, warning_of_scopes
from infra.api.routes import Route
from tools.preview.mock_recorder import declare

PUBLIC, PROTECTED = {"authorization": "NONE"}, {"authorization": "CUSTOM", "authorizerId": "a"}


def warnings_for(route: Route, moment: str, old: dict[str, str] | None = None) -> list[str]:
    """The warnings for the route's method. `moment` is a key of a binding, such as before_create."""
    return _collect(lambda: warning_of_opening("method", route), moment, old, {"authorization": "NONE"})


def scope_warnings(old: str, *lines: str) -> list[str]:
    """The warnings if the function had the old table and the program has these routes; `public` counts as a scope."""
    routes = [
        Route(method, path, [] if "public" in scopes else scopes, public="public" in scopes)
        for method, path, *scopes in map(str.split, lines)
    ]
    inputs = {"variables": {"ROUTES": old}}
    return _collect(lambda: warning_of_scopes("function", routes), "before_update", inputs, {"variables": {}})


def _collect(binding, moment: str, old, new) -> list[str]:
    found: list[str] = []

    def program() -> None:
        hooks = binding()
        for hook in getattr(hooks, moment, None) or []:
            assert hook.opts.on_dry_run, "a preview says nothing"
            hook(pulumi.ResourceHookArgs("urn", "id", "name", "type", new_inputs=new, old_inputs=old))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.log, "warn", found.append)
        declare(program=program)
    return found


def test_a_new_public_route_is_named():
    (warning,) = warnings_for(Route("GET", "/news", public=True), "before_create")
    assert warning.startswith("GET /news is new and public: it needs no token")


def test_a_route_that_becomes_public_is_named():
    (warning,) = warnings_for(Route("POST", "/pets", public=True), "before_update", PROTECTED)
    assert warning.startswith("POST /pets was protected and becomes public: it needs no token")


@pytest.mark.parametrize("moment", ["before_create", "before_update"])
@pytest.mark.parametrize(
    "route", [Route("GET", "/pets"), Route("OPTIONS", "/pets", public=True)], ids=["protected", "preflight"]
)
def test_a_protected_route_and_a_preflight_cause_no_warning(route: Route, moment: str):
    assert warnings_for(route, moment, PROTECTED) == []


def test_a_public_route_that_stays_public_causes_no_warning():
    assert warnings_for(Route("GET", "/news", public=True), "before_update", PUBLIC) == []


@pytest.mark.parametrize(
    ("old", "new", "dropped"),
    [
        ("POST /pets create:pets", ["POST /pets"], "POST /pets no longer needs create:pets"),
        ("POST /pets a b c", ["POST /pets b"], "POST /pets no longer needs a c"),
        ("GET /pets/{petId} a", ["GET /pets/{id}"], "GET /pets/{id} no longer needs a"),
        ("POST /pets a", ["POST /pets b"], "POST /pets no longer needs a"),
        ("GET /x a\nPUT /x a", ["ANY /x"], "ANY /x no longer needs a"),
        ("GET /admin a", ["ANY /{proxy+}"], "requests for GET /admin go to ANY /{proxy+}, which does not need a:"),
        (
            "GET /pets/mine a",
            ["GET /pets/{id}"],
            "requests for GET /pets/mine go to GET /pets/{id}, which does not need a:",
        ),
        (
            "GET /{proxy+} a",
            ["ANY /{proxy+} a", "GET /admin"],
            "GET /admin went to GET /{proxy+}, and no longer needs a:",
        ),
        (
            "GET /admin a",
            ["ANY /{proxy+} public"],
            "GET /admin was protected, and its requests go to ANY /{proxy+}, which is public",
        ),
        ("GET /x a", ["ANY /x public"], "GET /x was protected, and its requests go to ANY /x, which is public"),
    ],
)
def test_requests_that_need_fewer_scopes_are_named_once(old: str, new: list[str], dropped: str):
    (warning,) = scope_warnings(old, *new)
    assert warning.startswith(dropped)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("POST /pets a", ["POST /pets a b"]),
        ("POST /pets a", ["GET /pets"]),
        ("", ["GET /pets"]),
        ("not a table", ["GET /x"]),
        ("GET /x a", ["GET /x public"]),  # The hook of the method warns about it.
        ("GET /admin a", ["ANY /{proxy+} a"]),
        ("GET /{proxy+} a", ["ANY /{proxy+} a", "GET /admin a b"]),
    ],
)
def test_requests_that_need_the_same_or_more_scopes_cause_no_warning(old: str, new: list[str]):
    assert scope_warnings(old, *new) == []


def test_every_public_route_and_the_function_have_hooks():
    hooked: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        original = pulumi.ResourceHook.__init__

        def observe(self, name, *rest) -> None:
            hooked.append(name)
            original(self, name, *rest)

        patch.setattr(pulumi.ResourceHook, "__init__", observe)
        declare()
    assert sorted(hooked) == [
        "petstore-get-method-created-public",
        "petstore-get-method-made-public",
        "petstore-jwt-scopes",
    ]
