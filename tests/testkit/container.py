"""An authorizer in one Lambda container, with a clock that the test controls."""

import io
import json
from collections.abc import Callable, Collection
from contextlib import redirect_stdout

from authorizer import fetch
from authorizer.decision import Authorizer
from authorizer.errors import Failure, Reason
from authorizer.fetch import Document
from authorizer.jwks import Jwks
from tests.testkit.clock import URL, Clock
from tests.testkit.events import environment_of, event
from tests.testkit.gateway import arn
from tests.testkit.iam import allows
from tests.testkit.tokens import ISSUER, KID, header, rs256, token

REFUSALS = set(Reason)
DEADLINE = 10.0  # seconds: longer than any answering server takes


class Container:
    """Fetches the key set over HTTP by default, and counts the fetches."""

    def __init__(
        self,
        url: str = URL,
        *,
        get: Callable[[str], Document] | None = None,
        bundled: bytes | None = None,
        revoked: Collection[str] = (),
    ) -> None:
        self.clock, self.fetches, self.deadline = Clock(), 0, DEADLINE
        self._get = get or (lambda url: fetch.get(url, self.deadline))
        self.keys = Jwks(url, bundled=bundled, revoked=revoked, get=self._counted, clock=self.clock)
        self.authorizer = Authorizer(environment_of(), {ISSUER: self.keys})

    def _counted(self, url: str) -> Document:
        self.fetches += 1
        return self._get(url)

    def ask(self, kid: str = KID, key: str = "issuer") -> str:
        """The logged reason for a token with this `kid`, signed by this key."""
        return reason(self.authorizer, token(header(kid=kid), sign=rs256(key)))

    def ask_after(self, seconds: float, kid: str = KID, key: str = "issuer") -> str:
        self.clock.forward(seconds)
        return self.ask(kid, key)


def reason(authorizer: Authorizer, jws: str) -> str:
    """The logged reason for a token; asserts that the answer agrees with it."""
    answer, error, written = None, None, io.StringIO()
    with redirect_stdout(written):
        try:
            answer = authorizer.answer(event(jws))
        except Exception as caught:  # The tests look at each kind.
            error = caught
    line = json.loads(written.getvalue().splitlines()[-1])
    if answer is not None:
        assert allows(answer["policyDocument"], arn("GET", "/pets"))
        assert line["outcome"] == "allow"
    elif isinstance(error, Failure):
        assert (line["outcome"], line["reason"]) == ("error", error.reason)
    else:
        assert type(error) is Exception
        assert (line["outcome"], error.args) == ("unauthorized", ("Unauthorized",))
        assert line["reason"] in REFUSALS
    return line["reason"]
