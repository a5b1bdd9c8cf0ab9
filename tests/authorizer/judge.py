"""`identify` with the issuer, the audience and the keys of these tests, and how it judged."""

from authorizer.jwks import Jwks
from authorizer.token import Identity, identify
from tests.authorizer.clock import URL, Issuer
from tests.authorizer.tokens import AUDIENCE, ISSUER


def judge(token: str, *, issuer: Issuer | None = None, leeway: int = 0) -> Identity:
    """The identity that the token proves to the issuer's keys. Raises whatever `identify` raises."""
    source = issuer or Issuer()
    return identify(token, Jwks(URL, get=source.get), issuer=ISSUER, audience=AUDIENCE, leeway=leeway)
