"""The targets of `bench`, and the results of a run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from lab.benchmarks.candidates import AUTH0, AWS_JWT_VERIFY, BARE, FLOOR, NAIVE, OURS, PULUMI
from lab.benchmarks.measure import UNKNOWN, Figures
from lab.benchmarks.resources import Row

MEGABYTE = 1e6


@dataclass(frozen=True)
class Verdict:
    """A target, the measured figure, and whether the figure meets the target. `why` is the reason if it does not."""

    question: str
    target: str
    measured: str
    met: bool
    why: str = ""


def ratio(figures: Figures, one: str, other: str) -> float:
    """The time of `one` divided by the time of `other`: the median of this ratio over the rounds."""
    return median(ours / theirs for ours, theirs in zip(figures[one], figures[other], strict=True))


def verdicts(found: dict[str, Any]) -> Iterator[Verdict]:
    """The verdicts in the order of the document, without targets that this machine cannot measure."""
    yield from _warm(found["warm"])
    yield from _rejects(found["rejects"])
    yield from _cold(found["cold"])
    size = max(found["zips"].values()) / MEGABYTE
    yield Verdict("zip", "<= 4.9 MB", f"{size:.2f} MB", size <= 4.9, _COMPILED)
    if AUTH0 in found["memory"]:
        share = median(found["memory"][OURS]) / median(found["memory"][AUTH0])
        yield _at_most("peak memory", 0.6, share, "the Auth0 sample's", _CRYPTOGRAPHY)
    ours = found["fetches"][OURS]
    measured = f"{ours['fetches']}; {'' if ours['known'] else 'not '}served"
    question = f"key set fetches for {UNKNOWN} unknown `kid`s; real keys"
    yield Verdict(question, "<= 1 per cool-down; served", measured, ours["fetches"] <= 1 and ours["known"])


def resource_verdicts(rows: Sequence[Row]) -> Iterator[Verdict]:
    """The verdicts on the rows of `lab.benchmarks.resources`."""
    found = {(row.routes, row.integration): row for row in rows}
    few, many = min(row.routes for row in rows), {count: found[count, "HTTP_PROXY"] for count in (50, 200)}
    for integration, limit in (("HTTP", 75), ("HTTP_PROXY", 45)):
        count = found[few, integration].resources
        yield Verdict(f"resources of the PetStore, {integration}", f"<= {limit}", str(count), count <= limit)
    each = many[50].resources / 50
    yield Verdict("resources a route, HTTP_PROXY, 50 routes", "<= 5", f"{each:.1f}", each <= 5)
    for count, limit in ((50, 3), (200, 12)):
        seconds = many[count].seconds
        question = f"the program under mocks, HTTP_PROXY, {count} routes"
        yield Verdict(question, f"<= {limit} s", f"{seconds:.2f} s", seconds <= limit)


_COMPILED = "The compiled `.pyc` files make it too large. Without them, each cold start compiles for about 170 ms."
_CRYPTOGRAPHY = (
    "Most of the time is for loading `cryptography`, a library of 13 MB, and PyJWT, which imports most of it."
)
_NODE = (
    "Node has TLS, the list of authorities, JSON and RSA in its executable. Python loads them from files, and PyJWT "
    "also loads most of `cryptography`."
)


def _at_most(question: str, limit: float, measured: float, of: str, why: str = "") -> Verdict:
    return Verdict(question, f"<= {limit:.2f} x {of}", f"{measured:.3f} x", round(measured, 3) <= limit, why)


def _warm(figures: Figures) -> Iterator[Verdict]:
    question = "warm decision, handler included"
    yield _at_most(question, 1.08, ratio(figures, OURS, BARE), "one bare `jwt.decode` with a ready key")
    yield _at_most(question, 4.0, ratio(figures, OURS, FLOOR), "the floor")
    for peer, limit in ((AUTH0, 3), (PULUMI, 9)):
        if peer in figures:
            times = ratio(figures, peer, OURS)
            yield Verdict(question, f">= {limit} x faster than the {peer}", f"{times:.1f} x", times >= limit)


def _rejects(figures: Figures) -> Iterator[Verdict]:
    for kind in figures:
        if kind != FLOOR:
            yield _at_most(f"refusing {kind}", 0.5, ratio(figures, kind, FLOOR), "the floor", _REFUSAL)


_REFUSAL = (
    "For each refusal, the log line takes a large part of the allowed time. A plausible header is also decoded and "
    "parsed, and a longer header takes longer. API Gateway passes at most 10 KB."
)


def _cold(figures: Figures) -> Iterator[Verdict]:
    question = "cold: process start to first answer, over TLS"
    for peer, limit, words in (
        (NAIVE, 0.70, "naive requests + PyJWT"),
        (AUTH0, 0.75, "the Auth0 sample"),
        (AWS_JWT_VERIFY, 1.0, "aws-jwt-verify (an aim)"),
    ):
        if peer in figures:
            yield _at_most(
                question, limit, ratio(figures, OURS, peer), words, _NODE if peer != NAIVE else _CRYPTOGRAPHY
            )
