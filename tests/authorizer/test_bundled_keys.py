"""Bundled keys: a thousand new containers do not cause a thousand fetches."""

import json
from pathlib import Path
from typing import Any

import pytest

from authorizer.environment import BUNDLED_KEYS, read_bundled_keys
from authorizer.jwks import COOLDOWN, GRACE, LIFETIME, Jwks
from tests.testkit.clock import NEXT, URL, Clock, Issuer, kids, outcome
from tests.testkit.container import Container
from tests.testkit.tokens import ISSUER, KID, NOW, jwk, key_set

FLEET = 200
NEW_SET = key_set(jwk("next", kid=NEXT))


OTHER = "https://other.example/"


def written(folder: Path, **members: Any) -> dict[str, bytes]:
    key_sets = {ISSUER: {"keys": [jwk()]}, OTHER: {"keys": [jwk("next", kid=NEXT)]}}
    (folder / BUNDLED_KEYS).write_text(json.dumps({"key_sets": key_sets, **members}), encoding="utf-8")
    return {issuer: json.dumps(key_set).encode() for issuer, key_set in key_sets.items()}


@pytest.fixture
def bundled(issuer: Issuer) -> Container:
    return Container(get=issuer.get, bundled=key_set())


def test_a_bundle_is_returned_unchanged_until_it_expires(tmp_path: Path, clock: Clock) -> None:
    document = written(tmp_path, trusted_until=NOW + 60)
    assert read_bundled_keys(str(tmp_path), clock) == document
    clock.forward(59.999)
    assert read_bundled_keys(str(tmp_path), clock) == document
    clock.forward(0.001)
    assert read_bundled_keys(str(tmp_path), clock) == {}


def test_an_expired_bundle_is_one_line_in_the_log(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, trusted_until=NOW)
    assert read_bundled_keys(str(tmp_path), clock) == {}
    assert json.loads(capsys.readouterr().out) == {
        "event": "bundled_keys_not_used",
        "reason": "too old",
        "trusted_until": NOW,
    }


@pytest.mark.parametrize(
    "document",
    [
        *(b"", b"<html>", b"[]", b"\xff", b"{}", b'{"keys":[]}', b'{"trusted_until":null}', b'{"trusted_until":[1]}'),
        *(b'{"trusted_until":"2099"}', b'{"trusted_until":1e400}', b'{"trusted_until":Infinity}'),
    ],
)
def test_an_unreadable_bundle_is_ignored(
    tmp_path: Path, clock: Clock, document: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / BUNDLED_KEYS).write_bytes(document)
    assert read_bundled_keys(str(tmp_path), clock) == {}
    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "bundled_keys_not_used"
    assert line["reason"] in ("unreadable", "too old")


def test_a_bundle_that_is_not_json_is_logged_as_such(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / BUNDLED_KEYS).write_bytes(b"<html>")
    read_bundled_keys(str(tmp_path), clock)
    assert json.loads(capsys.readouterr().out) == {"event": "bundled_keys_not_used", "reason": "unreadable"}


def test_a_bundle_without_an_expiry_date_is_not_trusted(tmp_path: Path, clock: Clock) -> None:
    written(tmp_path)
    assert read_bundled_keys(str(tmp_path), clock) == {}


def test_a_bundle_that_is_not_a_file_is_ignored(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / BUNDLED_KEYS).mkdir()
    assert read_bundled_keys(str(tmp_path), clock) == {}


def test_a_bundle_without_a_usable_key_is_one_line_in_the_log(
    issuer: Issuer, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    Jwks(URL, bundled=key_set(jwk(use="enc")), get=issuer.get, clock=clock)
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["reason"][:23]) == ("bundled_keys_not_used", "no usable key for RS256")


def test_no_bundle_is_read_if_there_is_none(tmp_path: Path) -> None:
    assert read_bundled_keys(str(tmp_path)) == {}


def test_the_repository_contains_no_bundle() -> None:
    assert read_bundled_keys() == {}


def test_a_fleet_with_a_bundle_fetches_nothing_for_known_keys_within_the_lifetime(issuer: Issuer, clock: Clock) -> None:
    fleet = [Jwks(URL, bundled=key_set(), get=issuer.get, clock=clock) for _ in range(FLEET)]
    for wait in (0, LIFETIME / 2, LIFETIME / 2 - 0.001):
        clock.forward(wait)
        for keys in fleet:
            keys.warm()
            assert outcome(keys) == "found"
    assert issuer.fetches == 0
    clock.forward(0.001)
    assert {outcome(keys) for keys in fleet * 2} == {"found"}
    assert issuer.fetches == FLEET


def test_a_fleet_without_a_bundle_fetches_once_for_each_container(issuer: Issuer, clock: Clock) -> None:
    fleet = [Jwks(URL, get=issuer.get, clock=clock) for _ in range(FLEET)]
    for keys in fleet * 2:
        keys.warm()
        assert outcome(keys) == "found"
    assert issuer.fetches == FLEET


def test_a_fleet_with_a_bundle_starts_while_the_issuer_limits_its_rate(issuer: Issuer, clock: Clock) -> None:
    issuer.go_down(300)
    fleet = [Jwks(URL, bundled=key_set(), get=issuer.get, clock=clock) for _ in range(FLEET)]
    assert {outcome(keys) for keys in fleet} == {"found"}
    clock.forward(LIFETIME)
    assert {outcome(keys) for keys in fleet * 2} == {"found"}
    assert issuer.fetches == FLEET
    clock.forward(GRACE)
    assert {outcome(keys) for keys in fleet} == {"keys_unavailable"}


@pytest.mark.parametrize("unusable", [b"", b"<html>", b"{}", b'{"keys":[]}', b"\xff", key_set(jwk(use="enc"))])
def test_a_bundle_without_a_usable_key_is_ignored(issuer: Issuer, unusable: bytes) -> None:
    container = Container(get=issuer.get, bundled=unusable)
    assert KID not in kids(container.keys)
    container.keys.warm()
    assert KID in kids(container.keys)
    assert container.fetches == 1


def test_a_kid_missing_from_the_bundle_is_looked_up_at_once(bundled: Container, issuer: Issuer) -> None:
    issuer.document = key_set(jwk(), jwk("next", kid=NEXT))
    assert outcome(bundled.keys, NEXT) == "found"
    assert bundled.fetches == 1
    assert outcome(bundled.keys, "forged") == "unknown_key"
    assert bundled.fetches == 1


def test_a_kid_missing_from_the_bundle_is_not_called_unknown_during_an_outage(
    bundled: Container, issuer: Issuer
) -> None:
    issuer.go_down()
    assert outcome(bundled.keys, NEXT) == "keys_unavailable"
    assert outcome(bundled.keys) == "found"
    assert bundled.fetches == 1


def test_a_bundled_key_that_the_issuer_has_withdrawn_is_refused_after_the_first_fetch(
    bundled: Container, issuer: Issuer
) -> None:
    issuer.document = NEW_SET
    assert outcome(bundled.keys) == "found"
    assert outcome(bundled.keys, NEXT) == "found"
    assert outcome(bundled.keys) == "unknown_key"
    assert bundled.fetches == 1


def test_a_withdrawn_bundled_key_is_trusted_for_the_lifetime_at_most(bundled: Container, issuer: Issuer) -> None:
    issuer.document = NEW_SET
    bundled.clock.forward(LIFETIME - 0.001)
    assert outcome(bundled.keys) == "found"
    bundled.clock.forward(0.001)
    assert outcome(bundled.keys) == "unknown_key"


@pytest.mark.usefixtures("frozen")
def test_another_key_with_the_same_kid_replaces_the_bundled_one(bundled: Container, issuer: Issuer) -> None:
    issuer.document = key_set(jwk("next"))
    assert bundled.ask(key="next") == "bad_signature"
    assert bundled.ask_after(LIFETIME, key="next") == "authorized"
    assert bundled.ask() == "bad_signature"


def test_a_revoked_bundled_key_is_refused_and_the_others_are_accepted(issuer: Issuer) -> None:
    both = key_set(jwk(), jwk("next", kid=NEXT))
    issuer.document = both
    container = Container(get=issuer.get, bundled=both, revoked={KID})
    assert outcome(container.keys, NEXT) == "found"
    assert outcome(container.keys) == "revoked_key"
    assert container.fetches == 0


def test_a_bundle_does_not_delay_a_look_up_after_the_cooldown(bundled: Container, issuer: Issuer) -> None:
    assert outcome(bundled.keys, NEXT) == "unknown_key"
    issuer.document = NEW_SET
    bundled.clock.forward(COOLDOWN)
    assert outcome(bundled.keys, NEXT) == "found"
    assert bundled.fetches == 2


def test_the_program_writes_the_bundle_where_the_function_reads_it() -> None:
    assert BUNDLED_KEYS == "bundled_keys.json"
