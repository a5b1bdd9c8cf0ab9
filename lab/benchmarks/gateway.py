"""Sends requests to the deployed API in the embedded AWS, over several connections at once."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from lab.benchmarks.process import WrongAnswer, status
from local.cloud.sandbox import Sandbox

REQUESTS = {1: 4_000, 8: 8_000, 32: 8_000}  # by connections


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    authorization: str
    status: int


def through_the_gateway(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Send requests to the deployed API over 1, 8 and 32 connections, and compare each answer with the expected one."""
    found: list[dict[str, Any]] = []
    with Sandbox() as sandbox:
        # The stage's declared throttle is below our rate.
        url = sandbox.deploy(throttlingRateLimit="10000", throttlingBurstLimit="5000").invoke_url
        for connections, count in REQUESTS.items():
            say("signing tokens")
            todo = list(calls(sandbox, count))
            done = iter(range(count))

            def one_connection(share: list[Call], at: Iterator[int] = done, lines: int = connections) -> list[str]:
                wrong: list[str] = []
                with requests.Session() as session:
                    for call in share:
                        number = next(at)
                        if number % 100 == 0:
                            say(f"MiniStack, {lines} connections: request {number:,}")
                        wrong += _made(session, url, call)
                return wrong

            started = time.perf_counter()
            with ThreadPoolExecutor(connections) as pool:
                shares = [todo[at::connections] for at in range(connections)]
                wrong = [problem for problems in pool.map(one_connection, shares) for problem in problems]
            if wrong:
                raise WrongAnswer(f"MiniStack, {connections} connections: {len(wrong)} wrong, as {wrong[0]}")
            seconds = time.perf_counter() - started
            memory = sum(status(pid, "VmRSS") or 0 for pid in _descendants())
            found.append({"connections": connections, "count": count, "seconds": seconds, "memory": memory})
    return found


def calls(sandbox: Sandbox, count: int) -> Iterator[Call]:
    """The calls, with a new token for every second one.

    The function refuses one in 400, which ends a MiniStack worker.
    """
    issuer = sandbox.issuer
    token = issuer.mint()
    for at in range(count):
        if at % 400 == 399:
            yield Call("GET", "/pets", issuer.mint(exp=1), 401)
        elif at % 50 == 49:
            yield Call("GET", "/pets", "garbage", 401)
        elif at % 4 == 0:
            token = issuer.mint("create:pets")
            yield Call("GET", f"/pets/{1 + at % 3}", token, 200)
        elif at % 4 == 1:
            yield Call("POST", "/pets", token, 201)
        elif at % 4 == 2:
            token = issuer.mint()
            yield Call("GET", "/pets", token, 200)
        else:
            yield Call("POST", "/pets", token, 403)


def _made(session: requests.Session, url: str, call: Call) -> list[str]:
    """Make a call, and return a line that describes an unexpected answer, or nothing."""
    body = {"type": "gecko", "price": 12.5} if call.method == "POST" else None
    headers = {"Authorization": f"Bearer {call.authorization}"}
    answer = session.request(call.method, url + call.path, json=body, headers=headers, timeout=60)
    if answer.status_code == call.status:
        return []
    return [f"{answer.status_code} to {call.method} {call.path}, not {call.status}"]


def _descendants() -> Iterator[int]:
    """The child processes of this process, at any depth."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except OSError:  # gone in the meantime
            continue
        children.setdefault(parent, []).append(int(entry.parent.name))
    waiting = list(children.get(os.getpid(), []))
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])
