"""Reads the routes and the backend from an OpenAPI document (3.0, 3.1): `petstore:openapi`.

https://spec.openapis.org/oas/v3.1.1.html. docs/openapi.md lists the supported parts; the program refuses others.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from infra.api.routes import ANY, METHODS, Route, mistakes_in, mistakes_in_one
from infra.mistakes import Mistake, Problem
from infra.openapi.file import Refused, file_name, read, resolve
from infra.openapi.keys import OF_DOCUMENT, OF_OPERATION, unknown_keys
from infra.openapi.parameters import parameters, problems, query
from infra.openapi.security import ANY_TOKEN, SETTING, access, declared
from infra.openapi.server import server

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html
ANY_METHOD = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
BINARY = "x-amazon-apigateway-binary-media-types"
PAGE = "x-page"  # HTML that API Gateway answers itself: `Route.page`
_NAMED = 10  # the most operations that a message names
_BACKEND = "http://petstore-demo-endpoint.execute-api.com/petstore"
_ONE_BACKEND = Problem("own-servers", "has its own servers, but the API has one backend", "Remove them.")


class Api(NamedTuple):
    """An API: its routes, and values for `petstore:backendUrl` and `petstore:binaryMediaTypes` if they are not set.

    `no_backend` is the reason if the document has no backend.
    """

    routes: tuple[Route, ...]
    mistakes: Sequence[Mistake] = ()
    backend_url: str = _BACKEND
    no_backend: Problem | None = None
    document: str = ""
    binary_media_types: Sequence[str] = ()


def load(name: str, routes: Sequence[Route], schemes: Sequence[str] = (), *, maps: bool = True) -> Api:
    """The API that the document with this name declares, or an API with these routes if there is no name.

    The result has no routes if they have a mistake. For `schemes`, see `access`; for `maps`, see `interpret`. A missing
    file is not a mistake here, because `file_name` finds it.
    """
    if not name:
        found = mistakes_in(routes)
        return Api(() if found else tuple(routes), found)
    return Api(()) if file_name(name) else documented(name, lambda: read(name), schemes, maps=maps)


def documented(
    name: str, document: Callable[[], Mapping[str, Any]], schemes: Sequence[str] = (), *, maps: bool = True
) -> Api:
    """The API of a document. `name` is the document's place in mistakes; calling `document` may raise `Refused`."""
    try:
        api = interpret(document(), schemes, maps=maps)
    except Refused as refused:
        return Api((), [Mistake.of(name, refused.problem)])
    found = api.mistakes or mistakes_in(api.routes)
    return api._replace(mistakes=[it._replace(key=f"{name}: {it.key}") for it in found], document=name)


def interpret(document: Mapping[str, Any], schemes: Sequence[str] = (), *, maps: bool = True) -> Api:
    """The API that this document declares, with its mistakes. Raises `Refused` for an unsupported version.

    `maps`: whether the backend gets only mapped parameters, as with HTTP. With HTTP_PROXY and functions, it gets the
    whole request.
    """
    version = document.get("openapi")
    if not re.fullmatch(r"3\.[01](\.\d+)?", str(version)):  # JSON may have it as a number
        what = "is Swagger 2" if "swagger" in document else f"has openapi {version!r}"
        fix = "Convert it (API Gateway exports oas30)."
        raise Refused("openapi-version", f"{what}, but this program reads OpenAPI 3.0 and 3.1", fix)
    operations = _Operations(document, schemes, maps=maps)
    operations.read(document.get("paths", {}))
    api = Api(tuple(operations.routes), operations.mistakes(), binary_media_types=_binary_media_types(document))
    try:
        return api._replace(backend_url=server(document))
    except Refused as refused:
        return api._replace(no_backend=refused.problem)


class _Operations:
    """Collects the routes of a document's operations, and the mistakes by place."""

    def __init__(self, document: Mapping[str, Any], schemes: Sequence[str], *, maps: bool) -> None:
        self.routes: list[Route] = []
        self._document, self._maps = document, maps
        self._mistakes: dict[Mistake, list[str]] = {}  # without a key
        self._chosen = schemes
        self._schemes: dict[str, None] = {}

    def read(self, paths: object) -> None:
        items: Mapping[str, Any] = {}
        with self._noting("paths"):
            items = resolve(self._document, paths)
        for problem in unknown_keys(self._document, OF_DOCUMENT):
            self._add_mistake("the document", problem)
        for name in self._chosen:
            with self._noting(SETTING):
                declared(self._document, name)
        for path, entry in items.items():
            if path.startswith("x-"):
                continue
            with self._noting(path):
                item = self._whole(entry)
                for key, value in item.items():
                    self._field(path, item, key, value)
        if len(self._schemes) > 1 and not self._chosen:
            names = " and ".join(self._schemes)
            what = f"requires {names} in different operations, but one authorizer verifies all tokens"
            fix = f"Use one scheme. If clients of every scheme send the issuer's tokens, list the schemes in {SETTING}."
            self._add_mistake("security", Problem("several-schemes", what, fix))

    def mistakes(self) -> list[Mistake]:
        """The mistakes, each once, with the operations that have it."""
        return [
            mistake._replace(key=f"{', '.join(places[:_NAMED])}{f' and {more} more' if more > 0 else ''}")
            for mistake, places in self._mistakes.items()
            for more in [len(places) - _NAMED]
        ]

    def _add_mistake(self, place: str, problem: Problem | Mistake) -> None:
        mistake = problem._replace(key="") if isinstance(problem, Mistake) else Mistake.of("", problem)
        self._mistakes.setdefault(mistake, []).append(place)

    def _whole(self, entry: object) -> dict[str, Any]:
        """A path item or an operation, with its $ref resolved. Raises `Refused` for keys next to a $ref."""
        found = resolve(self._document, entry)
        if found is not entry and set(cast("dict[str, Any]", entry)) - {"$ref", "summary", "description"}:
            what = "has a $ref next to other keys, and OpenAPI does not define which of the two counts"
            raise Refused("ref-and-keys", what, "Keep the $ref or the other keys.")
        return found

    def _field(self, path: str, item: Mapping[str, Any], key: str, value: object) -> None:
        method = key.upper()
        if key == method.lower() and method in METHODS:
            self._operation(f"{method} {path}", item, value)
        elif key == "options":  # the program adds its own preflight, which is public
            if isinstance(value, dict) and cast("dict[str, Any]", value).get("security"):
                what = "has security, but browsers send preflights without a token"
                self._add_mistake(
                    f"OPTIONS {path}",
                    Problem("options", what, "Remove it: the program adds a preflight to every path."),
                )
        elif key == "servers":
            self._add_mistake(path, _ONE_BACKEND)
        elif key == ANY_METHOD:
            self._operation(f"{ANY} {path}", item, value)
        elif key == "security":
            fix = "Write it in each of its operations."
            self._add_mistake(
                path, Problem("path-security", "has security, which OpenAPI does not allow in a path", fix)
            )
        elif key == key.upper() and key in METHODS:
            what = f"is written {key!r}, but OpenAPI writes methods in lower case"
            self._add_mistake(f"{method} {path}", Problem("upper-case-method", what, f"Write {key.lower()}."))
        elif key not in ("parameters", "summary", "description") and not key.startswith("x-"):
            what = f"has {key!r}, which is not a method that API Gateway supports"
            self._add_mistake(f"{method} {path}", Problem("unknown-method", what, "Remove it."))

    def _operation(self, name: str, item: Mapping[str, Any], value: object) -> None:
        method, _, path = name.partition(" ")
        who, found = ANY_TOKEN, {}
        with self._noting(name):
            operation = self._whole(value)
            if "servers" in operation:
                self._add_mistake(name, _ONE_BACKEND)
            for problem in unknown_keys(operation, OF_OPERATION):
                self._add_mistake(name, problem)
            function = _function(self._document, operation)
            maps = self._maps and function is None
            with self._noting(name):
                found = parameters(self._document, item, operation)
                for problem in problems(self._document, path, found, maps=maps):
                    self._add_mistake(name, problem)
            with self._noting(name):
                who = access(self._document, operation, self._chosen)
                if who.scheme:
                    self._schemes[who.scheme] = None
            page = operation.get(PAGE)
            if not isinstance(page, str | None) or (page is not None and method != "GET"):
                raise Refused("not-a-page", f"has an {PAGE} that is not a string, or is not on a GET", "Correct it.")
            route = Route(
                method,
                path.removesuffix("/") or "/",
                who.scopes,
                who.public,
                query(found, maps=maps),
                page=page,
                function=function,
                # API Gateway has one resource for both spellings; the backend may support only one of them.
                backend_path=path if re.search("[^/]/$", path) else None,
            )
            for mistake in mistakes_in_one(route):
                self._add_mistake(name, mistake)
            self.routes.append(route)

    @contextmanager
    def _noting(self, place: str) -> Generator[None]:
        try:
            yield
        except Refused as refused:
            self._add_mistake(place, refused.problem)


def _binary_media_types(document: Mapping[str, Any]) -> list[str]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-binary-media-types.html"""
    found: object = document.get(BINARY, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in cast("list[object]", found)):
        raise Refused("not-a-list", f"has {BINARY}, which is not a list of strings", 'Write one such as ["image/png"].')
    return cast("list[str]", found)


def _function(document: Mapping[str, Any], operation: Mapping[str, Any]) -> str | None:
    """The ARN of the Lambda function behind an operation of type aws_proxy; None if an HTTP backend answers it.

    Raises `Refused` for any other type.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
    """
    found = resolve(document, operation.get(_INTEGRATION, {"type": "http"}))
    kind = str(found.get("type")).lower()
    if kind in ("http", "http_proxy"):
        return None
    if kind != "aws_proxy":
        what = f"has an integration of type {found.get('type')}, which this program does not support"
        raise Refused(
            "unknown-integration", what, "Use aws_proxy, or remove the integration to send requests to the backend."
        )
    uri = re.fullmatch(r"arn:[^/]+:lambda:path/2015-03-31/functions/([^/]+)/invocations", str(found.get("uri")))
    if not uri:
        raise Refused(
            "not-a-function",
            "has an integration whose uri does not name a Lambda function",
            "Use a uri with the function's ARN.",
        )
    return uri[1]
