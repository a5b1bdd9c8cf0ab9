"""The reasons to refuse a request. `Refused` means an invalid token and becomes 401. `Failure` means a fault of the
function or the issuer and becomes 500. Messages and reasons contain no part of the token.
"""

import re
from enum import StrEnum, auto
from typing import ClassVar


class Reason(StrEnum):
    """The reason to refuse a token, as a word in the decision log."""

    MALFORMED_TOKEN = auto()  # the header value is not Bearer and one compact JWS (RFC 6750 2.1, RFC 7515 7.1)
    MALFORMED_HEADER = auto()  # the JOSE header is not one plain JSON object of an access token (RFC 7515 4)
    UNSUPPORTED_ALGORITHM = auto()  # `alg` is none of those configured for the issuer (RFC 8725 3.1)
    UNKNOWN_KEY = auto()  # no key of the issuer has the token's `kid` or `x5t` and algorithm
    REVOKED_KEY = auto()  # the configuration revokes this key, even if the issuer publishes it
    MISSING_KID = auto()  # the token has no `kid`, and the issuer has several keys for its algorithm (RFC 7515 4.1.4)
    UNNAMED_KEYS = auto()  # the token has a `kid`, and the issuer has several keys without one (RFC 7517 4.5)
    BAD_SIGNATURE = auto()  # the signature does not verify under the issuer's key (RFC 7515 5.2)
    MALFORMED_CLAIMS = auto()  # the payload is not one plain JSON object of well-typed claims (RFC 7519 4.1, 7.2)
    MISSING_CLAIM = auto()  # `exp`, `iss`, `aud` or the client, `sub` or its substitute is absent (RFC 9068 2.2)
    WRONG_ISSUER = auto()  # `iss` is no configured issuer, character by character (RFC 8725 3.8)
    WRONG_AUDIENCE = auto()  # `aud` holds no configured audience, or holds the client, as in an ID token (RFC 8725 3.9)
    WRONG_CLIENT = auto()  # `client_id` or `azp` is none of the configured clients (RFC 9068 2.2)
    EXPIRED = auto()  # `exp` is past, leeway included (RFC 7519 4.1.4)
    NOT_YET_VALID = auto()  # `nbf` or `iat` lies ahead, leeway included (RFC 7519 4.1.5, 4.1.6)
    WRONG_CLAIM = auto()  # a claim has none of the values that the configuration requires
    SENDER_CONSTRAINED = auto()  # possession of the key in `cnf` is not verified here (RFC 7800 3, RFC 9449 7)


class Refused(Exception):
    """The token is not acceptable."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Failure(Exception):
    """The token could not be verified. `reason` is the class name in snake case: `keys_unavailable`."""

    reason: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.reason = re.sub("(?<=.)(?=[A-Z])", "_", cls.__name__).lower()


class MisconfiguredEnvironment(Failure):
    """A variable of the function is missing or wrong."""


class MalformedEvent(Failure):
    """API Gateway sent something other than a TOKEN authorizer event."""


class KeysUnavailable(Failure):
    """The issuer's key set could not be fetched, and no known key fits the token."""


class InternalError(Failure):
    """A bug in this code. The log has the type and the place of the exception, and no values."""
