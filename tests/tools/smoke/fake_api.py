"""An API on loopback that answers as the PetStore's gateway does, or as a test says."""

import json
from collections.abc import Callable

from authorizer.encoding import decode_base64url
from local.cloud.servers import Answer, Request, Server

UNAUTHORIZED = Answer(401, b'{"message":"Unauthorized"}', {"WWW-Authenticate": 'Bearer realm="PetStore"'})
FORBIDDEN = Answer(403, b"{}", {"WWW-Authenticate": 'Bearer realm="PetStore", error="insufficient_scope"'})
NO_ROUTE = Answer(403, b"{}", {"x-amzn-ErrorType": "MissingAuthenticationTokenException"})
NOT_YET = Answer(403, b'{"message":"Forbidden"}')


class FakeApi(Server):
    """Accepts `token` only. It sends `next_answers` first; then `override` may return another answer for a request."""

    def __init__(self) -> None:
        super().__init__()
        self.token = ""
        self.next_answers: list[Answer] = []
        self.override: Callable[[Request], Answer | None] = lambda _: None
        self.requests: list[Request] = []

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return (
            (self.next_answers.pop(0) if self.next_answers else None)
            or self.override(request)
            or self._respond(request)
        )

    def _respond(self, request: Request) -> Answer:
        if request.path == "/":
            return Answer(200, b"Welcome")
        if not request.path.startswith("/pets"):
            return NO_ROUTE
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return UNAUTHORIZED
        claims = json.loads(decode_base64url(self.token.split(".")[1].encode()))
        if request.method == "POST" and "create:pets" not in claims.get("scope", ""):
            return FORBIDDEN
        return Answer.json([{"id": 1}])
