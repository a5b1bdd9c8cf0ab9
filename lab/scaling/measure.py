"""Compares the formula with a count: Poisson streams through MiniStack, and the invocations in the function's log."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Event
from urllib.parse import urlsplit

from authorizer.log import pseudonym
from lab.scaling.streams import GROUPS, SECONDS, TTL, WARM_UP, Counted, Disagreement, Request, check, counted, streams
from local.cloud.sandbox import Sandbox
from local.cloud.session import session_of_emulator
from tools.project import PROJECT

CONNECTIONS = 16
LATE, MOST_LATE = TTL / 4, 0.05  # seconds, and the largest share of requests that may be this late


def run(say: Callable[[str], None]) -> list[Counted]:
    """One deployment, one stream. Raises `Disagreement` if a count is beyond its tolerance."""
    with Sandbox() as sandbox:
        say("deploying")
        limits = {"throttlingRateLimit": "10000", "throttlingBurstLimit": "5000"}
        url = sandbox.deploy(authorizerResultTtlInSeconds=str(TTL), **limits).invoke_url
        say("signing tokens")
        shares: list[list[Request]] = [[] for _ in range(CONNECTIONS)]
        for number, stream in enumerate(streams(sandbox.issuer.mint)):
            shares[number % CONNECTIONS] += stream
        begin = time.time() + 1
        say(f"sending requests for {WARM_UP + SECONDS} s")
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            stop = Event()
            try:
                sent = [
                    made for some in pool.map(lambda share: _send(url, share, begin, stop), shares) for made in some
                ]
            finally:
                stop.set()
        say("counting")
        start, end = begin + WARM_UP, begin + WARM_UP + SECONDS
        names = {pseudonym(sandbox.issuer.issuer, request.subject): request.subject for _, request in sent}
        invoked = Counter(names[key] for key in _invocations(sandbox.emulator.url, start, end))
    counts = [(at - begin - request.at, request.subject) for at, request in sent if start <= at < end]
    late = sum(late > LATE for late, _ in counts) / len(counts)
    if late > MOST_LATE:
        raise Disagreement(f"this machine is too busy: it sent {late:.0%} of the requests too late; run it again")
    asked = Counter(subject for _, subject in counts)
    return check(counted(name, asked, invoked) for name in GROUPS)


def _send(url: str, share: list[Request], begin: float, stop: Event) -> list[tuple[float, Request]]:
    """The time at which each request was sent. A token's requests share one connection, because MiniStack would
    invoke twice for two at once. Otherwise, a request does not wait for a response, only for its connection."""
    sent: list[tuple[float, Request]] = []
    address = urlsplit(url)
    with closing(HTTPConnection(address.netloc, timeout=30)) as connection:
        for request in sorted(share, key=lambda request: request.at):
            if stop.wait(max(0.0, begin + request.at - time.time())):
                break
            sent.append((time.time(), request))
            connection.request("GET", f"{address.path}/pets", headers={"Authorization": f"Bearer {request.token}"})
            with connection.getresponse() as answer:
                answer.read()
            if answer.status != 200:
                stop.set()
                raise Disagreement(f"{answer.status} to a request with a valid token")
    return sent


def _invocations(endpoint: str, start: float, end: float) -> Iterator[str]:
    """The subject's pseudonym of each decision in the log, from `start` to `end` in seconds since 1970."""
    client = session_of_emulator("us-east-1").client("logs", endpoint_url=endpoint)
    step = 2_000  # milliseconds: MiniStack gives 10,000 lines at most and no second page
    for since in range(int(start * 1000), int(end * 1000), step):
        window = {"startTime": since, "endTime": min(since + step, int(end * 1000)) - 1}
        events = client.filter_log_events(logGroupName=f"/aws/lambda/{PROJECT}-local-authorizer", **window)["events"]
        lines = (event["message"] for event in events)
        yield from (json.loads(line)["subject"] for line in lines if line.startswith('{"event":"decision"'))
    client.close()
