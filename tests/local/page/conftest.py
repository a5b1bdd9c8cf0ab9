"""The page, open in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from local.cloud.sandbox import Sandbox
from local.page.server import Page as Served
from tests.testkit.chromium import launched

expect.set_options(timeout=30_000)  # milliseconds; other tests may run at the same time


@dataclass
class Visit:
    """The open page, with the browser's messages and requests."""

    served: Served
    page: Page
    console: list[ConsoleMessage] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def choose(self, preset: str, *scopes: str) -> None:
        """Choose a preset and, if it has any, these scopes; wait for the token."""
        self.page.get_by_role("radio", name=preset, exact=True).check()
        for box in self.page.get_by_role("checkbox").all():
            if box.is_enabled():
                box.set_checked(box.input_value() in scopes)
        self.sends(f"^Calls send: {preset}, ")

    def sends(self, pattern: str) -> None:
        expect(self.page.locator("#sends")).to_have_text(re.compile(pattern))

    def card(self, route: str) -> Locator:
        return self.page.locator("details", has=self.page.locator(f"[aria-label='Answer to {route}']"))

    def open(self, route: str) -> Locator:
        card = self.card(route)
        if not card.evaluate("(card) => card.open"):
            card.locator("summary").click()
        return card

    def call(self, route: str) -> Locator:
        """Send the request, wait for the explanation, and return the answer."""
        card, sent = self.open(route), self.page.locator("#history li")
        newest = sent.first.inner_text() if sent.count() else ""
        card.get_by_role("button", name="Send").click()
        expect(sent.first).not_to_have_text(newest)
        expect(card.locator(".why")).not_to_have_text(re.compile("^(Looking up.*)?$"))
        return card.locator(".answer")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def served(sandbox: Sandbox) -> Iterator[Served]:
    with Served(sandbox, 0) as served:
        served.show(sandbox.deploy())
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visit = Visit(served, context.new_page())
    # Playwright marks the functions that it calls, which a list's methods do not permit.
    visit.page.on("console", lambda message: visit.console.append(message))  # noqa: PLW0108
    visit.page.on("request", lambda asked: visit.asked.append(asked))  # noqa: PLW0108
    visit.page.goto(served.url)
    visit.sends("^Calls send: Reader, no scope")
    yield visit
    context.close()
