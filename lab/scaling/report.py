"""docs/scaling.md and docs/scaling.svg, which nobody else writes."""

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
_HEAD = """# How far it carries

Written by `make scaling`; a change by hand is lost with the next run. With your own numbers, at once and measuring
nothing: `.venv/bin/python -m lab.scaling --rps 2000 --tokens 50000 --ttl 300`.

API Gateway and Lambda are what is distributed here: there is no machine of ours to outgrow, only their limits and the
issuer's. What spares all of them is API Gateway's cache: one answer for each token, region and TTL."""


def write(counted: Sequence[Counted]) -> None:
    parts = [_HEAD, *model(), _measured(counted), _assumptions(), "## What others set"]
    parts += [_of_words(table.markdown()) for table in tables.sources()]
    DOCUMENT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def model() -> list[str]:
    """What of the document follows from the model alone."""
    sizes, limits, cost = (table.markdown() for table in tables.of_loads(EXAMPLES))
    return ["## Three sizes", sizes, _of_words(limits), _picture(), _what_to_do(), cost, _cost()]


def _of_words(table: str) -> str:
    """To the left: its columns are not all figures."""
    return table.replace("--:", "---")


def _picture() -> str:
    return f"![Authorizer invocations against requests per second, and the limits]({PICTURE.name})"


def _what_to_do() -> str:
    warm = WARM_GB_SECOND.of(MEMORY * MONTH)
    return "\n".join(
        _item(text)
        for text in (
            "**The throttle of the stage** is there to guard a new API: raise it to what your backend bears.",
            "**The issuer's key set**: each new container reads it once, and too many at once are refused. "
            "`seedKeys: true` ships it with the function, and starts need nobody.",
            "**A longer TTL** (`authorizerResultTtlInSeconds`, to 3,600) is what spares Lambda: never more than "
            "tokens / TTL invocations a second. Its price: a token outlives its expiry by as much.",
            "**Spikes from nothing** meet Lambda's rate of new containers. `snapStart` makes them start sooner, "
            f"`provisionedConcurrency` keeps them ready, for {warm:.2f} dollars a month each.",
            "**Quotas** are raised on request, so ask in time. Lambda's requests follow its concurrent executions, "
            "which all functions of the account share in a region.",
            "**Regions** multiply the quotas, not the issuer's, and divide each token's requests: caches, containers "
            "and readings of the key set are of one region. Routing by latency keeps a client in its region; then "
            "tokens are divided instead, and the hit rate stays.",
            "**Refused tokens** are not kept: a flood of them invokes the function each time, at the price of "
            f"{_flood():.2f} dollars a million. What bounds it is the throttle, or AWS WAF.",
        )
    )


def _flood() -> float:
    """Dollars for a million refused requests, without API Gateway's part: whether it charges for them is unverified."""
    load = Load(rps=1, refused_share=1)
    bill = estimate(load).cost
    return sum(bill[name] for name in bill if "Lambda" in name or "logs" in name) / (load.rps * MONTH / 1e6)


def _cost() -> str:
    return fill(
        "At list price in us-east-1, wherever the region. The rate is kept up all month: where it is your peak, take "
        "your average. Not counted: data transfer, the backend, what stored logs cost, the custom metrics of the "
        "authorizer and the stage's detailed ones (some dollars a month, whatever the load), the access log, WAF, free "
        "tiers. Tracing costs more than the function: a sampling rule of your own in X-Ray changes that.",
        WIDTH,
    )


def _measured(counted: Sequence[Counted]) -> str:
    table = tables.measured(counted)
    text = (
        f"`make scaling`, {time.strftime('%Y-%m-%d')}: the program on MiniStack, a TTL of {TTL} s, Poisson arrivals "
        f"over {CONNECTIONS} connections, {SECONDS} s of them after a warm-up; invocations are the decisions in the "
        "function's log. Only a token's requests in a TTL count, m: the first one opens a window of a TTL, in which m "
        "more come on average, so that of 1+m requests m are hits. A window has 1+Poisson(m) requests: of N of them, "
        "N/(1+m) invoke, with a standard error of sqrt(Nm/(1+m)^3). The run fails beyond "
        f"{ERRORS} of them. In the last row, one token in ten makes nine requests in ten."
    )
    return f"{table.markdown()}\n\n{fill(text, WIDTH)}"


def _assumptions() -> str:
    load = Load()
    items = (
        "Every token is used evenly, and alike. A skew has more hits: sum over the tokens, as in the last row above. "
        "So have clients that come in bursts. What is said here is the cautious end.",
        "Tokens live much longer than the TTL. One that lives shorter invokes once in its life at least.",
        f"An invocation takes {load.warm_ms:g} ms warm, {load.cold_ms:g} ms cold with the start of its container: "
        "**assumed**. [benchmarks.md](benchmarks.md) has a twentieth of a millisecond and 110 ms on a whole core; "
        "512 MB are 0.29 of one, and Lambda's own part comes on top. Your log's `REPORT` lines know better: "
        "`--warm-ms`, `--cold-ms`.",
        "The share of cold invocations is **assumed**. AWS speaks of less than 1% in all; a container lives for "
        "minutes to hours whatever it does, so that the more there is to do, the fewer are cold: `--cold-share`.",
        f"An invocation writes {LOG_BYTES:,} bytes of log, **assumed**: a decision's line and Lambda's three, "
        "rounded up.",
        "**Unverified** of API Gateway: whether requests of one token that come at once ask the authorizer once (here: "
        "as if they did); whether its cache is one in a region and large enough; whether a deployment of the stage "
        "empties it; whether it charges for what the authorizer refuses.",
    )
    return "\n".join(["## What this rests on", "", *(_item(text) for text in items)])


def _item(text: str) -> str:
    return fill(f"- {text}", WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
