"""What somebody on call is told of, as plain data. What to do then stands in docs/operations.md, under the same name.

Thresholds are such that an API with little traffic does not call for one unlucky request. Cached answers of API Gateway
reach no function: the authorizer's metrics count invocations, API Gateway's count requests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authorizer.log import DURATION, JWKS_AGE, JWKS_FAILURES, NAMESPACE

MINUTE = 60
PERIOD = 5 * MINUTE


@dataclass(frozen=True)
class Metric:
    """One metric of CloudWatch: `dimensions` by name, `statistic` as Sum, Maximum or p99."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Sum"


@dataclass(frozen=True)
class Alarm:
    """Rings when `expression` over `metrics`, or the one metric where there is none, is at `threshold` or above.

    In each of the last `periods` periods of `PERIOD` seconds.
    """

    name: str
    description: str
    metrics: Mapping[str, Metric]
    threshold: float
    expression: str | None = None
    periods: int = 1


@dataclass(frozen=True)
class Sources:
    """Where the metrics come from, by the names that AWS has them under."""

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
    """Every alarm, each with what it means for callers."""
    requests, refused = sources.api("Count"), sources.decisions("unauthorized")
    found = [
        Alarm(
            "authorizer-failures",
            "The authorizer fails by itself: callers with good tokens get 500",
            # Not Lambda's Errors: the exception that API Gateway turns into 401 is one of them.
            {"failures": sources.decisions("error")},
            threshold=5,
        ),
        Alarm(
            "authorizer-throttled",
            "Lambda has no container left for the authorizer: callers get 500",
            {"throttles": sources.function("Throttles")},
            threshold=1,  # each is a caller who got 500, whatever the token
        ),
        Alarm(
            "jwks-failing",
            "The issuer's key set cannot be read; known keys go on serving for an hour",
            {"failures": sources.authorizer(JWKS_FAILURES, "Maximum")},
            threshold=3,
        ),
        Alarm(
            "jwks-stale",
            "The keys in use are half an hour old and cannot be read anew; after 65 minutes every token gets 500",
            {"age": sources.authorizer(JWKS_AGE, "Maximum"), "failures": sources.authorizer(JWKS_FAILURES, "Maximum")},
            # A container that was idle for long has old keys, too; that alone is no outage.
            expression="IF(failures >= 3, age, 0)",
            threshold=30 * MINUTE,
        ),
        Alarm(
            "unauthorized-spike",
            "One request in ten carries a token that is refused: an attack, a client gone wrong, or a key withdrawn",
            {"refused": refused, "requests": requests},
            expression="IF(refused >= 100, 100 * refused / requests, 0)",
            threshold=10,
        ),
        Alarm(
            "server-errors",
            "One request in twenty is answered 5XX",
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
                "The stage turns requests away with 429",
                {"throttled": Metric(*sources.throttled, {})},
                threshold=50,
            )
        )
    return found
