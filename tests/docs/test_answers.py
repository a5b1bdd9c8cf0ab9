"""docs/answers.md: each request in its tables is made and gets the documented response."""

import re
import time
from collections.abc import Callable

import pytest
import requests

from authorizer.jwks import COOLDOWN, GRACE, LIFETIME, MAX_LIFETIME
from tests.conftest import Api
from tools.project import ROOT

PAGE = (ROOT / "docs" / "answers.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in re.findall(r"^\|.*\| \d{3} \|.*$", PAGE, re.MULTILINE)
]


def _while_the_issuer_is_down(api: Api) -> requests.Response:
    api.sandbox.issuer.stop()
    api.sandbox.start_cold()  # without keys
    try:
        return api.call("GET", "/pets", api.sandbox.issuer.mint())
    finally:
        api.sandbox.issuer.start()
        api.sandbox.start_cold()  # after a failure, a warm start waits before it asks the issuer again


REQUESTS: dict[str, Callable[[Api], requests.Response]] = {
    "without a token": lambda api: api.call("GET", "/pets"),
    "with a value that is not a JWT": lambda api: api.call("GET", "/pets", "opaque"),
    "with an expired token": lambda api: api.call("GET", "/pets", api.sandbox.issuer.mint(exp=int(time.time()) - 60)),
    "with a token that lacks the scope": lambda api: api.call("POST", "/pets", api.sandbox.issuer.mint()),
    "to a path that does not exist": lambda api: api.call("GET", "/nothing-here"),
    "for a pet that does not exist": lambda api: api.call("GET", "/pets/999", api.sandbox.issuer.mint()),
    "while the issuer is down and no key is known": _while_the_issuer_is_down,
}


def test_exactly_the_requests_of_the_page_are_made():
    assert [request for request, *_ in ROWS] == list(REQUESTS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_request_gets_the_response_on_the_page(api: Api, row: list[str]):
    request, status, message, kind, challenge, by = row
    before = len(api.log_lines())
    answer = REQUESTS[request](api)
    result = [answer.headers.get(name, "-") for name in ("x-amzn-ErrorType", "WWW-Authenticate")]
    assert [str(answer.status_code), answer.json()["message"] or "null", *result] == [status, message, kind, challenge]
    assert ("authorizer" in by) <= (len(api.log_lines()) > before)
    assert ("not invoked" in by or "no such route" in by) <= (len(api.log_lines()) == before)


def test_the_page_states_how_long_keys_are_trusted():
    table = PAGE.partition("## Validity")[2]
    assert f"| {LIFETIME / 60:.0f} minutes (up to {MAX_LIFETIME / 60:.0f} if its `Cache-Control` says so)" in table
    assert GRACE == 3600
    assert "down | another hour |" in table
    assert f"| unknown for {COOLDOWN:.0f} seconds |" in table
