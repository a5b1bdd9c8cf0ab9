"""`authorizer.handler` with bundled keys and with revoked keys."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from authorizer.environment import BUNDLED_KEYS
from tests.testkit.clock import NEXT
from tests.testkit.events import event
from tests.testkit.loopback import Server, response, serving
from tests.testkit.process import ROOT, fresh, run
from tests.testkit.tokens import ISSUER, KID, jwk, key_set


@pytest.fixture
def keys() -> Iterator[Server]:
    with serving(response(key_set())) as server:
        yield server


@pytest.fixture
def down() -> Iterator[Server]:
    with serving(response(status="503 Unavailable")) as server:
        yield server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The package as deployed, with bundled keys that are valid for another hour."""
    shutil.copytree(ROOT / "authorizer", tmp_path / "authorizer", ignore=shutil.ignore_patterns("__pycache__"))
    write_bundle(tmp_path, 3600)
    return tmp_path


def write_bundle(root: Path, seconds: int) -> None:
    keys = [jwk(), jwk("next", kid=NEXT)]
    document = {"trusted_until": int(time.time()) + seconds, "key_sets": {ISSUER: {"keys": keys}}}
    (root / "authorizer" / BUNDLED_KEYS).write_text(json.dumps(document), encoding="utf-8")


def test_bundled_keys_verify_tokens_after_a_cold_start_without_the_issuer(down: Server, root: Path) -> None:
    lines, complaints = run(down.url, event(fresh()), event(fresh()), root=root)
    assert complaints == ""
    assert [line["reason"] for line in lines[::2]] == ["authorized", "authorized"]
    assert down.requests == []


def test_expired_bundled_keys_verify_no_token(down: Server, root: Path) -> None:
    write_bundle(root, -1)
    lines, complaints = run(down.url, event(fresh()), root=root)
    assert complaints == ""
    assert [line.get("event") for line in lines[:3]] == ["bundled_keys_not_used", "jwks_refresh_failed", "decision"]
    assert lines[-1]["raised"][0] == "KeysUnavailable"
    assert len(down.requests) == 1


@pytest.mark.parametrize("revoked", [KID, f"{KID}\nkey-0"])
def test_a_revoked_key_is_refused_although_the_issuer_publishes_it(keys: Server, revoked: str) -> None:
    lines, complaints = run(keys.url, event(fresh()), variables={"REVOKED_KIDS": revoked})
    assert complaints == ""
    assert lines[0]["reason"] == "revoked_key"
    assert lines[1] == {"raised": ["Exception", "Unauthorized"]}


def test_a_revoked_key_is_refused_although_it_is_bundled_and_another_key_is_accepted(down: Server, root: Path) -> None:
    lines, complaints = run(down.url, event(fresh()), root=root, variables={"REVOKED_KIDS": NEXT})
    assert (lines[0]["reason"], complaints) == ("authorized", "")
    lines, complaints = run(down.url, event(fresh()), root=root, variables={"REVOKED_KIDS": KID})
    assert complaints == ""
    assert set(lines[-1]) == {"raised"}
