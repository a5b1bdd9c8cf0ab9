"""The page's server and the gateway in front of MiniStack, without a browser."""

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from local.page.server import Page
from local.page.why import Call, Explanation, explain
from tests.conftest import Api
from tools.project import ROOT

FOLDER = ROOT / "local" / "page"


@pytest.fixture(scope="module")
def page(api: Api) -> Iterator[Page]:
    with Page(api.sandbox, 0) as page:
        page.show(api.deployed)
        yield page


def post(page: Page, path: str, body: object, **headers: str) -> requests.Response:
    ours = {"Origin": page.url, "Content-Type": "application/json"}
    return requests.post(f"{page.url}{path}", data=json.dumps(body), headers={**ours, **headers}, timeout=20)


READER = {"kind": "reader", "scopes": []}


def test_only_its_own_page_gets_a_token(page: Page):
    assert post(page, "/token", READER).json()["token"].count(".") == 2
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": page.gateway.url},
        {"Origin": "null"},
        {"Origin": ""},
        {"Content-Type": "text/plain"},
    ):
        refused = post(page, "/token", READER, **headers)
        assert (refused.status_code, "token" in refused.json()) == (403, False), headers
        assert "Access-Control-Allow-Origin" not in refused.headers
    preflight = requests.options(f"{page.url}/token", headers={"Origin": "https://evil.example"}, timeout=20)
    assert (preflight.ok, "Access-Control-Allow-Origin" in preflight.headers) == (False, False)


def test_localhost_redirects_to_the_pages_own_origin_and_gets_no_data(page: Page):
    localhost = f"localhost:{page.port}"
    for path in ("/", "/page.js"):
        moved = requests.get(page.url + path, headers={"Host": localhost}, timeout=20, allow_redirects=False)
        assert (moved.status_code, moved.headers["Location"]) == (307, page.url + path)
    assert post(page, "/token", READER, Host=localhost, Origin=f"http://{localhost}").status_code == 403


def test_a_port_in_use_is_replaced_by_a_free_one(page: Page, api: Api):
    other = Page(api.sandbox, page.port)
    assert other.port not in (0, page.port)


def test_every_answer_has_a_policy_that_blocks_foreign_content(page: Page):
    for path in ("/", "/page.js", "/deployment", "/nothing"):
        headers = requests.get(page.url + path, timeout=20).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy.pop("connect-src") == f"'self' {page.gateway.url}"
        assert policy.pop("img-src") == "data:"
        assert set(policy) >= {"default-src", "script-src", "base-uri", "form-action", "frame-ancestors"}
        assert set(policy.values()) == {"'none'", "'self'"}
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/server.py", "/../server.py", "/%2e%2e/server.py", "/static/page.js", "/etc/passwd"])
def test_no_other_file_is_served(page: Page, path: str):
    assert requests.get(page.url + path, timeout=20).status_code == 404


def test_an_invalid_request_is_refused_and_the_page_continues(page: Page):
    missing = {"method": "GET", "path": "/nothing", "status": 200, "authorization": ""}
    for path, body in (("/token", []), ("/token", {**READER, "kind": "admin"}), ("/why", {}), ("/why", missing)):
        assert post(page, path, body).status_code == 400
    assert post(page, "/token", READER).status_code == 200


def test_the_page_shows_each_deployed_route_with_its_scopes_and_backend(page: Page, api: Api):
    shown = requests.get(f"{page.url}/deployment", timeout=20).json()
    assert (shown["url"], shown["number"]) == (page.gateway.invoke_url, 1)
    assert [(route["method"], route["path"], route["scopes"]) for route in shown["routes"]] == [
        ("GET", "/", None),
        ("GET", "/pets", []),
        ("POST", "/pets", ["create:pets"]),
        ("GET", "/pets/{petId}", []),
    ]
    welcome, pets, create, pet = shown["routes"]
    assert welcome["summary"] == "API Gateway answers with a page"
    assert pets["summary"] == f"Goes to {api.sandbox.backend.url}/petstore/pets"
    assert (pets["query"], create["body"], pet["parameters"]) == (["type", "page"], True, ["petId"])
    assert "environment" not in shown


def test_a_deployment_in_progress_or_failed_is_reported(page: Page):
    def state() -> tuple[bool, str, int]:
        shown = requests.get(f"{page.url}/deployment", timeout=20).json()
        return shown["deploying"], shown["failure"], len(shown["routes"])

    page.deploying()
    assert state() == (True, "", 4)
    page.failed("routes.py:3: SyntaxError")
    assert state() == (False, "routes.py:3: SyntaxError", 4)
    page.failed("")


def test_the_gateway_adds_only_the_declared_header_to_a_backends_answer(page: Page, api: Api):
    def both(method: str, path: str, **headers: str) -> list[requests.Response]:
        urls = (api.deployed.invoke_url, page.gateway.invoke_url)
        return [requests.request(method, url + path, headers=headers, timeout=20) for url in urls]

    authorization = f"Bearer {api.sandbox.issuer.mint()}"
    for path in ("/pets?type=dog", "/pets/1", "/pets/999"):
        bare, full = both("GET", path, Authorization=authorization)
        assert (bare.status_code, bare.content) == (full.status_code, full.content)
        added = set(full.headers.items()) - set(bare.headers.items())
        assert {name for name, _ in added if not name.lower().startswith("x-am")} <= {"Server", "Date"}
        assert full.headers["Access-Control-Allow-Origin"] == "*"


def test_the_gateway_forwards_requests_to_the_deployed_stage_only(page: Page, api: Api):
    invoke = urlsplit(page.gateway.invoke_url).path
    assert requests.get(f"{page.gateway.invoke_url}/", timeout=20).status_code == 200
    functions = "/2015-03-31/functions"
    for path in ("/", "/_ministack/health", functions, invoke, f"{invoke}x/", f"/restapis/{api.deployed.rest_api_id}"):
        assert requests.get(page.gateway.url + path, timeout=20).json() == {"message": "not found"}, path


def call(page: Page, status: int, authorization: str | None = "", **changed) -> Explanation:
    environment = {**page._shown["environment"], **changed.pop("environment", {})}
    given = {"method": "POST", "path": "/pets", "scopes": ["create:pets"], "ttl": 300, **changed}
    return explain(Call(authorization=authorization or "", status=status, environment=environment, **given))


def test_the_reason_is_the_one_in_the_authorizers_log(page: Page, api: Api):
    mint = api.sandbox.issuer.mint
    plain, granted = f"Bearer {mint()}", f"Bearer {mint('create:pets')}"
    expired, foreign = f"Bearer {mint(exp=int(time.time()) - 7200)}", f"Bearer {mint(aud='https://other.example')}"
    assert call(page, 401).why.startswith("No token was sent:")
    assert call(page, 403, plain).why.endswith("does not grant create:pets.")
    assert call(page, 201, granted).why == "Allowed: the token is valid and grants create:pets."
    assert call(page, 404, granted).why.endswith(" The 404 comes from the backend.")
    assert call(page, 401, expired).why.startswith("expired: expired 2 hours ago, at ")
    assert call(page, 401, expired).fix == "To fix: get a new token."
    assert call(page, 401, foreign).why.startswith("wrong_audience: aud is 'https://other.example', and audience ")
    assert call(page, 401, "Bearer a.b.c").why.startswith("malformed_token: ")
    assert call(page, 200, None, scopes=None).why.startswith("Public")
    closed = {"JWKS_URI": "http://127.0.0.1:9/jwks.json"}
    assert call(page, 500, granted, environment=closed).why.startswith("keys_unavailable: ")


def test_a_cached_answer_is_distinguished_from_the_authorizers(page: Page, api: Api):
    granted, expired = f"Bearer {api.sandbox.issuer.mint('create:pets')}", f"Bearer {api.sandbox.issuer.mint(exp=1)}"
    assert call(page, 200, expired).why.startswith("The authorizer would answer 401 now, expired. API Gateway caches")
    assert call(page, 403, granted, ttl=9).why.endswith("API Gateway caches its earlier policy for up to 9 s.")


def test_no_reason_contains_the_token(page: Page, api: Api):
    token = api.sandbox.issuer.mint(exp=1)
    asked = {"method": "GET", "path": "/pets", "status": 401, "authorization": f"Bearer {token}"}
    answer = post(page, "/why", asked)
    assert answer.json()["why"].startswith("expired")
    assert [part for part in token.split(".") if part in answer.text] == []


def test_before_the_first_deployment_there_are_no_routes_and_no_reasons(api: Api):
    with Page(api.sandbox, 0) as page:
        shown = requests.get(f"{page.url}/deployment", timeout=20).json()
        assert (shown["number"], shown["routes"]) == (0, [])
        asked = {"method": "GET", "path": "/pets", "status": 0, "authorization": ""}
        assert post(page, "/why", asked).status_code == 400
    with pytest.raises(requests.ConnectionError):
        requests.get(page.url, timeout=5)
    with pytest.raises(requests.ConnectionError):
        requests.get(page.gateway.url, timeout=5)


def test_our_files_name_no_other_host():
    for path in (FOLDER / "static").iterdir():
        assert re.findall(r"(?:https?:)?//[a-z0-9]", path.read_text(encoding="utf-8")) == [], path.name
