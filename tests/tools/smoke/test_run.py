"""Making the calls: the conditions for a retry, and the time limit."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local.cloud.servers import Answer
from tests.testkit.certificates import Authority
from tests.testkit.loopback import response, serving
from tests.tools.smoke.conftest import access_token
from tests.tools.smoke.fake_api import NOT_YET, UNAUTHORIZED, FakeApi
from tools.smoke.calls import Call, Outcome
from tools.smoke.run import RetryBudget, make_calls

NOBODY = Call("no token", 401)


@dataclass
class Clock:
    """Only `sleep` advances this clock; `then` runs in the first sleep."""

    then: Callable[[], object] = lambda: None
    time: float = 0
    slept: list[float] = field(default_factory=list[float])

    def sleep(self, seconds: float) -> None:
        if not self.slept:
            self.then()
        self.slept.append(seconds)
        self.time += seconds

    def budget(self, seconds: float) -> RetryBudget:
        return RetryBudget(seconds, now=lambda: self.time, sleep=self.sleep)


def made(url: str, *calls: Call, clock: Clock | None = None, wait: float = 60) -> tuple[list[Outcome], list[str]]:
    output: list[str] = []
    return list(make_calls(url, calls, (clock or Clock()).budget(wait), output.append)), output


def test_a_call_is_retried_until_the_expected_answer(fake_api: FakeApi):
    fake_api.next_answers = [NOT_YET, Answer(500), Answer(404), UNAUTHORIZED]
    clock = Clock()
    (outcome,), output = made(fake_api.url, NOBODY, clock=clock)
    assert (outcome.status, outcome.tries, outcome.as_expected) == (401, 4, True)
    assert clock.slept == [0.5, 1, 2]
    assert output == []


def test_the_expected_status_with_a_failed_check_is_retried(fake_api: FakeApi):
    fake_api.next_answers = [Answer(401)]
    ((outcome,), _) = made(
        fake_api.url, Call("no token", 401, check=lambda answer: None if answer.content else "no body")
    )
    assert (outcome.tries, outcome.as_expected) == (2, True)


def test_pauses_grow_and_end_with_the_time_for_all_calls(fake_api: FakeApi):
    fake_api.override = lambda _: Answer(500)
    clock = Clock()
    (first, second), _ = made(fake_api.url, NOBODY, NOBODY, clock=clock, wait=15)
    assert clock.slept == [0.5, 1, 2, 4, 5, 2.5]
    assert (first.status, first.tries) == (500, 7)
    assert (second.status, second.tries) == (500, 1), "what is left has a try each"


def test_without_time_each_call_is_tried_once(fake_api: FakeApi):
    fake_api.next_answers = [Answer(500)]
    clock = Clock()
    ((outcome,), _) = made(fake_api.url, NOBODY, clock=clock, wait=0)
    assert (outcome.status, outcome.tries, clock.slept) == (500, 1, [])


def test_a_server_that_does_not_listen_yet_is_retried():
    fake_api = FakeApi()
    clock = Clock(then=fake_api.start)
    try:
        ((outcome,), _) = made(fake_api.url, NOBODY, clock=clock)
    finally:
        fake_api.stop()
    assert (outcome.tries, outcome.as_expected) == (2, True)


def test_a_missing_answer_is_reported_with_its_reason(fake_api: FakeApi):
    fake_api.stop()
    ((outcome,), output) = made(fake_api.url, NOBODY, wait=0)
    assert outcome.actual == f"nothing listens on 127.0.0.1:{fake_api.port}"
    assert (outcome.as_expected, output) == (False, [])


def test_a_name_that_does_not_resolve_yet_is_retried(fake_api: FakeApi, monkeypatch: pytest.MonkeyPatch):
    known = socket.getaddrinfo

    def unknown(*_words: object, **_more: object):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    clock = Clock(then=lambda: monkeypatch.setattr(socket, "getaddrinfo", known))
    ((outcome,), _) = made(fake_api.url, NOBODY, clock=clock)
    assert (outcome.tries, outcome.as_expected) == (2, True)


@pytest.mark.parametrize("expected", [401, 403])
def test_an_unprotected_route_is_reported_at_once_without_a_retry(fake_api: FakeApi, expected: int):
    fake_api.next_answers = [Answer(204), UNAUTHORIZED]
    clock = Clock()
    ((outcome,), (line,)) = made(fake_api.url, Call("no token", expected), clock=clock)
    assert (outcome.status, outcome.tries, outcome.as_expected, clock.slept) == (204, 1, False, [])
    assert line.startswith(f"ALLOWED: GET /pets, no token: 204 instead of {expected}.")


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (500, 1), (401, 2), (429, 2)])
def test_a_call_that_may_have_reached_the_backend_is_made_once(fake_api: FakeApi, status: int, tries: int):
    fake_api.next_answers = [Answer(status), NOT_YET]
    ((outcome,), _) = made(fake_api.url, Call("the token, without b", 403, "POST"))
    assert (len(fake_api.requests), outcome.tries) == (tries, tries)


def test_no_call_has_a_body(fake_api: FakeApi):
    made(fake_api.url, *(Call("", 401, method) for method in ("GET", "POST", "DELETE")))
    assert [request.body for request in fake_api.requests] == [b"", b"", b""]


def test_no_redirect_is_followed(fake_api: FakeApi):
    fake_api.next_answers = [Answer(302, b"", {"Location": "/"})]
    ((outcome,), _) = made(fake_api.url, Call("the token", 200), wait=0)
    assert (outcome.status, len(fake_api.requests)) == (302, 1)


def test_credentials_in_a_netrc_file_are_not_sent_to_the_api(fake_api: FakeApi, netrc: None):  # noqa: ARG001
    made(fake_api.url, NOBODY, Call("the token", 200, authorization=f"Bearer {fake_api.token}"))
    assert [request.headers.get("Authorization") for request in fake_api.requests] == [None, f"Bearer {fake_api.token}"]


def test_a_token_repeated_in_an_invalid_answer_is_not_printed():
    token = access_token()
    with serving(f"{token}\r\n\r\n".encode()) as server:
        ((outcome,), _) = made(server.url, Call("the token", 200, authorization=f"Bearer {token}"), wait=0)
    assert outcome.actual.startswith("the connection broke off: ")
    assert "eyJ" not in outcome.actual


def test_an_untrusted_certificate_is_reported_as_no_answer(tmp_path: Path):
    with serving(response(b"{}"), tls=Authority(tmp_path).server()) as server:
        ((outcome,), _) = made(server.url, Call("the token", 200), wait=0)
    assert (outcome.status, server.requests) == (None, [])
    assert outcome.actual.startswith("its certificate is not valid")
