"""Tests that bring Chromium down: test_crashed_browsers.py runs them in a process of their own."""

from collections import Counter

import pytest

TRIED = Counter()


def crash(page):
    session = page.context.browser.new_browser_cdp_session()
    session.send("Browser.crash")


@pytest.mark.parametrize("times", [1, 2])
def test_the_browser_crashes(page, times):
    TRIED[times] += 1
    if TRIED[times] <= times:
        crash(page)
    page.set_content("<p>it runs</p>")
    assert page.locator("p").inner_text() == "it runs"


def test_the_next_one_has_a_browser(page):
    page.set_content("<p>it runs</p>")


def test_what_is_wrong_is_not_tried_again(page):
    page.set_content("<p>it runs</p>")
    assert page.locator("p").inner_text() == "it stands"
