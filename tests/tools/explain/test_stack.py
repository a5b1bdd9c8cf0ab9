"""`python -m tools explain` beside the API that runs: the same answers, over real HTTP."""

from pathlib import Path

import pytest

from tests.conftest import Api
from tests.testkit.explain_command import announced, explainer

TOKENS = {
    "good": {},
    "all scopes": {"scope": "create:pets"},
    "Okta's": {"scp": ["create:pets"]},
    "expired": {"exp": 1},
    "an ID token": {"aud": "client", "nonce": "x"},
    "another's": {"key": "other"},
    "old": {"kid": "old"},
}


@pytest.mark.parametrize("name", TOKENS)
def test_the_table_says_what_the_api_answers(
    name: str, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    issuer = api.sandbox.issuer
    token = issuer.mint(**TOKENS[name])
    explain = explainer(tmp_path, monkeypatch, capsys, issuer.issuer)
    with announced(tmp_path, issuer.issuer, issuer.audience):
        told = explain(stdin=f"{token}\n".encode())
    calls = {route: route.replace("{petId}", "1").split() for route in told.answers}
    # The backend's 201 is its own: let in is let in.
    statuses = {route: api.call(method, path, token).status_code for route, (method, path) in calls.items()}
    assert told.answers == {route: 200 if status == 201 else status for route, status in statuses.items()}
    assert len(calls) == 4
