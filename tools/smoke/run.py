"""Makes the calls, and repeats each of them until API Gateway's deployment has taken effect."""

import time
from collections.abc import Callable, Iterable, Iterator

import requests

from infra.issuer.http_fetch import unreachable
from tools.smoke.calls import TIMEOUT, Call, Outcome, without_netrc

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0  # seconds
_REFUSED = (401, 403)
_SAFE = ("GET", "HEAD")


class RetryBudget:
    """The time for all retries, in `seconds` of a monotonic clock, which a test can replace."""

    def __init__(
        self,
        seconds: float,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now, self._sleep = now, sleep
        self._until = now() + seconds

    def pause(self, tries: int) -> bool:
        """Wait before the next try, longer after each one. Returns False at once if the time for retries is over."""
        left = self._until - self._now()
        if left <= 0:
            return False
        self._sleep(min(_FIRST_PAUSE * 2 ** min(tries - 1, 10), _LONGEST_PAUSE, left))
        return True


def make_calls(url: str, calls: Iterable[Call], budget: RetryBudget, say: Callable[[str], None]) -> Iterator[Outcome]:
    """Make the calls, and yield the outcome of each.

    When the time for retries is over, each remaining call is tried once. If the API allows a request that it should
    refuse, `say` is called at once.
    """
    for call in calls:
        outcome = _settled(url, call, budget)
        if is_wrongly_allowed(outcome):
            say(
                f"ALLOWED: {call.method} {call.path}, {call.title}: {outcome.status} instead of {call.expected}. "
                "If your last update has just protected it, API Gateway may serve the old deployment for some seconds: "
                "run this again."
            )
        yield outcome


def _settled(url: str, call: Call, budget: RetryBudget) -> Outcome:
    tries = 1
    while True:
        outcome = attempt(url, call, tries)
        if outcome.as_expected or not may_be_retried(outcome) or not budget.pause(tries):
            return outcome
        tries += 1


def attempt(url: str, call: Call, tries: int = 1) -> Outcome:
    """Make a call once, without redirects, and measure its duration."""
    started = time.perf_counter()
    try:
        response = requests.request(
            call.method,
            f"{url}{call.path}",
            headers=call.headers,
            json=call.body,
            auth=without_netrc,
            allow_redirects=False,
            timeout=TIMEOUT,
        )
    except Exception as error:  # requests lets some of the libraries below it raise their own
        return Outcome(call, None, unreachable(url, error).what, tries=tries)
    seconds = time.perf_counter() - started
    return Outcome(call, response.status_code, call.problem_of(response), seconds, tries)


def is_wrongly_allowed(outcome: Outcome) -> bool:
    """Whether the API allowed a call that it should refuse."""
    return outcome.call.expected in _REFUSED and outcome.status is not None and 200 <= outcome.status < 300


def may_be_retried(outcome: Outcome) -> bool:
    """Whether a repeated call may get another answer, and does no harm.

    False if the API allowed a call that it should refuse, because a later success would hide that. Also False if the
    call may have reached the backend, unless its method is only for reading.
    """
    return not is_wrongly_allowed(outcome) and (outcome.call.method in _SAFE or outcome.status in (*_REFUSED, 429))
