"""Tests the authorizer under load: no answer is wrong, and its memory does not grow."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.benchmarks import events
from lab.benchmarks.candidates import OURS, line_up
from lab.benchmarks.certificates import tls
from lab.benchmarks.gateway import through_the_gateway
from lab.benchmarks.issuer import Issuer
from lab.benchmarks.process import Driven, WrongAnswer
from lab.benchmarks.targets import MEGABYTE

DECISIONS, WARM_UP, SLICE = 200_000, 40_000, 20_000
TOKENS = 4_000
GROWTH = 2  # MB: more growth is a leak
_EVERYONE = "GET/ GET/pets GET/pets/*"


def run(folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    return {"decisions": in_process(folder, say), "requests": through_the_gateway(say)}


def in_process(folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Make one process answer `DECISIONS` events, compare each answer with the expected one, and measure the memory."""
    context, ca, trust = tls(folder)
    with Issuer(context) as issuer:
        ours = line_up(issuer, ca, trust)[OURS]
        say("signing tokens")
        wanted = mixed(issuer)
        memory: list[int] = []
        with Driven(ours) as driven:
            started = time.perf_counter()
            for done in range(0, DECISIONS, SLICE):
                say(f"in process: {done:,} of {DECISIONS:,} decisions")
                driven.check(wanted, SLICE)
                memory.append(driven.memory("VmRSS") or 0)
            seconds = time.perf_counter() - started
        refused = wanted.expected.count(events.REFUSED) / len(wanted.expected)
        warm = memory[WARM_UP // SLICE - 1 :]
        if max(warm) - warm[0] > GROWTH * MEGABYTE:
            raise WrongAnswer(f"memory grew from {warm[0]:,} to {max(warm):,} bytes, which is a leak")
        return {"count": DECISIONS, "tokens": TOKENS, "refused": refused, "seconds": seconds, "memory": warm}


def mixed(issuer: Issuer) -> events.Events:
    """A mix of events: seven in ten have a valid token, with either set of scopes, for every route.

    The others are refused, each for another reason.
    """
    found = events.Events()
    junk = [event for kind in events.garbage(issuer).values() for event in kind.events[:20]]
    for at in range(TOKENS):
        subject, resource = f"auth0|{at}", ("GET/pets", "POST/pets", f"GET/pets/{at}", "GET/")[at % 4]
        match at % 10:
            case 0:
                found.add(f"Bearer {issuer.mint(subject, exp=1)}", events.REFUSED, resource)
            case 1:
                forged = issuer.mint(subject, key="forger", kid=issuer.published[0]["kid"])
                found.add(f"Bearer {forged}", events.REFUSED, resource)
            case 2:
                found.add(junk[at // 10 % len(junk)]["authorizationToken"], events.REFUSED, resource)
            case 3 | 4 | 5:
                token = issuer.mint(subject, scope="openid create:pets")
                found.add(f"Bearer {token}", f"Allow {subject} {_EVERYONE} POST/pets .", resource)
            case _:
                found.add(f"Bearer {issuer.mint(subject)}", f"Allow {subject} {_EVERYONE} .", resource)
    return found
