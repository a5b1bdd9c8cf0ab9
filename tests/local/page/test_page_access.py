"""The page in a real browser: keyboard, screen readers, narrow screens, dark mode, layout shifts."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.local.page.conftest import Visit

pytestmark = pytest.mark.slow

SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(
      ...entry.sources.map(({node, previousRect, currentRect}) =>
        `${node?.id || node?.className || node?.nodeName}: ${previousRect.y} to ${currentRect.y}`));
  }).observe({type: "layout-shift", buffered: true});
}"""


def violations(visit: Visit) -> list[str]:
    found = Axe().run(visit.page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_axe_finds_no_violation_in_any_state(visit: Visit, width: int, scheme: str):
    visit.page.set_viewport_size({"width": width, "height": 844})
    visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert violations(visit) == []
    visit.call("POST /pets")
    visit.call("GET /pets")
    assert violations(visit) == []
    visit.choose("None")
    visit.served.failed("routes.py:12: SyntaxError: unmatched ']'.")
    try:
        expect(visit.page.get_by_role("alert")).to_contain_text("not deployed")
        assert violations(visit) == []
    finally:
        visit.served.failed("")


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_the_reason_is_visible_after_a_call_and_nothing_scrolls_sideways(visit: Visit, width: int):
    visit.page.set_viewport_size({"width": width, "height": 844})
    for preset in ("Wrong audience", "Reader"):
        visit.choose(preset)
        answer = visit.call("POST /pets")
        for part in (".status", ".why"):
            expect(answer.locator(part)).to_be_in_viewport(ratio=1)
        below_the_strip(visit, answer.locator(".status"))
    assert visit.page.evaluate("() => document.documentElement.scrollWidth") <= width


def below_the_strip(visit: Visit, locator: Locator) -> None:
    strip, box = visit.page.locator("#strip").bounding_box(), locator.bounding_box()
    assert strip
    assert box
    assert box["y"] >= strip["y"] + strip["height"]


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_unless_the_user_acts(visit: Visit, width: int):
    visit.page.set_viewport_size({"width": width, "height": 844})
    visit.page.reload()
    visit.page.evaluate(SHIFTS)
    visit.sends("^Calls send: Reader")
    visit.open("POST /pets")
    for preset in ("Expired", "Wrong audience", "Malformed", "None"):
        visit.choose(preset)
        visit.call("POST /pets")
    visit.served.failed("routes.py:12: SyntaxError: unmatched ']'.")
    try:
        expect(visit.page.get_by_role("alert")).to_contain_text("not deployed")
    finally:
        visit.served.failed("")
    expect(visit.page.locator("#problem")).to_have_text("")
    assert visit.page.evaluate("() => window.shifts") == []


def test_the_page_is_dark_if_the_system_is(visit: Visit):
    body, light, dark = visit.page.locator("body"), "rgb(255, 255, 255)", "rgb(20, 24, 29)"
    expect(body).to_have_css("background-color", light)
    visit.page.emulate_media(color_scheme="dark")
    expect(body).to_have_css("background-color", dark)


def test_there_is_one_top_heading_and_no_level_is_skipped(visit: Visit):
    levels = visit.page.evaluate("() => [...document.querySelectorAll('h1,h2,h3,h4')].map((each) => +each.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    expect(visit.page).to_have_title("Try the API")


def focused(visit: Visit) -> tuple[str, float, float]:
    """The focused element: its text, and its position on the page."""
    return visit.page.evaluate("""() => {
        const it = document.activeElement, box = it.getBoundingClientRect();
        const words = it.ariaLabel || it.labels?.[0]?.textContent || it.textContent || it.id;
        return [words.replace(/\\s+/g, " ").trim(), box.x + scrollX, box.y + scrollY];
    }""")


def tabs(visit: Visit) -> Iterator[tuple[str, float, float]]:
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        found = focused(visit)
        if visit.page.evaluate("() => document.activeElement === document.body"):
            return
        yield found


def test_the_tab_key_follows_the_reading_order(visit: Visit):
    visit.page.set_viewport_size({"width": 390, "height": 844})
    stops = list(tabs(visit))
    heights = [height for _, _, height in stops if height > 0]
    words = [word for word, _, _ in stops]
    names = ("Reader", "create:pets", "Paste your own token", "Header", "Claims", "GET / Requires public", "Send")
    places = [next(at for at, word in enumerate(words) if word.startswith(name) or word == name) for name in names[:3]]
    assert places == sorted(places)
    assert "Send" in words
    assert words.index("Send") < words.index("Copy as curl")
    # The strip stays at the top of the window. The rest is reached from top to bottom, except for fields in one row.
    assert all(after >= before - 1 for before, after in pairwise(heights[1:])), stops


def test_the_page_can_be_used_with_the_keyboard_only(visit: Visit):
    page, press = visit.page, visit.page.keyboard.press
    page.get_by_role("radio", name="Reader").focus()
    press("ArrowDown")
    visit.sends("^Calls send: Editor, scope create:pets")
    press("Tab")
    press("Space")
    visit.sends("^Calls send: Reader, no scope")
    press("Space")
    visit.sends("^Calls send: Editor, scope create:pets")
    post = visit.card("POST /pets")
    for _ in range(30):
        press("Tab")
        if post.locator("summary").evaluate("(it) => it === document.activeElement"):
            break
    press("Enter")
    for _ in range(2):  # the body, then Send
        press("Tab")
    press("Enter")
    expect(post.locator(".status")).to_have_text("201 Created")
    expect(page.get_by_role("group", name="Scopes")).to_be_visible()
    expect(page.get_by_role("group", name=re.compile("Presets"))).to_be_visible()
