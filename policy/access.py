"""Rules about access: every method uses the authorizer, and only the API may invoke the authorizer's function.

A route must declare each public method. If a preview does not know the path of a public method, the rule reports it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from policy.model import UNKNOWN, Resource, Violation, authorizer_functions, functions, made_of, of

_METHODS = "petstore:api:Methods"  # its `publicRoutes` lists the public routes of the table: ["GET /"]
_AUTHORIZER = re.compile(r"arn:[^*?]+:execute-api:[^*?]+/authorizers/[^*?/]+")


def open_methods(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Methods that answer without the authorizer, except public routes and preflights."""
    by_urn = {each.urn: each for each in resources}
    for method in of(resources, "apigateway/method:Method"):
        asks = method.inputs.get("authorization") in ("CUSTOM", UNKNOWN) and method.inputs.get("authorizerId")
        if asks or is_preflight(method, resources):
            continue
        path = path_of(method, by_urn)
        route = f"{method.inputs.get('httpMethod')} {path or '(an unknown path)'}"
        parent = by_urn.get(method.parent)
        public = parent.inputs.get("publicRoutes") if parent and parent.type == _METHODS else None
        if not isinstance(public, list) or route not in public:
            yield Violation(
                method,
                f"{route} answers without the authorizer, and no route declares it public",
                'give it authorization "CUSTOM" with the authorizerId, or make it a Route in routes.py',
            )
    for api in of(resources, "apigateway/restApi:RestApi"):
        if api.inputs.get("body"):
            yield Violation(api, "its body declares methods that no rule can check", "make them Routes in routes.py")


def authorizer_permissions(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Permissions that name no source; and those for an authorizer's function whose source is not one authorizer."""
    judges = authorizer_functions(resources).keys()
    for permission in of(resources, "lambda/permission:Permission"):
        called = {each.urn for each in functions(permission, "function", resources)}
        source = permission.inputs.get("sourceArn")
        if not source:
            what = "it has no sourceArn: an API of any account could invoke the function"
        # A function that this program does not declare counts as an authorizer's, unless it belongs to a route.
        elif called & judges or (not called and not _is_of_a_route(permission, resources)):
            if _names_an_authorizer(permission, resources):
                continue
            what = "its sourceArn does not name one authorizer: other callers could invoke the function"
        else:
            continue
        yield Violation(permission, what, "set it to <the API's execution ARN>/authorizers/<the authorizer's id>")


def _is_of_a_route(permission: Resource, resources: Sequence[Resource]) -> bool:
    """Whether this permits a route to invoke a function, given by name or ARN, that is not an authorizer's."""
    judges = {each.inputs.get("name") for each in authorizer_functions(resources).values()}
    function = permission.inputs.get("function")
    in_methods = any(each.urn == permission.parent and each.type == _METHODS for each in resources)
    return in_methods and isinstance(function, str) and function.rpartition(":")[2] not in judges


def _names_an_authorizer(permission: Resource, resources: Sequence[Resource]) -> bool:
    source = permission.inputs["sourceArn"]
    if source is UNKNOWN:
        return bool(of(made_of(permission, "sourceArn", resources), "apigateway/authorizer:Authorizer"))
    return bool(_AUTHORIZER.fullmatch(source))


def is_preflight(method: Resource, resources: Sequence[Resource]) -> bool:
    """Whether a browser calls this method without a token (Fetch standard, CORS-preflight fetch)."""
    place = method.references.get("resourceId")
    behind_it = [
        integration.inputs.get("type")
        for integration in of(resources, "apigateway/integration:Integration")
        if integration.references.get("resourceId") == place and integration.inputs.get("httpMethod") == "OPTIONS"
    ]
    return bool(place) and method.inputs.get("httpMethod") == "OPTIONS" and behind_it == ["MOCK"]


def path_of(method: Resource, by_urn: Mapping[str, Resource]) -> str | None:
    """The method's path, made from the Resources to which it refers, because a preview does not know their ids."""
    path, at, name = "", method, "resourceId"
    while len(urns := at.references.get(name, ())) == 1 and urns[0] in by_urn:
        at, name = by_urn[urns[0]], "parentId"
        if at.type == "aws:apigateway/restApi:RestApi":
            return path or "/"
        if at.type != "aws:apigateway/resource:Resource" or not isinstance(at.inputs.get("pathPart"), str):
            return None
        path = f"/{at.inputs['pathPart']}{path}"
    return None
