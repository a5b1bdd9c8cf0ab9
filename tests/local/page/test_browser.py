"""`make browser`: which Chromium is found, and what is said where there is none."""

from pathlib import Path

import pytest

from local.page import browser
from tools.__main__ import main


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser, with only this folder on its PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "of-playwright"))
    monkeypatch.setattr(browser, "_NAMES", ("chromium", "google-chrome"))
    return tmp_path


def script(path: Path, ends: int) -> None:
    path.write_text(f"#!/bin/sh\nexit {ends}\n", encoding="utf-8")
    path.chmod(0o755)


def test_one_that_does_not_start_is_passed_over(bare: Path):
    script(bare / "chromium", 1)
    assert browser.find() is None
    script(bare / "google-chrome", 0)
    assert browser.find() == str(bare / "google-chrome")


def test_one_that_is_there_is_not_installed_again(bare: Path, monkeypatch: pytest.MonkeyPatch):
    script(bare / "chromium", 0)
    monkeypatch.setattr(browser, "install", lambda: pytest.fail("installed"))
    assert main(["browser"]) == 0


@pytest.mark.usefixtures("bare")
def test_where_none_can_be_had_it_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(browser, "install", lambda: None)
    assert main(["browser"]) == 1
    assert "Chromium: it could not be installed" in capsys.readouterr().err
    assert main(["pictures"]) == 1
    assert "Run `make browser`" in capsys.readouterr().err
