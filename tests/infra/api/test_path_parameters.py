"""`infra.api.path_parameters`: a path's parameters and resources, and its concrete form."""

import pytest

from authorizer.routes import PathTemplate
from infra.api.path_parameters import fill, parameters, prefixes


@pytest.mark.parametrize(
    ("path", "names", "resources"),
    [
        ("/", (), ()),
        ("/pets", (), ("/pets",)),
        ("/pets/{petId}", ("petId",), ("/pets", "/pets/{petId}")),
        ("/a/{x}/b/{rest+}", ("x", "rest"), ("/a", "/a/{x}", "/a/{x}/b", "/a/{x}/b/{rest+}")),
    ],
)
def test_a_path_has_parameters_and_resources(path: str, names: tuple[str, ...], resources: tuple[str, ...]) -> None:
    template = PathTemplate.parse(path)
    assert (parameters(template), prefixes(template)) == (names, resources)


@pytest.mark.parametrize(
    ("path", "filled"),
    [("/", "/"), ("/pets", "/pets"), ("/pets/{petId}/toys", "/pets/1/toys"), ("/a/{x}/{rest+}", "/a/1/2")],
)
def test_a_path_is_filled_with_values(path: str, filled: str) -> None:
    assert fill(PathTemplate.parse(path), "1", "2") == filled
    assert fill(PathTemplate.parse(path), "1") == filled.replace("2", "1")
