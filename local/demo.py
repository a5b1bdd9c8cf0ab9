"""Makes calls to the deployed program over real HTTP: the tutorial's calls, or others that fit the program's routes."""

import argparse
import time
from collections.abc import Iterator
from functools import partial

import requests
from rich.console import Console

from infra.api.integrations import NO_ORIGIN
from infra.config.settings import Settings
from local import route_calls
from local.cloud.backend import CSV, PNG, additional_routes
from local.cloud.issuer import Issuer
from local.cloud.sandbox import Deployed, Sandbox
from local.route_calls import SampleRequest
from tools.project import PROJECT
from tools.settings import program_routes
from tools.smoke.calls import Call, Check, Outcome, tabulate
from tools.smoke.run import attempt

_GECKO = {"type": "gecko", "price": 12.5}
MOST_ROUTES = 12  # in addition to the tutorial's; each protected one has two calls


def main(_: argparse.Namespace) -> int:
    """Deploy to an embedded AWS, call the routes and show the results. Exit status: 1 if a response was unexpected."""
    console = Console()
    good = run(console)
    if good:
        console.print("Next: make up")
    return 0 if good else 1


def calls(sandbox: Sandbox, settings: Settings, *, examples: bool = False) -> Iterator[Call]:
    """The calls in order. Some use a cache entry of an earlier call, and the last ones run while the issuer is stopped.

    Each token is made just before its call. With `examples`, there are calls of the routes that the demo adds for each
    kind of backend.
    """
    issuer, others = sandbox.issuer, additional_routes(settings.routes)
    challenge = partial(_challenge, origin=settings.api.cors.allowed_origin)
    samples = route_calls.sample_requests(settings.routes)
    protected = [sample for sample in samples if not sample.route.public]
    easiest = min(protected, key=lambda it: (len(it.route.scopes), it.method != "GET"))
    yield from _refusals(issuer, easiest, challenge) if others is None else _tutorial(issuer, challenge)
    selected = route_calls.select([it for it in samples if others is None or it.route in others], MOST_ROUTES)
    yield from route_calls.calls(selected, issuer.mint, challenge=challenge, forbidden=_insufficient_scope)
    for route, preflight in settings.backends.integrations(settings.routes):
        if (route.method, route.path) == ("OPTIONS", easiest.route.path):
            status = 204 if preflight.type == "HTTP_PROXY" else 200  # the backend's answer, or API Gateway's
            yield Call("a browser's preflight", status, "OPTIONS", easiest.path, check=_allows(easiest.method))
    if examples:
        yield from _backends(_bearer(issuer.mint()), challenge)
    yield from route_calls.calls_without_route(settings.routes) if others is None else _outage(sandbox)


def _refusals(issuer: Issuer, sample: SampleRequest, challenge: Check) -> Iterator[Call]:
    """Calls of this route with tokens that no route accepts."""
    to = partial(Call, method=sample.method, path=sample.path)
    yield to("no token", 401, check=challenge)
    yield to("garbage for a token", 401, authorization="Bearer garbage", check=challenge)
    yield to("an expired token", 401, authorization=_bearer(issuer.mint(exp=int(time.time()) - 3600)))
    yield to("a forged signature", 401, authorization=_bearer(issuer.mint(key="stranger")))


def _tutorial(issuer: Issuer, challenge: Check) -> Iterator[Call]:
    """Calls of the tutorial's routes. A call uses a token again only if its title says so."""
    yield Call("a public page", 200, path="/", check=_has("Content-Type", "text/html"))
    yield Call("no token", 401, check=challenge)
    yield Call("garbage for a token", 401, authorization="Bearer garbage", check=challenge)
    yield Call("an expired token", 401, authorization=_bearer(issuer.mint(exp=int(time.time()) - 3600)))
    yield Call("for another audience", 401, authorization=_bearer(issuer.mint(aud="https://other.example")))
    yield Call("a forged kid", 401, authorization=_bearer(issuer.mint(key="stranger", kid="forged")))
    yield Call("a forged signature", 401, authorization=_bearer(issuer.mint(key="stranger")))
    token = _bearer(issuer.mint())
    yield Call("a valid token", 200, authorization=token, check=_mentions("249.99"))
    yield Call("same token, other path", 200, path="/pets/1", authorization=token, check=_mentions("249.99"))
    yield Call("without create:pets", 403, "POST", authorization=token, check=_insufficient_scope)
    creator, created = _bearer(issuer.mint("create:pets")), _has("Location", "/pets/")
    yield Call("with create:pets", 201, "POST", authorization=creator, body=_GECKO, check=created)
    yield Call("same token, for GET", 200, authorization=creator, check=_mentions("249.99"))
    problem = _has("Content-Type", "application/problem+json")
    yield Call("a pet that is missing", 404, path="/pets/999", authorization=creator, check=problem)


def _outage(sandbox: Sandbox) -> Iterator[Call]:
    """Calls while the issuer is stopped, and after it is back. A cold start has no keys."""
    issuer = sandbox.issuer
    issuer.stop()
    yield Call("issuer down: known keys", 200, authorization=_bearer(issuer.mint()))
    yield Call("issuer down: expired", 401, authorization=_bearer(issuer.mint(exp=1)))
    sandbox.start_cold()
    yield Call("issuer down: cold start", 500, authorization=_bearer(issuer.mint()))
    issuer.start()
    sandbox.start_cold()  # after a failure, a warm worker asks the issuer again only some time later
    yield Call("issuer back: new token", 200, authorization=_bearer(issuer.mint()))


def _backends(token: str, challenge: Check) -> Iterator[Call]:
    """Calls of `ANY /any/{path+}` with HTTP_PROXY, of a more specific route with a scope, and of a Lambda function."""
    echo = {"method": "PUT", "path": "/petstore/any/x", "query": {"a": ["1", "2"]}}
    csv, png = _is("text/csv", CSV), _is("image/png", PNG)
    yield Call("HTTP_PROXY: a CSV file", 200, path="/any/pets.csv", authorization=token, check=csv)
    yield Call("HTTP_PROXY: an image", 200, path="/any/pet.png", authorization=token, check=png)
    path = "/any/x?a=1&a=2"
    yield Call("ANY: repeated parameter", 200, "PUT", path, token, check=_is_json(echo))
    yield Call("ANY: no token", 401, "PATCH", "/any/x", check=challenge)
    yield Call("ANY: without delete:any", 403, "DELETE", "/any/x", token, check=_insufficient_scope)
    yield Call("Lambda: has the caller", 200, path="/orders/1", authorization=token, check=_mentions('"sub"'))


def make_calls(sandbox: Sandbox, deployed: Deployed, settings: Settings) -> Iterator[Outcome]:
    """Make the calls one after the other."""
    for call in calls(sandbox, settings, examples=deployed.examples):
        yield attempt(deployed.invoke_url, call)


def run(console: Console) -> bool:
    """Start the servers, deploy, make the calls, and stop. Returns True if every call got the expected answer."""
    started = time.perf_counter()
    with Sandbox() as sandbox:
        deployed = sandbox.deploy("--examples")
        console.print(f"{deployed.resources} resources deployed in {time.perf_counter() - started:.1f} s")
        good = report(console, sandbox, deployed)
    console.print(f"{time.perf_counter() - started:.1f} s in all; nothing is left running")
    return good


def report(console: Console, sandbox: Sandbox, deployed: Deployed) -> bool:
    """Make the calls and print a table of them. Returns True if each call got the expected answer."""
    settings = Settings.parse(deployed.config, program_routes(), project=PROJECT)
    good = tabulate(
        console,
        make_calls(sandbox, deployed, settings),
        title="PetStore behind jwt-rsa-custom-authorizer",
        last="ms",
        cell=lambda outcome: f"{outcome.seconds * 1000:.0f}",
    )
    others = additional_routes(settings.routes)
    if (more := len(settings.routes if others is None else others) - MOST_ROUTES) > 0:
        console.print(f"{more} more routes were deployed, and not called")
    return good


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


def _challenge(response: requests.Response, *, origin: str) -> str | None:
    """Check the challenge of a 401, and its header with the origin of the pages that may read it."""
    if response.headers.get("WWW-Authenticate") != 'Bearer realm="PetStore"':
        return "no WWW-Authenticate"
    expected = None if origin == NO_ORIGIN else origin
    return None if response.headers.get("Access-Control-Allow-Origin") == expected else "another CORS header"


def _insufficient_scope(response: requests.Response) -> str | None:
    return None if "insufficient_scope" in response.headers.get("WWW-Authenticate", "") else "no reason given"
