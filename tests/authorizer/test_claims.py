"""`authorizer.claims` lists every rule that the claims break, the deciding one first."""

from typing import Any

import pytest

from authorizer.claims import broken_rules, claim_at, identity_of, ill_typed, missing
from authorizer.errors import Reason
from tests.testkit.events import TRUSTED
from tests.testkit.tokens import NOW, OMIT, claims


def test_every_broken_rule_is_listed_in_order() -> None:
    issuer = TRUSTED._replace(client_ids=("web",), required_claims=(("org", ("a",)),))
    broken = claims(iss="x", aud="x", azp="x", exp=1, nbf=NOW + 1, iat="soon", sub="", cnf={})
    assert list(broken_rules(broken, issuer, NOW)) == [
        *(
            Reason.MALFORMED_CLAIMS,
            Reason.MISSING_CLAIM,
            Reason.WRONG_ISSUER,
            Reason.WRONG_AUDIENCE,
            Reason.WRONG_CLIENT,
        ),
        *(
            Reason.EXPIRED,
            Reason.NOT_YET_VALID,
            Reason.WRONG_CLAIM,
            Reason.SENDER_CONSTRAINED,
        ),
    ]


def test_valid_claims_break_no_rule() -> None:
    assert list(broken_rules(claims(), TRUSTED, NOW)) == []


def test_a_missing_or_ill_typed_claim_is_listed_once() -> None:
    assert list(broken_rules({"nbf": None, "iat": [], "exp": "x"}, TRUSTED, NOW)) == [
        Reason.MALFORMED_CLAIMS,
        Reason.MISSING_CLAIM,
    ]
    assert list(broken_rules(claims(exp=OMIT), TRUSTED, NOW)) == [Reason.MISSING_CLAIM]
    assert list(broken_rules(claims(iss=OMIT), TRUSTED, NOW)) == [Reason.MISSING_CLAIM]
    assert list(broken_rules(claims(exp="1"), TRUSTED, NOW)) == [Reason.MALFORMED_CLAIMS]
    assert missing({}, TRUSTED) == ["exp", "iss", "aud", "sub"]
    assert missing({}, TRUSTED._replace(client_ids=("web",))) == ["exp", "iss", "client_id", "sub"]
    assert ill_typed({"exp": "1", "nbf": None, "iat": [], "sub": 1, "jti": 1}) == ["exp", "nbf", "iat", "sub", "jti"]


@pytest.mark.parametrize("aud", ["web", ["web"], ["api", "web"], [1, "app"]])
def test_a_token_whose_audience_is_its_client_is_an_id_token(aud: object) -> None:
    issuer = TRUSTED._replace(audiences=(), client_ids=("web", "app"))
    assert list(broken_rules(claims(azp="web", aud=aud), issuer, NOW)) == [Reason.WRONG_AUDIENCE]
    for other in ("api", ["api", "web2"], [["web"]], {"web": 1}, None, OMIT):
        assert list(broken_rules(claims(azp="web", aud=other), issuer, NOW)) == []


@pytest.mark.parametrize(
    ("value", "allowed", "is_allowed"),
    [
        *(("a", ("a",), True), ("a", ("b", "a"), True), (True, (True,), True), (7, (7,), True)),
        *(("a", ("b",), False), ("a", (), False), ("A", ("a",), False), (None, ("a",), False)),
        *((1, (True,), False), (True, (1,), False), (1.0, (1,), False), ("true", (True,), False), (0, (False,), False)),
        *((["a"], ("a",), False), ("7", (7,), False), (False, (True,), False)),
    ],
)
def test_a_required_claim_equals_one_of_its_values_in_type_too(
    value: object, allowed: tuple[Any, ...], *, is_allowed: bool
) -> None:
    issuer = TRUSTED._replace(required_claims=(("sub", ("s",)), ("org.id", allowed)))
    broken = list(broken_rules(claims(sub="s", org={"id": value}), issuer, NOW))
    assert broken == ([] if is_allowed else [Reason.WRONG_CLAIM])


@pytest.mark.parametrize(
    ("given", "name", "found"),
    [
        ({"a": 1}, "a", 1),
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({"a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": {"b.c": 1}}, "a.b.c", 1),
        ({"a": {"x": 1}, "a.b": {"c": 2}}, "a.b.c", 2),
        ({"https://x.example/roles": 1}, "https://x.example/roles", 1),
        *(({"a": inner}, "a.b", None) for inner in (None, 1, "b", ["b"], {}, {"b": None})),
        *(({"a": {"b": 1}}, name, None) for name in ("a.", ".a", ".", "a.b.c", "b", "")),
    ],
)
def test_a_claim_is_found_by_its_literal_name_first_and_then_by_its_path(
    given: dict[str, Any], name: str, found: object
) -> None:
    assert claim_at(given, name) == found


def test_a_claim_nested_too_deeply_to_serialize_is_omitted() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert identity_of(claims(deep=deep), TRUSTED, ["deep"]).extra == ()


def as_text(value: object) -> str:
    identity = identity_of(claims(x=value), TRUSTED, ("x",))
    return dict(identity.extra).get("x", "")


@pytest.mark.parametrize("character", [*map(chr, range(0x80)), "\x80", "\xa0", "é", "\u2028"])
def test_a_claim_for_the_backend_is_unchanged_only_if_printable_and_not_a_json_string(character: str):
    is_printable = " " <= character <= "~"
    is_first = is_printable and character not in ' "'
    assert (as_text(character) == character) == is_first
    assert (as_text(f"{character}a") == f"{character}a") == is_first
    assert (as_text(f"a{character}b") == f"a{character}b") == is_printable
    assert (as_text(f"a{character}") == f"a{character}") == (is_printable and character != " ")
