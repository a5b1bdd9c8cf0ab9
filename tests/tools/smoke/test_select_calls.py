"""The calls that the smoke test selects for a route table and a token."""

import pytest

from infra.api.routes import Route
from tests.tools.smoke.conftest import access_token
from tools.smoke import SmokeError
from tools.smoke.calls import Call
from tools.smoke.select_calls import calls
from tools.smoke.token import Token

PETS = Route("GET", "/pets")
NEWS = Route("GET", "/news", public=True)


def chosen(routes: list[Route], *granted: str, path: str | None = None) -> list[Call]:
    return calls(routes, Token.parse(access_token(scope=" ".join(granted))), path)


def targets(made: list[Call]) -> list[tuple[int, str]]:
    return [(call.expected, f"{call.method} {call.path}") for call in made]


def test_the_protected_route_is_called_with_no_token_a_forged_one_and_the_token():
    nobody, forged, somebody = chosen([NEWS, PETS])[1:4]
    assert targets([nobody, forged, somebody]) == [(401, "GET /pets"), (401, "GET /pets"), (200, "GET /pets")]
    assert nobody.authorization is None
    assert forged.authorization
    assert somebody.authorization
    assert forged.authorization.rpartition(".")[0] == somebody.authorization.rpartition(".")[0]
    assert forged.authorization != somebody.authorization


def test_a_public_route_without_parameters_is_called_without_a_token():
    two = chosen([NEWS, Route("GET", "/", public=True), PETS])
    assert targets(two)[:2] == [(200, "GET /news"), (401, "GET /pets")]
    hidden = [Route("POST", "/news", public=True), Route("GET", "/news/{id}", public=True)]
    assert [call.expected for call in chosen([*hidden, PETS])] == [401, 401, 200, 403]


def test_the_token_is_used_on_the_first_permitted_route_without_parameters():
    routes = [Route("GET", "/a/{id}"), Route("GET", "/b", scopes=["b"]), Route("POST", "/c"), Route("GET", "/d")]
    assert [path for status, path in targets(chosen(routes)) if status == 200] == ["GET /d"]
    assert [path for status, path in targets(chosen(routes, "b")) if status == 200] == ["GET /b"]


def test_an_any_route_is_called_with_its_least_harmful_method():
    assert targets(chosen([Route("ANY", "/pets")]))[2] == (200, "GET /pets")
    assert targets(chosen([PETS, Route("ANY", "/all/{path+}", scopes=["all"])]))[3] == (403, "GET /all/smoke-test")
    own = [PETS, Route("ANY", "/all", scopes=["all"]), Route("GET", "/all"), Route("HEAD", "/all")]
    assert targets(chosen(own))[3] == (403, "POST /all")


def test_no_unknown_path_is_called_if_any_includes_all_paths():
    assert [call.expected for call in chosen([PETS, Route("ANY", "/{path+}")])] == [401, 401, 200]


def test_permissions_count_as_scopes():
    token = Token.parse(access_token(permissions=["b"]))
    assert (200, "GET /b") in targets(calls([Route("GET", "/b", scopes=["b"])], token))


def test_a_token_that_permits_no_get_is_reported_with_the_missing_scopes():
    with pytest.raises(SmokeError, match=r"GET /b needs the scopes b c"):
        chosen([Route("GET", "/b", scopes=["c", "a", "b"])], "a")


def test_if_every_route_has_parameters_a_path_is_required():
    routes = [Route("GET", "/pets/{id}")]
    with pytest.raises(SmokeError, match="--path /pets/1"):
        chosen(routes)
    assert targets(chosen(routes, path="/pets/1"))[:3] == [
        *((401, "GET /pets/1"), (401, "GET /pets/1"), (200, "GET /pets/1")),
    ]


@pytest.mark.parametrize(
    ("closed", "target"),
    [
        (["POST /pets", "GET /owners/{id}"], "GET /owners/smoke-test"),
        (["DELETE /pets/{id}", "PUT /pets/{id}", "POST /pets"], "POST /pets"),
        (["DELETE /pets", "DELETE /pets/{id}"], "DELETE /pets/smoke-test"),
        (["GET /files/{path+}"], "GET /files/smoke-test"),
    ],
)
def test_the_forbidden_call_is_the_least_harmful_one_that_the_token_does_not_permit(closed: list[str], target: str):
    routes = [PETS, *(Route(*words.split(), scopes=["a", "b"]) for words in closed)]
    (call,) = [call for call in chosen(routes, "a") if call.expected == 403]
    assert (f"{call.method} {call.path}", call.title) == (target, "the token, without b")
    assert call.authorization


def test_no_call_could_delete_a_whole_collection():
    (call,) = [call for call in chosen([PETS, Route("DELETE", "/pets", scopes=["a"])]) if call.expected == 403]
    assert (call.title, call.path) == ("no such path; DELETE /pets could do harm", "/smoke-test")


@pytest.mark.parametrize(
    ("paths", "target"),
    [
        (["/pets"], "GET /smoke-test"),
        (["/pets", "/{kind}"], "GET /smoke-test/smoke-test"),
        (["/pets", "/{kind}/{id}"], "GET /smoke-test"),
        (["/pets", "/files/{path+}"], "GET /smoke-test"),
        (["/pets", "/{path+}"], "HEAD /smoke-test"),
    ],
)
def test_a_token_with_all_scopes_gets_403_on_an_unknown_path(paths: list[str], target: str):
    made = chosen([Route("GET", path) for path in paths])
    (call,) = [call for call in made if call.expected == 403]
    assert (f"{call.method} {call.path}", call.title) == (target, "no such path; the token may call all")
    assert call.authorization is None, "API Gateway repeats a bearer token that comes where no route is"


def test_if_every_path_is_a_route_there_is_no_forbidden_call():
    routes = [PETS, Route("GET", "/{path+}"), Route("HEAD", "/{path+}")]
    assert [call.expected for call in chosen(routes)] == [401, 401, 200]


def test_the_representation_of_a_call_hides_its_token():
    token = access_token()
    made = calls([PETS, Route("POST", "/pets", scopes=["a"])], Token.parse(token))
    assert "eyJ" not in repr(made)
    assert "eyJ" not in repr(Token.parse(token))
