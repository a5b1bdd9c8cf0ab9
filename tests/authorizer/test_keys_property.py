"""Any key set document gives RSA keys of 2048 bits or more, or `ValueError`; no other key verifies a token."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.testkit import oracle, strategies
from tests.testkit.clock import NEXT, signing_keys
from tests.testkit.events import event
from tests.testkit.invariants import outcome
from tests.testkit.tokens import KID, header, jwk, key_set, rs256, rsa_key, token, uint

SETTINGS = settings(max_examples=250, deadline=None, derandomize=True, database=None)
SIGNERS = st.sampled_from([("issuer", KID), ("other", KID), ("other", NEXT), ("issuer", NEXT)])


@given(strategies.KEY_SETS)
@SETTINGS
def test_any_document_gives_rsa_keys_of_2048_bits_or_more_or_value_error(document: bytes) -> None:
    try:
        keys = signing_keys(document)
    except ValueError:
        return
    assert keys
    for kid, key in keys.items():
        assert isinstance(key, RSAPublicKey)
        assert key.key_size >= 2048
        assert key.public_numbers().e >= 3
        assert kid is not None


@given(strategies.KEY_SETS, SIGNERS)
@SETTINGS
def test_only_a_token_signed_by_the_documents_key_with_its_kid_is_allowed(
    document: bytes, signer: tuple[str, str]
) -> None:
    name, kid = signer
    answer, _, _ = outcome(event(token(header(kid=kid), sign=rs256(name))), document)
    if answer is not None:
        assert oracle.key_for(document, header(kid=kid)) == rsa_key(name).public_key()


@given(strategies.ENTRIES, st.integers(0, 4))
@example([jwk("other", kid=NEXT, n=uint(2**2047 + 2))], 0)
@example([jwk("other", kid=NEXT, e=uint(65_536))], 0)
@SETTINGS
def test_no_other_entry_invalidates_a_good_key(entries: list[Any], at: int) -> None:
    others = [it for it in entries if not isinstance(it, dict) or it.get("kid") != KID]
    document = key_set(*others[:at], jwk(), *others[at:])
    assume(b"NaN" not in document and b"Infinity" not in document)  # not JSON
    answer, error, _ = outcome(event(), document)
    assert answer is not None, repr(error)
