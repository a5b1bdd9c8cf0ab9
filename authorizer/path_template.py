"""A path with parameters, `/pets/{petId}` or `/files/{name+}`, parsed once. Standard library only."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

STAR = "*"


class PathTemplate(NamedTuple):
    """The path of a route as API Gateway reads it: `{name}` stands for one segment, `{name+}` for one or more.

    `segments`: `("pets", "{petId}")`, empty for the root; `pattern`: the segments with every parameter as `*`.
    """

    text: str
    segments: tuple[str, ...]
    pattern: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "PathTemplate":
        return _parse(text)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, without braces and plus."""
        return tuple(part.strip("{+}") for part in self.segments if is_parameter(part))

    @property
    def greedy(self) -> bool:
        return self.text.endswith("+}")

    @property
    def literal_prefix(self) -> tuple[str, ...]:
        """The segments before the first parameter."""
        return self.pattern[: self.pattern.index(STAR)] if STAR in self.pattern else self.pattern

    @property
    def prefixes(self) -> tuple[str, ...]:
        """`/pets` and `/pets/{petId}`: the path and those above it, without the root, each a resource of the API."""
        return tuple(f"/{'/'.join(self.segments[:end])}" for end in range(1, len(self.segments) + 1))

    def fill(self, value: str, rest: str | None = None) -> str:
        """The path with this value for every parameter; `rest`: for `{name+}`, if that is another."""
        greedy = value if rest is None else rest
        parts = (part if not is_parameter(part) else greedy if part.endswith("+}") else value for part in self.segments)
        return f"/{'/'.join(parts)}"

    def matches(self, segments: Sequence[str]) -> bool:
        """Whether these segments of a request's path fit. A parameter's segment is not empty."""
        ours = self.segments
        if self.greedy and len(segments) > len(ours):
            segments = segments[: len(ours)]
        return len(segments) == len(ours) and all(
            theirs if is_parameter(part) else part == theirs for part, theirs in zip(ours, segments, strict=True)
        )

    def __str__(self) -> str:
        return self.text


def is_parameter(segment: str) -> bool:
    return segment.startswith("{")


@lru_cache(maxsize=512)
def _parse(text: str) -> PathTemplate:
    segments = tuple(part for part in text.split("/") if part)
    return PathTemplate(text, segments, tuple(STAR if is_parameter(part) else part for part in segments))
