"""`authorizer.path_template`: what a path with parameters is made of, and which requests fit it."""

import pytest

from authorizer.path_template import PathTemplate, is_parameter


@pytest.mark.parametrize(
    ("path", "segments", "pattern", "parameters", "greedy", "literal_prefix", "prefixes"),
    [
        ("/", (), (), (), False, (), ()),
        ("/pets", ("pets",), ("pets",), (), False, ("pets",), ("/pets",)),
        (
            "/pets/{petId}",
            *(("pets", "{petId}"), ("pets", "*"), ("petId",), False, ("pets",)),
            ("/pets", "/pets/{petId}"),
        ),
        (
            "/a/{x}/b/{rest+}",
            *(("a", "{x}", "b", "{rest+}"), ("a", "*", "b", "*"), ("x", "rest"), True, ("a",)),
            ("/a", "/a/{x}", "/a/{x}/b", "/a/{x}/b/{rest+}"),
        ),
    ],
)
def test_a_path_is_taken_apart(
    path: str,
    segments: tuple[str, ...],
    pattern: tuple[str, ...],
    parameters: tuple[str, ...],
    greedy: bool,
    literal_prefix: tuple[str, ...],
    prefixes: tuple[str, ...],
) -> None:
    it = PathTemplate.parse(path)
    assert (it.segments, it.pattern, it.parameters, it.greedy) == (segments, pattern, parameters, greedy)
    assert (it.literal_prefix, it.prefixes, str(it)) == (literal_prefix, prefixes, path)


def test_only_a_segment_in_braces_is_a_parameter() -> None:
    assert is_parameter("{petId}")
    assert is_parameter("{rest+}")
    assert not is_parameter("pets")


@pytest.mark.parametrize(
    ("path", "filled"),
    [("/", "/"), ("/pets", "/pets"), ("/pets/{petId}/toys", "/pets/1/toys"), ("/a/{x}/{rest+}", "/a/1/2")],
)
def test_a_path_is_filled_with_values(path: str, filled: str) -> None:
    assert PathTemplate.parse(path).fill("1", "2") == filled
    assert PathTemplate.parse(path).fill("1") == filled.replace("2", "1")


@pytest.mark.parametrize(
    ("path", "request_path", "fits"),
    [
        ("/", "", True),
        ("/", "pets", False),
        ("/pets", "pets", True),
        ("/pets", "Pets", False),
        ("/pets", "pets/", False),
        ("/pets/{id}", "pets/1", True),
        ("/pets/{id}", "pets/", False),
        ("/pets/{id}", "pets/1/2", False),
        ("/files/{rest+}", "files/a/b/c", True),
        ("/files/{rest+}", "files/a", True),
        ("/files/{rest+}", "files/", False),
        ("/files/{rest+}", "files", False),
    ],
)
def test_a_request_fits_or_not(path: str, request_path: str, fits: bool) -> None:
    assert PathTemplate.parse(path).matches(request_path.split("/") if request_path else []) is fits
