"""`python -m lab.aws_contract`: tests undocumented answers of AWS, with an API that exists for some minutes.

The command needs credentials and a region, as boto3 finds them (AWS_PROFILE, AWS_REGION). The credentials must be
allowed to create an IAM role, a Lambda function, a log group and a REST API. The command deletes these resources at the
end, even after Ctrl-C. A run costs a few cents at most.
"""

import argparse
import http.client
import json
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from lab.aws_contract.stack import MAPPED, deployed

RECORDED = Path(__file__).with_name("recorded.json")
_SETTLES = 60  # seconds until a new stage answers
_SIZES = (8, 64, 256, 512)  # KB
_LENGTHS = (512, 513, 600)  # characters
_FORWARDED = ("a//b", "a%2Fb", "x/%2E%2E/b", "a%3Fb", "a%23b", "a%3Bb", "a%20b")
_PATHS = ("/paths/fixed/", "/paths/a//b", "/paths/a%2Fb", "/paths/x/../fixed", "/paths/x/%2E%2E/fixed", "//paths/fixed")


class Answer(NamedTuple):
    """A response. `seen` is the request that the backend received, or empty if API Gateway answered itself."""

    status: int
    headers: Mapping[str, str]
    seen: Mapping[str, Any]


Ask = Callable[..., Answer]


def asker(url: str) -> Ask:
    """A function that sends requests to the stage with this URL, and changes neither the path nor the headers."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection

    def ask(path: str, token: str = "", headers: Iterable[tuple[str, str]] = (), method: str = "GET") -> Answer:
        connection = kind(parts.netloc, timeout=30)
        connection.putrequest(method, parts.path + path, skip_accept_encoding=True)
        for name, value in (*([("Authorization", token)] if token else ()), *headers):
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        connection.close()
        try:
            seen = json.loads(body)
        except ValueError:
            seen = {}
        is_ours = isinstance(seen, dict) and "resource" in seen
        return Answer(response.status, dict(response.headers.items()), seen if is_ours else {})

    return ask


def _header(answer: Answer, name: str) -> list[str]:
    headers = answer.seen.get("headers", {})
    return [value for each, values in headers.items() if each.lower() == name.lower() for value in values]


def _routed(answer: Answer) -> str:
    arn = (answer.seen.get("arn") or "").partition("/")[2]
    return f"{answer.status} {answer.seen.get('resource', '')} {answer.seen.get('path', '')} {arn}".strip()


def answers(ask: Ask) -> dict[str, Any]:
    """Ask the questions, and return the answers as plain values, by question."""
    clients = [(name, "ours") for name in MAPPED]
    found: dict[str, Any] = {}
    mapped = ask("/mapped", "allow", clients)
    for name in MAPPED:
        found[f"a mapped header that the client sends: {name}"] = _header(mapped, name)
    lower = ask("/mapped", "allow", [("x-text", "ours")])
    found["a mapped header that the client sends in lower case"] = _header(lower, "X-Text")
    twice = ask("/mapped", "allow", [("X-Text", "ours"), ("X-Text", "ours, too")])
    found["a mapped header that the client sends twice"] = _header(twice, "X-Text")
    for path in _PATHS:
        found[f"route, path and ARN of {path}"] = _routed(ask(path, "allow"))
    for path in _FORWARDED:
        answer = ask(f"/forward/{path}", "allow")
        found[f"path that an HTTP_PROXY backend gets for {path}"] = answer.seen.get("path") or f"{answer.status}"
    override = ask("/paths/fixed", "allow", [("X-HTTP-Method-Override", "DELETE")], "POST")
    found["method and ARN of POST with X-HTTP-Method-Override: DELETE"] = (
        f"{override.seen.get('method')} {_routed(override)}"
    )
    found["a pattern must fit the whole status"] = ask("/pattern").status != 400
    sizes = [size for size in _SIZES if ask("/paths/fixed", f"size {size * 1024}").status == 200]
    found["largest policy that is taken, in KB"] = max(sizes, default=0)
    lengths = [length for length in _LENGTHS if ask("/paths/fixed", f"arn {length}").status == 200]
    found["longest ARN that is taken, in characters"] = max(lengths, default=0)
    found["WWW-Authenticate of a gateway response"] = ask("/paths/fixed").headers.get("WWW-Authenticate")
    past, future = (ask("/paths/fixed", f"before {year}-01-01T00:00:00Z").status for year in (2020, 2099))
    found["a condition on the current time counts"] = (past, future) == (403, 200)
    return found


def run(session: boto3.Session, endpoint: str | None, name: str) -> dict[str, Any]:
    """Create the API and its other resources, all with this name; send the requests; and delete the resources."""
    with deployed(session, endpoint, name) as url:
        ask = asker(url)
        until = time.monotonic() + _SETTLES
        while ask("/paths/fixed", "allow").status != 200 and time.monotonic() < until:
            time.sleep(1)
        return answers(ask)


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m lab.aws_contract", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--endpoint", help="the URL of an emulator instead of AWS; its answers are not recorded")
    options = parser.parse_args(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a plain kill cleans up like Ctrl-C
    console = Console()
    session, name = boto3.Session(), f"petstore-contract-{secrets.token_hex(4)}"
    if not session.region_name:
        print("error: no region. Set AWS_REGION, or the region of your profile.", file=sys.stderr)
        return 1
    try:
        console.print(f"Creating {name} (an API, a function, a role, a log group) in {session.region_name} ...")
        found = run(session, options.endpoint, name)
        console.print("All of it is deleted.")
    except (BotoCoreError, ClientError, OSError) as error:
        print(f"error: {str(error).rstrip('.')}. If any {name} is left, delete it.", file=sys.stderr)
        return 1
    table = Table("question", "answer")
    for question, answer in found.items():
        table.add_row(question, json.dumps(answer))
    console.print(table)
    if not options.endpoint:
        RECORDED.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        console.print(f"written: lab/aws_contract/{RECORDED.name}. Commit it: tests read it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
