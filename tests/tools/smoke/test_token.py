"""The token that is given: what it grants, and what is no token."""

import time

import pytest

from authorizer.token import token_of
from tests.testkit.tokens import claims, token
from tests.tools.smoke.conftest import access_token
from tools.smoke import SmokeError
from tools.smoke.token import Token


def test_what_it_grants_is_its_scope_and_its_permissions():
    assert Token.parse(access_token(scope="a b", permissions=["c"])).granted == {"a", "b", "c"}
    assert Token.parse(access_token()).granted == frozenset()


def test_the_forged_one_is_well_formed_and_another_each_time():
    given = Token.parse(access_token())
    one, other = given.forged(), given.forged()
    assert token_of(one) != token_of(other)
    assert given.value.rpartition(".")[2] not in (one + other)
    assert len(one) == len(given.bearer)


@pytest.mark.parametrize("text", ["", "hidden", "a.b", "a.b.c.d", "{}", "two eyJ.eyJ.x", "eyJ\n.eyJ.x"])
def test_what_is_no_jwt_is_refused_unseen(text: str):
    with pytest.raises(SmokeError, match="not a JWT of three base64url parts") as refused:
        Token.parse(text)
    assert not text or text not in str(refused.value)


def test_a_payload_that_is_no_object_is_no_jwt():
    with pytest.raises(SmokeError, match="not a JWT"):
        Token.parse(token(body=b"Dear reader"))


def test_one_that_has_expired_is_refused_before_any_call():
    with pytest.raises(SmokeError, match="has expired, by this machine's clock; get another"):
        Token.parse(token(body=claims(exp=int(time.time()) - 1)))
