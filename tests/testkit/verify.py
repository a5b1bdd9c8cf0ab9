"""Verifies a token with the issuer, audience and keys of these tests."""

from unittest.mock import patch

from authorizer.claims import Identity
from authorizer.decision import Authorizer
from authorizer.errors import Reason, Refused
from authorizer.issuer import Issuer as Trusted
from authorizer.jwks import Jwks
from tests.testkit.clock import URL, Issuer
from tests.testkit.events import TRUSTED, environment_of, event


def verified(
    token: str,
    *,
    issuer: Issuer | None = None,
    leeway: int = 0,
    trusted: Trusted = TRUSTED,
    context: tuple[str, ...] = (),
) -> Identity:
    """The identity that the token proves. Raises the `Refused` of the failing check."""
    environment = environment_of(trusted, leeway=leeway, context_claims=context)
    keys = Jwks(URL, algorithms=trusted.algorithms, get=(issuer or Issuer()).get)
    with patch("authorizer.decision.token_of", lambda _: token):  # The format has its own tests.
        decision = Authorizer(environment, {trusted.issuer: keys}).decide(event(token))
    if decision.identity is None:
        raise Refused(Reason(decision.reason))
    return decision.identity
