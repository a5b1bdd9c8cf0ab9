"""An issuer on loopback with documents that a test sets."""

from typing import Any

from local.cloud.servers import Answer, Request, Server
from tests.testkit.tokens import jwk

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
KEYS = "/.well-known/jwks.json"
AUDIENCE = "https://petstore.example/api"


class Tenant(Server):
    """Answers with `documents`, by path, or 404. `asked` lists the requested paths. By default it has no fault."""

    def __init__(self, *keys: object) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.documents: dict[str, Any] = {
            OPENID: self.metadata(),
            KEYS: {"keys": list(keys) or [jwk()]},
        }

    @property
    def issuer(self) -> str:
        return f"{self.url}/"

    @property
    def jwks_uri(self) -> str:
        return f"{self.url}{KEYS}"

    def metadata(self, **changes: object) -> dict[str, Any]:
        algorithms = ["HS256", "RS256"]  # as Auth0 does
        usual = {"issuer": self.issuer, "jwks_uri": self.jwks_uri, "id_token_signing_alg_values_supported": algorithms}
        return {**usual, **changes}

    def say(self, **changes: object) -> None:
        self.documents[OPENID] = self.metadata(**changes)

    def answer(self, request: Request) -> Answer:
        self.asked.append(request.path)
        document = self.documents.get(request.path)
        if isinstance(document, bytes):
            return Answer(200, document)
        return Answer(404) if document is None else Answer.json(document)
