"""Widgets in a real JupyterLab, by keyboard, and as axe-core sees them in a light and in a dark theme."""

import json

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import SECONDS, Lab, run_first_cell
from places import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOWN = f"""import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from models_for_training import DATA, SmallNet
from course_utils.training import Solver
from course_utils.widgets import TrainingDashboard, graph_explorer, mask_sampler, optimizer_playground
display(graph_explorer(), mask_sampler(), optimizer_playground())
Solver(SmallNet(), DATA, callbacks=[TrainingDashboard()], verbose=False, num_epochs=2, batch_size=30).train()
print("all shown")
"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_widgets_have_names_contrast_and_keys(browser, tmp_path_factory, theme):
    folder, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    settings = home / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"theme": theme}))
    kernelspec = {"name": "python3", "display_name": "Python 3"}
    cells = [nbformat.v4.new_code_cell(SHOWN)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    nbformat.write(notebook, folder / "widgets.ipynb")
    lab = Lab(folder, home)
    page = browser.new_page(viewport={"width": 1280, "height": 4000}, reduced_motion="reduce")
    page.set_default_timeout(1000 * SECONDS)
    try:
        page.goto(lab.url("lab/tree/widgets.ipynb"))
        run_first_cell(page)
        page.locator(".jp-OutputArea pre", has_text="all shown").wait_for()
        page.wait_for_function("document.querySelectorAll('[role=slider][aria-label]').length >= 7")
        found = Axe().run(page, context=".jp-OutputArea").response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert all(page.locator(".jp-OutputArea img").evaluate_all("all => all.map(each => each.alt)"))
        page.get_by_role("slider", name="x", exact=True).focus()
        page.keyboard.press("ArrowRight")
        page.locator("img[alt*='x = -1.50']").wait_for()
        page.get_by_role("application").focus()
        before = page.evaluate("document.querySelector('div[id^=playground]').playground.start[1]")
        page.keyboard.press("ArrowUp")
        after = page.evaluate("document.querySelector('div[id^=playground]').playground.start[1]")
        assert after > before
    finally:
        page.close()
        lab.close()
