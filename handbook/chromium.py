"""The browser that prints the PDF."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from course_utils.errors import CourseError

NAMES = ("chromium", "chromium-browser", "google-chrome")
# A container's only user is often root, for whom Chromium refuses its own sandbox; the pages are ours. It may also
# give /dev/shm 64 MB, and a page that finds it full crashes.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SECONDS = 300


def find_chromium() -> str:
    """The browser's program.

    Raises:
        CourseError: there is none on this machine.
    """
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise CourseError(
            "there is no chromium here, which prints the PDF: install it (`sudo apt install chromium`, or `make system`); "
            "`.venv/bin/python -m handbook` makes the site without the PDF"
        )
    return program


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window.

    Raises:
        CourseError: there is none on this machine.
    """
    program = find_chromium()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def wait_for_formulas(page: Page) -> None:
    """Wait until every formula of a page is drawn; a page without formulas has no MathJax."""
    page.evaluate("() => window.MathJax?.startup?.promise")
