"""The given token: the scopes that it grants, and the refusal of other text."""

import time

import pytest

from authorizer.token import token_of
from tests.testkit.tokens import claims, token
from tests.tools.smoke.conftest import access_token
from tools.smoke import SmokeError
from tools.smoke.token import Token


def test_a_token_grants_its_scope_and_its_permissions():
    assert Token.parse(access_token(scope="a b", permissions=["c"])).granted == {"a", "b", "c"}
    assert Token.parse(access_token()).granted == frozenset()


def test_the_forged_token_is_well_formed_and_new_each_time():
    given = Token.parse(access_token())
    one, other = given.forged(), given.forged()
    assert token_of(one) != token_of(other)
    assert given.value.rpartition(".")[2] not in (one + other)
    assert len(one) == len(given.bearer)


@pytest.mark.parametrize("text", ["", "hidden", "a.b", "a.b.c.d", "{}", "two eyJ.eyJ.x", "eyJ\n.eyJ.x"])
def test_a_text_that_is_not_a_jwt_is_refused_and_not_printed(text: str):
    with pytest.raises(SmokeError, match="not a JWT of three base64url parts") as refused:
        Token.parse(text)
    assert not text or text not in str(refused.value)


def test_a_token_whose_payload_is_not_an_object_is_refused():
    with pytest.raises(SmokeError, match="not a JWT"):
        Token.parse(token(body=b"Dear reader"))


def test_an_expired_token_is_refused_before_any_call():
    with pytest.raises(SmokeError, match="has expired, by this machine's clock; get another"):
        Token.parse(token(body=claims(exp=int(time.time()) - 1)))
