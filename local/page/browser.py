"""Finds a Chromium on this machine, or installs one."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.errors import ToolError

_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Also a font: without one, a page has no text.
_PACKAGES = ("chromium", "fonts-dejavu-core")


def find() -> str | None:
    """The path of a Chromium that starts: on PATH, or in Playwright's folder; None if there is none."""
    on_path = filter(None, map(shutil.which, _NAMES))
    return next((path for path in on_path if _starts(path)), None) or _of_playwright()


def _of_playwright() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(path: str) -> bool:
    """Whether this Chromium starts. On Ubuntu, it may be a script that fails if the snap is not installed."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> None:
    """Install a Chromium from the system's packages if possible, or otherwise with Playwright for this user."""
    packages = shutil.which("apt-get")
    if packages and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        options = ["--quiet", "--yes", "--no-install-recommends"]
        for words in (["--quiet", "update"], ["install", *options, *_PACKAGES]):
            subprocess.run([packages, *words], env=environment, stdout=subprocess.DEVNULL, check=False)
        if find():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main(_: argparse.Namespace) -> int:
    """Find a Chromium for the tests of the page, or install one."""
    if not find():
        print("No Chromium here; installing one ...", flush=True)
        install()
    path = find()
    if not path:
        raise ToolError("Chromium: it could not be installed. Install it with your system's packages and try again.")
    print(f"browser: {path}")
    return 0
