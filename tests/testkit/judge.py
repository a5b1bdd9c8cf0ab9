"""`key_id`, the key set and `identify` with the issuer, the audience and the keys of these tests, and how it judged."""

from authorizer.header import key_id
from authorizer.jwks import Jwks
from authorizer.token import Identity, identify
from tests.testkit.clock import URL, Issuer
from tests.testkit.tokens import AUDIENCE, ISSUER


def judge(token: str, *, issuer: Issuer | None = None, leeway: int = 0) -> Identity:
    """The identity that the token proves to the issuer's keys. Raises whatever the three of them raise."""
    keys = Jwks(URL, get=(issuer or Issuer()).get)
    return identify(token, keys.key(key_id(token)), issuer=ISSUER, audience=AUDIENCE, leeway=leeway)
