"""The page of similar answers as a browser shows it: two beside each other on a desk, one below the other on a phone."""

import pytest
import tiny
from axe_playwright_python.sync_playwright import Axe

from autograder.classroom.similar import write_similarity

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ANSWER = """def relu_backward(dout, cache):
    positive = np.where(cache > 0, np.ones_like(cache), np.zeros_like(cache))
    total = np.multiply(dout.reshape(cache.shape), positive.astype(dout.dtype))  # LONG
    return np.add(total, np.zeros(cache.shape, dtype=dout.dtype))
""".replace("LONG", "long_" * 60)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_without_a_network(browser, tiny_course, scheme):
    for student in ("ada", "bao"):
        tiny.hand_in(tiny_course, student, tiny.answered(tiny_course, relu_backward=ANSWER))
    tiny.hand_in(tiny_course, "chidi", tiny.answered(tiny_course))
    path, _ = write_similarity(tiny_course, tiny_course.assignment(tiny.NAME))
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(path.as_uri())
        beside = {}
        for width, height in ((1280, 800), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            one, other = (page.locator("pre").nth(place).bounding_box() for place in (0, 1))
            beside[width] = one["y"] == other["y"]
            found = Axe().run(page).response["violations"]
            assert [node["html"] for each in found for node in each["nodes"]] == []
        assert beside == {1280: True, 390: False}
        assert asked == [path.as_uri()]
    finally:
        page.close()
