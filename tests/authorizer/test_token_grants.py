"""`authorizer.token`: the identity and the scopes that a token proves."""

import re

import pytest

from authorizer import errors
from authorizer.claims import Identity
from tests.testkit.events import TRUSTED
from tests.testkit.tokens import ISSUER, OMIT, SUBJECT, claims, short, token
from tests.testkit.verify import verified

pytestmark = pytest.mark.usefixtures("frozen")


PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


@pytest.mark.parametrize(
    "sub", ["auth0|1", "client@clients", "a b", *PRINTABLE[1:], f"({PRINTABLE})", "a!", "a~", "x" * 255], ids=short
)
def test_a_subject_of_printable_ascii_is_accepted(sub: str) -> None:
    assert verified(token(body=claims(sub=sub))).subject == sub


ODD = [
    *(" ", " a", "a ", "x" * 256, "x" * 5_000, "x" * 5_001, "a\r\nX-Admin: 1", "a\n", "\n", "a\0", "a\tb", "\x7f"),
    *(f"a{chr(code)}b" for code in (0x10, 0x1F, 0x7F, 0x80)),
    *("é", "用户", "\ud800", "a\u2028b", "a\u202e", "sha256:" + "0" * 64),
]


@pytest.mark.parametrize("sub", ODD, ids=short)
def test_a_subject_that_does_not_fit_into_a_header_is_replaced_by_its_hash(sub: str) -> None:
    assert re.fullmatch("sha256:[0-9a-f]{64}", verified(token(body=claims(sub=sub))).subject)


def test_different_subjects_have_different_principals() -> None:
    assert len({verified(token(body=claims(sub=sub))).subject for sub in (*ODD, "a", "x" * 255)}) == len(ODD) + 2


@pytest.mark.parametrize("sub", [12345, True, ["a"], {"a": 1}, 1.5], ids=short)
def test_a_subject_that_is_not_a_string_is_refused(sub: object) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_claims$"):
        verified(token(body=claims(sub=sub)))


def test_a_scope_has_only_the_characters_that_oauth_allows() -> None:
    everything = [chr(code) for code in range(0x100)]
    assert verified(token(body=claims(permissions=everything))).scopes == {*PRINTABLE} - {*' "\\'}


def test_an_empty_subject_is_missing() -> None:
    with pytest.raises(errors.Refused, match=r"^missing_claim$"):
        verified(token(body=claims(sub="")))


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        ({}, ""),
        ({"scope": "read:pets"}, "read:pets"),
        ({"scope": "read:pets create:pets"}, "read:pets create:pets"),
        ({"permissions": ["read:pets"]}, "read:pets"),
        ({"scope": "openid", "permissions": ["read:pets", "openid"]}, "openid read:pets"),
        ({"scope": "openid", "permissions": ["read:pets"]}, "openid read:pets"),
        ({"scope": "read:pets2"}, "read:pets2"),
        ({"scope": "  a  b "}, "a b"),
        ({"scope": "a\tb"}, ""),
        ({"scope": "a\nb c"}, "c"),
        ({"scope": 'a"b c\\d e'}, "e"),
        ({"scope": "é a"}, "a"),
        ({"scope": ""}, ""),
        *(({"scope": odd}, "") for odd in (None, 1, True, {"read:pets": True})),
        ({"scope": ["read:pets", "a b", 1]}, "read:pets"),
        *(({"permissions": odd}, "") for odd in (None, 1, True, "read:pets", {"read:pets": True}, [["read:pets"]])),
        ({"permissions": ["a", 1, None, "b c", "", "\ud800", {"d": 1}]}, "a"),
        ({"scp": "read:pets create:pets"}, "read:pets create:pets"),
        ({"scp": ["read:pets", "create:pets"]}, "read:pets create:pets"),
        ({"scope": "a", "scp": ["b"], "permissions": ["c"]}, "a b c"),
        ({"scope": ["a"], "scp": "b"}, "a b"),
        ({"scope": "a", "scp": "b"}, "a b"),
        ({"scp": "a\tb"}, ""),
        ({"scp": ["a", 1, None, "b c", "", "\ud800", {"d": 1}]}, "a"),
        *(({"scp": odd}, "") for odd in (None, 1, True, {"read:pets": True}, [["read:pets"]])),
        ({"scopes": ["read:pets"], "roles": ["read:pets"], "realm_access": {"roles": ["read:pets"]}}, ""),
    ],
)
def test_the_scope_claims_grant_exactly_the_scopes_that_they_list(granted: dict[str, object], expected: str) -> None:
    identity = verified(token(body=claims(**granted)))
    assert identity.scopes == frozenset(expected.split())


def test_only_the_configured_claims_grant_scopes() -> None:
    granted = claims(scope="a", scp=["b"], permissions=["c"], realm_access={"roles": ["d"]})
    for names, expected in ((("realm_access.roles",), {"d"}), (("scp", "permissions"), {"b", "c"})):
        trusted = TRUSTED._replace(scope_claims=names)
        assert verified(token(body=granted), trusted=trusted).scopes == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"azp": "a"}, "a"),
        ({"azp": OMIT, "client_id": "c"}, "c"),
        ({"azp": "a", "client_id": "c"}, "a"),
        ({"azp": 1, "client_id": "c"}, "c"),
        ({"azp": "a\r\nb", "client_id": "c"}, "c"),
        ({"azp": OMIT}, ""),
        *(({"azp": odd}, "") for odd in (None, "", ["a"], {"a": 1}, "x" * 256, "é")),
    ],
)
def test_the_client_is_azp_or_else_client_id(named: dict[str, object], expected: str) -> None:
    assert verified(token(body=claims(**named))) == Identity(ISSUER, SUBJECT, frozenset(), expected, "sub", ())
