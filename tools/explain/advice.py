"""Types of advice. Advice never repeats unchecked content of a token."""

from collections.abc import Callable

from tools.explain.diagnose import Examined

Advice = tuple[str, str]  # the finding and the fix, without a full stop
Advise = Callable[[Examined], Advice]

COPY_AGAIN = "copy the whole token again"


def audience_of(it: Examined) -> str:
    """The request parameter with which a client asks for a token for this API."""
    audiences = it.issuer.audiences if it.issuer else it.evaluator.environment.issuers[0].audiences
    return f"with audience={audiences[0]}" if audiences else "of one of the clients in clientIds"


def algorithms_of(it: Examined) -> str:
    issuers = [it.issuer] if it.issuer else it.evaluator.environment.issuers
    return " or ".join(dict.fromkeys(name for issuer in issuers for name in issuer.algorithms))


def issuers_of(it: Examined) -> str:
    return " or ".join(issuer.issuer for issuer in it.evaluator.environment.issuers)
