"""Makes the tutorial's calls, and more, over real HTTP against the deployed program."""

import argparse
import time
from collections.abc import Iterator

import requests
from rich.console import Console

from local.cloud.backend import CSV, PNG
from local.cloud.sandbox import Deployed, Sandbox
from tools.smoke.calls import TIMEOUT, Call, Check, Outcome, tabulate


def main(_: argparse.Namespace) -> int:
    """Deploy to an embedded AWS, make the tutorial's calls, show a table. Exit status: 1 if a call was unexpected."""
    console = Console()
    good = run(console)
    if good:
        console.print("Next: make up")
    return 0 if good else 1


def calls(sandbox: Sandbox, *, examples: bool) -> Iterator[Call]:
    """The calls, in order: some depend on a cache that an earlier one filled, and the last ones stop the issuer.

    Tokens are made when their call is due. A call uses a token again only if its title says so. `examples`: with calls
    of the routes that the demo adds for each kind of backend.
    """
    issuer = sandbox.issuer
    yield Call("a public page", 200, path="/", check=_mentions("Welcome to the PetStore"))
    yield Call("no token", 401, check=_challenge)
    yield Call("garbage for a token", 401, authorization="Bearer garbage", check=_challenge)
    yield Call("an expired token", 401, authorization=_bearer(issuer.mint(exp=int(time.time()) - 3600)))
    yield Call("for another audience", 401, authorization=_bearer(issuer.mint(aud="https://other.example")))
    yield Call("a forged kid", 401, authorization=_bearer(issuer.mint(key="stranger", kid="forged")))
    yield Call("a forged signature", 401, authorization=_bearer(issuer.mint(key="stranger")))
    token = _bearer(issuer.mint())
    yield Call("a valid token", 200, authorization=token, check=_mentions("249.99"))
    yield Call("same token, other path", 200, path="/pets/1", authorization=token, check=_mentions("249.99"))
    yield Call("without create:pets", 403, "POST", authorization=token, check=_insufficient_scope)
    creator = _bearer(issuer.mint("create:pets"))
    yield Call("with create:pets", 201, "POST", authorization=creator, check=_has("Location", "/pets/"))
    yield Call("same token, other method", 200, authorization=creator, check=_mentions("249.99"))
    problem = _has("Content-Type", "application/problem+json")
    yield Call("a pet that is missing", 404, path="/pets/999", authorization=creator, check=problem)
    yield Call("a browser's preflight", 200, "OPTIONS", check=_allows("POST"))
    if examples:
        yield from _backends(token)
    issuer.stop()
    yield Call("issuer down: known keys", 200, authorization=_bearer(issuer.mint()))
    # A refusal ends MiniStack's worker, so the next call starts a cold one without keys.
    yield Call("issuer down: expired", 401, authorization=_bearer(issuer.mint(exp=1)))
    yield Call("issuer down: cold start", 500, authorization=_bearer(issuer.mint()))
    issuer.start()
    yield Call("issuer back: a new token", 200, authorization=_bearer(issuer.mint()))


def _backends(token: str) -> Iterator[Call]:
    """Calls of `ANY /any/{path+}` with HTTP_PROXY, of a scoped route next to it, and of a Lambda function."""
    query = {"method": "PUT", "query": {"a": ["1", "2"]}}
    csv, png = _is("text/csv", CSV), _is("image/png", PNG)
    yield Call("HTTP_PROXY: a CSV file", 200, path="/any/pets.csv", authorization=token, check=csv)
    yield Call("HTTP_PROXY: an image", 200, path="/any/pet.png", authorization=token, check=png)
    path = "/any/x?a=1&a=2"
    yield Call("ANY: repeated parameter", 200, "PUT", path, token, check=_is_json(query))
    yield Call("ANY: no token", 401, "PATCH", "/any/x", check=_challenge)
    yield Call("ANY: without delete:any", 403, "DELETE", "/any/x", token, check=_insufficient_scope)
    yield Call("Lambda: knows the caller", 200, path="/orders/1", authorization=token, check=_mentions('"sub"'))


def walk(sandbox: Sandbox, deployed: Deployed) -> Iterator[Outcome]:
    """Make the calls one after the other."""
    for call in calls(sandbox, examples=deployed.examples):
        started = time.perf_counter()
        response = requests.request(
            call.method,
            deployed.invoke_url + call.path,
            headers=call.headers,
            json={"type": "gecko", "price": 12.5} if call.method == "POST" else None,
            timeout=TIMEOUT,
        )
        seconds = time.perf_counter() - started
        yield Outcome(call, response.status_code, call.problem_of(response), seconds)


def run(console: Console) -> bool:
    """Start everything, deploy, call, stop. True if every call got the expected answer."""
    started = time.perf_counter()
    with Sandbox() as sandbox:
        deployed = sandbox.deploy("--examples")
        console.print(f"{deployed.resources} resources deployed in {time.perf_counter() - started:.1f} s")
        good = report(console, sandbox, deployed)
    console.print(f"{time.perf_counter() - started:.1f} s in all; nothing is left running")
    return good


def report(console: Console, sandbox: Sandbox, deployed: Deployed) -> bool:
    """Make the calls and print a table of them. True if each got the expected answer."""
    return tabulate(
        console,
        walk(sandbox, deployed),
        title="PetStore behind jwt-rsa-custom-authorizer",
        last="ms",
        cell=lambda outcome: f"{outcome.seconds * 1000:.0f}",
    )


def _bearer(token: str) -> str:
    return f"Bearer {token}"


def _mentions(text: str) -> Check:
    return lambda response: None if text in response.text else f"without {text!r}"


def _has(header: str, beginning: str) -> Check:
    return lambda response: None if response.headers.get(header, "").startswith(beginning) else f"no such {header}"


def _is(kind: str, body: bytes) -> Check:
    return lambda response: (
        _has("Content-Type", kind)(response) or (None if response.content == body else "other bytes")
    )


def _is_json(value: object) -> Check:
    return lambda response: None if response.json() == value else f"not {value}"


def _allows(method: str) -> Check:
    header = "Access-Control-Allow-Methods"
    return lambda response: None if method in response.headers.get(header, "") else f"{method} is not in {header}"


def _challenge(response: requests.Response) -> str | None:
    if response.headers.get("WWW-Authenticate") != 'Bearer realm="PetStore"':
        return "no WWW-Authenticate"
    return None if response.headers.get("Access-Control-Allow-Origin") == "*" else "no CORS header"


def _insufficient_scope(response: requests.Response) -> str | None:
    return None if "insufficient_scope" in response.headers.get("WWW-Authenticate", "") else "no reason given"
