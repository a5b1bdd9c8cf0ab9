"""Draws docs/demo.svg, docs/preview.svg and docs/page.png from runs of the demo, a preview and the page."""

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page as Opened
from playwright.sync_api import expect, sync_playwright
from rich.console import Console
from rich.text import Text

from local import demo
from local.cloud.sandbox import Sandbox
from local.page import browser
from local.page.server import Page
from tools.errors import ToolError
from tools.project import ROOT

DEMO, PREVIEW, PAGE = (ROOT / "docs" / name for name in ("demo.svg", "preview.svg", "page.png"))
# The change of routes.py in the picture of a preview: a route becomes public, and another one requires a scope.
CHANGE = {
    'Route("GET", "/pets", query=["type", "page"])': 'Route("GET", "/pets", query=["type", "page"], public=True)',
    'Route("GET", "/pets/{petId}")': 'Route("GET", "/pets/{petId}", scopes=["read:pets"])',
}
_WIDTH, _HEIGHT = 1200, 980  # pixels
_COLUMNS, _PREVIEW_COLUMNS = 92, 110


def draw_demo() -> bool:
    """Draw the output of `make demo`. If a call got an unexpected answer, returns False and draws nothing."""
    console = Console(file=io.StringIO(), record=True, width=_COLUMNS)
    if not demo.run(console):
        return False
    _export(console, DEMO, "make demo")
    return True


def draw_preview() -> None:
    """Draw the output of `make preview` for `CHANGE`, in a clone of this repository's last commit."""
    with tempfile.TemporaryDirectory() as clone:
        _git("clone", "--quiet", str(ROOT), clone)
        _git("-C", clone, "checkout", "--quiet", "-B", "change")
        _git("-C", clone, "branch", "--force", "main")
        routes = Path(clone, "routes.py")
        content = routes.read_text(encoding="utf-8")
        for old, new in CHANGE.items():
            content = content.replace(old, new)
        routes.write_text(content, encoding="utf-8")
        command = [sys.executable, "-m", "tools", "preview", "--base", "main"]
        environment = {**os.environ, "FORCE_COLOR": "1"}
        result = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=True)
    console = Console(file=io.StringIO(), record=True, width=_PREVIEW_COLUMNS)
    console.print(Text.from_ansi(result.stdout))
    _export(console, PREVIEW, "make preview")


def _git(*words: str) -> None:
    subprocess.run(["git", *words], check=True)  # noqa: S607 - git is on the PATH


def _export(console: Console, path: Path, title: str) -> None:
    # Without web fonts, because every system has a monospaced font.
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", console.export_svg(title=title), flags=re.DOTALL)
    path.write_text("".join(f"{line.rstrip()}\n" for line in drawn.splitlines()), encoding="utf-8")


def draw_page() -> None:
    """Draw the page in a browser after a 200 and a 403. Raises `AssertionError` for other responses."""
    with Sandbox() as sandbox, Page(sandbox, 0) as page, sync_playwright() as playwright:
        page.show(sandbox.deploy())
        chromium = playwright.chromium.launch(executable_path=browser.find())
        opened = chromium.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        opened.goto(page.url)
        expect(opened.locator("#sends")).to_have_text("Calls send: Reader, no scope.", timeout=20_000)
        _call(opened, "GET /pets", 200)
        _call(opened, "POST /pets", 403)
        opened.evaluate("() => scrollTo(0, 0)")
        opened.mouse.move(0, 0)
        opened.screenshot(path=PAGE)
        chromium.close()


def _call(opened: Opened, route: str, status: int) -> None:
    card = opened.locator("details", has=opened.locator(f"[aria-label='Answer to {route}']"))
    if not card.evaluate("(card) => card.open"):
        card.locator("summary").click()
    card.get_by_role("button", name="Send").click()
    newest = opened.locator("#history li").first
    expect(newest.locator("code")).to_have_text(route, timeout=20_000)
    expect(newest.locator("b")).to_have_text(str(status))


def main(_: argparse.Namespace) -> int:
    """Draw docs/demo.svg, docs/preview.svg and docs/page.png from runs of the demo, a preview and the page."""
    if not browser.find():
        raise ToolError("Chromium: there is none. Run `make browser`.")
    if not draw_demo():
        raise ToolError("demo: a call was not answered as expected. Run `make demo`.")
    draw_preview()
    draw_page()
    print("written: " + ", ".join(str(path.relative_to(ROOT)) for path in (DEMO, PREVIEW, PAGE)))
    return 0
