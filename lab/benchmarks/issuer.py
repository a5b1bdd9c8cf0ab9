"""An issuer over TLS that counts the requests for its key set, and makes tokens of every kind."""

import base64
import json
import ssl
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from jwt.algorithms import RSAAlgorithm

from lab.benchmarks.certificates import self_signed
from local.cloud.servers import HOST

ISSUER, AUDIENCE = "https://tenant.example/", "https://api.example/petstore"
KIDS = ("benchmark-signing-key-1", "benchmark-signing-key-2", "benchmark-signing-key-3")  # the third comes by rotation


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing, because clients disconnect as soon as they have the answer."""


class Issuer:
    """A context manager. `fetches` counts the requests for the key set by the name in its URL."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._keys = {kid: rsa.generate_private_key(public_exponent=65537, key_size=2048) for kid in (*KIDS, "forger")}
        self.fetches: Counter[str] = Counter()
        self.published = [self.jwk(kid) for kid in KIDS[:2]]  # a tenant publishes its current key and the next one
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # persistent connections, as at a real issuer
            wbufsize = -1  # Send head and body together,
            disable_nagle_algorithm = True  # and without delay (Nagle), not 40 ms after TLS's session tickets

            def do_GET(self) -> None:
                issuer.fetches[self.path.split("/")[1]] += 1
                body = json.dumps({"keys": issuer.published}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Print nothing."""

        self._http = _Server((HOST, 0), Handler)
        # The handshake runs in the connection's own thread.
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)

    def jwks_uri(self, name: str) -> str:
        return f"https://{HOST}:{self._http.server_port}/{name}/jwks.json"

    def jwk(self, kid: str) -> dict[str, Any]:
        """A public key with its certificate, as Auth0 publishes it."""
        certificate = self_signed(self._keys[kid], "tenant.example").public_bytes(Encoding.DER)
        public: dict[str, Any] = RSAAlgorithm.to_jwk(self._keys[kid].public_key(), as_dict=True)
        public.pop("key_ops", None)
        return {**public, "kid": kid, "use": "sig", "alg": "RS256", "x5c": [base64.b64encode(certificate).decode()]}

    def mint(self, subject: str = "auth0|1", *, key: str = KIDS[0], kid: str | None = None, **claims: Any) -> str:
        """A token signed with `key`, by default valid for a day."""
        now = int(time.time())
        payload = {"iss": ISSUER, "sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + 86_400}
        payload |= {"azp": "benchmark", "gty": "client-credentials", "scope": "read:pets"} | claims
        return jwt.encode(payload, self._keys[key], "RS256", headers={"kid": kid or key})

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
