"""The checks of a token with the issuer, the audience and the keys of these tests, and the identity that it proves."""

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
    """The identity that the token proves to the issuer's keys. Raises the `Refused` that the decision names."""
    environment = environment_of(trusted, leeway=leeway, context_claims=context)
    keys = Jwks(URL, algorithms=trusted.algorithms, get=(issuer or Issuer()).get)
    with patch("authorizer.decision.token_of", lambda _: token):  # the form has tests of its own
        decision = Authorizer(environment, {trusted.issuer: keys}).decide(event(token))
    if decision.identity is None:
        raise Refused(Reason(decision.reason))
    return decision.identity
