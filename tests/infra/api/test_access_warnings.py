"""A change that lets in who was kept out names the route. Hooks are called here as the engine calls them."""

import pulumi
import pytest

from infra.api.access_warnings import warning_of_opening
from infra.api.routes import Route
from infra.auth.scope_warnings import warning_of_scopes
from tools.preview.mock_recorder import declare

PUBLIC, PROTECTED = {"authorization": "NONE"}, {"authorization": "CUSTOM", "authorizerId": "a"}


def said(route: Route, moment: str, old: dict[str, str] | None = None) -> list[str]:
    """The warnings for the route's method, `moment` as in a binding: before_create."""
    return _said(lambda: warning_of_opening("method", route), moment, old, {"authorization": "NONE"})


def of_scopes(old: str, new: str) -> list[str]:
    tables = [{"environment": {"variables": {"ROUTES": table}}} for table in (old, new)]
    return _said(lambda: warning_of_scopes("function"), "before_update", *tables)


def _said(binding, moment: str, old, new) -> list[str]:
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
    (warning,) = said(Route("GET", "/news", public=True), "before_create")
    assert warning.startswith("GET /news is new, and open to everyone")


def test_a_protected_route_that_is_opened_is_named():
    (warning,) = said(Route("POST", "/pets", public=True), "before_update", PROTECTED)
    assert warning.startswith("POST /pets was protected, and is opened to everyone")


@pytest.mark.parametrize("moment", ["before_create", "before_update"])
@pytest.mark.parametrize(
    "route", [Route("GET", "/pets"), Route("OPTIONS", "/pets", public=True)], ids=["protected", "preflight"]
)
def test_a_protected_route_and_a_preflight_are_not(route: Route, moment: str):
    assert said(route, moment, PROTECTED) == []


def test_a_public_route_that_stays_public_is_silent():
    assert said(Route("GET", "/news", public=True), "before_update", PUBLIC) == []


@pytest.mark.parametrize(
    ("old", "new", "dropped"),
    [
        ("POST /pets create:pets", "POST /pets", "POST /pets no longer asks for create:pets"),
        ("POST /pets a b c", "POST /pets b", "POST /pets no longer asks for a c"),
        ("GET /pets/{petId} a", "GET /pets/{id}", "GET /pets/{} no longer asks for a"),
        ("POST /pets a", "POST /pets b", "POST /pets no longer asks for a"),
    ],
)
def test_a_route_that_asks_for_fewer_scopes_is_named(old: str, new: str, dropped: str):
    (warning,) = of_scopes(old, new)
    assert warning.startswith(dropped)


@pytest.mark.parametrize(
    ("old", "new"),
    [("POST /pets a", "POST /pets a b"), ("POST /pets a", "GET /pets"), ("", "GET /pets"), ("not a table", "GET /x")],
)
def test_a_route_that_asks_for_no_fewer_is_silent(old: str, new: str):
    assert of_scopes(old, new) == []


def test_every_public_route_and_the_function_have_their_hooks():
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
