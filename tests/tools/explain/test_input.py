"""`python -m tools explain`: the sources of the token, and that no part of it is printed."""

import base64
import json
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from local.cloud.issuer import Issuer
from tests.testkit.explain_command import Explain, ExplainResult, announce_run
from tests.testkit.issuer import AUDIENCE
from tools.explain import command, sources
from tools.project import ROOT

pytestmark = pytest.mark.xdist_group("explain")

NOTE = "White space around the token is ignored"


def is_silent(result: ExplainResult, token: str) -> bool:
    """Whether the output contains no part of the token and no control character."""
    pieces = [token, *(part for part in token.split(".") if len(part) > 12)]
    return not any(piece in result.written for piece in pieces) and result.written.replace("\n", "").isprintable()


@pytest.mark.parametrize("before", ["", "Bearer ", "bearer  ", "Authorization: Bearer "])
def test_the_token_is_an_argument_standard_input_or_a_file(
    before: str, tmp_path: Path, issuer: Issuer, explain: Explain
):
    token = issuer.mint()
    file = tmp_path / "token.txt"
    file.write_text(f"{before}{token}\n", encoding="utf-8")
    ways = [explain(f"{before}{token}"), explain("--file", str(file))]
    ways += [explain(*dash, stdin=f"{before}{token}\r\n".encode()) for dash in ([], ["-"])]
    for result in ways:
        assert result.status == 0
        assert result.answers["GET /pets"] == 200
        assert NOTE not in result.words
        assert is_silent(result, token)


def test_an_unquoted_bearer_value_is_accepted_as_two_arguments(issuer: Issuer, explain: Explain):
    assert explain("Bearer", issuer.mint()).status == 0


@pytest.mark.parametrize("around", [" {}", "{} ", "{}\n\n", "\t{}", "\u2003{}"])
def test_surrounding_white_space_is_reported(around: str, issuer: Issuer, explain: Explain):
    result = explain(stdin=around.format(issuer.mint()).encode())
    assert result.status == 0
    assert result.words.startswith(NOTE)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_named(encoding: str, issuer: Issuer, explain: Explain):
    token = issuer.mint()
    result = explain(stdin=token.encode(encoding))
    assert result.status == 2
    assert "begins with a byte order mark. Save the token as UTF-8 without one" in result.written
    assert is_silent(result, token)


def test_without_a_stack_the_running_api_is_used(tmp_path: Path, issuer: Issuer, explain: Explain):
    token = issuer.mint()
    assert explain(token).words.startswith(f"For the stack dev: issuer {issuer.issuer}")
    with announce_run(tmp_path, issuer.issuer, AUDIENCE):
        result = explain(token, tokenIssuer="https://tenant.example/")
    assert result.words.startswith(f"For what runs here: issuer {issuer.issuer}, audience {AUDIENCE}")
    assert result.status == 0
    assert explain(token, "--stack", "dev", tokenIssuer="http://127.0.0.1:9/").status == 1


def test_the_routes_are_those_of_the_stacks_openapi_document(
    issuer: Issuer, explain: Explain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("infra.openapi.file.ROOT", tmp_path)
    (tmp_path / "dogs.yaml").write_text("openapi: 3.1.0\npaths:\n  /dogs:\n    get: {}\n", encoding="utf-8")
    backend = "https://backend.example"
    assert explain(issuer.mint(), openapi="dogs.yaml", backendUrl=backend).answers == {"GET /dogs": 200}


def test_the_route_option_limits_the_table_to_one_route(issuer: Issuer, explain: Explain):
    result = explain(issuer.mint(), "--route", "POST /pets")
    assert (result.status, result.answers) == (1, {"POST /pets": 403})
    result = explain(issuer.mint("create:pets"), "--route", "POST /pets")
    assert (result.status, result.answers) == (0, {"POST /pets": 200})
    result = explain(issuer.mint(exp=1), "--route", "GET /")
    assert (result.status, result.answers) == (0, {"GET /": 200})
    assert "dates failed" in result.words


def test_json_contains_only_checks_and_routes(issuer: Issuer, explain: Explain):
    token = issuer.mint(scope="\x1b[2J")
    result = explain(token, "--json")
    assert is_silent(result, token)
    found = json.loads(result.written)
    assert list(found) == ["stack", "issuer", "audience", "note", "cacheSeconds", "checks", "routes"]
    assert {tuple(check) for check in found["checks"]} == {("check", "verdict", "found", "fix")}
    answers = {route["route"]: route["answer"] for route in found["routes"]}
    assert answers == {"GET /": "allowed", "GET /pets": "allowed", "POST /pets": 403, "GET /pets/{petId}": "allowed"}


def test_with_a_key_file_the_output_names_the_file_and_not_the_issuer(tmp_path: Path, issuer: Issuer, explain: Explain):
    file = tmp_path / "keys.json"
    file.write_text('{"keys": []}', encoding="utf-8")
    result = explain(issuer.mint(), "--jwks", str(file))
    assert f"key set failed '{file}': " in result.words
    assert ".well-known" not in result.words


MISTAKES = {
    "an unknown option": ["--tokn={}"],
    "a token as the stack": ["--stack", "{}"],
    "a token as the file": ["--file", "{}"],
    "a token as the key set": ["x", "--jwks", "{}"],
    "a token as the route": ["--route", "{}"],
    "a token and a file": ["{}", "--file", "x"],
    "a token as a value of none": ["--help={}"],
    "nothing": [],
    "only Bearer": ["--file", "/dev/null"],
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_arguments_ends_with_2_and_prints_none_of_them(name: str, issuer: Issuer, explain: Explain):
    token = issuer.mint()
    result = explain(*(word.format(token) for word in MISTAKES[name]))
    assert result.status == 2
    assert result.words.startswith("error: ")
    assert is_silent(result, token)


def test_an_incomplete_stack_ends_with_2_and_names_the_missing_key(explain: Explain):
    result = explain("x", audience="")
    assert result.status == 2
    assert "petstore:audience" in result.words


def test_an_internal_error_ends_with_2_and_prints_no_part_of_the_token(
    issuer: Issuer, explain: Explain, monkeypatch: pytest.MonkeyPatch
):
    token = issuer.mint()

    def crash(header: str, *_: object) -> None:
        raise ValueError(header)

    monkeypatch.setattr(command, "examine", crash)
    result = explain(token)
    assert result.status == 2
    assert "error: internal error: ValueError at tests/tools/explain/test_input.py:" in result.words
    assert is_silent(result, token)


HOSTILE = [
    "\x1b[2J\x1b]0;x\x07",
    "[red]x[/red]",
    "\u202egnp.exe",
    "\r\nGET /pets 200",
    "x" * 3_000,
    "\ud800",
    "[" * 900,
]


def unsigned(*parts: str) -> str:
    encoded = [base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts]
    return f"{'.'.join(encoded)}.{'A' * 342}"


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:12])
@pytest.mark.parametrize("place", ["iss", "aud", "scope", "sub", "roles", "azp", "kid", "alg", "typ", "cnf"])
def test_hostile_text_is_escaped(place: str, text: str, issuer: Issuer, explain: Explain):
    claims = {"iss": issuer.issuer, "aud": [AUDIENCE], "exp": 2**33, "sub": "x"}
    header = {"alg": "RS256", "kid": "local-1"}
    (header if place in ("kid", "alg", "typ") else claims)[place] = text
    token = unsigned(json.dumps(header), json.dumps(claims))
    result = explain(token)
    assert result.status == 1
    assert is_silent(result, token)
    assert len(result.written) < 20_000


@pytest.mark.parametrize("place", ["aud", "cnf", "x"])
def test_a_deeply_nested_value_causes_no_crash(place: str, issuer: Issuer, explain: Explain):
    for depth in (100, *range(940, 1_000, 5), 1_500):  # The maximum depth depends on the caller's stack.
        deep = "[" * depth + "]" * depth
        payload = f'{{"iss":"{issuer.issuer}","{place}":{deep},"exp":1}}'
        result = explain(unsigned(f'{{"alg":"none","kid":"local-1","{place}":{deep}}}', payload))
        assert result.status == 1, result.words
        assert result.answers["GET /pets"] == 401


def test_no_more_input_is_read_than_a_header_can_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    stream = BytesIO(b"\xff" * 4_000_000)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(stream))
    (tmp_path / "token").write_bytes(stream.getvalue())
    for file in (None, tmp_path / "token"):
        value, _ = sources.authorization([], file)
        assert len(value) == 1_000_000 + len("Bearer ")
    assert stream.tell() == 1_000_000


def test_an_internal_error_of_the_authorizer_is_shown_as_500(
    issuer: Issuer, explain: Explain, monkeypatch: pytest.MonkeyPatch
):
    def crash(token: str) -> None:
        raise ValueError(token)

    token = issuer.mint()
    monkeypatch.setattr("authorizer.decision.header_of", crash)
    result = explain(token)
    assert result.answers["GET /pets"] == 500
    assert "authorizer failed internal_error" in result.words
    assert is_silent(result, token)


def test_the_help_says_that_arguments_are_visible_to_others(tmp_path: Path):
    run = [sys.executable, "-m", "tools", "explain"]
    helped = subprocess.run([*run, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert helped.returncode == 0
    assert "other users can see a command's arguments" in " ".join(helped.stdout.split())
    jwks = tmp_path / "jwks.json"
    jwks.write_text("{}", encoding="utf-8")
    run += ["--stack", "local", "--jwks", str(jwks)]
    result = subprocess.run(run, cwd=ROOT, input="x", capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (1, "")
    assert "one part: an opaque token" in " ".join(result.stdout.replace("│", " ").split())
