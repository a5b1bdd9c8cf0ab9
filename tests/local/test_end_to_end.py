"""The program on an embedded AWS, over real HTTP."""

import io
import json
import re
import subprocess

import pytest
from rich.console import Console

from local import demo
from local.cloud.emulator import COMMAND
from tests.conftest import Api


def test_one_answer_of_the_authorizer_is_cached_for_every_method(api: Api):
    token = api.sandbox.issuer.mint("create:pets")
    before = len(api.log_lines())
    calls = [("GET", "/pets"), ("GET", "/pets/1"), ("POST", "/pets"), ("GET", "/pets?type=dog&page=1")]
    assert [api.call(method, path, token).status_code for method, path in calls] == [200, 200, 201, 200]
    decisions = [line for line in api.log_lines()[before:] if '"decision"' in line]
    assert len(decisions) == 1


def test_a_cached_answer_does_not_exceed_the_tokens_scopes(api: Api):
    token = api.sandbox.issuer.mint("read:pets")
    paths = [("GET", "/pets"), ("POST", "/pets"), ("GET", "/pets/2"), ("POST", "/pets")]
    assert [api.call(method, path, token).status_code for method, path in paths] == [200, 403, 200, 403]


def test_rbac_permissions_count_as_scopes(api: Api):
    assert api.call("POST", "/pets", api.sandbox.issuer.mint(permissions=["create:pets"])).status_code == 201


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Bearer a.b", "Basic dXNlcjpwYXNz", "a.b.c", "Bearer a.b.c,Bearer a.b.c"]
)
def test_a_value_that_cannot_be_a_bearer_jwt_is_refused_without_invoking_the_function(api: Api, value: str):
    before = len(api.log_lines())
    assert api.call("GET", "/pets", Authorization=value).status_code == 401
    assert len(api.log_lines()) == before


def test_a_lower_case_scheme_is_accepted(api: Api):
    assert api.call("GET", "/pets", Authorization=f"bearer {api.sandbox.issuer.mint()}").status_code == 200


def test_query_and_path_are_passed_to_the_backend(api: Api):
    token = api.sandbox.issuer.mint()
    assert [pet["type"] for pet in api.call("GET", "/pets?type=cat", token).json()][:1] == ["cat"]
    assert api.sandbox.backend.requests[-1].query == {"type": ["cat"]}
    api.call("GET", "/pets/3", token)
    assert api.sandbox.backend.requests[-1].path == "/petstore/pets/3"


def test_a_page_of_another_origin_can_read_why_it_was_refused(api: Api):
    refused = api.call("GET", "/pets", Origin="https://app.example.com")
    forbidden = api.call("POST", "/pets", api.sandbox.issuer.mint())
    unknown = api.call("GET", "/nothing-here")
    assert (refused.status_code, forbidden.status_code, unknown.status_code) == (401, 403, 403)
    for response in (refused, forbidden, unknown):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="PetStore"'
    assert forbidden.headers["WWW-Authenticate"] == 'Bearer realm="PetStore", error="insufficient_scope"'


def test_a_backend_behind_http_proxy_answers_preflights_itself(api: Api):
    preflight = api.call("OPTIONS", "/any/x", Origin="https://app.example.com")
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]


def test_the_log_has_a_line_for_each_decision_and_no_token(api: Api):
    token = api.sandbox.issuer.mint(sub="auth0|who-it-is")
    before = len(api.log_lines())
    api.call("GET", "/pets", token)
    (line,) = [line for line in api.log_lines()[before:] if '"decision"' in line]
    decision = json.loads(line)
    assert (decision["outcome"], decision["route"], decision["kid"]) == ("allow", "GET /pets", "local-1")
    for part in (*token.split("."), "who-it-is"):
        assert part not in "".join(api.log_lines())


def test_the_emulators_python_has_no_pyjwt_that_could_hide_a_missing_one():
    python = COMMAND.parent / "python"
    result = subprocess.run([python, "-c", "import jwt"], capture_output=True, text=True, check=False)
    assert "No module named 'jwt'" in result.stderr


def test_every_call_of_the_demo_gets_the_expected_answer(api: Api):
    console = Console(file=io.StringIO(), width=100, record=True)
    assert demo.report(console, api.sandbox, api.deployed) is True
    output = console.export_text()
    assert "24 of 24 calls answered as they should" in output
    assert {"200", "201", "401", "403", "404", "500"} <= set(re.findall(r"\b\d{3}\b", output))
    assert "eyJ" not in output


def test_an_unexpected_answer_fails_the_demo(monkeypatch: pytest.MonkeyPatch, api: Api):
    console = Console(file=io.StringIO(), width=100, record=True)
    calls = [demo.Call("wrong status", 599), demo.Call("wrong header", 401, check=lambda _: "no such header")]
    monkeypatch.setattr(demo, "calls", lambda *_, **__: calls)
    assert demo.report(console, api.sandbox, api.deployed) is False
    output = console.export_text()
    assert output.count("NO") == 2
    assert "401, no such header" in output
    assert "0 of 2 calls answered as they should" in output
