"""For any event: a policy if an independent implementation also accepts the token, `Unauthorized`, or our own error."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.fuzz.seeds import seeds
from lab.fuzz.target import run
from tests.testkit import strategies
from tests.testkit.events import event
from tests.testkit.gateway import STAGE, arn
from tests.testkit.invariants import agreed, outcome
from tests.testkit.tokens import (
    OMIT,
    Sign,
    claims,
    es256,
    header,
    hs256,
    ps256,
    public_material,
    rs256,
    rs384,
    rs512,
    short,
    token,
)

SETTINGS = settings(max_examples=250, deadline=None, derandomize=True, database=None)
SIGNERS: dict[str, Sign] = {"RS256": rs256(), "RS384": rs384, "RS512": rs512, "PS256": ps256, "ES256": es256}
SIGNERS |= {"HS256": hs256(public_material()["pem"]), "next": rs256("next"), "other": rs256("other"), "": lambda _: b""}
EVENTS = st.fixed_dictionaries(
    {"methodArn": st.just(arn("GET", "/pets")) | strategies.METHOD_ARNS | strategies.VALUES},
    optional={
        "type": st.just("TOKEN") | strategies.VALUES,
        "authorizationToken": strategies.AUTHORIZATIONS,
        "x": strategies.VALUES,
    },
)


@given(strategies.AUTHORIZATIONS)
@SETTINGS
def test_any_value_of_the_authorization_header(authorization: Any) -> None:
    agreed({"type": "TOKEN", "methodArn": arn("GET", "/pets"), "authorizationToken": authorization})


@given(strategies.HEADERS, st.sampled_from(["RS256"] * 6 + sorted(SIGNERS)))
@SETTINGS
def test_any_header_signed_by_any_key(head: bytes, signer: str) -> None:
    agreed(event(token(head, OMIT, SIGNERS[signer])))


@pytest.mark.parametrize("alg", [*SIGNERS, "none", "rs256", ""])
@pytest.mark.parametrize("signer", SIGNERS)
def test_any_algorithm_in_the_header_with_any_signature(alg: str, signer: str) -> None:
    answer = agreed(event(token(header(alg=alg), OMIT, SIGNERS[signer])))
    assert (answer is not None) == (alg == signer == "RS256")


@given(strategies.PAYLOADS)
@SETTINGS
def test_any_payload_signed_by_the_issuer(payload: bytes) -> None:
    agreed(event(token(body=payload)))


@given(EVENTS)
@SETTINGS
def test_any_event(given_event: dict[str, Any]) -> None:
    outcome(given_event)


@given(strategies.VALUES)
@SETTINGS
def test_an_event_that_is_not_an_object(given_event: object) -> None:
    outcome(given_event)


@given(strategies.METHOD_ARNS)
@SETTINGS
def test_a_policy_contains_no_text_of_the_request(method_arn: str) -> None:
    answer, _, _ = outcome(event() | {"methodArn": method_arn})
    usual, _, _ = outcome(event())
    if answer is None or usual is None:
        assert usual is not None
        return
    stage = "/".join(method_arn.split("/")[:2])
    assert not set(stage) & set("*?$")
    rebased = str(usual["policyDocument"]).replace(STAGE, stage)
    assert str(answer["policyDocument"]) == rebased


@pytest.mark.parametrize("data", list(seeds()), ids=short)
def test_the_seeds_of_the_fuzzer(data: bytes) -> None:
    run(data)


@given(st.text(st.characters(), min_size=25, max_size=60), st.booleans())
@SETTINGS
def test_a_kid_from_the_caller_is_never_logged_or_returned(kid: str, wrong_key: bool) -> None:
    answer, error, _ = outcome(event(token(header(kid=kid), claims(), rs256("other" if wrong_key else "issuer"))))
    assert answer is None
    assert type(error) is Exception
