"""`authorizer.token`: the period in which a token is accepted, with a stopped clock."""

import pytest

from authorizer import errors
from tests.testkit.tokens import NOW, OMIT, SUBJECT, claims, short, token, with_raw
from tests.testkit.verify import verified

pytestmark = pytest.mark.usefixtures("frozen")

DATES = ["exp", "nbf", "iat"]


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize("value", [str(NOW + 60), f" {NOW} ", "soon", "", True, False, None, [NOW + 60], [], {}, "1e9"])
def test_a_date_that_is_not_a_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_claims$"):
        verified(token(body=claims(**{name: value})))


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000, "9" * 400, "1e99", "0x7fffffff", "01"],
    ids=short,
)
def test_a_date_that_is_not_a_finite_json_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(errors.Refused, match=r"^malformed_claims$"):
        verified(token(body=with_raw(claims(**{name: OMIT}), f'"{name}":{value}')))


@pytest.mark.parametrize("leeway", [0, 10, 60])
def test_a_token_is_accepted_until_its_exp_plus_the_leeway(leeway: int) -> None:
    assert verified(token(body=claims(exp=NOW + 1)), leeway=leeway).subject == SUBJECT
    assert verified(token(body=claims(exp=NOW - leeway + 1)), leeway=leeway).subject == SUBJECT
    for exp in (NOW - leeway, NOW - leeway - 1, NOW - 3600, 0, -1, -1.5):
        with pytest.raises(errors.Refused, match=r"^expired$"):
            verified(token(body=claims(exp=exp)), leeway=leeway)


def test_a_date_is_less_than_two_to_the_power_of_53() -> None:
    assert verified(token(body=claims(exp=2**53 - 1, nbf=1 - 2**53))).subject == SUBJECT
    for dates in ({"exp": 2**53}, {"exp": 2.0**53}, {"nbf": -(2**53)}):
        with pytest.raises(errors.Refused, match=r"^malformed_claims$"):
            verified(token(body=claims(**dates)))


def test_a_date_may_have_a_fraction() -> None:
    assert verified(token(body=claims(exp=NOW + 60.5, nbf=NOW - 0.5, iat=1.8e9))).subject == SUBJECT
    with pytest.raises(errors.Refused, match=r"^expired$"):
        verified(token(body=claims(exp=NOW - 0.5)))


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("leeway", [0, 10, 60])
def test_a_token_is_accepted_from_its_nbf_and_iat_minus_the_leeway(name: str, leeway: int) -> None:
    for date in (NOW, NOW + leeway, 0, -1):
        assert verified(token(body=claims(**{name: date})), leeway=leeway).subject == SUBJECT
    for date in (NOW + leeway + 1, NOW + 86_400):
        with pytest.raises(errors.Refused, match=r"^not_yet_valid$"):
            verified(token(body=claims(**{name: date})), leeway=leeway)


def test_the_dates_are_checked_after_issuer_and_audience() -> None:
    with pytest.raises(errors.Refused, match=r"^wrong_issuer$"):
        verified(token(body=claims(exp=1, iss="x")))
    with pytest.raises(errors.Refused, match=r"^wrong_audience$"):
        verified(token(body=claims(exp=1, aud="x")))
