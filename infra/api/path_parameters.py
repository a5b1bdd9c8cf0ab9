"""Reads a path's parameters, and lists its resources in API Gateway."""

import re

from authorizer.routes import PathTemplate, is_parameter

# RFC 3986 3.3, with parameters; no empty segment, and none of dots.
_BACKEND_PATH = re.compile(r"/|(/(?!\.{1,2}(/|$))[A-Za-z0-9._~:@!$&'()*+,;=%{}-]+)+/?")


def parameters(template: PathTemplate) -> tuple[str, ...]:
    """The names of the parameters, without the braces and the plus sign."""
    return tuple(part.strip("{+}") for part in template.segments if is_parameter(part))


def prefixes(template: PathTemplate) -> tuple[str, ...]:
    """The path and its prefixes except the root, each of which is a resource of the API: `/pets`, `/pets/{petId}`."""
    return tuple(f"/{'/'.join(template.segments[:end])}" for end in range(1, len(template.segments) + 1))


def fill(template: PathTemplate, value: str, rest: str | None = None) -> str:
    """The path with this value for every parameter. `rest` is the value of `{name+}`, if it is another one."""
    greedy = value if rest is None else rest
    parts = (part if not is_parameter(part) else greedy if part.endswith("+}") else value for part in template.segments)
    return f"/{'/'.join(parts)}"


def is_backend_path(path: str, template: PathTemplate) -> bool:
    """Whether a backend's URL may end with this text: a path whose parameters are all in the route's path."""
    return bool(_BACKEND_PATH.fullmatch(path)) and {*parameters(PathTemplate.parse(path))} <= {*parameters(template)}


def rank(segment: str) -> int:
    """The rank of a segment in API Gateway's order of preference: a literal, `{name}`, `{name+}`."""
    return 2 if segment.endswith("+}") else int(is_parameter(segment))
