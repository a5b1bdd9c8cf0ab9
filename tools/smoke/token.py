"""The access token of the walk. It is shown to the API alone."""

import base64
import secrets
import time
from dataclasses import dataclass, field

from authorizer.claims import scopes_of
from authorizer.encoding import decode_base64url, parse_object
from authorizer.errors import Refused
from authorizer.token import token_of
from tools.smoke import NotReady


@dataclass(frozen=True)
class Token:
    """`granted`: its scopes and permissions, unverified; whether they are true is for the API to find out."""

    value: str = field(repr=False)
    granted: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Raises `NotReady` for what is no JWT, and for one that has expired."""
        try:
            value = token_of(f"Bearer {text}")
            claims = parse_object(decode_base64url(value.split(".")[1].encode()))
        except (Refused, ValueError):
            raise NotReady(
                "the token is no JWT of three base64url parts; Auth0 gives another kind where no audience is asked for"
            ) from None
        expiry = claims.get("exp")
        if isinstance(expiry, int | float) and expiry <= time.time():
            raise NotReady("the token has expired, by this machine's clock; get another one")
        return cls(value, scopes_of(claims))

    @property
    def bearer(self) -> str:
        return f"Bearer {self.value}"

    def forged(self) -> str:
        """The same with another signature, at random: what nobody signed, and no cache of API Gateway has seen."""
        signed, _, signature = self.value.rpartition(".")
        noise = secrets.token_bytes(len(decode_base64url(signature.encode())))
        return f"Bearer {signed}.{base64.urlsafe_b64encode(noise).rstrip(b'=').decode()}"
