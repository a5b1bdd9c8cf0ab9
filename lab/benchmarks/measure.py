"""Takes the measurements of `bench`, in rounds, each of which measures every candidate."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from infra.bundle.build import build
from infra.bundle.wheels import Target
from lab.benchmarks import candidates as names
from lab.benchmarks import events
from lab.benchmarks.candidates import Lineup
from lab.benchmarks.issuer import KIDS, Issuer
from lab.benchmarks.process import Driven, WrongAnswer, first_answer

WARM_ROUNDS, COLD_ROUNDS = 21, 21
ROUND_SECONDS = 0.05  # a candidate's time in a round
COOLDOWN = 31  # seconds: the longest that ours, jose and PyJWKClient wait between two fetches, and one more
UNKNOWN = 100

Figures = dict[str, list[float]]
Say = Callable[[str], None]


def warm(lineup: Lineup, issuer: Issuer, say: Say) -> Figures:
    """The nanoseconds of a decision with keys in memory, by round."""
    with ExitStack() as stack:
        driven: list[tuple[Driven, int]] = []
        for candidate in lineup.candidates.values():
            if candidate.name in names.COLD_ONLY:
                continue
            say(f"warm: {candidate.name} starts")
            process = stack.enter_context(Driven(candidate))
            process.check(events.bad(issuer, signature_only=candidate.name == names.FLOOR))
            process.check(events.good(issuer, 50, handler=candidate.handler))
            driven.append((process, _calibrated(process)))
        figures = _rounds(driven, say, "warm")
        return {process.candidate.name: taken for (process, _), taken in zip(driven, figures, strict=True)}


def rejects(lineup: Lineup, issuer: Issuer, say: Say) -> Figures:
    """The nanoseconds of our refusal of each kind of garbage, and of the floor, by round."""
    with ExitStack() as stack:
        floor = stack.enter_context(Driven(lineup[names.FLOOR]))
        floor.check(events.good(issuer, 50, handler=False))
        driven = [(floor, _calibrated(floor))]
        kinds = events.garbage(issuer)
        for kind in kinds.values():
            process = stack.enter_context(Driven(lineup[names.OURS]))
            process.check(events.good(issuer, 1))
            process.check(kind)
            driven.append((process, _calibrated(process, refused=True)))
        figures = _rounds(driven, say, "garbage", refused=True)
        return dict(zip([names.FLOOR, *kinds], figures, strict=True))


def cold(lineup: Lineup, issuer: Issuer, say: Say) -> tuple[Figures, Figures]:
    """The milliseconds from process start to the first answer, and the peak memory until then in bytes."""
    times: Figures = {}
    memory: Figures = {}
    one = events.good(issuer, 1)
    for at in range(COLD_ROUNDS):
        say(f"cold: round {at + 1} of {COLD_ROUNDS}")
        for candidate in lineup.handlers():
            elapsed, peak = first_answer(candidate, one)
            times.setdefault(candidate.name, []).append(elapsed)
            if peak is not None:
                memory.setdefault(candidate.name, []).append(peak)
    return times, memory


def fetches(lineup: Lineup, issuer: Issuer, say: Say) -> dict[str, dict[str, Any]]:
    """The effect of 100 tokens with unknown `kid`s on each candidate, and on its callers."""
    found: dict[str, dict[str, Any]] = {}
    known = events.good(issuer, 1)
    unknown = events.unknown_kids(issuer, UNKNOWN)
    with ExitStack() as stack:
        driven: list[tuple[str, Driven]] = []
        for number, candidate in enumerate(lineup.handlers()):
            if candidate.name in names.COLD_ONLY:
                continue
            say(f"unknown kids: {candidate.name}")
            path = f"fetches-{number}"
            process = stack.enter_context(Driven(candidate.reading_keys_at(issuer.jwks_uri(path))))
            process.check(known)
            before = issuer.fetches[path]
            process.check(unknown)
            found[candidate.name] = {"fetches": issuer.fetches[path] - before, "known": _serves(process, known)}
            driven.append((candidate.name, process))
        issuer.published.append(issuer.jwk(KIDS[2]))
        rotated = events.Events()
        rotated.add(f"Bearer {issuer.mint('auth0|new', key=KIDS[2])}", f"{events.ALLOWED} auth0|new ")
        for name, process in driven:
            found[name]["new key at once"] = _serves(process, rotated)
        say(f"unknown kids: {COOLDOWN} s for the longest cool-down")
        time.sleep(COOLDOWN)
        for name, process in driven:
            found[name]["new key later"] = _serves(process, rotated)
    issuer.published.pop()
    return found


def zips(say: Say) -> dict[str, int]:
    """The size of the bundle in bytes, for each architecture of the default runtime."""
    say("zip")
    targets = {machine: Target.aws_lambda("python3.13", machine) for machine in ("arm64", "x86_64")}
    return {f"python3.13 on {machine}": build(target).stat().st_size for machine, target in targets.items()}


def _serves(process: Driven, wanted: events.Events) -> bool:
    try:
        process.check(wanted)
    except WrongAnswer:
        return False
    return True


def _calibrated(process: Driven, *, refused: bool = False) -> int:
    """The number of answers that a warm candidate gives in its time of a round."""
    count, seconds = 20, 0.0
    while seconds < ROUND_SECONDS:
        count = count * 2
        seconds = process.nanoseconds(count, refused=refused) * count / 1e9
    return max(20, round(count * ROUND_SECONDS / seconds))


def _rounds(driven: list[tuple[Driven, int]], say: Say, title: str, *, refused: bool = False) -> list[list[float]]:
    figures: list[list[float]] = [[] for _ in driven]
    for at in range(WARM_ROUNDS):
        say(f"{title}: round {at + 1} of {WARM_ROUNDS}")
        for taken, (process, count) in zip(figures, driven, strict=True):
            refuses = refused and process.candidate.name != names.FLOOR
            taken.append(process.nanoseconds(count, refused=refuses))
    return figures
