"""Writes docs/scaling.md and docs/scaling.svg."""

import time
from collections.abc import Sequence
from textwrap import fill

from infra.bundle.build import ROOT
from lab.benchmarks.tables import WIDTH
from lab.scaling import tables
from lab.scaling.examples import EXAMPLES
from lab.scaling.limits import WARM_GB_SECOND
from lab.scaling.measure import CONNECTIONS
from lab.scaling.model import LOG_BYTES, MEMORY, MONTH, Load, estimate
from lab.scaling.streams import ERRORS, SECONDS, TTL, Counted

DOCUMENT = ROOT / "docs" / "scaling.md"
PICTURE = ROOT / "docs" / "scaling.svg"
_HEAD = """# How much traffic can it take, and what does it cost?

It can take as much traffic as the quotas of API Gateway, Lambda and the issuer allow, because the program has no
server. API Gateway's cache needs one invocation for each token, region and TTL, which keeps the load on Lambda and the
issuer low. The tables show the limits and the cost for three sizes.

For your own numbers, run `.venv/bin/python -m lab.scaling --rps 2000 --tokens 50000 --ttl 300`. `make scaling` writes
this page, so do not edit it."""


def write(counted: Sequence[Counted]) -> None:
    parts = [_HEAD, *model(), _measured(counted), _assumptions(), "## Quotas and prices"]
    parts += [_of_words(table.markdown()) for table in tables.sources()]
    DOCUMENT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def model() -> list[str]:
    """The parts of the page that follow from the model, without a measurement."""
    sizes, limits, cost = (table.markdown() for table in tables.of_loads(EXAMPLES))
    return ["## Three sizes", sizes, _of_words(limits), _picture(), _what_to_do(), cost, _cost()]


def _of_words(table: str) -> str:
    """The table, aligned to the left because it has columns of text."""
    return table.replace("--:", "---")


def _picture() -> str:
    return f"![Authorizer invocations against requests per second, and the limits]({PICTURE.name})"


def _what_to_do() -> str:
    warm = WARM_GB_SECOND.of(MEMORY * MONTH)
    return "\n".join(
        _item(text)
        for text in (
            "**The throttle of the stage** protects a new API. Raise it to the limit of your backend.",
            "**The issuer's key set**: each new container fetches it once, and the issuer may refuse many fetches at "
            "once. `bundleKeys: true` puts the keys into the bundle, so that a start does not call the issuer.",
            "**A longer TTL** (`authorizerResultTtlInSeconds`, up to 3,600) limits invocations to tokens / TTL a "
            "second. But a token may then outlive its expiry by the TTL.",
            "**Sudden spikes** meet Lambda's limit of new containers. `snapStart` makes them start faster. "
            f"`provisionedConcurrency` keeps them ready, for {warm:.2f} dollars a month each.",
            "**Quotas**: AWS raises them on request, so ask in time. Lambda's quota of requests follows that of "
            "concurrent executions, which all functions of the account share in a region.",
            "**Regions** multiply AWS's quotas but not the issuer's. Each region has its own caches, containers and "
            "fetches of the key set, so a token's requests are divided among them. With latency-based routing, a "
            "client stays in its region, and the hit rate does not change.",
            "**Refused tokens** are not cached: each one invokes the function, at a price of "
            f"{_flood():.2f} dollars a million. The throttle or AWS WAF limits a flood.",
        )
    )


def _flood() -> float:
    """The dollars for a million refused requests, without API Gateway's charge, which is unverified."""
    load = Load(rps=1, refused_share=1)
    bill = estimate(load).cost
    return sum(bill[name] for name in bill if "Lambda" in name or "logs" in name) / (load.rps * MONTH / 1e6)


def _cost() -> str:
    return fill(
        "The table uses list prices of us-east-1, also for other regions. It assumes the rate for the whole month; "
        "use your average instead of your peak. The table does not include data transfer, the backend, storage of "
        "logs, the access log, WAF and free tiers. It also omits the metrics of the authorizer and the stage, some "
        "dollars a month. Tracing "
        "costs more than the function; your own sampling rule in X-Ray reduces this cost.",
        WIDTH,
    )


def _measured(counted: Sequence[Counted]) -> str:
    table = tables.measured(counted)
    text = (
        f"Measured by `make scaling` on {time.strftime('%Y-%m-%d')}, with the program on MiniStack and a TTL of {TTL} "
        "s. "
        f"Poisson arrivals over {CONNECTIONS} connections run for {SECONDS} s after a warm-up. Invocations are "
        "the decisions in the function's log. The model needs only m, a token's mean number of requests in a TTL. "
        "The first request opens a window of one TTL, with m further requests on average, so m of 1+m requests "
        "are hits. "
        "A window has 1+Poisson(m) requests. So N requests cause N/(1+m) invocations, "
        "with a standard error of sqrt(Nm/(1+m)^3). The run fails "
        f"beyond {ERRORS} standard errors. In the last row, one token in ten makes nine requests in ten."
    )
    return f"{table.markdown()}\n\n{fill(text, WIDTH)}"


def _assumptions() -> str:
    load = Load()
    items = (
        "All tokens have the same, even rate. This is the cautious case: uneven rates and bursts have more hits. For "
        "uneven rates, sum over the tokens, as in the last row above.",
        "Tokens live much longer than the TTL. A token with a shorter lifetime causes at least one invocation.",
        f"**Assumed**: an invocation takes {load.warm_ms:g} ms warm, and {load.cold_ms:g} ms cold with the start of "
        "its container. [benchmarks.md](benchmarks.md) measured less, on a whole core. With 512 MB, a function has "
        "0.29 of a core, and Lambda adds its own time. Take `--warm-ms` and `--cold-ms` from the `REPORT` lines in "
        "your log.",
        "**Assumed**: the share of cold invocations, `--cold-share`. AWS says less than 1% over all functions. A "
        "container lives for minutes to hours, so a busy function has a smaller share.",
        f"**Assumed**: an invocation writes {LOG_BYTES:,} bytes of log. That is a decision's line and Lambda's three, "
        "rounded up.",
        "**Unverified** for API Gateway: simultaneous requests with one token cause one invocation, as assumed here; "
        "the cache is shared in a region and large enough; a deployment of the stage empties it; refused requests "
        "cost the same.",
    )
    return "\n".join(["## Assumptions", "", *(_item(text) for text in items)])


def _item(text: str) -> str:
    return fill(f"- {text}", WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
