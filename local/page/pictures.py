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
_COLUMNS = 84


def draw_demo() -> bool:
    """What `make demo` prints. False where a call surprised, and then nothing is written."""
    console = Console(file=io.StringIO(), record=True, width=_COLUMNS)
    if not demo.run(console):
        return False
    # Without the fonts that a browser would fetch: every system has a monospaced one.
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", console.export_svg(title="make demo"), flags=re.DOTALL)
    DEMO.write_text("".join(f"{line.rstrip()}\n" for line in drawn.splitlines()), encoding="utf-8")
    return True


def draw_page() -> None:
    """A 200 and a 403, as a browser shows them. Raises `AssertionError` where they are others."""
    with Sandbox() as sandbox, Page(sandbox) as page, sync_playwright() as playwright:
        page.show(sandbox.deploy())
        chromium = playwright.chromium.launch(executable_path=browser.find())
        opened = chromium.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        opened.goto(page.url)
        opened.get_by_role("button", name="Get a token").click()
        expect(opened.locator("#sent")).to_contain_text("a token of")
        _call(opened, "post_pets", 403)
        opened.locator("#operations-default-post_pets .opblock-summary-control").click()
        _call(opened, "get_pets", 200)
        opened.evaluate("scrollTo(0, 0)")
        opened.mouse.move(0, 0)
        opened.screenshot(path=PAGE)
        chromium.close()


def _call(opened: Opened, operation: str, status: int) -> None:
    block = opened.locator(f"#operations-default-{operation}")
    block.locator(".opblock-summary-control").click()
    block.locator(".execute").click()
    newest = opened.locator("#answers li").first
    expect(newest.locator("b")).to_have_text(str(status), timeout=20_000)
    expect(newest.locator(".why")).not_to_have_text("...", timeout=20_000)


def main(_: argparse.Namespace) -> int:
    """Make the demo's calls and the page's, and draw docs/demo.svg and docs/page.png."""
    if not browser.find():
        raise ToolError("Chromium: there is none. Run `make browser`.")
    if not draw_demo():
        raise ToolError("demo: a call was not answered as expected. Run `make demo`.")
    draw_page()
    print(f"written: {DEMO.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")
    return 0
