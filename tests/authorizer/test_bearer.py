"""`authorizer.bearer`: the header values that are accepted."""

import re
from itertools import permutations
from string import ascii_letters, digits

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authorizer import errors
from authorizer.token import IDENTITY_VALIDATION_EXPRESSION, MAX_LENGTH, token_of
from tests.testkit.tokens import b64u, token

TOKEN = "eyJh.eyJz.c2ln"


def passes_api_gateway(value: str) -> bool:
    """Java's `matches` tests the whole value, as `fullmatch` does."""
    return re.fullmatch(IDENTITY_VALIDATION_EXPRESSION, value) is not None


def accepted(value: object) -> bool:
    try:
        token_of(value)
    except errors.Refused:
        return False
    return True


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
@pytest.mark.parametrize("spaces", [" ", "  ", "     "])
def test_the_scheme_is_accepted_in_any_case_with_one_or_more_spaces(scheme: str, spaces: str) -> None:
    assert token_of(scheme + spaces + TOKEN) == TOKEN
    assert passes_api_gateway(scheme + spaces + TOKEN)


REFUSED = [
    *("", " ", "Bearer", "Bearer ", f"Bearer{TOKEN}", TOKEN, f" {TOKEN}", f"Basic {TOKEN}", f"DPoP {TOKEN}"),
    *(f"Bearer\t{TOKEN}", f"Bearer \t{TOKEN}", f"Bearer\u00a0{TOKEN}", f"Bearer\n{TOKEN}", f" Bearer {TOKEN}"),
    *(
        f"Bearer {TOKEN} ",
        f"Bearer {TOKEN}\n",
        f"Bearer {TOKEN}\r\n",
        f"Bearer {TOKEN}\0",
        f'Bearer "{TOKEN}"',
    ),
    *(f"Bearer {TOKEN} {TOKEN}", f"Bearer {TOKEN},Bearer {TOKEN}", f"Bearer {TOKEN}, {TOKEN}", f"Bearer: {TOKEN}"),
    *("Bearer eyJh", "Bearer eyJh.eyJz", "Bearer eyJh.eyJz.c2ln.c2ln", "Bearer eyJh.eyJz.c2ln.c2ln.c2ln"),
    *("Bearer ..", "Bearer .eyJz.c2ln", "Bearer eyJh..c2ln", "Bearer eyJh.eyJz.", "Bearer null", "Bearer undefined"),
    *(f"Bearer {TOKEN}=", "Bearer eyI=.eyI=.eyI=", "Bearer ey+h.eyJz.c2ln", "Bearer eyJh.ey/z.c2ln"),
    *("Bearer eyJh.eyJz.c2\nln", "Bearer eyJh.eyJz.c2 ln", "Bearer éyJh.eyJz.c2ln", "Bearer eyJh.eyJz.c\uff12ln"),
    *("Bearer {}", 'Bearer {"alg":"none"}', f"Bearer {TOKEN}\nBearer {TOKEN}", f"X\nBearer {TOKEN}"),
    # Python's `$` would accept a trailing line break, and the total length would still be right:
    *("Bearer eyJh.eyJz.AAA\n", "Bearer eyJh.eyJz.AA\n"),
    *("Bearer eyJh,eyJz.c2ln", "Bearer eyJh.eyJz,c2ln"),
    # The characters next to the alphabet's. The tutorial's [A-z] would accept those between Z and a:
    *(f"Bearer {'.'.join(parts)}" for char in "+,/:@[\\]^`{" for parts in permutations(["eyJh", "eyJz", f"e2{char}n"])),
]


@pytest.mark.parametrize("value", REFUSED)
def test_any_other_format_is_refused_here_and_by_api_gateway(value: str) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_token$"):
        token_of(value)
    assert not passes_api_gateway(value)


@pytest.mark.parametrize("value", [None, True, 1, b"Bearer " + TOKEN.encode(), [f"Bearer {TOKEN}"], {"a": 1}])
def test_a_value_that_is_not_a_string_is_refused(value: object) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_token$"):
        token_of(value)


def test_a_value_of_10240_characters_is_accepted_and_a_longer_one_is_not() -> None:
    longest = "Bearer ".ljust(MAX_LENGTH - len(TOKEN)) + TOKEN
    assert len(longest) == 10_240
    assert token_of(longest) == TOKEN
    with pytest.raises(errors.Refused, match=r"^malformed_token$"):
        token_of("Bearer " + longest[6:])


def test_the_length_is_checked_before_anything_else() -> None:
    class Untouchable(str):
        __slots__ = ()

        def endswith(self, *_: object) -> bool:
            raise AssertionError("looked at")

    with pytest.raises(errors.Refused, match=r"^malformed_token$"):
        token_of(Untouchable("Bearer " + "a" * MAX_LENGTH))


# Endings of a part, and whether they are canonical.
ENDINGS = {
    **{f"AA{last}": last in "AEIMQUYcgkosw048" for last in f"{ascii_letters}{digits}_-"},
    **{f"A{last}": last in "AQgw" for last in f"{ascii_letters}{digits}_-"},
    "AAAA": True,
    "AAA_": True,
    "AAAB": True,
    "A": False,
    "AAAAA": False,
}


@pytest.mark.parametrize("at", [0, 1, 2])
def test_each_part_has_only_one_valid_encoding(at: int) -> None:
    for part, canonical in ENDINGS.items():
        parts = ["eyJh", "eyJz", "c2ln"]
        parts[at] = part if at == 2 else part.replace("A", "e", 1)
        assert accepted("Bearer " + ".".join(parts)) is canonical, part


@pytest.mark.parametrize("at", [0, 1])
def test_the_first_two_parts_begin_like_a_json_object(at: int) -> None:
    beginnings: set[bytes] = set()
    for byte in range(256):
        parts = ["eyJh", "eyJz", "c2ln"]
        parts[at] = b64u(bytes([byte]) + b"}")
        value = "Bearer " + ".".join(parts)
        assert accepted(value) is passes_api_gateway(value)
        beginnings |= {bytes([byte])} if accepted(value) else set()
    assert beginnings > {b"{", *(bytes([white]) for white in b" \t\n\r")}
    assert not beginnings & {b"[", b"n", b"\xef", b"\xff", b"\x00", b"0", b"-"}


@given(st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_base64url_without_padding_is_never_refused(head: bytes, body: bytes, signature: bytes) -> None:
    value = f"Bearer {b64u(b'{' + head)}.{b64u(b' ' + body)}.{b64u(signature)}"
    assert token_of(value) == value[7:]
    assert passes_api_gateway(value)


@given(st.text("Bearer bE.-_AZaz09[\\^`=+/,\t\n é", max_size=30) | st.from_regex(IDENTITY_VALIDATION_EXPRESSION))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_a_value_accepted_here_passes_api_gateway(value: str) -> None:
    assert passes_api_gateway(value) or not accepted(value)


def test_a_signed_token_is_accepted_here_and_by_api_gateway() -> None:
    assert token_of(f"Bearer {token()}") == token()
    assert passes_api_gateway(f"Bearer {token()}")
