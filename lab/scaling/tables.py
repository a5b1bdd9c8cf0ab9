"""Formats the results of the model and of the measurement as tables."""

from collections.abc import Mapping, Sequence
from math import isinf

from lab.benchmarks.tables import Table
from lab.scaling.limits import PRICES, QUOTAS
from lab.scaling.model import Load, estimate, first, reached
from lab.scaling.streams import ERRORS, Counted


def of_loads(loads: Mapping[str, Load]) -> list[Table]:
    """The sizes, limits and costs of these loads, with a column for each load."""
    return [_sizes(loads), _limits(loads), _cost(loads)]


def _sizes(loads: Mapping[str, Load]) -> Table:
    found = [(load, estimate(load)) for load in loads.values()]
    rows = [
        ("requests/s", *(number(load.rps) for load, _ in found)),
        ("tokens in use; regions", *(f"{load.tokens:,.0f}; {load.regions}" for load, _ in found)),
        ("TTL, seconds; share refused", *(f"{load.ttl:g}; {load.refused_share:.3g}" for load, _ in found)),
        (
            "`throttlingRateLimit`; `bundleKeys`",
            *(f"{load.throttle:,g}; {_word(load.bundle_keys)}" for load, _ in found),
        ),
        ("share of cold invocations", *(f"{load.cold_share:.3%}" for load, _ in found)),
        ("**good tokens whose policy is cached**", *(f"**{told.hit_rate:.1%}**" for _, told in found)),
        ("authorizer invocations/s", *(number(told.invocations) for _, told in found)),
        ("busy containers at a time, each region", *(number(told.concurrency) for _, told in found)),
        ("containers to expect, all regions", *(number(told.containers) for _, told in found)),
        ("fetches of the key set an hour", *(number(told.jwks_per_hour) for _, told in found)),
        ("first limit at a cold start", *(_first(load, start=True) for load, _ in found)),
        ("first limit as traffic grows", *(_first(load, start=False) for load, _ in found)),
    ]
    return Table("Load and use", ("", *loads), rows)


def _limits(loads: Mapping[str, Load]) -> Table:
    columns = [{limit.limit: limit for limit in reached(load)} for load in loads.values()]
    rates = [load.rps for load in loads.values()]
    rows = [
        (
            limit.limit,
            *(_mark(column[limit.limit].at, rate) for column, rate in zip(columns, rates, strict=True)),
            limit.remedy,
        )
        for limit in columns[0].values()
    ]
    note = (
        "The limits are requests per second over all regions, for more clients of the same kind. Limits in **bold** "
        "are below the load itself. At a cold start, all clients start at once, without cached policies and "
        "containers. After a deployment, all containers are new, and policies are cached. The limit of the key set is "
        "that of Auth0's Free plan."
    )
    return Table("Limits", ("limit", *loads, "symptom, and fix"), rows, (note,))


def _cost(loads: Mapping[str, Load]) -> Table:
    bills = [estimate(load).cost for load in loads.values()]
    rows = [(name, *(f"{bill[name]:,.0f}" for bill in bills)) for name in bills[0]]
    rows.append(("**together**", *(f"**{sum(bill.values()):,.0f}**" for bill in bills)))
    millions = [load.rps * 730 * 3600 / 1e6 for load in loads.values()]
    each = (f"{sum(bill.values()) / million:.2f}" for bill, million in zip(bills, millions, strict=True))
    rows.append(("a million requests", *each))
    return Table("Cost, dollars a month around the clock", ("", *loads), rows)


def measured(found: Sequence[Counted]) -> Table:
    rows = [
        (
            counted.name,
            number(counted.requests),
            number(counted.invocations),
            number(counted.predicted),
            f"± {counted.tolerance:.0f}",
            f"{1 - counted.invocations / counted.requests:.1%}",
            f"{1 - counted.predicted / counted.requests:.1%}",
        )
        for counted in found
    ]
    columns = (
        "requests in a TTL",
        "requests",
        "invoked",
        "by formula",
        f"{ERRORS} errors",
        "hits",
        "by formula",
    )
    return Table("The formula and a count", columns, rows)


def sources() -> list[Table]:
    quotas = [(quota.what, f"{quota.value:,.0f}", _link(quota.page), quota.seen) for quota in QUOTAS]
    prices = [
        (price.what, " / ".join(f"{dollars:,.2f}" for _, dollars in price.tiers), _link(price.page), price.seen)
        for price in PRICES
    ]
    return [
        Table("Quotas", ("of", "by default", "page", "seen"), quotas),
        Table("Prices, dollars in us-east-1", ("of", "first tier / next", "page", "seen"), prices),
    ]


def number(value: float) -> str:
    """A number with three significant digits, or with all digits before the decimal point."""
    if isinf(value):
        return "never"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 1 else f"{value:.3g}"


def _first(load: Load, *, start: bool) -> str:
    limit = first(load, start=start)
    return f"{limit.limit}: {_mark(limit.at, load.rps)}"


def _word(flag: bool) -> str:
    return "yes" if flag else "no"


def _mark(at: float, rate: float) -> str:
    return f"**{number(at)}**" if at < rate else number(at)


def _link(page: str) -> str:
    return f"[{page.rstrip('/').rpartition('/')[2]}]({page})" if page.startswith("https://") else page
