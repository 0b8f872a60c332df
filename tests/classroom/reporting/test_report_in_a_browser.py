"""The report as a browser shows it, offline: on a desk and on a phone, in light and dark, and by keyboard."""

import pytest
import tiny
from axe_playwright_python.sync_playwright import Axe
from classes_in_words import enrol, right, unwritten, wrong

from autograder.classroom.feedback import write_feedback
from autograder.classroom.report import write_report

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG = "a word_that_goes_on_" + "and_on_" * 40
CLASS = {
    "ada": ([right()], [right()]),
    "bao": ([right()], [wrong(LONG)]),
    "chidi": ([right()], [right(), wrong()]),
    "dora": ([unwritten()], [unwritten()]),
    "eve": ([wrong()], [right(), wrong()]),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("anonymous", [False, True])
def test_it_is_readable_and_whole_without_a_network(browser, tiny_class, scheme, anonymous):
    assignment = enrol(tiny_class, CLASS).assignment(tiny.NAME)
    write_feedback(tiny_class, assignment)
    path = write_report(tiny_class, [assignment], anonymous=anonymous).path
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(path.as_uri())
        for size in ((1280, 800), (390, 844)):
            page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            found = Axe().run(page).response["violations"]
            assert [node["html"] for each in found for node in each["nodes"]] == []
        widths = page.evaluate("[...document.images].map(each => each.complete && each.naturalWidth)")
        assert len(widths) == (2 if anonymous else 3)
        assert all(widths)
        assert all(url.startswith("data:") or url == path.as_uri() for url in asked)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.hash") == "#main"
        if not anonymous:
            page.get_by_role("link", name="feedback for bao").click()
            page.wait_for_url("**/feedback/bao/**")
            assert "bao" in page.title()
    finally:
        page.close()
