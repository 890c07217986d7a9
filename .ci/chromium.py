"""Make sure a Chromium is there for the browser tests; print its path. Never lets them be skipped silently."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def on_path():
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def from_playwright():
    """The Chromium that Playwright downloaded, if it did."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
        return path if Path(path).exists() else None


def attempt(*command):
    print("+", " ".join(command), file=sys.stderr)
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


def find_or_install():
    if path := on_path() or from_playwright():
        return path
    apt = shutil.which("apt-get")
    if (
        apt
        and os.geteuid() == 0
        and (
            attempt(apt, "update", "-qq")
            and attempt(apt, "install", "-y", "-qq", "--no-install-recommends", "chromium")
        )
    ):
        return on_path()
    if attempt(sys.executable, "-m", "playwright", "install", "chromium"):
        return from_playwright()
    return None


if __name__ == "__main__":
    found = find_or_install()
    if not found:
        sys.exit(
            "The browser tests need Chromium and it could not be installed. Install it yourself "
            "(Debian: apt-get install chromium) so that `chromium` is on the PATH, then run make test again."
        )
    print(found)
