"""Every file, anchor, make target and test that a page names exists. `make check` runs this module."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tools.project import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    headings = [after.children or [] for token, after in pairwise(tokens) if token.type == "heading_open"]
    titles = ["".join(child.content for child in heading) for heading in headings]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> Iterator[str]:
    """The targets of the page's links and images."""
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(page.read_text(encoding="utf-8")):
        for child in token.children or []:
            target = child.attrs.get("href") or child.attrs.get("src")
            if target:
                yield str(target)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_or_an_anchor(page: Path):
    for link in links(page):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        found = (page.parent / target).resolve() if target else page
        assert found.is_relative_to(ROOT), link
        assert found.exists(), link
        assert not anchor or anchor in anchors(found), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_target_and_test_that_a_page_names_exists(page: Path):
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    tests = {path.name for path in ROOT.glob("tests/**/*.py")}
    assert set(re.findall(r"`(test_[a-z_]+\.py)`", text)) <= tests


def test_the_list_of_pages_names_each_page():
    index = ROOT / "docs" / "README.md"
    listed = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    assert {page for page in PAGES if page.is_relative_to(index.parent)} - {index} <= listed
