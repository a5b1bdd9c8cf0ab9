"""Fetches the smoke test's token with OAuth client credentials (RFC 6749 4.4)."""

import json
from typing import Any

import requests

from infra.config import validators
from infra.issuer.http_fetch import TIMEOUT, Unreadable, started, unreachable
from infra.issuer.metadata import discover
from tools.smoke import SmokeError
from tools.smoke.calls import without_netrc

_CREDENTIALS = "CLIENT_ID (or --client-id) and CLIENT_SECRET are not those of one application at this issuer"
_GRANT = "allow the application to use the client credentials grant (Auth0: a machine-to-machine application)"
# RFC 6749 5.2, and access_denied, which Auth0 returns instead of some of them. The error's description is foreign text,
# so it is not shown.
_ERRORS = {
    "invalid_client": _CREDENTIALS,
    "invalid_grant": _CREDENTIALS,
    "unauthorized_client": _GRANT,
    "unsupported_grant_type": _GRANT,
    "invalid_scope": "the application is not granted the scopes of --scope",
    "access_denied": "the application is not granted the API, or there is none with this audience: "
    "authorize it (Auth0: APIs, Machine to Machine Applications; or tenant/)",
    "invalid_request": "the issuer does not accept this request; does it support the client credentials grant?",
}


def fetch_token(issuer: str, audience: str, *, client_id: str, client_secret: str, scope: str = "") -> str:
    """Fetch an access token for `audience` (Auth0's parameter) from the token endpoint in the issuer's metadata.

    Raises `SmokeError`, which contains neither the secret nor the issuer's response.
    """
    endpoint = _token_endpoint(issuer)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    form |= {"audience": audience} | ({"scope": scope} if scope else {})
    try:
        response = requests.post(endpoint, data=form, auth=without_netrc, allow_redirects=False, timeout=TIMEOUT)
    except Exception as error:  # requests lets some of the libraries below it raise their own
        raise SmokeError(f"{endpoint}: {unreachable(endpoint, error).what}") from None
    answer = _object(response)
    if response.status_code != 200:
        raise SmokeError(f"{endpoint} gave no token: {_reason(response.status_code, answer.get('error'))}")
    token, kind = answer.get("access_token"), answer.get("token_type")
    if not isinstance(token, str) or not isinstance(kind, str) or kind.lower() != "bearer":
        raise SmokeError(f"{endpoint} answered 200 without a bearer token; is it the issuer's token endpoint?")
    return token


def _token_endpoint(issuer: str) -> str:
    if problem := validators.issuer(issuer):
        fix = "Get a token elsewhere and use --token -."
        raise SmokeError(f"tokenIssuer: a secret cannot go to this issuer: it {problem.what}. {fix}")
    document = started(lambda: discover(issuer))()
    if isinstance(document, Unreadable):
        raise SmokeError(f"tokenIssuer: {document.what}")
    endpoint = document.get("token_endpoint")
    if document["issuer"] != issuer:  # RFC 8414 3.3
        raise SmokeError("the issuer's name differs from tokenIssuer; run `make doctor`")
    if not isinstance(endpoint, str):
        raise SmokeError("the issuer's metadata has no token_endpoint; get a token elsewhere and use --token -")
    if problem := validators.address(endpoint):
        raise SmokeError(f"the issuer's token_endpoint: a secret cannot go to this URL: it {problem.what}")
    return endpoint


def _object(response: requests.Response) -> dict[str, Any]:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _reason(status: int, error: object) -> str:
    if 300 <= status < 400:
        return f"status {status}, a redirect, which is not followed with a secret"
    if not isinstance(error, str) or error not in _ERRORS:
        return f"status {status}" + ("; try again later" if status == 429 or status >= 500 else "")
    if error == "access_denied" and status == 401:  # Auth0's answer to a wrong secret
        return f"{error}: {_CREDENTIALS}"
    return f"{error}: {_ERRORS[error]}"
