"""Why a request is not let in. `Refused` is the caller's doing and answers 401; a `Failure` is ours or the identity
provider's and answers 500. Neither messages nor reasons hold a word of the token.
"""

import re
from enum import StrEnum, auto
from typing import ClassVar


class Reason(StrEnum):
    """Why a token is not acceptable: the word for it in the decision log."""

    # The header value is not `Bearer` and one compact JWS of three base64url parts (RFC 6750 2.1, RFC 7515 7.1).
    MALFORMED_TOKEN = auto()
    # The JOSE header is not one plain JSON object of an access token (RFC 7515 4).
    MALFORMED_HEADER = auto()
    # The token's `alg` is none of those configured for its issuer (RFC 8725 3.1).
    UNSUPPORTED_ALGORITHM = auto()
    # No key of the issuer has the token's `kid` or `x5t` and algorithm, and the key set was read recently.
    UNKNOWN_KEY = auto()
    # The token's key is one that this stack must not trust any more, whatever the issuer publishes.
    REVOKED_KEY = auto()
    # The token has no `kid`, and the issuer has several keys for its algorithm (RFC 7515 4.1.4).
    MISSING_KID = auto()
    # The token has a `kid`, and the issuer has several keys for its algorithm without one (RFC 7517 4.5).
    UNNAMED_KEYS = auto()
    # The signature does not verify under the issuer's key (RFC 7515 5.2).
    BAD_SIGNATURE = auto()
    # The payload is not one plain JSON object of well-typed claims (RFC 7519 4.1, 7.2).
    MALFORMED_CLAIMS = auto()
    # One of `exp`, `iss`, `aud` or the client, `sub` or its substitute is absent (RFC 9068 2.2).
    MISSING_CLAIM = auto()
    # `iss` is no configured issuer, character by character (RFC 8725 3.8).
    WRONG_ISSUER = auto()
    # `aud` neither is nor holds a configured audience, or is the client's own, as in an ID token (RFC 8725 3.9).
    WRONG_AUDIENCE = auto()
    # `client_id` or `azp` is none of the configured clients (RFC 9068 2.2).
    WRONG_CLIENT = auto()
    # `exp` is past, leeway included (RFC 7519 4.1.4).
    EXPIRED = auto()
    # `nbf` or `iat` lies ahead, leeway included (RFC 7519 4.1.5, 4.1.6).
    NOT_YET_VALID = auto()
    # A claim has none of the values that the configuration requires.
    WRONG_CLAIM = auto()
    # `cnf` binds the token to a key that a bearer does not prove to hold (RFC 7800 3, RFC 9449 7).
    SENDER_CONSTRAINED = auto()


class Refused(Exception):
    """The token is not acceptable."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Failure(Exception):
    """Nothing was learnt about the token. `reason`: `keys_unavailable` for `KeysUnavailable`."""

    reason: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.reason = re.sub("(?<=.)(?=[A-Z])", "_", cls.__name__).lower()


class MisconfiguredEnvironment(Failure):
    """A variable of the function is missing or wrong."""


class MalformedEvent(Failure):
    """API Gateway sent something other than a TOKEN authorizer event."""


class KeysUnavailable(Failure):
    """The issuer's key set could not be read, and the keys known from before do not answer the question."""


class InternalError(Failure):
    """A mistake in this code. The log has its type and place, and no values."""
