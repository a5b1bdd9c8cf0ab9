"""Properties of the scaling model that hold for any prices."""

import random
from dataclasses import replace
from math import inf, isclose
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab.scaling import limits
from lab.scaling.model import Load, estimate, first, miss_rate, reached

RATES = st.floats(1e-6, 1e4)
TTLS = st.floats(0, 3600)
LOADS = st.builds(
    Load,
    rps=st.floats(0.01, 1e5),
    tokens=st.integers(1, 10**8),
    ttl=TTLS,
    regions=st.integers(1, 20),
    refused_share=st.floats(0, 1),
    cold_share=st.floats(0, 1),
    bundle_keys=st.booleans(),
)


def at(load: Load, name: str) -> float:
    return next(limit.at for limit in reached(load) if limit.limit == name)


@given(RATES)
def test_without_a_ttl_every_request_invokes_the_authorizer(rate: float):
    assert miss_rate([rate], 0) == 1


def test_a_token_in_constant_use_invokes_the_authorizer_once_per_ttl():
    assert miss_rate([1000], 3600) < 1e-6
    assert estimate(Load(rps=1000, tokens=1, ttl=3600)).invocations == pytest.approx(1 / 3600, rel=1e-3)


@pytest.mark.parametrize(("requests_in_a_ttl", "misses"), [(0.25, 0.8), (1, 0.5), (4, 0.2)])
def test_the_miss_rate_is_one_in_one_plus_the_requests_per_ttl(requests_in_a_ttl: float, misses: float):
    assert miss_rate([requests_in_a_ttl / 300], 300) == pytest.approx(misses)


@pytest.mark.parametrize("requests_in_a_ttl", [0.1, 1, 7])
def test_the_formula_agrees_with_a_cache_under_a_seeded_poisson_stream(requests_in_a_ttl: float):
    dice = random.Random(1)  # noqa: S311 - nothing secret
    ttl, requests = 300.0, 200_000
    now, until, misses = 0.0, 0.0, 0
    for _ in range(requests):
        now += dice.expovariate(requests_in_a_ttl / ttl)
        if now >= until:  # Otherwise the window does not change.
            misses, until = misses + 1, now + ttl
    assert misses / requests == pytest.approx(miss_rate([requests_in_a_ttl / ttl], ttl), abs=0.005)


@given(RATES, TTLS, TTLS)
def test_a_longer_ttl_never_has_more_misses(rate: float, one: float, other: float):
    shorter, longer = sorted((one, other))
    assert 0 < miss_rate([rate], longer) <= miss_rate([rate], shorter) <= 1


@given(st.lists(RATES, min_size=1, max_size=50), TTLS)
def test_even_traffic_has_the_most_misses_for_a_number_of_tokens(rates: list[float], ttl: float):
    mean = sum(rates) / len(rates)
    assert miss_rate(rates, ttl) <= miss_rate([mean], ttl) * (1 + 1e-9)


@given(LOADS)
def test_invocations_are_limited_by_the_requests_and_by_tokens_per_ttl(load: Load):
    result = estimate(load)
    assert 0 < result.invocations <= load.rps * (1 + 1e-9)
    if load.ttl and not load.refused_share:
        assert result.invocations <= load.regions * load.tokens / load.ttl * (1 + 1e-9)


@given(LOADS, st.floats(1, 100))
def test_more_requests_never_need_less(load: Load, times: float):
    more = replace(load, rps=load.rps * times)
    assert estimate(more).invocations >= estimate(load).invocations * (1 - 1e-9)
    assert sum(estimate(more).cost.values()) >= sum(estimate(load).cost.values()) * (1 - 1e-9)


@given(LOADS)
def test_regions_divide_a_tokens_requests_and_multiply_the_quotas_except_the_issuers(load: Load):
    one = replace(load, regions=1)
    several = replace(load, regions=4)
    assert estimate(several).hit_rate <= estimate(one).hit_rate
    assert estimate(several).containers >= 4
    assert isclose(at(several, "API Gateway's requests"), 4 * at(one, "API Gateway's requests"))
    assert at(several, "key set, cold start") == at(one, "key set, cold start")


def test_the_hit_rate_of_two_regions_is_that_of_half_the_requests():
    assert estimate(Load(regions=2)).hit_rate == estimate(Load(rps=10)).hit_rate


@given(LOADS)
def test_every_refused_request_invokes_the_authorizer(load: Load):
    assert estimate(replace(load, refused_share=1)).invocations == load.rps


@given(LOADS)
def test_a_limit_reached_at_a_rate_is_reached_at_that_rate_with_more_clients(load: Load):
    for limit in reached(load):
        if 1e-3 <= limit.at <= 1e7:
            tokens = load.tokens * limit.at / load.rps
            if 1 <= tokens <= 1e10:
                there = replace(load, rps=limit.at, tokens=tokens)
                assert isclose(at(there, limit.limit), limit.at, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("load", "name", "rate"),
    [
        (Load(), "the stage's throttle", 50),
        (Load(throttle=2_000), "the stage's throttle", 2_000),
        (Load(throttle=10_000, regions=3), "API Gateway's requests", 30_000),
        # Each takes 200 ms, so Lambda's 1,000 concurrent executions are 5,000 per second.
        (Load(throttle=10_000, ttl=0, cold_share=0, warm_ms=200), "Lambda's concurrent executions", 5_000),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_limit_that_traffic_reaches_first(load: Load, name: str, rate: float):
    limit = first(load, start=False)
    assert (limit.limit, round(limit.at)) == (name, rate)


def test_a_deployment_reaches_the_issuers_limit_first_unless_keys_are_bundled():
    assert first(Load(), start=True).limit == "key set, cold start"
    assert first(Load(), start=True).at == pytest.approx(20 / 0.6)
    assert first(Load(bundle_keys=True), start=True).limit == "Lambda's new containers, cold start"
    assert at(Load(bundle_keys=True), "key set, a deployment") == inf
    # One of 13 requests is a miss, and a deployment starts containers for misses only.
    assert at(Load(), "key set, a deployment") == pytest.approx(13 * 20 / 0.6)


def test_containers_fetch_the_key_set_at_start_and_once_per_lifetime():
    # So many invocations that each container has one as soon as its keys expire.
    load = Load(rps=100_000, ttl=0, cold_share=0)
    result = estimate(load)
    assert result.jwks_per_hour == pytest.approx(result.containers * 12, rel=0.01)
    starting = replace(load, cold_share=0.01)
    renewals = estimate(replace(starting, bundle_keys=True)).jwks_per_hour
    assert estimate(starting).jwks_per_hour - renewals == pytest.approx(100_000 * 0.01 * 3600)


def test_the_cost_agrees_with_a_worked_example():
    # 100 requests per second are 262.8 million a month, half of them hits: 131.4 million invocations of 10 ms.
    load = Load(rps=100, tokens=30_000, ttl=300, cold_share=0, warm_ms=10)
    assert estimate(load).cost == pytest.approx(
        {
            "API Gateway requests": 262.8 * 3.50,
            "Lambda requests": 131.4 * 0.20,
            "Lambda GB-seconds": 131.4e6 * 0.010 * 0.5 * 0.0000133334,
            "logs of the authorizer": 131.4e6 * 1000 / 2**30 * 0.50,
            "X-Ray traces": 2.628 * (1 + 99 * 0.05) * 5,
        }
    )


def test_a_price_falls_by_its_tiers():
    assert limits.GATEWAY_REQUEST.of(333e6) == pytest.approx(333 * 3.50)
    assert limits.GATEWAY_REQUEST.of(1_333e6) == pytest.approx(333 * 3.50 + 667 * 2.80 + 333 * 2.38)
    assert limits.LOG_GB.of(60 * 1024) == pytest.approx(1024 * (10 * 0.50 + 20 * 0.25 + 20 * 0.10 + 10 * 0.05))


def test_two_regions_cost_twice_as_much_as_one_with_half_the_traffic():
    half = estimate(Load(rps=1_000, tokens=1_000)).cost
    assert estimate(Load(rps=2_000, tokens=1_000, regions=2)).cost == pytest.approx({k: 2 * v for k, v in half.items()})


@pytest.mark.parametrize(
    ("name", "value", "bounds"),
    [
        ("rps", 0, "0.001 to 10,000,000"),
        ("rps", float("nan"), "0.001 to 10,000,000"),
        ("rps", inf, "0.001 to 10,000,000"),
        ("tokens", 0, "1 to 10,000,000,000"),
        ("ttl", 3601, "0 to 3,600"),
        ("ttl", -1, "0 to 3,600"),
        ("regions", 0, "1 to 40"),
        ("cold_share", 1.5, "0 to 1"),
        ("refused_share", -0.1, "0 to 1"),
        ("warm_ms", 0.5, "1 to 5,000"),
        ("throttle", 20_000, "1 to 10,000"),
    ],
)
def test_an_impossible_value_is_refused_by_name_with_its_bounds(name: str, value: Any, bounds: str):
    with pytest.raises(ValueError, match=rf"^{name} is \S+; use {bounds}: "):
        Load(**{name: value})


def test_the_defaults_are_the_programs():
    path = Path(__file__).resolve().parents[3] / "Pulumi.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    assert Load().ttl == config["authorizerResultTtlInSeconds"]["default"]
    assert Load().throttle == config["throttlingRateLimit"]["default"]
    assert Load().bundle_keys == config["bundleKeys"]["default"]
    assert f"burst {config['throttlingBurstLimit']['default']}" in limits.STAGE_RATE.what
