"""Advises on claims that the authorizer refuses: names the mistake and the fix."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from authorizer.claims import CLIENT_CLAIMS, claim_at, equals, ill_typed, missing
from infra.issuer.jwks_checks import quoted
from tools.explain.advice import COPY_AGAIN, Advice, Advise, audience_of, issuers_of
from tools.explain.diagnose import Examined

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def _malformed_claims(it: Examined) -> Advice:
    if it.claims is None:
        return "the second part is not a JSON object with unique names", COPY_AGAIN
    names = ", ".join(ill_typed(it.claims)) or "something nested"
    return (
        f"of the wrong type: {names}",
        "configure the issuer to write exp, nbf and iat as numbers, sub and jti as strings",
    )


def _missing_claim(it: Examined) -> Advice:
    claims = it.claims or {}
    names = missing(claims, it.issuer) if it.issuer else ["iss"]
    found = f"without {', '.join(names)}"
    clients = [claims[name] for name in CLIENT_CLAIMS if claims.get(name) is not None]
    others = [name for name in names if name != "aud"]
    fixes: list[str] = []
    if "aud" in names:
        fixes.append(f"ask for a token {audience_of(it)}")
        if clients:
            client = quoted(clients[0])
            fixes.append(f"or, if its issuer never writes aud (Clerk, Cognito), set clientIds to {client}")
        else:
            fixes.append("or, if its issuer never writes aud (WorkOS), configure it to (a JWT template)")
    if "client_id" in others:
        fixes.append("get a token that names its client in client_id or azp, or set audience instead of clientIds")
        others.remove("client_id")
    fixes += [f"configure the issuer to add {', '.join(others)}"] * bool(others)
    if "sub" in others and it.issuer and it.issuer.principal_claim == ("sub",):
        named = next((name for name in CLIENT_CLAIMS if claims.get(name)), "")
        fixes += [f"or set principalClaim to sub and {named}, which names the client"] * bool(named)
    return found, "; ".join(fixes)


def _wrong_issuer(it: Examined) -> Advice:
    theirs, ours = (it.claims or {}).get("iss"), issuers_of(it)
    issuers = [each.issuer for each in it.evaluator.environment.issuers]
    key = "tokenIssuer" if len(issuers) == 1 else "its issuer in petstore:issuers"
    of_stack = f"tokenIssuer {quoted(ours)}" if len(issuers) == 1 else f"the stack's issuers are {ours}"
    found = f"iss is {quoted(theirs)}, and {of_stack}"
    if not isinstance(theirs, str):
        return found, "configure the issuer to write its name as a string"
    for each in issuers:
        if theirs.rstrip("/") == each.rstrip("/"):
            return f"{found}: only the slash at the end differs", f"set {key} to the token's iss"
        if theirs.startswith("https://sts.windows.net/") and each.startswith("https://login.microsoftonline.com/"):
            fix = "set requestedAccessTokenVersion to 2 in the manifest of the API's app registration"
            return f"{found}: a version 1.0 token of Entra ID", f"{fix}, or {key} to the token's iss"
    return found, (
        f"request the token from {ours}: with a custom domain, iss depends on the domain that the client used; "
        "or set tokenIssuer to the other, if it is your issuer; petstore:issuers can list both"
    )


def _wrong_audience(it: Examined) -> Advice:
    claims, audiences = it.claims or {}, it.issuer.audiences if it.issuer else ()
    audience: Any = claims.get("aud")
    ours = ", ".join(audiences) or "not configured"
    listed: list[Any] = audience if isinstance(audience, list) else [audience]
    found = f"aud is {quoted(audience)}, and audience {quoted(ours)}"
    ask = f"request an access token {audience_of(it)}"
    clients = [claims[name] for name in ("azp", "client_id", "cid") if isinstance(claims.get(name), str)]
    if {"nonce", "at_hash", "c_hash"} & set(claims) or claims.get("typ") == "ID" or claims.get("token_use") == "id":
        return f"{found}: an ID token, which is for the client", f"send the access token instead; {ask}"
    if any(each in clients for each in listed):
        return f"{found}: the client itself, as in an ID token", ask
    texts = [each for each in listed if isinstance(each, str)]
    if any(each.rstrip("/") == one.rstrip("/") for each in texts for one in audiences):
        return f"{found}: only the slash at the end differs", "use the same spelling at the issuer and in audience"
    if any(each.endswith("/userinfo") for each in texts):
        return f"{found}: for the issuer itself", ask
    if "account" in texts:
        return found, f"Keycloak: give the client an audience mapper that adds {ours}"
    return found, f"{ask}; or set audience to the other, if that is your API's identifier"


def _wrong_client(it: Examined) -> Advice:
    claims = it.claims or {}
    clients = ", ".join(f"{name} is {quoted(claims[name])}" for name in ("client_id", "azp") if name in claims)
    ours = ", ".join(it.issuer.client_ids if it.issuer else ())
    return f"{clients}, and clientIds {quoted(ours)}", "get a token with one of these clients, or add its client"


def _wrong_claim(it: Examined) -> Advice:
    required = it.issuer.required_claims if it.issuer else ()
    wrong = [
        f"{name} is {quoted(claim_at(it.claims or {}, name))}, and must be {' or '.join(map(quoted, values))}"
        for name, values in required
        if not equals(claim_at(it.claims or {}, name), values)
    ]
    fix = "use a token with this value, or change requiredClaims; a string is not a boolean, and a list is not a string"
    return "; ".join(wrong), fix


def _expired(it: Examined) -> Advice:
    exp: Any = (it.claims or {}).get("exp")
    return f"expired {span(time.time() - exp)} ago, at {moment(exp)}", "get a new token"


def _not_yet_valid(it: Examined) -> Advice:
    claims = it.claims or {}
    name = max((name for name in ("nbf", "iat") if name in claims), key=lambda name: claims[name])
    found = f"{name} is {span(claims[name] - time.time())} from now, at {moment(claims[name])}"
    return found, "set the clock of this machine, or the issuer's; leewayInSeconds is for small differences"


def _sender_constrained(it: Examined) -> Advice:
    cnf: Any = (it.claims or {}).get("cnf")
    names: list[Any] = list(cnf) if isinstance(cnf, dict) else []
    kind = "DPoP" if "jkt" in names else "mutual TLS" if "x5t#S256" in names else "a key"
    fix = "turn sender constraining off for this client: this API accepts only bearer tokens"
    return f"cnf binds it to {kind}", fix


OF_CLAIMS: Mapping[str, Advise] = {
    "malformed_claims": _malformed_claims,
    "missing_claim": _missing_claim,
    "wrong_issuer": _wrong_issuer,
    "wrong_audience": _wrong_audience,
    "wrong_client": _wrong_client,
    "wrong_claim": _wrong_claim,
    "expired": _expired,
    "not_yet_valid": _not_yet_valid,
    "sender_constrained": _sender_constrained,
}


def span(seconds: float) -> str:
    """A duration in the largest unit, such as `3 minutes`."""
    name, size = next(unit for unit in _UNITS if abs(seconds) >= unit[1] or unit[1] == 1)
    count = int(abs(seconds)) // size
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def moment(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} s of 1970"
