"""The security requirements of an OpenAPI operation, as far as one JWT authorizer can ask for them.

https://spec.openapis.org/oas/v3.1.1.html#security-requirement-object
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from infra.openapi.file import Refused, resolve

KINDS = "http with scheme bearer, oauth2 or openIdConnect"


class Access(NamedTuple):
    """Who may call an operation: everyone, or whose token was granted these scopes. `scheme`: by its name, if any."""

    public: bool
    scopes: Sequence[str] = ()
    scheme: str | None = None


# Of an operation for which the document requires nothing: what one forgets should not open a door.
ANY_TOKEN = Access(public=False)


def access(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Access:
    """What the operation, or else the document, requires.

    Raises `Refused` for what the authorizer would have to weaken or to guess: it asks each caller for one bearer token,
    a JWT of the stack's issuer, and for all of a route's scopes.
    """
    if "security" not in operation and document.get("security") == []:
        raise Refused(
            "public-by-default",
            "has no security of its own, and `security: []` at the top of the document would open it",
            "Write `security: []` in each operation that is to be public, and remove it at the top.",
        )
    alternatives: object = operation.get("security", document.get("security"))
    if alternatives is None and "security" not in {**document, **operation}:
        return ANY_TOKEN
    if not isinstance(alternatives, list):
        raise Refused(
            "not-a-list",
            "has a security that is no list",
            "Write `security: []` for a public route, or - SCHEME: [SCOPES].",
        )
    if not alternatives:
        return Access(public=True)
    found = [_requirement(document, alternative) for alternative in cast("list[object]", alternatives)]
    # Where each of the others asks for that and more, the least of them is all that the document asks for.
    least = min(found, key=lambda each: len(each.scopes))
    if any(each.scheme != least.scheme or not set(least.scopes) <= set(each.scopes) for each in found):
        choice = " or ".join(f"{each.scheme} [{', '.join(each.scopes)}]" for each in found)
        what = f"has security that leaves a choice, {choice}; the authorizer asks for all scopes of a route"
        raise Refused("security-choice", what, "Keep one.")
    return least


def _requirement(document: Mapping[str, Any], requirement: object) -> Access:
    if not isinstance(requirement, dict):
        raise Refused("not-a-requirement", "has a security requirement that is no mapping", "Write - SCHEME: [SCOPES].")
    schemes = cast("dict[str, object]", requirement)
    if not schemes:
        raise Refused(
            "optional-token",
            "has security with {}, which makes the token optional",
            "Write `security: []` for a public route, or leave {} out.",
        )
    if len(schemes) > 1:
        what = f"has security that asks for {' and '.join(schemes)} at once; the authorizer knows one"
        raise Refused("several-schemes", what, "Keep one.")
    ((name, scopes),) = schemes.items()
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in cast("list[object]", scopes)):
        raise Refused("not-a-list", f"has scopes of {name} that are no list of texts", f"Write {name}: [SCOPES].")
    _must_be_bearer(document, name)
    return Access(public=False, scopes=list(dict.fromkeys(cast("list[str]", scopes))), scheme=name)


def _must_be_bearer(document: Mapping[str, Any], name: str) -> None:
    schemes = resolve(document, resolve(document, document.get("components", {})).get("securitySchemes", {}))
    if name not in schemes:
        raise Refused(
            "unknown-scheme",
            f"has security that names {name}, which is none of components/securitySchemes",
            f"Declare it as {KINDS}.",
        )
    scheme = resolve(document, schemes[name])
    kind, http = str(scheme.get("type")), str(scheme.get("scheme", ""))
    if kind in ("oauth2", "openIdConnect") or (kind == "http" and http.lower() == "bearer"):
        return
    what = f"has the scheme {name} ({' '.join([kind, http]).strip()}), which is no bearer token"
    raise Refused("not-a-bearer-scheme", what, f"Declare it as {KINDS}.")
