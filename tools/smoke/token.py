"""The access token of the smoke test, which is sent only to the API."""

import base64
import secrets
import time
from dataclasses import dataclass, field

from authorizer.claims import scopes_of
from authorizer.encoding import decode_base64url, parse_object
from authorizer.errors import Refused
from authorizer.token import token_of
from tools.smoke import SmokeError


@dataclass(frozen=True)
class Token:
    """A token. `granted` has its scopes and permissions, which are unverified, because the API verifies them."""

    value: str = field(repr=False)
    granted: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> "Token":
        """The token in this text. Raises `SmokeError` if it is not a JWT or has expired."""
        try:
            value = token_of(f"Bearer {text}")
            claims = parse_object(decode_base64url(value.split(".")[1].encode()))
        except (Refused, ValueError):
            raise SmokeError(
                "the token is not a JWT of three base64url parts; Auth0 returns an opaque token if you omit `audience`"
            ) from None
        expiry = claims.get("exp")
        if isinstance(expiry, int | float) and expiry <= time.time():
            raise SmokeError("the token has expired, by this machine's clock; get another one")
        return cls(value, scopes_of(claims))

    @property
    def bearer(self) -> str:
        return f"Bearer {self.value}"

    def forged(self) -> str:
        """The same token with a random signature, so that API Gateway has no cached policy for it."""
        signed, _, signature = self.value.rpartition(".")
        noise = secrets.token_bytes(len(decode_base64url(signature.encode())))
        return f"Bearer {signed}.{base64.urlsafe_b64encode(noise).rstrip(b'=').decode()}"
