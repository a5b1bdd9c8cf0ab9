"""Fetching a token with client credentials: the request, and the errors if it fails."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from local.cloud.issuer import CLIENT_ID, CLIENT_SECRET, Issuer
from local.cloud.servers import Answer, Request
from tests.testkit.issuer import Tenant
from tests.tools.smoke.conftest import AUDIENCE, SECRET, access_token, assert_silent
from tools.smoke import SmokeError
from tools.smoke.client_credentials import fetch_token
from tools.smoke.token import Token

ENDPOINT = "/oauth/token"


class TokenEndpoint(Tenant):
    """Answers a request for a token with `says`."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.says = Answer.json({"access_token": "eyJ", "token_type": "Bearer"})
        self.say(token_endpoint=f"{self.url}{ENDPOINT}")

    def answer(self, request: Request) -> Answer:
        if (request.method, request.path) != ("POST", ENDPOINT):
            return super().answer(request)
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert "Authorization" not in request.headers
        self.forms.append(parse_qs(request.body.decode(), keep_blank_values=True))
        return self.says


@pytest.fixture
def authority() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as running:
        yield running


def refusal(authority: TokenEndpoint) -> str:
    with pytest.raises(SmokeError) as refused:
        fetch_token(authority.issuer, AUDIENCE, client_id="us", client_secret=SECRET)
    assert_silent(str(refused.value), SECRET)
    cause = refused.value.__cause__ or (None if refused.value.__suppress_context__ else refused.value.__context__)
    assert cause is None, "a traceback would show more"
    return str(refused.value)


def test_the_request_follows_the_rfc_and_auth0(authority: TokenEndpoint):
    fetch_token(authority.issuer, AUDIENCE, client_id="us", client_secret=SECRET, scope="a b")
    fetch_token(authority.issuer, AUDIENCE, client_id="us", client_secret=SECRET)
    asked = {"grant_type": ["client_credentials"], "client_id": ["us"], "client_secret": [SECRET]}
    asked |= {"audience": [AUDIENCE]}
    assert authority.forms == [asked | {"scope": ["a b"]}, asked]


def test_credentials_in_a_netrc_file_are_not_sent_to_the_issuer(authority: TokenEndpoint, netrc: None):  # noqa: ARG001
    fetch_token(authority.issuer, AUDIENCE, client_id="us", client_secret=SECRET)
    assert len(authority.forms) == 1


def test_the_local_issuer_gives_a_token():
    with Issuer(AUDIENCE) as issuer:
        ours = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        token = Token.parse(fetch_token(issuer.issuer, AUDIENCE, **ours, scope="create:pets"))
        assert token.granted == {"create:pets"}
        with pytest.raises(SmokeError, match=r"access_denied: CLIENT_ID .* and CLIENT_SECRET are not those of one"):
            fetch_token(issuer.issuer, AUDIENCE, **ours | {"client_secret": "x"})
        with pytest.raises(SmokeError, match=r"access_denied: the application is not granted the API"):
            fetch_token(issuer.issuer, "https://other.example", **ours)


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, "invalid_client", "invalid_client: CLIENT_ID (or --client-id) and CLIENT_SECRET are not those of one"),
        (401, "access_denied", "access_denied: CLIENT_ID (or --client-id) and CLIENT_SECRET are not those of one"),
        (403, "access_denied", "access_denied: the application is not granted the API"),
        (403, "unauthorized_client", "unauthorized_client: allow the application to use the client credentials grant"),
        (400, "invalid_scope", "invalid_scope: the application is not granted the scopes of --scope"),
        (429, "too_many_requests", "status 429; try again later"),
        (503, SECRET, "status 503; try again later"),
        (400, ["invalid_client"], "status 400"),
    ],
)
def test_a_refusal_is_reported_with_its_fix_and_without_its_description(
    authority: TokenEndpoint, status: int, error: object, words: str
):
    described = f"no {SECRET}, and {access_token()}"
    authority.says = Answer.json({"error": error, "error_description": described}, status)
    assert refusal(authority).startswith(f"{authority.url}{ENDPOINT} gave no token: {words}")


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (Answer(302, b"", {"Location": f"/{SECRET}"}), "a redirect, which is not followed with a secret"),
        (Answer(200, b"<html>"), "answered 200 without a bearer token"),
        (Answer(200, b"[" * 100_000), "answered 200 without a bearer token"),
        (Answer.json({"access_token": "eyJ", "token_type": "DPoP"}), "answered 200 without a bearer token"),
        (Answer.json({"access_token": 1, "token_type": "Bearer"}), "answered 200 without a bearer token"),
    ],
    ids=["redirect", "page", "deep", "bound", "number"],
)
def test_an_answer_without_a_token_is_an_error(authority: TokenEndpoint, says: Answer, words: str):
    authority.says = says
    assert words in refusal(authority)
    assert len(authority.forms) == 1


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("http://tenant.example/oauth/token", "others on the network could forge its content"),
        ("https://user@tenant.example/oauth/token", "not a plain https:// URL"),
        (None, "has no token_endpoint"),
    ],
)
def test_the_secret_is_never_sent_over_plain_http(authority: TokenEndpoint, endpoint: str | None, words: str):
    authority.say(token_endpoint=endpoint)
    assert words in refusal(authority)
    assert authority.forms == []


def test_the_secret_is_sent_to_the_stacks_issuer_only(authority: TokenEndpoint):
    authority.say(issuer="https://other.example/", token_endpoint=f"{authority.url}{ENDPOINT}")
    assert refusal(authority) == "the issuer's name differs from tokenIssuer; run `make doctor`"
    assert authority.forms == []


def test_an_issuer_with_plain_http_gets_no_request():
    with pytest.raises(SmokeError, match="tokenIssuer: a secret cannot go to this issuer: it is http://, so others"):
        fetch_token("http://tenant.example/", AUDIENCE, client_id="us", client_secret=SECRET)


def test_an_issuer_that_does_not_answer_is_named(authority: TokenEndpoint):
    authority.stop()
    assert re.search(rf"nothing listens on 127.0.0.1:{authority.port}", refusal(authority))


def test_an_endpoint_that_does_not_answer_is_named(authority: TokenEndpoint):
    authority.say(token_endpoint="http://127.0.0.1:1/oauth/token")
    assert refusal(authority) == "http://127.0.0.1:1/oauth/token: nothing listens on 127.0.0.1:1"
