"""Draws docs/demo.svg and docs/page.png from the demo's calls and the page's."""

import argparse
import io
import re

from playwright.sync_api import Page as Opened
from playwright.sync_api import expect, sync_playwright
from rich.console import Console

from local import demo
from local.cloud.sandbox import Sandbox
from local.page import browser
from local.page.server import Page
from tools.errors import ToolError
from tools.project import ROOT

DEMO, PAGE = ROOT / "docs" / "demo.svg", ROOT / "docs" / "page.png"
_WIDTH, _HEIGHT = 1200, 980  # pixels
_COLUMNS = 92


def draw_demo() -> bool:
    """Draw the output of `make demo`. False, without a picture, if a call got an unexpected answer."""
    console = Console(file=io.StringIO(), record=True, width=_COLUMNS)
    if not demo.run(console):
        return False
    # Without web fonts, because every system has a monospaced font.
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", console.export_svg(title="make demo"), flags=re.DOTALL)
    DEMO.write_text("".join(f"{line.rstrip()}\n" for line in drawn.splitlines()), encoding="utf-8")
    return True


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
    """Make the demo's calls and the page's, and draw docs/demo.svg and docs/page.png."""
    if not browser.find():
        raise ToolError("Chromium: there is none. Run `make browser`.")
    if not draw_demo():
        raise ToolError("demo: a call was not answered as expected. Run `make demo`.")
    draw_page()
    print(f"written: {DEMO.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")
    return 0
