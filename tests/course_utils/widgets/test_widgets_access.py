"""Widgets in a real JupyterLab, by keyboard, and as axe-core sees them in a light and in a dark theme."""

import json
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import SECONDS, Lab, run_first_cell
from places import ROOT
from playwright.sync_api import TimeoutError as TooLate
from tiny import notebook_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOWN = f"""import sys
sys.path[:0] = [{str(ROOT / "tests")!r}, {str(Path(__file__).parent)!r}]
import numpy as np
from models_for_training import DATA, SmallNet
from test_every_widget import EXPLORERS, made
from course_utils.gradcheck import gradient_check
from course_utils.training import Solver
from course_utils.widgets import TrainingDashboard, optimizer_playground
display(*[made(name) for name in EXPLORERS], optimizer_playground())
display(gradient_check(lambda x: (x**2, x), lambda dout, x: dout * x, np.arange(1.0, 5.0)))
Solver(SmallNet(), DATA, callbacks=[TrainingDashboard()], verbose=False, num_epochs=2, batch_size=30).train()
print("all shown")
"""
# The colour of a picture's corner, "red green blue".
CORNER = """image => {
    const canvas = document.createElement("canvas");
    canvas.getContext("2d").drawImage(image, 0, 0);
    return [...canvas.getContext("2d").getImageData(1, 1, 1, 1).data].slice(0, 3).join(" ");
}"""


# Where a control stands and where it ends: of lists by their entries, of sliders (ipywidgets' and the page's own) by their numbers.
LIST = ("each => each.selectedIndex", "each => each.length - 1", "ArrowUp", "ArrowDown")
SLIDER = (
    "each => Number(each.getAttribute('aria-valuetext') ?? each.value)",
    "each => Number(each.getAttribute('aria-valuemax') ?? each.max)",
    "ArrowLeft",
    "ArrowRight",
)


def move_by_key(page, control):
    """Press an arrow, back where the control stands at its end, until it has changed: a key that a busy page is not ready for is lost."""
    place, end, back, on = LIST if control.evaluate("each => each.tagName === 'SELECT'") else SLIDER
    changed = f"([each, before]) => ({place})(each) !== before"
    for _ in range(SECONDS // 10):
        before = control.evaluate(place)
        control.focus()
        page.keyboard.press(back if before == control.evaluate(end) else on)
        with suppress(TooLate):
            page.wait_for_function(changed, arg=[control.element_handle(), before], timeout=10_000)
            return
    raise AssertionError(f"no key moves {control.evaluate('each => each.outerHTML')}")


def operate_by_keys(page):
    """Move every control, press a button and drag the playground's start without a mouse."""
    controls = page.locator("[role=slider], input[type=range], .jp-OutputArea select").all()
    for control in controls:
        if control.evaluate("each => !each.closest('[disabled]') && each.length !== 1"):
            move_by_key(page, control)
    page.locator("img[alt*='x = -1.50']").wait_for()
    page.get_by_role("button", name="vanilla").focus()
    page.keyboard.press("Enter")
    page.locator("img[alt^='Vanilla dropout']").wait_for()
    page.get_by_role("application").focus()
    before = page.evaluate("document.querySelector('div[id^=playground]').playground.start[1]")
    page.keyboard.press("ArrowUp")
    after = page.evaluate("document.querySelector('div[id^=playground]').playground.start[1]")
    assert after > before


@pytest.mark.parametrize(
    ("theme", "paper"), [("JupyterLab Light", "255 255 255"), ("JupyterLab Dark", "17 17 17")]
)
def test_widgets_have_names_contrast_and_keys(browser, tmp_path_factory, theme, paper):
    folder, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    settings = home / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"theme": theme}))
    nbformat.write(notebook_of(nbformat.v4.new_code_cell(SHOWN)), folder / "widgets.ipynb")
    lab = Lab(folder, home)
    page = browser.new_page(viewport={"width": 1280, "height": 4000}, reduced_motion="reduce")
    page.set_default_timeout(1000 * SECONDS)
    try:
        page.goto(lab.url("lab/tree/widgets.ipynb"))
        run_first_cell(page)
        page.locator(".jp-OutputArea pre", has_text="all shown").wait_for()
        page.wait_for_function("document.querySelectorAll('[role=slider][aria-label]').length >= 20")
        found = Axe().run(page, context=".jp-OutputArea").response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        pictures = page.locator(".jp-OutputArea img")
        assert all(
            pictures.evaluate_all("all => all.map(each => each.alt && each.complete && each.naturalWidth)")
        )
        assert set(pictures.evaluate_all(f"all => all.map({CORNER})")) == {paper}
        if theme == "JupyterLab Light":  # keys are pressed on the same controls in both
            operate_by_keys(page)
    finally:
        page.close()
        lab.close()
