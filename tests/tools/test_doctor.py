"""`python -m tools doctor`: its output and its exit status."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from authorizer import fetch
from local.cloud.issuer import Issuer
from tests.testkit.issuer import AUDIENCE, KEYS, Tenant
from tests.testkit.tokens import jwk
from tools import project
from tools.__main__ import main
from tools.project import PROJECT

Examined = tuple[int, str]
Examine = Callable[..., Examined]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer(AUDIENCE) as running:
        yield running


@pytest.fixture
def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Examine:
    """Runs the doctor on a stack file with these keys; returns its status, and its output without table borders."""
    monkeypatch.setattr(project, "ROOT", tmp_path)
    monkeypatch.setenv("COLUMNS", "400")

    def run(stack: str = "dev", environment: str = "", **keys: object) -> Examined:
        config = {f"{PROJECT}:{key}": value for key, value in keys.items()}
        whole = {"config": config} | ({"environment": [environment]} if environment else {})
        (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
        status = main(["doctor", stack])
        result = capsys.readouterr()
        return status, " ".join((result.out + result.err).replace("│", " ").split())

    return run


def test_a_correct_issuer_ends_with_0_and_names_the_keys_that_the_function_trusts(issuer: Issuer, examine: Examine):
    status, words = examine(tokenIssuer=issuer.issuer, audience=AUDIENCE)
    assert status == 0
    assert f"issuer calls itself {issuer.issuer} ok" in words
    assert f"key set {issuer.issuer}.well-known/jwks.json has for RS256: 'local-1' ok" in words
    assert f"API {AUDIENCE} and signs its tokens with RS256: confirm it with a real token unchecked" in words
    assert "function would trust 'local-1' ok" in words


def test_a_wrong_issuer_ends_with_1_and_the_fix_below_the_table(issuer: Issuer, examine: Examine):
    status, words = examine(tokenIssuer=issuer.url, audience=AUDIENCE)
    assert status == 1
    assert "only the slash at the end differs wrong" in words
    assert words.endswith(
        f"issuer: run `pulumi config set --plaintext tokenIssuer {issuer.issuer}`, "
        f"or write `petstore:tokenIssuer: {issuer.issuer}` below `config:` in Pulumi.dev.yaml"
    )


def test_json_has_the_findings_of_the_table(issuer: Issuer, examine: Examine, capsys: pytest.CaptureFixture[str]):
    examine(tokenIssuer=issuer.url, audience=AUDIENCE)
    assert main(["doctor", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert (result["stack"], result["ok"]) == ("dev", False)
    assert all(list(finding) == ["check", "verdict", "found", "fix"] for finding in result["findings"])
    (wrong,) = [finding for finding in result["findings"] if finding["verdict"] == "wrong"]
    assert wrong["check"] == "issuer"
    assert "below `config:` in Pulumi.dev.yaml" in wrong["fix"]


def test_an_issuer_that_does_not_answer_ends_with_1(issuer: Issuer, examine: Examine):
    issuer.stop()
    status, words = examine(tokenIssuer=issuer.issuer, audience=AUDIENCE)
    assert status == 1
    assert f"nothing listens on 127.0.0.1:{issuer.port} wrong" in words
    assert "its own code" not in words


def test_a_warning_ends_with_0(examine: Examine):
    with Tenant() as tenant:
        tenant.documents["/keys"] = tenant.documents[KEYS]
        keys = f"{tenant.url}/keys"
        status, words = examine(tokenIssuer=tenant.issuer, audience=AUDIENCE, jwksUri=keys)
        assert status == 0
        assert f"the function fetches {keys}; the issuer names '{tenant.jwks_uri}' warning" in words


def test_a_revoked_key_is_shown_and_revoking_the_last_one_is_wrong(examine: Examine):
    with Tenant(jwk(), jwk("other", kid="next")) as tenant:
        status, words = examine(tokenIssuer=tenant.issuer, audience=AUDIENCE, revokedKids=["key-1"])
        assert (status, "would trust 'next', not 'key-1': in revokedKids ok" in words) == (0, True)
        status, words = examine(tokenIssuer=tenant.issuer, audience=AUDIENCE, revokedKids=["next", "key-1"])
        assert (status, "would trust no key, not 'key-1', 'next': in revokedKids wrong" in words) == (1, True)


def test_keys_that_the_functions_code_cannot_fetch_from_here_are_a_warning(
    issuer: Issuer, examine: Examine, monkeypatch: pytest.MonkeyPatch
):
    def get(_url: str) -> fetch.Document:
        raise fetch.FetchError("no route but by the proxy")

    monkeypatch.setattr(fetch, "get", get)
    status, words = examine(tokenIssuer=issuer.issuer, audience=AUDIENCE)
    assert status == 0
    assert "its own code gets no key from here: 'no route but by the proxy' warning" in words


def test_control_characters_from_an_issuer_are_escaped(examine: Examine):
    with Tenant(jwk(kid="[red]a[/red]"), jwk(kid="\x1b[2J")) as tenant:
        _, words = examine(tokenIssuer=tenant.issuer, audience=AUDIENCE)
    assert "'[red]a[/red]'" in words
    assert r"'\x1b[2J'" in words
    assert "\x1b[2J" not in words


@pytest.mark.parametrize("key", ["tokenIssuer", "audience"])
def test_a_missing_key_ends_with_1_and_the_command_that_sets_it(key: str, examine: Examine):
    keys = {"tokenIssuer": "http://127.0.0.1:1/", "audience": AUDIENCE}
    del keys[key]
    status, words = examine(**keys)
    assert status == 1
    assert words.startswith(
        f"error: Pulumi.dev.yaml: 1 mistake in the configuration or the routes: - {PROJECT}:{key}: "
    )
    assert f"`pulumi config set --plaintext {key} VALUE`" in words


def test_an_encrypted_key_ends_with_1_and_the_command_that_sets_it_plain(examine: Examine):
    status, words = examine(tokenIssuer={"secure": "v1:abc:def"}, audience=AUDIENCE)
    assert status == 1
    assert "petstore:tokenIssuer is encrypted" in words
    assert words.endswith("`pulumi config set --plaintext tokenIssuer VALUE`.")
    assert "v1:abc" not in words


def test_a_key_that_an_environment_may_set_is_not_reported_as_missing(examine: Examine):
    status, words = examine(environment="kennel/dev", audience=AUDIENCE)
    assert status == 1
    assert "Pulumi ESC (kennel/dev), which only the Pulumi CLI can open" in words
    assert "The file does not set petstore:tokenIssuer." in words
    assert "pulumi config set" not in words


def test_a_missing_stack_file_ends_with_1_and_the_existing_stacks(examine: Examine):
    status, words = examine("prod")
    assert status == 1
    assert words.endswith("there is no file Pulumi.prod.yaml; stacks with a file: dev")


def test_the_doctor_is_a_command():
    command = [sys.executable, "-m", "tools", "doctor", "no-such-stack"]
    result = subprocess.run(command, cwd=project.ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "there is no file Pulumi.no-such-stack.yaml; stacks with a file: dev, local" in result.stderr


def test_every_issuer_of_a_list_is_examined(examine: Examine):
    with Tenant() as one, Tenant() as other:
        listed = [{"issuer": each.issuer, "audience": AUDIENCE} for each in (one, other)]
        status, words = examine(issuers=listed)
        assert status == 0
        for each in (one, other):
            assert f"{each.issuer} issuer calls itself {each.issuer} ok" in words
            assert f"{each.issuer} function would trust 'key-1' ok" in words
