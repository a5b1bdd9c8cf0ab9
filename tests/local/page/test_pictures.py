"""The pictures come from runs, and show the current calls and the current output of a preview."""

import re
import struct
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

import pytest

from infra.config.settings import Settings
from local import demo
from local.page.pictures import CHANGE, DEMO, PAGE, PREVIEW
from routes import ROUTES
from tests.conftest import Api
from tests.testkit.repository import Repository
from tools.project import PROJECT

SVG = DEMO.read_text(encoding="utf-8")


def lines_of(picture: Path) -> list[str]:
    lines: dict[str, list[tuple[float, str]]] = defaultdict(list)
    root = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        lines[text.attrib["y"]].append((float(text.attrib["x"]), text.text or ""))
    return ["".join(words for _, words in sorted(line)).replace("\u00a0", " ") for line in lines.values()]


def rows() -> list[list[str]]:
    """The cells of each line with a call in it."""
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines_of(DEMO) if line.startswith("│")]


def test_the_rows_of_the_picture_are_the_demos_calls(api: Api):
    settings = Settings.parse(api.deployed.config, ROUTES, project=PROJECT)
    expected = [
        ["ok", call.title, f"{call.method} {call.path}", str(call.expected), str(call.expected)]
        for call in demo.calls(api.sandbox, settings, examples=True)
    ]
    assert [row[:5] for row in rows()] == expected
    assert f"{len(expected)}" in re.findall(r">(\d+)<", SVG)


@pytest.mark.slow
def test_the_preview_in_the_picture_is_the_output_for_its_change(tmp_path: Path):
    repository = Repository(tmp_path)
    for old, new in CHANGE.items():
        repository.change("routes.py", old, new)
    status, out, _ = repository.preview("--base", "main")
    _title, *shown = [line.rstrip() for line in lines_of(PREVIEW) if line.strip()]
    expected = [line for line in out.splitlines() if line]
    assert (status, re.sub("[0-9a-f]{10}", "HASH", str(shown))) == (0, re.sub("[0-9a-f]{10}", "HASH", str(expected)))


@pytest.mark.parametrize("picture", [DEMO, PREVIEW], ids=["demo", "preview"])
def test_a_picture_loads_nothing_and_contains_no_token(picture: Path):
    content = picture.read_text(encoding="utf-8")
    assert not re.search(r"@import|@font-face|url\((?!#)|href|<script|<image|<foreignObject", content)
    assert "eyJ" not in content


def test_the_pages_picture_is_as_wide_as_the_readme_and_small():
    content = PAGE.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", content[16:20]) == (1200,)
    assert len(content) < 200_000
