"""Computes the hits, invocations, containers, key set fetches, limits and dollars of a load, with pure functions.

API Gateway caches a token's policy for the TTL, which starts with the first request; later ones do not extend it. So a
token whose requests are a Poisson process of `rate` causes one invocation in 1 + rate x TTL requests.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt

from authorizer.jwks import LIFETIME
from lab.scaling import limits

MONTH = 730 * 3600  # seconds, as in AWS's calculator
MEMORY = 0.5  # GB
LOG_BYTES = 1_000  # an invocation's lines, CloudWatch's 26 bytes for each included
TRACED = 0.05  # of the requests beyond the first of each second: X-Ray's default rule
_BOUNDS = {  # the bounds of each value, and its unit
    "rps": (0.001, 1e7, "requests per second"),
    "tokens": (1, 1e10, "distinct tokens in use at a time"),
    "ttl": (0, 3600, "seconds, as API Gateway takes them"),
    "throttle": (1, 10_000, "requests per second that a method takes"),
    "regions": (1, 40, "regions that serve the API"),
    "cold_share": (0, 1, "of the invocations"),
    "refused_share": (0, 1, "of the requests"),
    "warm_ms": (1, 5000, "milliseconds, of which Lambda bills one at least; the function's timeout is 5 s"),
    "cold_ms": (1, 15_000, "milliseconds, Lambda's 10 s for a start included"),
}


@dataclass(frozen=True, kw_only=True)
class Load:
    """The load on the API, all of it on one method. Raises `ValueError`, which names the value and its bounds.

    The `regions` share each token's requests evenly, which is the worst case. `refused_share` is the share of requests
    with a refused token, which API Gateway does not cache. `warm_ms` and `cold_ms` are assumed durations of an
    invocation with 512 MB; `cold_ms` includes the start of the container.
    """

    rps: float = 20
    tokens: float = 500
    ttl: float = 300
    throttle: float = limits.STAGE_RATE.value
    bundle_keys: bool = False
    regions: int = 1
    cold_share: float = 0.001
    refused_share: float = 0
    warm_ms: float = 3
    cold_ms: float = 600

    def __post_init__(self) -> None:
        for name, (least, most, why) in _BOUNDS.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} is {value:g}; use {least:,g} to {most:,.0f}: {why}")


@dataclass(frozen=True)
class Estimate:
    """The estimate for a load.

    Rates are events per second in all regions together; `concurrency` is per region; `cost` is in dollars per month.
    """

    hit_rate: float
    invocations: float
    concurrency: float
    containers: int
    jwks_per_hour: float
    cost: dict[str, float]


@dataclass(frozen=True)
class Reached:
    """A limit, and the load that reaches it, in requests per second over all regions.

    The additional clients are of the same kind. With `start`, the load begins suddenly, without containers; otherwise,
    it is steady.
    """

    limit: str
    at: float
    remedy: str
    start: bool = False


def miss_rate(rates: Sequence[float], ttl: float) -> float:
    """The share of all requests that invoke the authorizer. `rates` has each token's requests per second."""
    return sum(rate / (1 + rate * ttl) for rate in rates) / sum(rates)


def estimate(load: Load) -> Estimate:
    misses = miss_rate([load.rps / load.tokens / load.regions], load.ttl)
    invocations = load.rps * (load.refused_share + (1 - load.refused_share) * misses)
    each = invocations / load.regions
    busy = each * _seconds(load)
    # Arrivals are random: a Poisson number is rarely four standard deviations above its mean.
    containers = max(1, ceil(busy + 4 * sqrt(busy))) * load.regions
    # A container fetches the key set when it starts, and with the first invocation after the keys' lifetime.
    renewals = containers / (LIFETIME + containers / invocations)
    starts = 0 if load.bundle_keys else invocations * load.cold_share
    cost = {name: dollars * load.regions for name, dollars in _cost(load.rps / load.regions, each, load)}
    return Estimate(1 - misses, invocations, busy, containers, 3600 * (renewals + starts), cost)


def reached(load: Load) -> Iterator[Reached]:
    """Every limit, with the load that reaches it. "From nothing" means that no policies and no containers exist."""
    share = estimate(load).invocations / load.rps  # of the requests, for any number of clients
    cold = load.cold_ms / 1000  # a container for each request that comes before the first ones are ready
    keys = 0 if load.bundle_keys else cold

    def at(limit: float, of_a_request: float) -> float:
        return limit / of_a_request if of_a_request else inf

    def in_each(limit: float, of_a_request: float) -> float:
        return load.regions * at(limit, of_a_request)

    raise_it = "429: raise `throttlingRateLimit`, `throttlingBurstLimit`"
    slower = "500: `snapStart`, `provisionedConcurrency`, or move clients step by step"
    fix = "500 for seconds: `bundleKeys`"
    longer = "500: a longer TTL; raise the quota of concurrent executions"
    yield Reached("key set, cold start", at(limits.JWKS_RATE.value, keys), fix, start=True)
    yield Reached("key set, a deployment", at(limits.JWKS_RATE.value, share * keys), fix, start=True)
    yield Reached("Lambda's new containers, cold start", in_each(limits.LAMBDA_SCALING.value, cold), slower, True)
    yield Reached("API Gateway's requests", in_each(limits.GATEWAY_RATE.value, 1), "429: raise the quota; add a region")
    yield Reached("the stage's throttle", in_each(load.throttle, 1), raise_it)
    yield Reached("Lambda's requests", in_each(limits.LAMBDA_RATE.value, share), longer)
    busy = share * _seconds(load)
    yield Reached("Lambda's concurrent executions", in_each(limits.LAMBDA_CONCURRENCY.value, busy), longer)


def first(load: Load, *, start: bool) -> Reached:
    """The limit that is reached first, at a start or by steady traffic."""
    return min((limit for limit in reached(load) if limit.start == start), key=lambda limit: limit.at)


def _seconds(load: Load) -> float:
    """The mean duration of an invocation."""
    return (load.cold_share * load.cold_ms + (1 - load.cold_share) * load.warm_ms) / 1000


def _cost(requests: float, invocations: float, load: Load) -> Iterator[tuple[str, float]]:
    """The monthly cost of one region, by item. Both rates are per second, day and night."""
    yield "API Gateway requests", limits.GATEWAY_REQUEST.of(requests * MONTH)
    yield "Lambda requests", limits.LAMBDA_REQUEST.of(invocations * MONTH)
    yield "Lambda GB-seconds", limits.LAMBDA_GB_SECOND.of(invocations * MONTH * _seconds(load) * MEMORY)
    yield "logs of the authorizer", limits.LOG_GB.of(invocations * MONTH * LOG_BYTES / 2**30)
    yield "X-Ray traces", limits.TRACE.of(MONTH * (min(requests, 1) + TRACED * max(requests - 1, 0)))
