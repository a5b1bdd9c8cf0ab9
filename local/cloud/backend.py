"""A replacement for AWS's demo backend: `/petstore/pets` and `/petstore/pets/{petId}`, in memory."""

import json
from itertools import count

from local.cloud.servers import Answer, Request, Server

_PATH = "/petstore/pets"
_TYPES = ("dog", "cat", "fish", "bird", "gecko")
_PAGE = 3  # pets


class Backend(Server):
    """The sample backend. `requests` are the received requests, in order."""

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
        """All: a page may call the API from any origin, and MiniStack passes its Origin header on to the backend."""
        return

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if request.path == _PATH and request.method == "GET":
            return self._list(request)
        if request.path == _PATH and request.method == "POST":
            return self._create(request)
        pet_id = request.path.removeprefix(f"{_PATH}/")
        if request.path != pet_id and "/" not in pet_id and request.method in ("GET", "DELETE"):
            return self._one(request.method, pet_id)
        return _unknown(request)

    def _list(self, request: Request) -> Answer:
        kind, page = request.query.get("type"), request.query.get("page", "1")
        if not page.isdecimal() or int(page) < 1:
            return _invalid("page", "Not a page number")
        pets = [pet for pet in self._pets if kind in (None, "", pet["type"])]
        first = (int(page) - 1) * _PAGE
        return Answer.json(pets[first : first + _PAGE])

    def _one(self, method: str, pet_id: str) -> Answer:
        pet = next((pet for pet in self._pets if str(pet["id"]) == pet_id), None)
        if pet is None:
            return Answer.json({"message": f"No pet {pet_id}"}, 404)
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
        return Answer.json({"pet": pet, "message": "success"}, 201)


def _unknown(request: Request) -> Answer:
    """A 404 that differs from the gateway's answer to a missing route."""
    message = f"the request was allowed, but the demo backend has no {request.method} {request.path}"
    return Answer.json({"message": message}, 404)


def _invalid(key: str, message: str) -> Answer:
    return Answer.json({"errors": [{"key": key, "message": message}]}, 400)
