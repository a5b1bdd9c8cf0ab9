"""`python -m tools explain` predicts the responses of the running API, over real HTTP."""

from pathlib import Path

import pytest

from tests.conftest import Api
from tests.testkit.explain_command import announce_run, explainer

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
def test_the_table_shows_the_responses_of_the_api(
    name: str, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    issuer = api.sandbox.issuer
    token = issuer.mint(**TOKENS[name])
    explain = explainer(tmp_path, monkeypatch, capsys, issuer.issuer)
    with announce_run(tmp_path, issuer.issuer, issuer.audience):
        result = explain(stdin=f"{token}\n".encode())
    calls = {route: route.replace("{petId}", "1").split() for route in result.answers}
    # The backend answers 201; explain shows an allowed request as 200.
    statuses = {route: api.call(method, path, token).status_code for route, (method, path) in calls.items()}
    assert result.answers == {route: 200 if status == 201 else status for route, status in statuses.items()}
    assert len(calls) == 4
