"""`authorizer.environment`: the function does not start if a variable is missing or wrong, and names it."""

import pytest

from authorizer.environment import Environment, parse
from authorizer.errors import Failure, MisconfiguredEnvironment
from authorizer.issuer import Issuer
from authorizer.routes import GuardedRoute
from tests.testkit.tokens import AUDIENCE, ISSUER, short

URL = "https://tenant.example/.well-known/jwks.json"
GOOD = {
    "TOKEN_ISSUER": ISSUER,
    "AUDIENCE": AUDIENCE,
    "JWKS_URI": URL,
    "ROUTES": "GET /pets\nPOST /pets create:pets",
    "LEEWAY_SECONDS": "7",
}


def complaint(**changes: str) -> str:
    with pytest.raises(MisconfiguredEnvironment) as refused:
        parse(GOOD | changes)
    return str(refused.value)


def test_every_variable_becomes_a_typed_value() -> None:
    routes = (GuardedRoute("GET", "/pets"), GuardedRoute("POST", "/pets", frozenset({"create:pets"})))
    assert parse(GOOD) == Environment((Issuer(ISSUER, URL, (AUDIENCE,)),), routes, leeway=7)


def test_a_wrong_environment_is_a_failure() -> None:
    assert issubclass(MisconfiguredEnvironment, Failure)


@pytest.mark.parametrize("name", ["TOKEN_ISSUER", "AUDIENCE", "JWKS_URI", "ROUTES"])
def test_a_missing_empty_or_blank_variable_stops_the_start_and_is_named(name: str) -> None:
    for value in ("", " ", "\t\n "):
        assert name in complaint(**{name: value})
    with pytest.raises(MisconfiguredEnvironment, match=name):
        parse({other: value for other, value in GOOD.items() if other != name})


def test_issuer_and_audience_are_kept_unchanged() -> None:
    (issuer,) = parse(GOOD | {"TOKEN_ISSUER": "https://X.example", "AUDIENCE": "a/ "}).issuers
    assert (issuer.issuer, issuer.audiences) == ("https://X.example", ("a/ ",))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_a_key_set_on_loopback_may_use_http(host: str) -> None:
    url = f"http://{host}:8080/jwks.json"
    assert parse(GOOD | {"JWKS_URI": url}).issuers[0].jwks_uri == url


@pytest.mark.parametrize(
    "url",
    [
        *("http://tenant.example/jwks.json", "http://127.0.0.1.evil.example/", "http://localhost@evil.example/"),
        *("http://169.254.169.254/", "http://127.0.0.2/", "http://0.0.0.0/", "http://localhost.example/"),
        *(
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "file://localhost/etc/passwd",
            "data:,{}",
            "tenant.example/jwks.json",
        ),
        *(
            "https://",
            "https:///jwks.json",
            "https:tenant.example",
            "//tenant.example/",
            "/jwks.json",
            "-",
            "https://[::1",
            "https://a:b/",
            "https://exa mple.com/",
            "https://a:99999/",
        ),
    ],
)
def test_any_other_key_set_url_stops_the_start(url: str) -> None:
    assert "JWKS_URI must be an https:// address" in complaint(JWKS_URI=url)


@pytest.mark.parametrize(("text", "leeway"), [("0", 0), ("1", 1), ("60", 60), ("000000007", 7)])
def test_a_leeway_of_up_to_a_minute_is_accepted(text: str, leeway: int) -> None:
    assert parse(GOOD | {"LEEWAY_SECONDS": text}).leeway == leeway


def test_the_default_leeway_is_ten_seconds() -> None:
    assert parse({name: value for name, value in GOOD.items() if name != "LEEWAY_SECONDS"}).leeway == 10
    assert Environment((), ()).leeway == 10


@pytest.mark.parametrize(
    "text",
    ["", " ", "61", "-1", "+1", "1.5", "1e1", "ten", "0x1", "\u0661", "\xb2", " 5", "5 ", "1_0", "5\n", "0" * 5000],
)
def test_any_other_leeway_stops_the_start(text: str) -> None:
    assert "LEEWAY_SECONDS must be a whole number from 0 to 60" in complaint(LEEWAY_SECONDS=text)


@pytest.mark.parametrize("text", ["pets", "GET pets", "GET /pets\n\nGET /a", "[]", "GET"])
def test_a_route_table_in_another_format_stops_the_start(text: str) -> None:
    assert complaint(ROUTES=text).startswith("ROUTES: not a route")


@pytest.mark.parametrize(
    ("text", "kids"),
    [
        *(("", []), ("key-1", ["key-1"]), ("key-1\n", ["key-1"]), ("key-1\nkey-2", ["key-1", "key-2"])),
        *(("key-1\r\nkey-2\r\n", ["key-1", "key-2"]), ("a key, with a comma", ["a key, with a comma"])),
    ],
    ids=short,
)
def test_revoked_kids_are_read_line_by_line(text: str, kids: list[str]) -> None:
    assert parse(GOOD | {"REVOKED_KIDS": text}).revoked == set(kids)


def test_no_key_is_revoked_by_default() -> None:
    assert parse(GOOD).revoked == frozenset()
