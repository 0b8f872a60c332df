"""Jupyter Notebook 7 with a learner's copy, in a real browser: tests, failure blocks, hints and widgets are as in JupyterLab."""

import os
import re
import sys

import pytest
from lab import RIGHT, WRONG, Lab, run_below, run_first_cell, scrolls_on_a_phone

from autograder.classroom.release import release
from course_utils.course.workspace import ensure_copies

EXPLORER = "from course_utils.widgets import mask_sampler\nmask_sampler()"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def notebook(course, tmp_path, page):
    """The page of a learner's 01_layers, opened by its address."""
    pytest.importorskip("notebook")
    release(course, course.assignment("01_layers"), register=False)
    path = ensure_copies(course, course.assignment("01_layers")).relative_to(course.root)
    program = [sys.executable, "-m", "notebook", "--no-browser", "--port=0", "--ip=127.0.0.1"]
    lab = Lab(course.root, tmp_path, program + (["--allow-root"] if os.getuid() == 0 else []))
    page.goto(lab.url(f"notebooks/{path.as_posix()}"))
    page.locator(".jp-Notebook").wait_for()
    yield page
    lab.close()


def test_a_learner_works_in_notebook_7_as_in_jupyterlab(notebook):
    run_first_cell(notebook)
    told = "".join(run_below(notebook, f"{WRONG}\ncheck('copy_backward')"))
    assert "✗ dx of two users is wrong" in told
    assert "Traceback" not in told
    assert notebook.locator(".jp-Cell.jp-mod-active .ansi-red-fg").first.inner_text().strip() == "✗"
    assert "the line in bold above" in "".join(run_below(notebook, 'hint("copy_backward")'))
    run_below(notebook, 'solution("copy_backward")')
    assert scrolls_on_a_phone(notebook, notebook.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output pre"))
    notebook.set_viewport_size({"width": 1280, "height": 900})
    assert "4 of 4 points" in "".join(run_below(notebook, f"{RIGHT}\ncheck('copy_backward')"))
    assert re.match(r"4 of \d+ points so far", "".join(run_below(notebook, "progress()")))
    run_below(notebook, EXPLORER)
    notebook.locator("img[alt*='p = 0.50']").wait_for()
    notebook.get_by_role("slider", name="p (keep)").focus()
    notebook.keyboard.press("ArrowRight")
    notebook.locator("img[alt*='p = 0.55']").wait_for()
    notebook.set_viewport_size({"width": 390, "height": 844})
    assert notebook.locator("img[alt*='p = 0.55']").bounding_box()["width"] > 600  # to be read, and scrolled
