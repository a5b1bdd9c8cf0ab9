"""Reads the parameters of an OpenAPI operation that a route passes to the backend: those of the path and the query."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from infra.api.routes import QUERY_NAME
from infra.mistakes import Problem
from infra.openapi.file import Refused, resolve

# Headers that the specification tells a reader to ignore (Parameter Object, `name`).
_IGNORED_HEADERS = ("accept", "authorization", "content-type")
_OR_PROXY = "set integrationType to HTTP_PROXY, which passes the whole request."
_PARTS = ("allOf", "anyOf", "oneOf")

Parameters = dict[tuple[str, str], dict[str, Any]]


def parameters(document: Mapping[str, Any], *owners: Mapping[str, Any]) -> Parameters:
    """The parameters by place and name.

    Those of a later owner (the operation) override those of an earlier one (the path). Raises `Refused`.
    """
    found: Parameters = {}
    for owner in owners:
        listed: object = owner.get("parameters", [])
        if not isinstance(listed, list):
            raise Refused(
                "not-a-list", "has parameters that are not a list", "Write a list of mappings with `name` and `in`."
            )
        for entry in cast("list[object]", listed):
            parameter = resolve(document, entry)
            place, name = parameter.get("in"), parameter.get("name")
            if not isinstance(place, str) or not isinstance(name, str):
                raise Refused("incomplete-parameter", "has a parameter without `name` or `in`", "Add both.")
            found[place, name] = parameter
    return found


def query(found: Parameters, *, maps: bool) -> list[str]:
    """The names of the query parameters. Without a mapping, only those that API Gateway can declare."""
    return [name for place, name in found if place == "query" and (maps or QUERY_NAME.fullmatch(name))]


def problems(document: Mapping[str, Any], path: str, found: Parameters, *, maps: bool) -> Iterator[Problem]:
    """The parameters that would not reach the backend, or would reach it in another form than the document describes.

    `maps`: whether the backend gets only mapped parameters.
    """
    used = {name.removesuffix("+") for name in re.findall(r"\{([^{}]*)\}", path)}
    declared = {name.removesuffix("+") for place, name in found if place == "path"}
    for name in sorted(used - declared):
        fix = "Add a parameter with that name and `in: path`."
        yield Problem("undeclared-parameter", f"has {{{name}}} in its path, but does not declare it", fix)
    for name in sorted(declared - used):
        what = f"declares the path parameter {name!r}, but has no {{{name}}} in its path"
        yield Problem("unused-parameter", what, "Remove it, or correct the path.")
    for place, name in found:
        if place not in ("cookie", "header", "path", "query"):
            what = f"has the parameter {name!r} with `in: {place}`, which this program does not support"
            yield Problem("unknown-place", what, "Use path or query.")
    if maps:
        yield from _lost(document, found)


def _lost(document: Mapping[str, Any], found: Parameters) -> Iterator[Problem]:
    """The parameters that a mapping would not pass to the backend."""
    for (place, name), parameter in found.items():
        ignored = place == "header" and name.lower() in _IGNORED_HEADERS
        if place in ("header", "cookie") and not ignored:
            what = f"has the {place} {name!r}, which would not reach the backend"
            yield Problem("lost-parameter", what, f"Use a query parameter, remove it, or {_OR_PROXY}")
        elif place == "query" and parameter.get("style") == "deepObject":
            what = f"has the deepObject {name!r} in its query, whose members API Gateway does not pass"
            yield Problem("deep-object", what, f"Declare a separate parameter for each name, or {_OR_PROXY}")
    several = [repr(name) for (place, name), each in found.items() if place == "query" and _is_several(document, each)]
    if several:
        what = f"has {', '.join(several)} in its query with several values, of which API Gateway passes only one"
        fix = f"Declare `explode: false` if the backend accepts commas. Otherwise declare one value, or {_OR_PROXY}"
        yield Problem("several-values", what, fix)


def _is_several(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> bool:
    """Whether the parameter is an array or an object that is sent as several query parameters, which is the default."""
    form = parameter.get("style", "form") == "form"
    exploded = str(parameter.get("explode", form)).lower() == "true"
    types = _types(document, parameter.get("schema", {}), set())
    return form and exploded and not {"array", "object"}.isdisjoint(types)


def _types(document: Mapping[str, Any], schema: object, seen: set[int]) -> Iterator[str]:
    """The types that a value may have. Each schema is visited once, because schemas may be circular.

    Raises `Refused`.
    """
    if isinstance(schema, bool):
        return
    resolved = resolve(document, schema)
    if id(resolved) in seen:
        return
    seen.add(id(resolved))
    kinds: object = resolved.get("type", [])
    yield from map(str, cast("list[object]", kinds)) if isinstance(kinds, list) else [str(kinds)]
    for part in _PARTS:
        alternatives: object = resolved.get(part, [])
        for each in cast("list[object]", alternatives if isinstance(alternatives, list) else []):
            yield from _types(document, each, seen)
