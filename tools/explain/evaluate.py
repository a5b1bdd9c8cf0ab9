"""Computes the authorizer's decision on a token for each route, with its own code."""

from collections.abc import Callable
from dataclasses import dataclass, field

from authorizer import fetch
from authorizer.decision import Authorizer
from authorizer.environment import Environment
from authorizer.jwks import Jwks
from infra.api.path_parameters import fill
from infra.api.routes import Route
from infra.issuer.jwks_checks import quoted

STATUS = {"allow": 200, "deny": 403, "unauthorized": 401, "error": 500}
_STAGE = "arn:aws:execute-api:us-east-1:000000000000:explain/stage"


@dataclass(frozen=True)
class Answer:
    """The status of the response to a request with the token, and the reason in the decision log."""

    route: Route
    status: int
    reason: str


@dataclass
class KeySource:
    """Fetches key sets for `Jwks`. `errors` has the error for each URL; `file` names a file to read instead."""

    read: Callable[[str], fetch.Document] = fetch.get
    file: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return quoted(self.file) if self.file else "the issuer"


class Evaluator:
    """The authorizer of one stack, with the keys of each of its issuers. It logs nothing."""

    def __init__(self, environment: Environment, source: KeySource) -> None:
        self.environment, self.source = environment, source
        self.documents: dict[str, bytes] = {}  # the key sets by URL
        self.keys = {
            issuer.issuer: Jwks(
                issuer.jwks_uri,
                algorithms=issuer.algorithms,
                revoked=environment.revoked,
                get=self._read,
                write=lambda *_, url=issuer.jwks_uri, **line: source.errors.update({url: str(line.get("error", ""))}),
            )
            for issuer in environment.issuers
        }
        self._authorizer = Authorizer(environment, self.keys)

    def _read(self, url: str) -> fetch.Document:
        document = self.source.read(url)
        self.documents[url] = document.body
        return document

    def answer(self, authorization: str, route: Route, method: str = "") -> Answer:
        """The answer to a request for the route, with 1 for each path parameter, and this Authorization header.

        `method` is one of the methods of an ANY; by default, it is the route's own method.
        """
        if route.public:
            return Answer(route, 200, "public")
        path = fill(route.template, "1")
        arn = f"{_STAGE}/{method or route.method}{path}"
        event = {"type": "TOKEN", "authorizationToken": authorization, "methodArn": arn}
        decision = self._authorizer.decide(event)
        return Answer(route, STATUS[decision.outcome], decision.reason)
