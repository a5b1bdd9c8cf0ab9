"""A run against MiniStack ends at the first response that a valid token must not get, and says why."""

import time

import pytest

from lab.scaling.measure import _is_unusual, _send_all
from lab.scaling.streams import Disagreement, Request
from local.cloud import servers


class Failing(servers.Server):
    """Answers as API Gateway does when the authorizer has failed."""

    def answer(self, request: servers.Request) -> servers.Answer:  # noqa: ARG002 - the base class's
        return servers.Answer.json({"message": None}, 500)


def test_the_first_failure_ends_all_streams_and_is_shown():
    shares = [[Request(at, "subject", "token")] for at in (0, 3600)]
    with Failing() as api, pytest.raises(Disagreement, match=r'^500 to a request .* valid token, \{"message": null'):
        _send_all(api.url, shares, time.time(), lambda: None)


@pytest.mark.parametrize(
    ("line", "unusual"),
    [
        ("START RequestId: 1", False),
        ('{"event":"decision","outcome":"allow","reason":"authorized"}', False),
        ('{"event":"decision","outcome":"error","reason":"keys_unavailable"}', True),
        ('{"event":"jwks_refresh_failed","error":"timed out"}', True),
        ("Task timed out after 5.00 seconds", True),
    ],
)
def test_the_lines_that_can_explain_a_failure_are_found(line: str, unusual: bool):
    assert _is_unusual(line) == unusual
