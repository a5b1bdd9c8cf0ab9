"""The alarms, as plain data. docs/operations.md has the steps for each, under the same name.

The thresholds avoid an alarm for a single failed request of an API with little traffic. API Gateway's metrics count
requests. The authorizer's count invocations, and a request with a cached policy causes none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authorizer.log import DURATION, JWKS_AGE, JWKS_FAILURES, NAMESPACE

MINUTE = 60
PERIOD = 5 * MINUTE


@dataclass(frozen=True)
class Metric:
    """One CloudWatch metric. `dimensions` has their values by name; `statistic` is Sum, Maximum or p99."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Sum"


@dataclass(frozen=True)
class Alarm:
    """An alarm that fires when a value reaches `threshold` in each of the last `periods` periods of `PERIOD` seconds.

    The value is that of `expression` over `metrics`, or of the only metric if there is no expression.
    """

    name: str
    description: str
    metrics: Mapping[str, Metric]
    threshold: float
    expression: str | None = None
    periods: int = 1


@dataclass(frozen=True)
class Sources:
    """The sources of the metrics, by the names that AWS gives them."""

    api_name: str
    stage_name: str
    function_name: str
    throttled: tuple[str, str] | None = None  # namespace and name of the access log's metric

    def api(self, name: str, statistic: str = "Sum") -> Metric:
        return Metric("AWS/ApiGateway", name, {"ApiName": self.api_name, "Stage": self.stage_name}, statistic)

    def function(self, name: str, statistic: str = "Sum") -> Metric:
        return Metric("AWS/Lambda", name, {"FunctionName": self.function_name}, statistic)

    def authorizer(self, name: str, statistic: str, **dimensions: str) -> Metric:
        return Metric(NAMESPACE, name, {"function": self.function_name, **dimensions}, statistic)

    def decisions(self, outcome: str) -> Metric:
        return self.authorizer(DURATION, "SampleCount", outcome=outcome)


def alarms(sources: Sources) -> Sequence[Alarm]:
    """Every alarm, each with its effect on callers."""
    requests, refused = sources.api("Count"), sources.decisions("unauthorized")
    found = [
        Alarm(
            "authorizer-failures",
            "The authorizer fails: callers with valid tokens get 500",
            # Not Lambda's Errors, which also count the exceptions that become a 401.
            {"failures": sources.decisions("error")},
            threshold=5,
        ),
        Alarm(
            "authorizer-throttled",
            "Lambda has no container for the authorizer: callers get 500",
            {"throttles": sources.function("Throttles")},
            threshold=1,  # each is a caller who got 500 for any token
        ),
        Alarm(
            "jwks-failing",
            "The issuer's key set cannot be fetched; known keys stay valid for another hour",
            {"failures": sources.authorizer(JWKS_FAILURES, "Maximum")},
            threshold=3,
        ),
        Alarm(
            "jwks-stale",
            "The keys are half an hour old and cannot be fetched again; after 65 minutes every token gets 500",
            {"age": sources.authorizer(JWKS_AGE, "Maximum"), "failures": sources.authorizer(JWKS_FAILURES, "Maximum")},
            # Old keys alone are no outage, because a container may have been idle for long.
            expression="IF(failures >= 3, age, 0)",
            threshold=30 * MINUTE,
        ),
        Alarm(
            "unauthorized-spike",
            "One request in ten has a refused token: an attack, a faulty client, or a withdrawn key",
            {"refused": refused, "requests": requests},
            expression="IF(refused >= 100, 100 * refused / requests, 0)",
            threshold=10,
        ),
        Alarm(
            "server-errors",
            "One request in twenty gets 5XX",
            {"errors": sources.api("5XXError"), "requests": requests},
            expression="IF(requests >= 20, 100 * errors / requests, 0)",
            threshold=5,
            periods=2,
        ),
        Alarm(
            "latency",
            "One request in a hundred takes three seconds or more",
            {"p99": sources.api("Latency", "p99"), "requests": requests},
            expression="IF(requests >= 20, p99, 0)",
            threshold=3_000,
            periods=2,
        ),
    ]
    if sources.throttled:
        found.append(
            Alarm(
                "requests-throttled",
                "The stage refuses requests with 429",
                {"throttled": Metric(*sources.throttled, {})},
                threshold=50,
            )
        )
    return found
