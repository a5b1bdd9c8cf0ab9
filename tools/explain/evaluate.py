"""What the authorizer answers to a token on each route, by its own code."""

import io
import json
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass

from authorizer import fetch
from authorizer.decision import Authorizer
from authorizer.environment import Environment
from authorizer.jwks import Jwks
from authorizer.keys import signing_keys
from infra.api.routes import Route
from infra.issuer.jwks_checks import shown

STATUS = {"allow": 200, "deny": 403, "unauthorized": 401, "error": 500}
_STAGE = "arn:aws:execute-api:us-east-1:000000000000:explain/stage"


@dataclass(frozen=True)
class Answer:
    """The status for a request to the route with the token, and the word for it in the decision log."""

    route: Route
    status: int
    reason: str


@dataclass
class KeySet:
    """Reads a key set for `Jwks`, and remembers the `kid` of each usable key, or why there are none.

    `file`: its name, if the key set comes from a file.
    """

    read: Callable[[str], fetch.Document] = fetch.get
    kids: Sequence[str] = ()
    error: str = ""
    file: str = ""

    @property
    def name(self) -> str:
        return shown(self.file) if self.file else "the issuer"

    def get(self, url: str) -> fetch.Document:
        try:
            document = self.read(url)
            self.kids = sorted(signing_keys(document.body))
        except (fetch.FetchError, ValueError) as error:
            self.error = str(error)
            raise
        return document


class Judge:
    """The authorizer of one stack. Whatever it writes to its log is kept from standard output."""

    def __init__(self, environment: Environment, key_set: KeySet) -> None:
        self.environment, self.key_set = environment, key_set
        self.keys = Jwks(environment.jwks_uri, revoked=environment.revoked, get=key_set.get)
        self._authorizer = Authorizer(environment, self.keys)

    def answer(self, authorization: str, route: Route, method: str = "") -> Answer:
        """To a request for the route, each of its path parameters 1, with this value of the Authorization header.

        `method`: of ANY, one that it stands for; else the route's own.
        """
        if route.public:
            return Answer(route, 200, "public")
        path = re.sub(r"\{[^}]*\}", "1", route.path)
        event = {"authorizationToken": authorization, "methodArn": f"{_STAGE}/{method or route.method}{path}"}
        log = io.StringIO()
        with redirect_stdout(log), suppress(Exception):  # what is raised has its word in the log
            self._authorizer.answer(event)
        decision = json.loads(log.getvalue().splitlines()[-1])
        return Answer(route, STATUS[decision["outcome"]], decision["reason"])
