"""Why a request is not let in: one class a reason, so that each has its own log line.

`Refused` is the caller's doing and answers 401; `Failure` is ours or the identity provider's and answers 500.
Messages and reasons never hold a word of the token.
"""

from typing import ClassVar


class Refused(Exception):
    """The token is not acceptable. `reason` is the word for it in the decision log."""

    reason: ClassVar[str]


class MalformedToken(Refused):
    """The header value is not `Bearer` and one compact JWS of three base64url parts (RFC 6750 2.1, RFC 7515 7.1)."""

    reason = "malformed_token"


class MalformedHeader(Refused):
    """The JOSE header is not one plain JSON object with a `kid` (RFC 7515 4)."""

    reason = "malformed_header"


class UnsupportedAlgorithm(Refused):
    """The token is not signed with RS256, the only algorithm accepted (RFC 8725 3.1)."""

    reason = "unsupported_algorithm"


class UnknownKey(Refused):
    """No signing key of the issuer has the token's `kid`, and the key set was read recently enough to know."""

    reason = "unknown_key"


class RevokedKey(UnknownKey):
    """The token's key is one that this stack must not trust any more, whatever the issuer publishes."""

    reason = "revoked_key"


class BadSignature(Refused):
    """The signature does not verify under the issuer's key (RFC 7515 5.2)."""

    reason = "bad_signature"


class MalformedClaims(Refused):
    """The payload is not one plain JSON object of well-typed claims (RFC 7519 4.1, 7.2)."""

    reason = "malformed_claims"


class MissingClaim(Refused):
    """One of `exp`, `iss`, `aud`, `sub` is absent (RFC 9068 2.2)."""

    reason = "missing_claim"


class Expired(Refused):
    """`exp` is past, leeway included (RFC 7519 4.1.4)."""

    reason = "expired"


class NotYetValid(Refused):
    """`nbf` or `iat` lies ahead, leeway included (RFC 7519 4.1.5, 4.1.6)."""

    reason = "not_yet_valid"


class WrongIssuer(Refused):
    """`iss` is not TOKEN_ISSUER, character by character (RFC 8725 3.8)."""

    reason = "wrong_issuer"


class WrongAudience(Refused):
    """`aud` neither is nor holds AUDIENCE (RFC 8725 3.9)."""

    reason = "wrong_audience"


class SenderConstrained(Refused):
    """`cnf` binds the token to a key that a bearer does not prove to hold (RFC 7800 3, RFC 9449 7)."""

    reason = "sender_constrained"


class Failure(Exception):
    """Not the caller's doing: nothing was learnt about the token. `reason` as in `Refused`."""

    reason: ClassVar[str]


class MisconfiguredEnvironment(Failure):
    """An environment variable of the function is missing or wrong."""

    reason = "misconfigured_environment"


class MalformedEvent(Failure):
    """API Gateway sent something other than a TOKEN authorizer event."""

    reason = "malformed_event"


class KeysUnavailable(Failure):
    """The issuer's key set could not be read, and what is known of it does not answer the question."""

    reason = "keys_unavailable"


class InternalError(Failure):
    """A mistake in this code. The log says of what type and where, not with which values."""

    reason = "internal_error"
