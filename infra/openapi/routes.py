"""The routes and the backend that an OpenAPI document (3.0, 3.1) declares: `petstore:openapi`.

https://spec.openapis.org/oas/v3.1.1.html. Read is what stands in docs/openapi.md; what cannot be honoured is refused.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from infra.api.routes import METHODS, Route, mistakes_in, mistakes_in_one
from infra.config import validators
from infra.config.config_reader import Reader
from infra.openapi.file import Refused, file_name, read, resolve
from infra.openapi.keys import OF_DOCUMENT, OF_OPERATION, unknown
from infra.openapi.parameters import mistakes, parameters, query
from infra.openapi.security import ANY_TOKEN, access
from infra.openapi.server import server

PAGE = "x-page"  # HTML that API Gateway answers itself: `Route.page`
_NAMED = 10  # operations that one mistake names
_BACKEND = "http://petstore-demo-endpoint.execute-api.com/petstore"
_ONE_BACKEND = "servers of its own; the API has one backend: remove them"


class Api(NamedTuple):
    """Routes, and the backend for where `petstore:backendUrl` names none; `no_backend`: why this names none either."""

    routes: tuple[Route, ...]
    mistakes: Sequence[str] = ()
    backend_url: str = _BACKEND
    no_backend: str = ""
    document: str = ""

    def mistakes_in_backend(self, issuer: str) -> list[str]:
        problem = validators.stray_characters(self.backend_url) or validators.backend_url(self.backend_url, issuer)
        found = self.no_backend or (f"{self.backend_url!r}: {problem.what}" if problem else "")
        return [f"{self.document}: servers: {found}; run `pulumi config set backendUrl URL`"] if found else []


def load(reader: Reader, routes: Sequence[Route]) -> Api:
    """The API of the document that `petstore:openapi` names; without that key, these routes."""
    name = reader.text("openapi", file_name, default="")
    if not name:
        found = mistakes_in(routes)
        return Api(() if found else tuple(routes), found)
    if validators.stray_characters(name) or file_name(name):
        return Api(())  # of which the reader knows
    try:
        api = interpret(read(name))
    except Refused as refused:
        return Api((), [f"{name}: {refused}"])
    found = api.mistakes or mistakes_in(api.routes)
    return api._replace(mistakes=[f"{name}: {mistake}" for mistake in found], document=name)


def interpret(document: Mapping[str, Any]) -> Api:
    """The API that this document declares, and what of it cannot be. Raises `Refused` for another version."""
    version = document.get("openapi")
    if not isinstance(version, str) or not re.fullmatch(r"3\.[01](\.\d+)?", version):
        told = "it is Swagger 2" if "swagger" in document else f"openapi is {version!r}"
        raise Refused(f"{told}; this program reads OpenAPI 3.0 and 3.1: convert it (API Gateway exports oas30)")
    operations = _Operations(document)
    operations.read(resolve(document, document.get("paths", {})))
    api = Api(tuple(operations.routes), operations.told())
    try:
        return api._replace(backend_url=server(document))
    except Refused as refused:
        return api._replace(no_backend=str(refused))


class _Operations:
    """The routes of a document's operations, and by mistake the places where it was found."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.routes: list[Route] = []
        self._document = document
        self._mistakes: dict[str, list[str]] = {}
        self._schemes: dict[str, None] = {}

    def read(self, paths: Mapping[str, Any]) -> None:
        for mistake in unknown(self._document, OF_DOCUMENT):
            self._wrong("the document", mistake)
        for path, entry in paths.items():
            if path.startswith("x-"):
                continue
            with self._noting(path):
                item = self._whole(entry)
                for key, value in item.items():
                    self._field(path, item, key, value)
        if len(self._schemes) > 1:
            names = " and ".join(self._schemes)
            self._wrong("security", f"operations ask for {names}; the authorizer has one issuer: use one scheme")

    def told(self) -> list[str]:
        """The mistakes, a line each, with the operations in which it is."""
        return [
            f"{', '.join(places[:_NAMED])}{f' and {more} more' if more > 0 else ''}: {mistake}"
            for mistake, places in self._mistakes.items()
            for more in [len(places) - _NAMED]
        ]

    def _wrong(self, place: str, mistake: object) -> None:
        self._mistakes.setdefault(str(mistake), []).append(place)

    def _whole(self, entry: object) -> dict[str, Any]:
        """A path's item or an operation, of which no key is left behind at a reference."""
        found = resolve(self._document, entry)
        if found is not entry and set(cast("dict[str, Any]", entry)) - {"$ref", "summary", "description"}:
            raise Refused("a $ref with other keys beside it, of which OpenAPI does not say who wins; keep one")
        return found

    def _field(self, path: str, item: Mapping[str, Any], key: str, value: object) -> None:
        method = key.upper()
        if key == method.lower() and method in METHODS:
            self._operation(f"{method} {path}", item, value)
        elif key == "options":  # the program's own, which answers everyone
            if isinstance(value, dict) and cast("dict[str, Any]", value).get("security"):
                self._wrong(f"OPTIONS {path}", "a preflight has no token, and is made for every path; remove it")
        elif key == "servers":
            self._wrong(path, _ONE_BACKEND)
        elif key == "x-amazon-apigateway-any-method":
            self._wrong(f"ANY {path}", "nobody can review what any method may do; list those that there are")
        elif key == "security":
            self._wrong(path, "security of a path, which OpenAPI has not; write it in each of its operations")
        elif key == key.upper() and key in METHODS:
            self._wrong(f"{method} {path}", f"{key!r} is written in small letters; write {key.lower()}")
        elif key not in ("parameters", "summary", "description") and not key.startswith("x-"):
            self._wrong(f"{method} {path}", f"{key!r} is no method that API Gateway has; remove it")

    def _operation(self, name: str, item: Mapping[str, Any], value: object) -> None:
        method, _, path = name.partition(" ")
        who, found = ANY_TOKEN, {}
        with self._noting(name):
            operation = self._whole(value)
            if "servers" in operation:
                self._wrong(name, _ONE_BACKEND)
            for mistake in unknown(operation, OF_OPERATION):
                self._wrong(name, mistake)
            with self._noting(name):
                found = parameters(self._document, item, operation)
                for mistake in mistakes(self._document, path, found):
                    self._wrong(name, mistake)
            with self._noting(name):
                who = access(self._document, operation)
                if who.scheme:
                    self._schemes[who.scheme] = None
            page = operation.get(PAGE)
            if not isinstance(page, str | None) or (page is not None and method != "GET"):
                raise Refused(f"{PAGE} is the HTML of a GET; correct it")
            route = Route(method, path, who.scopes, who.public, query(found), page)
            for mistake in mistakes_in_one(route):
                self._wrong(name, mistake)
            self.routes.append(route)

    @contextmanager
    def _noting(self, place: str) -> Generator[None]:
        try:
            yield
        except Refused as mistake:
            self._wrong(place, mistake)
