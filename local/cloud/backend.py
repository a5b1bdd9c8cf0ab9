"""A replacement for AWS's demo backend: `/petstore/pets` and `/petstore/pets/{petId}`, in memory, and some files.

It answers every other request with its method, path and query.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from infra.api.routes import Route, mistakes_in
from local.cloud.servers import Answer, Request, Server

# The tutorial's routes: whether they are public, whether they are pages, their scopes.
_PETSTORE = {
    "GET /": (True, True, []),
    "GET /pets": (False, False, []),
    "POST /pets": (False, False, ["create:pets"]),
    "GET /pets/{petId}": (False, False, []),
}
# Routes for the other kinds of backends; the demo adds them to the tutorial's.
_EXAMPLES = [
    Route("ANY", "/any/{path+}", integration="HTTP_PROXY"),
    Route("DELETE", "/any/{path+}", scopes=["delete:any"]),
    Route("GET", "/orders/{id}", function="orders"),
]
CSV = b"id,type\r\n1,dog\r\n2,cat\r\n"
# One pixel. Its bytes are not UTF-8: they arrive unchanged only if no part decodes them as text.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
_FILES = {"/petstore/any/pets.csv": (CSV, "text/csv"), "/petstore/any/pet.png": (PNG, "image/png")}
# Behind HTTP_PROXY, preflights are the backend's to answer.
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET,HEAD,POST,PUT,PATCH,DELETE",
    "Access-Control-Allow-Headers": "Authorization,Content-Type",
    "Access-Control-Max-Age": "600",
}
_PATH = "/petstore/pets"
_TYPES = ("dog", "cat", "fish", "bird", "gecko")
_PAGE = 3  # pets


def with_examples(routes: Sequence[Route]) -> list[Route]:
    """These routes, with one more for each kind of backend.

    Routes that lack the tutorial's, or conflict, stay unchanged.
    """
    both = [*routes, *_EXAMPLES]
    return list(routes) if mistakes_in(both) or additional_routes(routes) is None else both


def additional_routes(routes: Sequence[Route]) -> list[Route] | None:
    """The routes in addition to the tutorial's; None if a route of the tutorial is missing or has different access."""
    others = [it for it in routes if _PETSTORE.get(str(it)) != (it.public, it.page is not None, list(it.scopes))]
    return others if len(routes) - len(others) == len(_PETSTORE) else None


class Backend(Server):
    """The sample backend. `requests` has the received requests, in order."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.requests: list[Request] = []
        self._pets = [
            {"id": 1, "type": "dog", "price": 249.99},
            {"id": 2, "type": "cat", "price": 124.99},
            {"id": 3, "type": "fish", "price": 0.99},
        ]
        self._ids = count(4)

    @property
    def origins(self) -> None:
        """All origins, because a page of any origin may call the API, and MiniStack forwards its Origin header."""
        return

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if request.method == "OPTIONS":
            return Answer(204, headers=_PREFLIGHT)
        if request.method == "GET" and request.path in _FILES:
            body, kind = _FILES[request.path]
            return Answer(200, body, {"Content-Type": kind})
        if request.path == _PATH and request.method == "GET":
            return self._list(request)
        if request.path == _PATH and request.method == "POST" and request.body:
            return self._create(request)
        pet_id = request.path.removeprefix(f"{_PATH}/")
        if pet_id.isdecimal() and request.method in ("GET", "DELETE"):
            return self._one(request.method, pet_id)
        return Answer.json({"method": request.method, "path": request.path, "query": request.query})

    def _list(self, request: Request) -> Answer:
        kind, page = request.query.get("type", [""])[-1], request.query.get("page", ["1"])[-1]
        if not page.isdecimal() or int(page) < 1:
            return _invalid("page", "Not a page number")
        pets = [pet for pet in self._pets if kind in ("", pet["type"])]
        first = (int(page) - 1) * _PAGE
        return Answer.json(pets[first : first + _PAGE])

    def _one(self, method: str, pet_id: str) -> Answer:
        pet = next((pet for pet in self._pets if str(pet["id"]) == pet_id), None)
        if pet is None:
            # RFC 9457
            problem = {"title": "Not Found", "status": 404, "message": f"No pet {pet_id}"}
            return Answer(404, json.dumps(problem).encode(), {"Content-Type": "application/problem+json"})
        if method == "DELETE":
            self._pets.remove(pet)
            return Answer(204)
        return Answer.json(pet)

    def _create(self, request: Request) -> Answer:
        try:
            wanted = json.loads(request.body)
        except ValueError:
            return _invalid("NewPet", "Not JSON")
        if not isinstance(wanted, dict) or wanted.get("type") not in _TYPES:
            return _invalid("NewPet.type", f"One of {', '.join(_TYPES)} is required")
        pet = {"id": next(self._ids), "type": wanted["type"], "price": wanted.get("price")}
        self._pets.append(pet)
        created = Answer.json({"pet": pet, "message": "success"}, 201)
        return replace(created, headers={**created.headers, "Location": f"/pets/{pet['id']}"})


def _invalid(key: str, message: str) -> Answer:
    return Answer.json({"errors": [{"key": key, "message": message}]}, 400)
