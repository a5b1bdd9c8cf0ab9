"""Reads the security requirements of an OpenAPI operation that one JWT authorizer can enforce.

https://spec.openapis.org/oas/v3.1.1.html#security-requirement-object
"""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from infra.openapi.file import Refused, resolve

SETTING = "openapiSecuritySchemes"


class Access(NamedTuple):
    """The access to an operation: public, or for tokens with these scopes.

    `scheme` is the security scheme's name, if any.
    """

    public: bool
    scopes: Sequence[str] = ()
    scheme: str | None = None


# For an operation without security in the document: routes are protected by default.
ANY_TOKEN = Access(public=False)


def access(document: Mapping[str, Any], operation: Mapping[str, Any], schemes: Sequence[str] = ()) -> Access:
    """The access that the operation requires, or else the document.

    `schemes` (`petstore:openapiSecuritySchemes`) names the schemes whose clients send this API's token. Alternatives
    with other schemes are ignored. This only restricts access, because each alternative would be enough. {} as an
    alternative makes no route public. A token does not reveal its client's scheme, so the strictest of several applies.

    Raises `Refused` for requirements that the authorizer would have to weaken or guess. The authorizer requires one
    bearer token, a JWT of the stack's issuer, with all of a route's scopes.
    """
    if "security" not in operation and document.get("security") == []:
        raise Refused(
            "public-by-default",
            "has no security, and `security: []` at the top of the document would make it public",
            "Write `security: []` in each public operation, and remove it at the top.",
        )
    alternatives: object = operation.get("security", document.get("security"))
    if alternatives is None and "security" not in {**document, **operation}:
        return ANY_TOKEN
    if not isinstance(alternatives, list):
        raise Refused(
            "not-a-list",
            "has `security` that is not a list",
            "Write `security: []` for a public route, or `security: [{SCHEME: [SCOPES]}]`.",
        )
    if not alternatives:
        return Access(public=True)
    requirements = [_mapping(alternative) for alternative in cast("list[object]", alternatives)]
    single = [each for each in requirements if len(each) == 1]
    chosen = [each for each in single if set(schemes).issuperset(each)]
    if schemes and not chosen:
        what = f"has no security alternative that requires only {' or '.join(schemes)}"
        fix = _instead(_best(document, single), schemes) if single else "Remove the operation."
        raise Refused("scheme-not-offered", what, fix)
    offered = dict.fromkeys(map(_named, requirements))
    if not schemes and single and len(offered) > 1:
        what = f"accepts several schemes, {' or '.join(offered)}, but the authorizer verifies one kind of token"
        fix = f"Run {_command(_best(document, single))}, or name another scheme whose clients send this API's token."
        raise Refused("security-choice", what, f"{fix} Clients of all other schemes are refused.")
    found = [_requirement(document, each, schemes) for each in chosen or requirements]
    of_schemes = [[it for it in found if it.scheme == name] for name in {each.scheme for each in found}]
    # If a scheme's other requirements include the smallest one, the smallest is the document's.
    least = [min(same, key=_size) for same in of_schemes]
    strictest = max(least, key=_size)
    pairs = [(less, more) for less, same in zip(least, of_schemes, strict=True) for more in same]
    if any(not set(less.scopes) <= set(more.scopes) for less, more in [*pairs, *((it, strictest) for it in least)]):
        choice = " or ".join(f"[{', '.join(each.scopes)}]" for each in found)
        what = f"accepts several sets of scopes, {choice}, but the authorizer requires all scopes of a route"
        raise Refused("scope-choice", what, "Keep one set.")
    return strictest


def _size(requirement: Access) -> int:
    return len(requirement.scopes)


def _best(document: Mapping[str, Any], requirements: Sequence[Mapping[str, object]]) -> str:
    """The scheme that says most about its tokens. Each of the requirements has one scheme. Raises `Refused`."""
    names = dict.fromkeys(name for each in requirements for name in each)
    return max(names, key=lambda name: declared(document, name)[0])


def _command(name: str, schemes: Sequence[str] = ()) -> str:
    return f"`pulumi config set --path '{SETTING}[{len(schemes)}]' {shlex.quote(name)}`"


def _instead(name: str, schemes: Sequence[str] = ()) -> str:
    return (
        f"If the clients of {name} will send this API's token instead, run {_command(name, schemes)}. "
        "Otherwise remove the operation."
    )


def _named(requirement: Mapping[str, object]) -> str:
    return " and ".join(requirement) or "{}"


def _mapping(requirement: object) -> dict[str, object]:
    if not isinstance(requirement, dict):
        raise Refused(
            "not-a-requirement", "has a security requirement that is not a mapping", "Write `SCHEME: [SCOPES]`."
        )
    return cast("dict[str, object]", requirement)


def _requirement(document: Mapping[str, Any], requirement: Mapping[str, object], schemes: Sequence[str]) -> Access:
    if not requirement:
        raise Refused(
            "optional-token",
            "has security with {}, which makes the token optional",
            "Write `security: []` for a public route, or remove {}.",
        )
    if len(requirement) > 1:
        what = f"requires {' and '.join(requirement)} together, but the authorizer verifies one token"
        raise Refused("several-schemes", what, "Keep one scheme.")
    ((name, scopes),) = requirement.items()
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in cast("list[object]", scopes)):
        raise Refused(
            "not-a-list", f"has scopes for {name} that are not a list of strings", f"Write `{name}: [SCOPES]`."
        )
    rank, kind = declared(document, name)
    if not rank and name not in schemes:
        what = f"has the scheme {name} ({kind}), which is not a bearer token"
        raise Refused("not-a-bearer-scheme", what, _instead(name))
    return Access(public=False, scopes=list(dict.fromkeys(cast("list[str]", scopes))), scheme=name)


def declared(document: Mapping[str, Any], name: str) -> tuple[int, str]:
    """The rank of a scheme (2: tokens with scopes, 1: other bearer tokens, 0: other credentials), and its type.

    Raises `Refused` for a scheme that the document does not declare.
    """
    schemes = resolve(document, resolve(document, document.get("components", {})).get("securitySchemes", {}))
    if name not in schemes:
        known = ", ".join(schemes) or "none"
        what = f"names the scheme {name}, which is not in components/securitySchemes ({known})"
        raise Refused("unknown-scheme", what, "Correct the name, or declare the scheme there.")
    scheme = resolve(document, schemes[name])
    kind, http = str(scheme.get("type")), str(scheme.get("scheme", ""))
    # A Lambda authorizer as API Gateway exports it: OpenAPI has only apiKey for it.
    place = (kind, str(scheme.get("in")), str(scheme.get("name")).lower(), scheme.get("x-amazon-apigateway-authtype"))
    is_lambda = place == ("apiKey", "header", "authorization", "custom")
    is_bearer = is_lambda or (kind == "http" and http.lower() == "bearer")
    return 2 if kind in ("oauth2", "openIdConnect") else int(is_bearer), f"{kind} {http}".strip()
