"""The bundled key set, and revoked keys."""

import json
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pulumi
import pytest

from infra.bundle.bundled_keys import bundled_keys
from tests.testkit.clock import signing_keys
from tests.testkit.loopback import Answer, response, serving
from tests.testkit.tokens import jwk, key_set, rsa_key, uint
from tools.preview.mock_recorder import CONFIG, Recorder, declare
from tools.program import main_program, run
from tools.project import PROJECT

ISSUER = "http://127.0.0.1:1/"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAIR = jwk("next", kid="key-0"), jwk()


def test_the_bundle_contains_the_public_keys_and_expires_at_the_end_of_tomorrow():
    with serving(response(key_set(jwk(x5c=["MIIB"]), {"kty": "EC", "kid": "ec"}, "no key"))) as server:
        read = json.loads(bundled_keys({ISSUER: server.url}, NOON))
    assert read["trusted_until"] == datetime(2026, 11, 25, tzinfo=UTC).timestamp()
    assert read["key_sets"] == {ISSUER: {"keys": [{"kid": "ec", "kty": "EC"}, jwk(x5c=["MIIB"])]}}


def test_bundling_does_not_make_a_refused_key_usable():
    disclosed = jwk(d=uint(rsa_key().private_numbers().d))
    shared = [jwk("next", kid="key-0"), jwk("next", kid="key-0", use="enc")]
    with serving(response(key_set(disclosed, *shared, jwk("other", kid="good")))) as server:
        document = bundled_keys({ISSUER: server.url}, NOON)
    key_set_of_issuer = json.dumps(json.loads(document)["key_sets"][ISSUER]).encode()
    assert set(signing_keys(key_set_of_issuer)) == {"good", "key-0"}


def test_two_runs_on_one_day_create_the_same_bundle_for_any_order_of_keys():
    evening = datetime(2026, 11, 24, 1, tzinfo=timezone(timedelta(hours=2)))
    with serving(response(key_set(*PAIR))) as one, serving(response(key_set(*reversed(PAIR)))) as other:
        assert bundled_keys({ISSUER: one.url}, NOON) == bundled_keys({ISSUER: other.url}, evening)
        assert bundled_keys({ISSUER: one.url}, NOON + timedelta(hours=12)) != bundled_keys({ISSUER: one.url}, NOON)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (response(status="503 Service Unavailable"), "status 503"),
        (response(status="302 Found", Location="http://127.0.0.1:1/"), "status 302"),
        (response(b"<html>"), "Expecting value"),
        (response(b"{}"), "KeyError"),
        (response(b'{"keys":{}}'), "no public key"),
        (response(b'{"keys":[1]}'), "no public key"),
        (response(b'{"keys":1}'), "TypeError"),
        (response(key_set(jwk(x="x" * 150_000))), "more than 150000 bytes"),
        (response(b'{"keys":[{"kty":"oct","kid":"a","k":"AA"}]}'), "no public key"),
    ],
)
def test_an_unreadable_key_set_stops_the_program_with_the_fix(answer: bytes | Answer, why: str):
    with serving(answer) as server, pytest.raises(pulumi.RunError) as stopped:
        bundled_keys({ISSUER: server.url})
    assert why in str(stopped.value)
    assert server.url in str(stopped.value)
    assert "set bundleKeys to false" in str(stopped.value)


@pytest.mark.slow
def test_keys_are_bundled_only_if_configured():
    with serving(response(key_set())) as server:
        config = {"petstore:tokenIssuer": "http://127.0.0.1:1/", "petstore:jwksUri": server.url}
        without = declare(config).one("Function").inputs["code"].path
        assert server.requests == []
        shipped = declare({**config, "petstore:bundleKeys": "true"}).one("Function").inputs["code"].path
    assert "authorizer/bundled_keys.json" not in zipfile.ZipFile(without).namelist()
    assert json.loads(zipfile.ZipFile(shipped).read("authorizer/bundled_keys.json"))["key_sets"] == {
        ISSUER: {"keys": [jwk()]}
    }
    Path(shipped).unlink()


def test_an_unreadable_key_set_declares_no_resource():
    recorder = Recorder()
    config = {**CONFIG, "petstore:tokenIssuer": "http://127.0.0.1:1/", "petstore:bundleKeys": "true"}
    with pytest.raises(pulumi.RunError, match="bundleKeys: is true"):
        run(recorder, stack="dev", config=config, program=main_program)
    assert recorder.resources == {}


def test_the_function_gets_the_revoked_kids():
    def variables(**config: str) -> dict[str, str]:
        return (
            declare({f"{PROJECT}:{key}": value for key, value in config.items()})
            .one("Function")
            .inputs["environment"]["variables"]
        )

    assert variables(revokedKids='["key-1", "key 2"]')["REVOKED_KIDS"] == "key 2\nkey-1"
    assert "REVOKED_KIDS" not in variables()
