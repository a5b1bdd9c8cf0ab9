"""A key set that came with the function: a thousand new containers are not a thousand fetches."""

import json
from pathlib import Path
from typing import Any

import pytest

from authorizer import seed
from authorizer.jwks import COOLDOWN, GRACE, LIFETIME, Jwks
from tests.testkit.clock import NEXT, URL, Clock, Issuer, outcome
from tests.testkit.container import Container
from tests.testkit.tokens import KID, NOW, jwk, key_set

FLEET = 200
NEW_SET = key_set(jwk("next", kid=NEXT))


def written(folder: Path, **members: Any) -> bytes:
    document = json.dumps({"keys": [jwk()], **members}).encode()
    (folder / seed.FILE).write_bytes(document)
    return document


@pytest.fixture
def seeded(issuer: Issuer) -> Container:
    return Container(get=issuer.get, seed=key_set())


def test_a_seed_is_read_as_it_is_until_it_is_too_old(tmp_path: Path, clock: Clock) -> None:
    document = written(tmp_path, trusted_until=NOW + 60)
    assert seed.read(str(tmp_path), clock) == document
    clock.forward(59.999)
    assert seed.read(str(tmp_path), clock) == document
    clock.forward(0.001)
    assert seed.read(str(tmp_path), clock) is None


def test_a_seed_too_old_is_one_line_in_the_log(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, trusted_until=NOW)
    assert seed.read(str(tmp_path), clock) is None
    assert json.loads(capsys.readouterr().out) == {
        "event": "seed_not_used",
        "reason": "it is too old",
        "trusted_until": NOW,
    }


@pytest.mark.parametrize(
    "document",
    [
        *(b"", b"<html>", b"[]", b"\xff", b"{}", b'{"keys":[]}', b'{"trusted_until":null}', b'{"trusted_until":[1]}'),
        *(b'{"trusted_until":"2099"}', b'{"trusted_until":1e400}', b'{"trusted_until":Infinity}'),
    ],
)
def test_a_seed_that_cannot_be_read_is_as_none(
    tmp_path: Path, clock: Clock, document: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / seed.FILE).write_bytes(document)
    assert seed.read(str(tmp_path), clock) is None
    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "seed_not_used"
    assert line["reason"] in ("it cannot be read", "it is too old")


def test_what_is_no_json_is_told_as_what_it_is(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / seed.FILE).write_bytes(b"<html>")
    seed.read(str(tmp_path), clock)
    assert json.loads(capsys.readouterr().out) == {"event": "seed_not_used", "reason": "it cannot be read"}


def test_a_seed_that_does_not_say_until_when_is_not_trusted(tmp_path: Path, clock: Clock) -> None:
    written(tmp_path)
    assert seed.read(str(tmp_path), clock) is None


def test_a_seed_that_is_no_file_is_as_none(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / seed.FILE).mkdir()
    assert seed.read(str(tmp_path), clock) is None


def test_a_seed_without_a_usable_key_is_one_line_in_the_log(
    issuer: Issuer, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    Jwks(URL, seed=key_set(jwk(use="enc")), get=issuer.get, clock=clock)
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["reason"][:20]) == ("seed_not_used", "no RS256 signing key")


def test_where_there_is_no_seed_none_is_read(tmp_path: Path) -> None:
    assert seed.read(str(tmp_path)) is None


def test_the_repository_has_no_seed_beside_the_code() -> None:
    assert seed.read() is None


def test_a_fleet_with_a_seed_fetches_nothing_for_known_keys_before_the_lifetime(issuer: Issuer, clock: Clock) -> None:
    fleet = [Jwks(URL, seed=key_set(), get=issuer.get, clock=clock) for _ in range(FLEET)]
    for wait in (0, LIFETIME / 2, LIFETIME / 2 - 0.001):
        clock.forward(wait)
        for keys in fleet:
            keys.warm()
            assert outcome(keys) == "found"
    assert issuer.fetches == 0
    clock.forward(0.001)
    assert {outcome(keys) for keys in fleet * 2} == {"found"}
    assert issuer.fetches == FLEET


def test_a_fleet_without_a_seed_fetches_once_for_each_container(issuer: Issuer, clock: Clock) -> None:
    fleet = [Jwks(URL, get=issuer.get, clock=clock) for _ in range(FLEET)]
    for keys in fleet * 2:
        keys.warm()
        assert outcome(keys) == "found"
    assert issuer.fetches == FLEET


def test_a_seeded_fleet_starts_while_the_issuer_limits_its_rate(issuer: Issuer, clock: Clock) -> None:
    issuer.go_down(300)
    fleet = [Jwks(URL, seed=key_set(), get=issuer.get, clock=clock) for _ in range(FLEET)]
    assert {outcome(keys) for keys in fleet} == {"found"}
    clock.forward(LIFETIME)
    assert {outcome(keys) for keys in fleet * 2} == {"found"}
    assert issuer.fetches == FLEET
    clock.forward(GRACE)
    assert {outcome(keys) for keys in fleet} == {"KeysUnavailable"}


@pytest.mark.parametrize("unusable", [b"", b"<html>", b"{}", b'{"keys":[]}', b"\xff", key_set(jwk(use="enc"))])
def test_a_seed_without_a_usable_key_is_as_none(issuer: Issuer, unusable: bytes) -> None:
    container = Container(get=issuer.get, seed=unusable)
    assert not container.keys.known(KID)
    container.keys.warm()
    assert container.keys.known(KID)
    assert container.fetches == 1


def test_a_kid_that_the_seed_lacks_is_looked_up_at_once(seeded: Container, issuer: Issuer) -> None:
    issuer.document = key_set(jwk(), jwk("next", kid=NEXT))
    assert outcome(seeded.keys, NEXT) == "found"
    assert seeded.fetches == 1
    assert outcome(seeded.keys, "forged") == "UnknownKey"
    assert seeded.fetches == 1


def test_without_the_issuer_a_kid_that_the_seed_lacks_is_not_called_unknown(seeded: Container, issuer: Issuer) -> None:
    issuer.go_down()
    assert outcome(seeded.keys, NEXT) == "KeysUnavailable"
    assert outcome(seeded.keys) == "found"
    assert seeded.fetches == 1


def test_a_key_of_the_seed_that_the_issuer_has_withdrawn_is_refused_after_the_first_fetch(
    seeded: Container, issuer: Issuer
) -> None:
    issuer.document = NEW_SET
    assert outcome(seeded.keys) == "found"
    assert outcome(seeded.keys, NEXT) == "found"
    assert outcome(seeded.keys) == "UnknownKey"
    assert seeded.fetches == 1


def test_a_withdrawn_key_of_the_seed_is_trusted_for_the_lifetime_at_most(seeded: Container, issuer: Issuer) -> None:
    issuer.document = NEW_SET
    seeded.clock.forward(LIFETIME - 0.001)
    assert outcome(seeded.keys) == "found"
    seeded.clock.forward(0.001)
    assert outcome(seeded.keys) == "UnknownKey"


@pytest.mark.usefixtures("frozen")
def test_another_key_under_the_seeds_kid_takes_its_place(seeded: Container, issuer: Issuer) -> None:
    issuer.document = key_set(jwk("next"))
    assert seeded.ask(key="next") == "bad_signature"
    assert seeded.ask_after(LIFETIME, key="next") == "authorized"
    assert seeded.ask() == "bad_signature"


def test_a_revoked_key_of_the_seed_is_refused_and_the_others_serve(issuer: Issuer) -> None:
    both = key_set(jwk(), jwk("next", kid=NEXT))
    issuer.document = both
    container = Container(get=issuer.get, seed=both, revoked={KID})
    assert outcome(container.keys, NEXT) == "found"
    assert outcome(container.keys) == "RevokedKey"
    assert container.fetches == 0


def test_a_seed_does_not_delay_a_look_up_after_the_cooldown(seeded: Container, issuer: Issuer) -> None:
    assert outcome(seeded.keys, NEXT) == "UnknownKey"
    issuer.document = NEW_SET
    seeded.clock.forward(COOLDOWN)
    assert outcome(seeded.keys, NEXT) == "found"
    assert seeded.fetches == 2


def test_the_program_writes_it_where_the_function_reads_it() -> None:
    assert seed.FILE == "seed.json"
