"""Quotas and prices of AWS and Auth0, each with its page and how it was verified.

Prices are US dollars in us-east-1 without free tiers. Look them up again before you sign anything.
"""

from dataclasses import dataclass
from math import inf

READ = "read there, 2025 or later"
QUOTED = "**unverified**: a script fills in the page; quoted by third parties in 2025 and 2026"
_DOCS = "https://docs.aws.amazon.com"
_GATEWAY = f"{_DOCS}/apigateway/latest/developerguide/limits.html"
_LAMBDA = f"{_DOCS}/lambda/latest/dg/gettingstarted-limits.html"
_AUTH0 = (
    "https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/"
    "rate-limit-configurations/free-public"
)


@dataclass(frozen=True)
class Quota:
    what: str
    value: float
    page: str
    seen: str


@dataclass(frozen=True)
class Price:
    """A price. `tiers` has the largest number of units in a month, and the dollars for `per` units."""

    what: str
    per: float
    tiers: tuple[tuple[float, float], ...]
    page: str
    seen: str

    def of(self, units: float) -> float:
        """The dollars for this number of units in a month."""
        total, below = 0.0, 0.0
        for most, dollars in self.tiers:
            total += max(0.0, min(units, most) - below) * dollars / self.per
            below = most
        return total


STAGE_RATE = Quota("requests/s, each method, as this program declares it (burst 100)", 50, "Pulumi.yaml", "tested")
GATEWAY_RATE = Quota(
    "API Gateway: requests/s, account and region; burst 5,000",
    10_000,
    _GATEWAY,
    f"{READ}; 2,500 and 1,250 in some regions; the newest edition leaves the burst open",
)
LAMBDA_RATE = Quota(
    "Lambda: requests/s, account and region, 10 x its concurrent executions",
    10_000,
    _LAMBDA,
    "read in an older edition of that page",
)
LAMBDA_CONCURRENCY = Quota(
    "Lambda: concurrent executions, account and region", 1_000, _LAMBDA, f"{READ}; a new account has fewer at first"
)
LAMBDA_SCALING = Quota(
    "Lambda: new containers in 10 s, each function",
    1_000,
    f"{_DOCS}/lambda/latest/dg/scaling-behavior.html",
    READ,
)
JWKS_RATE = Quota(
    "Auth0: readings of the key set at once, and each second",
    20,
    _AUTH0,
    f"{READ}, of the Free plan; of other plans and issuers it is **unknown**",
)
QUOTAS = (STAGE_RATE, GATEWAY_RATE, LAMBDA_RATE, LAMBDA_CONCURRENCY, LAMBDA_SCALING, JWKS_RATE)

GATEWAY_REQUEST = Price(
    "API Gateway, a million requests to a REST API",
    1e6,
    ((333e6, 3.50), (1e9, 2.80), (20e9, 2.38), (inf, 1.51)),
    f"{_DOCS}/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html",
    READ,
)
LAMBDA_REQUEST = Price(
    "Lambda, a million requests", 1e6, ((inf, 0.20),), "https://aws.amazon.com/lambda/pricing/", QUOTED
)
LAMBDA_GB_SECOND = Price(
    "Lambda, a million GB-seconds on arm64",
    1e6,
    ((7.5e9, 13.3334), (18.75e9, 12.0001), (inf, 10.6667)),
    "https://aws.amazon.com/lambda/pricing/",
    QUOTED,
)
WARM_GB_SECOND = Price(
    "Lambda, a million GB-seconds of provisioned concurrency on arm64",
    1e6,
    ((inf, 3.3334),),
    "https://aws.amazon.com/lambda/pricing/",
    QUOTED,
)
LOG_GB = Price(
    "CloudWatch Logs, a GB taken in from Lambda",
    1,
    ((10_240, 0.50), (30_720, 0.25), (51_200, 0.10), (inf, 0.05)),
    "https://aws.amazon.com/cloudwatch/pricing/",
    QUOTED,
)
TRACE = Price("X-Ray, a million traces recorded", 1e6, ((inf, 5.00),), "https://aws.amazon.com/xray/pricing/", READ)
PRICES = (GATEWAY_REQUEST, LAMBDA_REQUEST, LAMBDA_GB_SECOND, WARM_GB_SECOND, LOG_GB, TRACE)
