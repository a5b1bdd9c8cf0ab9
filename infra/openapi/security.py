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
            "`security: []` at the top of the document would open every operation that forgets its own; write it "
            "in each that is to be public, and remove it there"
        )
    alternatives: object = operation.get("security", document.get("security"))
    if alternatives is None and "security" not in {**document, **operation}:
        return ANY_TOKEN
    if not isinstance(alternatives, list):
        raise Refused("security is no list; write `security: []` for a public route, or - SCHEME: [SCOPES]")
    if not alternatives:
        return Access(public=True)
    found = [_requirement(document, alternative) for alternative in cast("list[object]", alternatives)]
    # Where each of the others asks for that and more, the least of them is all that the document asks for.
    least = min(found, key=lambda each: len(each.scopes))
    if any(each.scheme != least.scheme or not set(least.scopes) <= set(each.scopes) for each in found):
        choice = " or ".join(f"{each.scheme} [{', '.join(each.scopes)}]" for each in found)
        raise Refused(f"security leaves a choice, {choice}; the authorizer asks for all scopes of a route: keep one")
    return least


def _requirement(document: Mapping[str, Any], requirement: object) -> Access:
    if not isinstance(requirement, dict):
        raise Refused("a security requirement is a mapping of a scheme to its scopes; write - SCHEME: [SCOPES]")
    schemes = cast("dict[str, object]", requirement)
    if not schemes:
        raise Refused(
            "security with {} makes the token optional; write `security: []` for a public route, or leave {} out"
        )
    if len(schemes) > 1:
        raise Refused(f"security asks for {' and '.join(schemes)} at once; the authorizer knows one: keep one")
    ((name, scopes),) = schemes.items()
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in cast("list[object]", scopes)):
        raise Refused(f"the scopes of {name} are no list of texts; write {name}: [SCOPES]")
    _must_be_bearer(document, name)
    return Access(public=False, scopes=list(dict.fromkeys(cast("list[str]", scopes))), scheme=name)


def _must_be_bearer(document: Mapping[str, Any], name: str) -> None:
    schemes = resolve(document, resolve(document, document.get("components", {})).get("securitySchemes", {}))
    if name not in schemes:
        raise Refused(f"security names {name}, which is none of components/securitySchemes; declare it: {KINDS}")
    scheme = resolve(document, schemes[name])
    kind, http = str(scheme.get("type")), str(scheme.get("scheme", ""))
    if kind in ("oauth2", "openIdConnect") or (kind == "http" and http.lower() == "bearer"):
        return
    raise Refused(f"the scheme {name} ({' '.join([kind, http]).strip()}) is no bearer token; declare it as {KINDS}")
