"""The security requirements of an OpenAPI operation that one JWT authorizer can enforce.

https://spec.openapis.org/oas/v3.1.1.html#security-requirement-object
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from infra.openapi.file import Refused, resolve

SETTING = "openapiSecuritySchemes"
KINDS = "http with scheme bearer, oauth2 or openIdConnect"


class Access(NamedTuple):
    """The allowed callers of an operation: everyone, or tokens with these scopes. `scheme`: its name, if any."""

    public: bool
    scopes: Sequence[str] = ()
    scheme: str | None = None


# For an operation without security in the document: routes are protected by default.
ANY_TOKEN = Access(public=False)


def access(document: Mapping[str, Any], operation: Mapping[str, Any], schemes: Sequence[str] = ()) -> Access:
    """The requirements of the operation, or else of the document.

    `schemes`: the schemes to use among alternatives, `petstore:openapiSecuritySchemes`. The others are ignored. This
    only restricts access, because each alternative would be enough. {} among them makes no route public.

    Raises `Refused` for requirements that the authorizer would have to weaken or guess. It requires one bearer token, a
    JWT of the stack's issuer, with all of a route's scopes.
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
            "has a security that is not a list",
            "Write `security: []` for a public route, or - SCHEME: [SCOPES].",
        )
    if not alternatives:
        return Access(public=True)
    requirements = [_mapping(alternative) for alternative in cast("list[object]", alternatives)]
    bearers = [name for each in requirements if len(each) == 1 for name in each if _is_bearer(document, name)]
    chosen = [each for each in requirements if len(each) == 1 and set(schemes).issuperset(each)]
    if schemes and not chosen:
        what = f"has security without an alternative that requires only {' or '.join(schemes)}"
        fix = f"Remove the operation, or add {bearers[0]} to {SETTING}." if bearers else "Remove the operation."
        raise Refused("scheme-not-offered", what, fix)
    if not schemes and len(requirements) > len(bearers) > 0:
        raise _choice([*map(_named, requirements)], bearers[0])
    found = [_requirement(document, each) for each in chosen or requirements]
    # If each of the others requires the same scopes and more, the smallest one is the document's requirement.
    least, most = (pick(found, key=lambda each: len(each.scopes)) for pick in (min, max))
    if len({each.scheme for each in found}) > 1:
        raise _choice([str(each.scheme) for each in found], str(most.scheme))
    if any(not set(least.scopes) <= set(each.scopes) for each in found):
        choice = " or ".join(f"[{', '.join(each.scopes)}]" for each in found)
        what = f"has security with a choice, {choice}; the authorizer requires all scopes of a route"
        raise Refused("scope-choice", what, "Keep one.")
    return least


def _choice(offered: Sequence[str], name: str) -> Refused:
    what = f"has security with a choice, {' or '.join(offered)}, and the authorizer verifies one kind of token"
    fix = f"Run `pulumi config set --path '{SETTING}[0]' {name}`, or name another; clients of the rest are refused."
    return Refused("security-choice", what, fix)


def _named(requirement: Mapping[str, object]) -> str:
    return " and ".join(requirement) or "{}"


def _mapping(requirement: object) -> dict[str, object]:
    if not isinstance(requirement, dict):
        raise Refused(
            "not-a-requirement", "has a security requirement that is not a mapping", "Write - SCHEME: [SCOPES]."
        )
    return cast("dict[str, object]", requirement)


def _requirement(document: Mapping[str, Any], schemes: Mapping[str, object]) -> Access:
    if not schemes:
        raise Refused(
            "optional-token",
            "has security with {}, which makes the token optional",
            "Write `security: []` for a public route, or remove {}.",
        )
    if len(schemes) > 1:
        what = f"has security that requires {' and '.join(schemes)} together; the authorizer verifies one token"
        raise Refused("several-schemes", what, "Keep one.")
    ((name, scopes),) = schemes.items()
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in cast("list[object]", scopes)):
        raise Refused("not-a-list", f"has scopes of {name} that are not a list of strings", f"Write {name}: [SCOPES].")
    must_be_bearer(document, name)
    return Access(public=False, scopes=list(dict.fromkeys(cast("list[str]", scopes))), scheme=name)


def must_be_bearer(document: Mapping[str, Any], name: str) -> None:
    """Raises `Refused` for a scheme without a bearer token."""
    schemes = resolve(document, resolve(document, document.get("components", {})).get("securitySchemes", {}))
    if name not in schemes:
        known = ", ".join(schemes) or "none"
        what = f"has security with {name}, which is not in components/securitySchemes ({known})"
        raise Refused("unknown-scheme", what, f"Correct the name, or declare it as {KINDS}.")
    scheme = resolve(document, schemes[name])
    kind, http = str(scheme.get("type")), str(scheme.get("scheme", ""))
    if kind in ("oauth2", "openIdConnect") or (kind == "http" and http.lower() == "bearer"):
        return
    # A Lambda authorizer as API Gateway exports it: OpenAPI has only apiKey for it.
    place = (kind, str(scheme.get("in")), str(scheme.get("name")).lower(), scheme.get("x-amazon-apigateway-authtype"))
    if place == ("apiKey", "header", "authorization", "custom"):
        return
    what = f"has the scheme {name} ({' '.join([kind, http]).strip()}), which is not a bearer token"
    fix = f"Remove the operation. If its clients send a JWT as a bearer token, declare the scheme as {KINDS}."
    raise Refused("not-a-bearer-scheme", what, fix)


def _is_bearer(document: Mapping[str, Any], name: str) -> bool:
    try:
        must_be_bearer(document, name)
    except Refused:
        return False
    return True
