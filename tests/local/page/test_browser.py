"""`make browser`: how it finds a Chromium, and its message if it finds none."""

from pathlib import Path

import pytest

from local.page import browser
from tools.__main__ import main


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser: PATH has only this folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "of-playwright"))
    monkeypatch.setattr(browser, "_NAMES", ("chromium", "google-chrome"))
    return tmp_path


def script(path: Path, ends: int) -> None:
    path.write_text(f"#!/bin/sh\nexit {ends}\n", encoding="utf-8")
    path.chmod(0o755)


def test_a_chromium_that_does_not_start_is_ignored(bare: Path):
    script(bare / "chromium", 1)
    assert browser.find() is None
    script(bare / "google-chrome", 0)
    assert browser.find() == str(bare / "google-chrome")


def test_an_existing_chromium_is_not_installed_again(bare: Path, monkeypatch: pytest.MonkeyPatch):
    script(bare / "chromium", 0)
    monkeypatch.setattr(browser, "install", lambda: pytest.fail("installed"))
    assert main(["browser"]) == 0


@pytest.mark.usefixtures("bare")
def test_without_any_chromium_the_command_fails_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(browser, "install", lambda: None)
    assert main(["browser"]) == 1
    assert "Chromium: it could not be installed" in capsys.readouterr().err
    assert main(["pictures"]) == 1
    assert "Run `make browser`" in capsys.readouterr().err
