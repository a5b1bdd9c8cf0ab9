"""Compares the formula with a measurement: sends Poisson streams to MiniStack, and counts invocations in the log."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from http.client import HTTPConnection
from threading import Event
from urllib.parse import urlsplit

from authorizer.log import pseudonym
from lab.scaling.streams import GROUPS, SECONDS, TTL, WARM_UP, Counted, Disagreement, Request, check, counted, streams
from local.cloud.sandbox import Sandbox
from local.cloud.session import session_of_emulator
from tools.progress import progress

CONNECTIONS = 16
_DECISION = '{"event":"decision"'
LATE, MOST_LATE = TTL / 4, 0.05  # seconds, and the largest share of requests that may be this late


def run() -> list[Counted]:
    """Deploy once, and send one stream. Raises `Disagreement` if a count is beyond its tolerance."""
    with Sandbox() as sandbox:
        limits = {"throttlingRateLimit": "10000", "throttlingBurstLimit": "5000"}
        url = sandbox.deploy(authorizerResultTtlInSeconds=str(TTL), **limits).invoke_url
        shares: list[list[Request]] = [[] for _ in range(CONNECTIONS)]
        with progress("Signing tokens ..."):
            for number, stream in enumerate(streams(sandbox.issuer.mint)):
                shares[number % CONNECTIONS] += stream
        begin = time.time() + 1
        end = begin + WARM_UP + SECONDS
        log = f"/aws/lambda/{sandbox.authorizer}"
        try:
            with progress(f"Sending requests for {WARM_UP + SECONDS} s ...") as say:
                sent = _send_all(url, shares, begin, lambda: say(f"Sending requests: {end - time.time():.0f} s left"))
        except Disagreement as error:
            lines = [line for line in _lines(sandbox.emulator.url, log, begin, time.time()) if _is_unusual(line)]
            raise Disagreement(f"{error}. The function's log: {lines[-1] if lines else 'no line about it'}") from None
        with progress("Counting the invocations ..."):
            names = {pseudonym(sandbox.issuer.issuer, request.subject): request.subject for _, request in sent}
            lines = _lines(sandbox.emulator.url, log, begin + WARM_UP, end)
            invoked = Counter(names[json.loads(line)["subject"]] for line in lines if line.startswith(_DECISION))
    counts = [(at - begin - request.at, request.subject) for at, request in sent if begin + WARM_UP <= at < end]
    late = sum(late > LATE for late, _ in counts) / len(counts)
    if late > MOST_LATE:
        raise Disagreement(f"this machine is too busy: it sent {late:.0%} of the requests too late; run it again")
    asked = Counter(subject for _, subject in counts)
    return check(counted(name, asked, invoked) for name in GROUPS)


def _send_all(
    url: str, shares: list[list[Request]], begin: float, say: Callable[[], None]
) -> list[tuple[float, Request]]:
    """Send each share on its own connection, and call `say` every second. Raises `Disagreement`."""
    stop = Event()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        try:
            running = [pool.submit(_send, url, share, begin, stop) for share in shares]
            while wait(running, timeout=1, return_when=FIRST_EXCEPTION).not_done and not stop.is_set():
                say()
        finally:
            stop.set()
        return [made for each in running for made in each.result()]


def _send(url: str, share: list[Request], begin: float, stop: Event) -> list[tuple[float, Request]]:
    """Send the requests, and return the time at which each was sent.

    A token's requests share one connection, because MiniStack would invoke the function twice for two requests at once.
    So a request waits only for its connection.
    """
    sent: list[tuple[float, Request]] = []
    address = urlsplit(url)
    with closing(HTTPConnection(address.netloc, timeout=30)) as connection:
        for request in sorted(share, key=lambda request: request.at):
            if stop.wait(max(0.0, begin + request.at - time.time())):
                break
            sent.append((time.time(), request))
            connection.request("GET", f"{address.path}/pets", headers={"Authorization": f"Bearer {request.token}"})
            with connection.getresponse() as answer:
                body = answer.read()
            if answer.status != 200:
                stop.set()
                raise Disagreement(f"{answer.status} to a request with a valid token, {body.decode(errors='replace')}")
    return sent


def _lines(endpoint: str, log: str, start: float, end: float) -> Iterator[str]:
    """The lines of a log between `start` and `end`, in seconds since 1970."""
    client = session_of_emulator("us-east-1").client("logs", endpoint_url=endpoint)
    step = 2_000  # milliseconds: MiniStack gives 10,000 lines at most and no second page
    for since in range(int(start * 1000), int(end * 1000), step):
        window = {"startTime": since, "endTime": min(since + step, int(end * 1000)) - 1}
        yield from (event["message"] for event in client.filter_log_events(logGroupName=log, **window)["events"])
    client.close()


def _is_unusual(line: str) -> bool:
    """Whether a line is neither a line of Lambda nor the decision to allow a token."""
    return not line.startswith(("START ", "END ", "REPORT ")) and '"outcome":"allow"' not in line
