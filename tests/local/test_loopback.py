"""No foreign web page can call a server of `make up`, on any of its ports."""

import json
import socket
import struct
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from local.cloud.issuer import CLIENT_ID, CLIENT_SECRET
from local.page.server import Page
from tests.conftest import Api
from tests.testkit.rebinding import rebound, send

SERVERS = ("emulator", "issuer", "backend", "page", "gateway")


@pytest.fixture(scope="module")
def page(api: Api) -> Iterator[Page]:
    with Page(api.sandbox, 0) as page:
        page.show(api.deployed)
        yield page


@pytest.fixture
def ports(api: Api, page: Page) -> dict[str, int]:
    sandbox = api.sandbox
    servers = (sandbox.emulator, sandbox.issuer, sandbox.backend, page, page.gateway)
    return {name: server.port for name, server in zip(SERVERS, servers, strict=True)}


@pytest.fixture
def paths(api: Api) -> dict[str, str]:
    """For each server, a path that answers 200 to a program."""
    deployed = f"{urlsplit(api.deployed.invoke_url).path}/"
    issuer = "/.well-known/jwks.json"
    return dict(zip(SERVERS, (deployed, issuer, "/petstore/pets", "/deployment", deployed), strict=True))


@pytest.mark.parametrize("server", SERVERS)
def test_a_foreign_name_that_resolves_to_this_machine_gets_no_answer(
    ports: dict[str, int], paths: dict[str, str], server: str
):
    port, path = ports[server], paths[server]
    assert send(port, path)[0].status == 200
    assert send(port, path, Host=f"LOCALHOST:{port}")[0].status == 200
    statuses = rebound(port, path)
    assert set(statuses) <= {400, 403, 421}, statuses


@pytest.mark.parametrize("server", ["issuer", "backend", "page", "gateway"])
@pytest.mark.parametrize(
    ("target", "length"),
    [("http://evil.test/", "0"), ("http://[", "0"), ("evil.test:443", "0"), ("/", "x"), ("/", "-1"), ("/", "")],
)
def test_a_request_that_is_not_http_gets_400_and_no_traceback(
    ports: dict[str, int], server: str, target: str, length: str, capfd: pytest.CaptureFixture[str]
):
    response, _ = send(ports[server], target, **{"Content-Length": length})
    assert response.status == 400
    assert capfd.readouterr().err == ""


def test_a_client_that_goes_away_is_no_error(ports: dict[str, int], capfd: pytest.CaptureFixture[str]):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", ports["issuer"])) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset at the end
            client.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{ports['issuer']}\r\n".encode())
    assert send(ports["issuer"])[0].status == 404
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("server", ["issuer", "page", "gateway"])
@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://127.0.0.1", "http://localhost:{port}", ""])
def test_a_page_of_another_origin_is_refused(ports: dict[str, int], paths: dict[str, str], server: str, origin: str):
    response, body = send(ports[server], paths[server], Origin=origin.format(port=ports["page"]))
    assert (response.status, json.loads(body)["message"].partition(":")[0]) == (403, "Origin")
    assert response.getheader("Access-Control-Allow-Origin") is None


def test_the_gateway_and_the_page_answer_the_page(ports: dict[str, int], paths: dict[str, str], page: Page):
    for server in ("page", "gateway"):
        assert send(ports[server], paths[server], Origin=page.url)[0].status == 200


@pytest.mark.parametrize("headers", [{"Host": "evil.test"}, {"Origin": "https://evil.test"}, {"Origin": "{page}"}])
def test_the_issuer_gives_no_token_to_a_page_that_knows_the_public_client_secret(
    api: Api, page: Page, headers: dict[str, str]
):
    issuer = api.sandbox.issuer
    asked = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    asked["audience"] = issuer.audience
    url = f"{issuer.issuer}oauth/token"
    assert "access_token" in requests.post(url, data=asked, timeout=20).json()
    headers = {name: value.format(page=page.url) for name, value in headers.items()}
    refused = requests.post(url, data=asked, headers=headers, timeout=20)
    assert (refused.status_code in (403, 421), "access_token" in refused.text) == (True, False)


def test_the_backend_accepts_the_origin_that_the_api_passes_on(api: Api):
    """A page may call the API from any origin, and an HTTP backend receives its Origin header."""
    headers = {"Origin": "https://app.example.com", "Authorization": f"Bearer {api.sandbox.issuer.mint()}"}
    assert requests.get(f"{api.deployed.invoke_url}/pets", headers=headers, timeout=20).status_code == 200


def test_only_the_configured_custom_domain_is_served(api: Api):
    """`tests/local/engine/test_production.py` calls the configured one."""
    port = api.sandbox.emulator.port
    for host in ("api.petstore.example", f"api.petstore.example:{port}"):
        response, body = send(port, "/pets", Host=host)
        assert (response.status, body) == (403, b"not for web pages\n")
