"""An issuer of access tokens that behaves like an Auth0 tenant. Its tokens are valid only for the local run."""

import json
import time
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from local.cloud.servers import Answer, Request, Server

CLIENT_ID, CLIENT_SECRET = "local-client", "local-secret"
LIFETIME = 86_400  # seconds, as at Auth0


class Issuer(Server):
    """The issuer: serves a discovery document, a key set, and `POST /oauth/token` with client credentials for one API.

    It grants every requested scope, and signs with an RSA key of this run.
    """

    def __init__(self, audience: str, port: int = 0) -> None:
        super().__init__(port)
        self.audience = audience
        self.key_id = "local-1"

    @property
    def issuer(self) -> str:
        return f"{self.url}/"

    def answer(self, request: Request) -> Answer:
        match request.method, request.path:
            case "GET", "/.well-known/openid-configuration":
                return Answer.json(
                    {
                        "issuer": self.issuer,
                        "jwks_uri": f"{self.issuer}.well-known/jwks.json",
                        "token_endpoint": f"{self.issuer}oauth/token",
                        "id_token_signing_alg_values_supported": ["RS256"],
                    }
                )
            case "GET", "/.well-known/jwks.json":
                public = RSAAlgorithm.to_jwk(signing_key("issuer").public_key(), as_dict=True)
                return Answer.json({"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": "RS256"}]})
            case "POST", "/oauth/token":
                return self._token(request)
            case _:
                return Answer.json({"error": "not_found"}, 404)

    def _token(self, request: Request) -> Answer:
        """The response to a token request (RFC 6749 4.4) with Auth0's `audience` parameter, as JSON or as a form."""
        try:
            if request.headers.get("Content-Type", "").startswith("application/json"):
                asked = json.loads(request.body)
            else:
                asked = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        except ValueError:
            return Answer.json({"error": "invalid_request"}, 400)
        if asked.get("grant_type") != "client_credentials":
            return Answer.json({"error": "unsupported_grant_type"}, 403)
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return Answer.json({"error": "access_denied", "error_description": "Unauthorized"}, 401)
        if asked.get("audience") != self.audience:
            description = f"Service not found: {asked.get('audience')}"
            return Answer.json({"error": "access_denied", "error_description": description}, 403)
        scope = asked.get("scope", "")
        token = {"access_token": self.mint(scope), "expires_in": LIFETIME, "token_type": "Bearer"}
        return Answer.json({**token, "scope": scope} if scope else token)

    def mint(self, scope: str = "", *, key: str = "issuer", kid: str | None = None, **claims: Any) -> str:
        """A token as `POST /oauth/token` returns it. The arguments change its claims, its `kid` or its signing key."""
        now = int(time.time())
        subject = f"{CLIENT_ID}@clients"
        payload = {"iss": self.issuer, "sub": subject, "aud": self.audience, "iat": now, "exp": now + LIFETIME}
        payload |= {"azp": CLIENT_ID, "gty": "client-credentials", "jti": f"{now}-{time.perf_counter_ns()}"}
        payload |= ({"scope": scope} if scope else {}) | claims
        return jwt.encode(payload, signing_key(key), "RS256", headers={"kid": kid or self.key_id})


@cache
def signing_key(name: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - each name has its own key
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
