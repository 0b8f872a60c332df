"""A feedback page as a student's browser shows it: readable in light and dark, and on a phone."""

import pytest
import tiny
from axe_playwright_python.sync_playwright import Axe

from autograder.classroom.feedback import write_feedback

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_contrast_and_fits_a_phone(browser, tiny_class, scheme):
    content = tiny.answered(tiny_class, relu_backward=tiny.WRONG_BACKWARD)
    tiny.hand_in(tiny_class, "ada", content)
    tiny.grade_class(tiny_class)
    (path,) = write_feedback(tiny_class, tiny_class.assignment(tiny.NAME)).pages
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 844})
    try:
        page.goto(path.as_uri())
        page.locator("summary").first.wait_for()
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
        assert dark == (scheme == "dark")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        why = page.locator("table tr td:last-child").first.bounding_box()
        assert why["width"] > 300
        found = Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
        assert [node["html"] for each in found for node in each["nodes"]] == []
    finally:
        page.close()
