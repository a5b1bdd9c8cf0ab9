"""The loads and curves of docs/scaling.md, as numbers, without the library that draws them."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from lab.scaling.limits import JWKS_RATE, LAMBDA_RATE
from lab.scaling.model import Load, estimate, reached

EXAMPLES = {
    "an afternoon's API": Load(),
    "a busy product": Load(rps=1_000, tokens=50_000, throttle=2_000, cold_share=0.0001),
    "past one region": Load(
        rps=25_000, tokens=2_000_000, throttle=10_000, bundle_keys=True, regions=3, cold_share=0.00001
    ),
}
RPS = [10 ** (step / 20) for step in range(101)]  # 1 to 100,000


class Line(NamedTuple):
    """A curve over `RPS`, or a limit: a horizontal line has one y, a vertical line has one x."""

    label: str
    values: Sequence[float]


def curves() -> list[Line]:
    """Authorizer invocations per second in one region."""
    shapes = ((1_000_000, 300), (50_000, 300), (50_000, 3600), (1_000, 300))
    return [Line("no cache: TTL 0, any number of tokens", RPS)] + [
        Line(
            f"{tokens:,} tokens, TTL {ttl:,} s",
            [estimate(Load(rps=rps, tokens=tokens, ttl=ttl)).invocations for rps in RPS],
        )
        for tokens, ttl in shapes
    ]


def ceilings() -> list[Line]:
    """The invocations per second that each limit allows."""
    load = Load()
    return [
        Line("Lambda's requests", [LAMBDA_RATE.value]),
        Line("Auth0's key set, a deployment", [JWKS_RATE.value / (load.cold_ms / 1000)]),
    ]


def walls() -> list[Line]:
    """The requests per second that each limit allows, for any number of tokens."""
    names = ("the stage's throttle", "Lambda's new containers, cold start", "API Gateway's requests")
    names += ("key set, cold start",)
    return [Line(limit.limit, [limit.at]) for limit in reached(Load()) if limit.limit in names]


def digest() -> str:
    """A digest of the picture's data; docs/scaling.svg contains it."""
    shown = [(line.label, [f"{value:.6g}" for value in line.values]) for line in (*curves(), *ceilings(), *walls())]
    return hashlib.sha256(repr(shown).encode()).hexdigest()
