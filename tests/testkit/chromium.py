"""A headless Chromium for tests. Without one, they are skipped and pytest reports it; in CI they fail."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from local.page.browser import find


@contextmanager
def launched() -> Iterator[Browser]:
    path = find()
    if path is None:
        absent()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


def absent(output: str = "NOT RUN: there is no Chromium; run `make browser`") -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(output)
    pytest.skip(output)
