"""Drives the Python handler named on the command line, for a parent that measures it.

Each line of JSON on standard input is a command, and a line on standard error is its answer. Standard output has the
handler's log. The handler is imported first, as in Lambda's init phase.
"""

import json
import os
import sys
import time
from importlib import import_module
from itertools import cycle, islice
from typing import Any

_handler = import_module(sys.argv[1]).handler
_events: list[dict[str, Any]] = []
_expected: list[str] = []


def answer_of(event: dict[str, Any]) -> str:
    """The answer as one line of text.

    It is `Unauthorized`; or it is `Allow`, the principal, the sorted allowed resources without the stage, and a full
    stop.
    """
    try:
        answer = _handler(event, None)
    except Exception as error:
        return "Unauthorized" if str(error) == "Unauthorized" else type(error).__name__
    if "policyDocument" not in answer:
        return "Allow"
    statement = answer["policyDocument"]["Statement"][0]
    resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    paths = sorted(resource.split("/", 2)[2] for resource in resources)
    return f"{statement['Effect']} {answer['principalId']} {' '.join(paths)} ."


def check(count: int) -> dict[str, Any]:
    """The number of unexpected answers among `count` answers to the events in turn, and one of these answers."""
    wrong, example = 0, None
    for event, expected in islice(cycle(zip(_events, _expected, strict=True)), count):
        verdict = answer_of(event)
        if not verdict.startswith(expected):
            wrong, example = wrong + 1, f"{verdict}, not {expected}"
    return {"wrong": wrong, "example": example}


def measure(count: int) -> dict[str, int]:
    refused = 0
    started = time.perf_counter_ns()
    for event in islice(cycle(_events), count):
        try:
            _handler(event, None)
        except Exception:
            refused += 1
    return {"ns": time.perf_counter_ns() - started, "refused": refused}


for line in sys.stdin:
    command = json.loads(line)
    answer: dict[str, Any] = {}
    if "events" in command:
        _events, _expected = command["events"], command["expected"]
    if "check" in command:
        answer |= check(command["check"])
    if "measure" in command:
        answer |= measure(command["measure"])
    os.write(2, json.dumps(answer).encode() + b"\n")
