"""Poisson streams of several kinds, with the counts that the formula expects, and their tolerance."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import sqrt

from lab.scaling.model import miss_rate

TTL = 4  # seconds: short, but much longer than an invocation
WARM_UP, SECONDS = 5 * TTL, 100  # the count begins after the empty caches of the start have no effect
ERRORS = 4  # standard errors by which chance alone moves a count: once in 16,000 runs
SEED = 7519  # any number; this is JWT's RFC
# By name in the tables: the number of tokens, and their requests in a TTL. All run at the same time.
GROUPS = {
    "0.25": ((160, 0.25),),
    "1": ((100, 1.0),),
    "4": ((40, 4.0),),
    "0.07; 5.4 of a tenth": ((90, 0.0667), (10, 5.4)),
}


class Disagreement(Exception):
    """The run is invalid, or the formula is wrong. The message says which."""


@dataclass(frozen=True)
class Counted:
    """A group's requests and invocations within `SECONDS`, and the invocations that the formula expects."""

    name: str
    requests: int
    invocations: int
    predicted: float
    tolerance: float


@dataclass(frozen=True)
class Request:
    at: float  # seconds from the start
    subject: str
    token: str


def streams(mint: Callable[..., str]) -> Iterator[list[Request]]:
    """The requests of each token. The subject names the token's group, and the part of the group."""
    dice = random.Random(SEED)  # noqa: S311 - nothing secret
    for name, parts in GROUPS.items():
        for part, (tokens, each) in enumerate(parts):
            for number in range(tokens):
                subject = f"{name}|{part}|{number}"
                token = mint(sub=subject)
                at, stream = dice.expovariate(each / TTL), list[Request]()
                while at < WARM_UP + SECONDS:
                    stream.append(Request(at, subject, token))
                    at += dice.expovariate(each / TTL)
                yield stream


def counted(name: str, asked: Counter[str], invoked: Counter[str]) -> Counted:
    """The count of each group, with the expected one and its tolerance.

    A miss and its hits are 1 + Poisson(m) requests, where m is the number in a TTL. So of N requests, N p are misses,
    with p = 1 / (1 + m) and a variance of N p x p^2 m.
    """
    total, invocations, predicted, variance = 0, 0, 0.0, 0.0
    for part, (tokens, each) in enumerate(GROUPS[name]):
        subjects = [f"{name}|{part}|{number}" for number in range(tokens)]
        count = sum(asked[subject] for subject in subjects)
        miss = miss_rate([each / TTL], TTL)
        total += count
        invocations += sum(invoked[subject] for subject in subjects)
        predicted += count * miss
        variance += count * miss**3 * each
    return Counted(name, total, invocations, predicted, ERRORS * sqrt(variance))


def check(found: Iterable[Counted]) -> list[Counted]:
    """Check the counts, and return them. Raises `Disagreement` if a count is beyond its tolerance."""
    groups = list(found)
    for group in groups:
        if abs(group.invocations - group.predicted) > group.tolerance:
            raise Disagreement(
                f"{group.name} requests in a TTL: {group.invocations} invocations, where the formula has "
                f"{group.predicted:.0f} ± {group.tolerance:.0f}"
            )
    return groups
