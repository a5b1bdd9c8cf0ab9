"""How it is told what a token has wrong: nothing of its text but what a check reads, and that harmlessly."""

from collections.abc import Callable

from tools.explain.diagnose import Examined

Advice = tuple[str, str]  # what was found, and what to do, in words without a full stop
Advise = Callable[[Examined], Advice]

COPY_AGAIN = "copy it again, whole"


def audience_of(it: Examined) -> str:
    return f"with audience={it.environment.audience}"
