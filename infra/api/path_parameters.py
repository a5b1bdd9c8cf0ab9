"""The parameters of a path, and the resources that API Gateway has for it."""

from authorizer.routes import PathTemplate, is_parameter


def parameters(template: PathTemplate) -> tuple[str, ...]:
    """The names of the parameters, without braces and plus."""
    return tuple(part.strip("{+}") for part in template.segments if is_parameter(part))


def prefixes(template: PathTemplate) -> tuple[str, ...]:
    """`/pets` and `/pets/{petId}`: the path and those above it, without the root, each a resource of the API."""
    return tuple(f"/{'/'.join(template.segments[:end])}" for end in range(1, len(template.segments) + 1))


def fill(template: PathTemplate, value: str, rest: str | None = None) -> str:
    """The path with this value for every parameter; `rest`: for `{name+}`, if that is another."""
    greedy = value if rest is None else rest
    parts = (part if not is_parameter(part) else greedy if part.endswith("+}") else value for part in template.segments)
    return f"/{'/'.join(parts)}"


def rank(segment: str) -> int:
    """In the order in which API Gateway prefers segments of a path: a literal, `{name}`, `{name+}`."""
    return 2 if segment.endswith("+}") else int(is_parameter(segment))
