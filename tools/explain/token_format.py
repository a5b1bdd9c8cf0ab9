"""Advises on a format, header or key that the authorizer refuses: names the mistake and the fix."""

from collections.abc import Mapping, Sequence

from authorizer.key_set import ALGORITHMS
from authorizer.token import MAX_LENGTH
from infra.issuer.jwks_checks import quoted, select_keys
from tools.explain.advice import COPY_AGAIN, Advice, Advise, algorithms_of, audience_of, issuers_of
from tools.explain.diagnose import Examined


def _malformed_token(it: Examined) -> Advice:
    token = it.authorization.partition(" ")[2].strip()
    length, parts = len(it.authorization), token.count(".") + 1
    asked = f"request an access token {audience_of(it)}"
    cases: Sequence[tuple[bool, str, str]] = (
        (
            length > MAX_LENGTH,
            f"{length:,} characters; API Gateway accepts {MAX_LENGTH:,} for all headers together",
            "configure the issuer to add less to it, for example no permissions",
        ),
        (token.startswith("{"), "a JSON object", "send only the access_token of the token endpoint's response"),
        (token[:1] in ("'", '"'), "it is in quotes", "remove them"),
        (token.lower().startswith("bearer "), "Bearer stands there twice", "write it once"),
        (len(token.split()) > 1, "white space within it", "copy it again, as one line without other text"),
        (
            parts == 5,
            "five parts: an encrypted token (JWE), which only its recipient can read",
            "configure the issuer to sign this API's access tokens and not encrypt them",
        ),
        (parts == 1, "one part: an opaque token, which only its issuer can read", asked),
        (parts != 3, f"{parts} parts; a JWT has three, with a dot between each two", COPY_AGAIN),
        (
            token.endswith("."),
            "the third part is empty: it is not signed",
            f"configure the issuer to sign with {algorithms_of(it)}",
        ),
    )
    otherwise = "not a valid token: a character is wrong, or the end is missing", COPY_AGAIN
    return next(((found, fix) for holds, found, fix in cases if holds), otherwise)


def _unsupported_algorithm(it: Examined) -> Advice:
    alg = (it.header or {}).get("alg")
    if it.header is None or alg is None:
        return "no alg", COPY_AGAIN
    if isinstance(alg, str) and alg.startswith("HS"):
        wanted = algorithms_of(it)
        fix = f"set the API's signing algorithm to {wanted} at the issuer (Auth0: APIs, Settings), and get a new token"
        return f"alg is {quoted(alg)}: signed with a shared secret", fix
    fix = f"configure the issuer to sign this API's tokens with {algorithms_of(it)}"
    if isinstance(alg, str) and alg in ALGORITHMS:
        fix += f", or list {alg} in the issuer's algorithms"
    return f"alg is {quoted(alg)}", fix


def _malformed_header(it: Examined) -> Advice:
    header = it.header
    if header is None:
        return "the first part is not a JSON object with unique names", COPY_AGAIN
    if "crit" in header or header.get("b64", True) is not True:
        return "a critical extension (crit, b64)", "configure the issuer to remove it"
    kid = header.get("kid", "-")
    if not isinstance(kid, str) or not kid:
        return "kid is empty or not a string", "configure the issuer to write the key's kid as a string, or to omit it"
    if str(header.get("cty")).lower().endswith("jwt"):
        return f"cty is {quoted(header['cty'])}: a nested token", "send the inner one, if it is for this API"
    return f"typ is {quoted(header.get('typ'))}: a token for another purpose", "send an access token: typ JWT or at+jwt"


def _revoked_key(it: Examined) -> Advice:
    fix = "get a new token; if the issuer signs it with the same key, see docs/security.md#a-key-is-stolen"
    return f"kid {_kid(it)} is in revokedKids", fix


def _unknown_key(it: Examined) -> Advice:
    found = f"{_named(it)}; {it.evaluator.source.name} has {_listed(it)}"
    issuer = (it.claims or {}).get("iss")
    if "wrong_issuer" in it.failed:
        return found, f"it is from another issuer, {quoted(issuer)}: get one from {issuers_of(it)}"
    kid, faults = (it.header or {}).get("kid"), it.key_set.faults
    document = it.evaluator.documents.get(it.issuer.jwks_uri) if it.issuer else None
    foreign = select_keys(document, it.issuer.algorithms).foreign if document and it.issuer else []
    published = next((reason for reason in foreign if kid and reason.startswith(f"{quoted(kid)} is for ")), "")
    if published:
        found = f"{found}; it publishes a key that {published.removeprefix(f'{quoted(kid)} ')}"
        return found, "configure the issuer to sign with a key that it publishes for this algorithm"
    if kid in _kids(it):
        return found, f"that key is for another algorithm than {quoted((it.header or {}).get('alg'))}"
    if faults:
        found = f"{found}; not used: {'; '.join(faults[:5])}"
        if any(fault.startswith(f"{quoted(kid)} ") for fault in faults):
            return found, "correct this key in the issuer's key set"
    return found, "the issuer has rotated its key, or it is from another tenant: get a new token"


def _missing_kid(it: Examined) -> Advice:
    found = f"the token has no kid, and the issuer has several keys: {_listed(it)}"
    return found, "configure the issuer to write the key's kid into the header; a single key needs none"


def _unnamed_keys(it: Examined) -> Advice:
    found = f"the token has kid {_kid(it)}, and the issuer publishes several keys without one"
    return found, "configure the issuer to publish a kid for each key; a single key needs none"


def _keys_unavailable(it: Examined) -> Advice:
    source, url = it.evaluator.source, it.issuer.jwks_uri if it.issuer else ""
    error = quoted(source.errors.get(url, ""))
    usable = [name for name in ALGORITHMS if _is_usable(it.evaluator.documents.get(url, b""), name)]
    if usable:
        fix = f"list {' or '.join(usable)} in the issuer's algorithms, if it signs with it"
        return f"{source.name}: {error}", fix
    if source.file:
        return f"{source.name}: {error}", "save the issuer's key set to this file again"
    fix = (
        "run `make doctor STACK=...`. If only this machine cannot fetch it, save it, and run "
        "`.venv/bin/python -m tools explain --jwks FILE` "
        "(in AWS, containers with known keys continue for an hour)"
    )
    return f"{url}: {error}", fix


def _is_usable(document: bytes, algorithm: str) -> bool:
    try:
        return bool(select_keys(document, [algorithm]).usable)
    except ValueError:
        return False


def _bad_signature(it: Examined) -> Advice:
    return f"not made with the key {_kid(it)}", (
        f"the token was changed, or cut: {COPY_AGAIN}, or get a new one; "
        "or another key has this kid: compare the key set at jwksUri with the issuer's own"
    )


def _kid(it: Examined) -> str:
    return quoted((it.header or {}).get("kid"))


def _named(it: Examined) -> str:
    header = it.header or {}
    name = next((name for name in ("kid", "x5t#S256", "x5t") if name in header), "kid")
    return f"{name} {quoted(header.get(name))}"


def _kids(it: Examined) -> list[str]:
    return sorted({key.kid for key in it.key_set.keys if key.kid})


def _listed(it: Examined) -> str:
    kids = _kids(it)
    more = f" and {len(kids) - 5} more" if len(kids) > 5 else ""
    return ", ".join(map(quoted, kids[:5])) + more or "no kid in its key set"


OF_FORM: Mapping[str, Advise] = {
    "malformed_token": _malformed_token,
    "unsupported_algorithm": _unsupported_algorithm,
    "malformed_header": _malformed_header,
    "revoked_key": _revoked_key,
    "unknown_key": _unknown_key,
    "missing_kid": _missing_kid,
    "unnamed_keys": _unnamed_keys,
    "keys_unavailable": _keys_unavailable,
    "bad_signature": _bad_signature,
}
