"""Why a request is not let in: one class a reason, so that each has its own log line.

`Refused` is the caller's doing and answers 401; `Failure` is ours or the identity provider's and answers 500.
Messages and reasons never hold a word of the token.
"""

import re
from typing import ClassVar


class _Reason(Exception):
    """`reason` is the word for it in the decision log: `malformed_token` for `MalformedToken`."""

    reason: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.reason = re.sub("(?<=.)(?=[A-Z])", "_", cls.__name__).lower()


class Refused(_Reason):
    """The token is not acceptable."""


class MalformedToken(Refused):
    """The header value is not `Bearer` and one compact JWS of three base64url parts (RFC 6750 2.1, RFC 7515 7.1)."""


class MalformedHeader(Refused):
    """The JOSE header is not one plain JSON object of an access token (RFC 7515 4)."""


class UnsupportedAlgorithm(Refused):
    """The token's `alg` is none of those configured for its issuer (RFC 8725 3.1)."""


class UnknownKey(Refused):
    """No key of the issuer has the token's `kid` or `x5t` and algorithm, and the key set was read recently."""


class RevokedKey(UnknownKey):
    """The token's key is one that this stack must not trust any more, whatever the issuer publishes."""


class MissingKid(Refused):
    """The token has no `kid`, and the issuer has several keys for its algorithm (RFC 7515 4.1.4)."""


class UnnamedKeys(Refused):
    """The token has a `kid`, and the issuer has several keys for its algorithm without one (RFC 7517 4.5)."""


class BadSignature(Refused):
    """The signature does not verify under the issuer's key (RFC 7515 5.2)."""


class MalformedClaims(Refused):
    """The payload is not one plain JSON object of well-typed claims (RFC 7519 4.1, 7.2)."""


class MissingClaim(Refused):
    """One of `exp`, `iss`, `aud` or the client, `sub` or its substitute is absent (RFC 9068 2.2)."""


class Expired(Refused):
    """`exp` is past, leeway included (RFC 7519 4.1.4)."""


class NotYetValid(Refused):
    """`nbf` or `iat` lies ahead, leeway included (RFC 7519 4.1.5, 4.1.6)."""


class WrongIssuer(Refused):
    """`iss` is no configured issuer, character by character (RFC 8725 3.8)."""


class WrongAudience(Refused):
    """`aud` neither is nor holds a configured audience, or is the client's own, as in an ID token (RFC 8725 3.9)."""


class WrongClient(Refused):
    """`client_id` or `azp` is none of the configured clients (RFC 9068 2.2)."""


class WrongClaim(Refused):
    """A claim has none of the values that the configuration requires."""


class SenderConstrained(Refused):
    """`cnf` binds the token to a key that a bearer does not prove to hold (RFC 7800 3, RFC 9449 7)."""


class Failure(_Reason):
    """Not the caller's doing: nothing was learnt about the token."""


class MisconfiguredEnvironment(Failure):
    """A variable of the function is missing or wrong."""


class MalformedEvent(Failure):
    """API Gateway sent something other than a TOKEN authorizer event."""


class KeysUnavailable(Failure):
    """The issuer's key set could not be read, and what is known of it does not answer the question."""


class InternalError(Failure):
    """A mistake in this code. The log says of what type and where, not with which values."""
