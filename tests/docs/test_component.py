"""docs/component.md shows parts of programs that other tests check."""

import re
import textwrap

import pytest

from component import schema
from tools.project import ROOT

PAGE = (ROOT / "docs" / "component.md").read_text(encoding="utf-8")
PROGRAMS = [
    path.read_text(encoding="utf-8")
    for folder in ("examples", "templates")
    for path in (ROOT / folder).glob("*/*")
    if path.is_file()
]


@pytest.mark.parametrize("block", re.findall(r"^```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
def test_a_block_is_part_of_a_program(block: str):
    assert any(textwrap.dedent(block) in textwrap.dedent(text) or block in text for text in PROGRAMS)


def test_every_component_is_on_the_page_with_its_outputs():
    resources = schema.package()["resources"]
    for token in resources:
        assert f"`{token.rpartition(':')[2]}`" in PAGE
    for output in resources["jwt-authorizer:index:ProtectedRestApi"]["properties"]:
        assert f"`{output}`" in PAGE


def test_every_file_that_the_page_names_exists():
    for link in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
