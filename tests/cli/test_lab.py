"""`course lab` as it comes, in a real browser: with nothing set for it, from the first screen."""

import re
import sys
from pathlib import Path

import pytest
from lab import RIGHT, STUB, WRONG, Lab, run_below, run_first_cell, scrolls_on_a_phone

from autograder.classroom.release import release

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def start(course, tmp_path):
    """Run `course lab` with further arguments."""
    for name in ("00_tour", "01_layers"):
        release(course, course.assignment(name))
    labs = []

    def run(*arguments):
        program = str(Path(sys.executable).with_name("course"))
        labs.append(Lab(course.root, tmp_path, [program, "lab", "--no-browser", "--port", "0", *arguments]))
        return labs[-1]

    yield run
    for lab in labs:
        lab.close()


def test_a_learner_reaches_every_notebook_and_meets_no_tool_of_teachers(start, page):
    page.goto(start().url(""))
    page.locator(".jp-NotebookPanel").wait_for()
    assert page.locator(".lm-TabBar-tabLabel", has_text="00_tour.ipynb").count()
    crumbs = page.locator(".jp-FileBrowser-crumbs .jp-BreadCrumbs-home")
    crumbs.click()
    for folder in ("work", "01_layers"):
        page.locator(".jp-DirListing-item", has_text=folder).first.dblclick()
    page.locator(".jp-DirListing-item", has_text="01_layers.ipynb").dblclick()
    page.locator(".lm-TabBar-tabLabel", has_text="01_layers.ipynb").wait_for()
    assert page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").count() == 0
    assert page.get_by_text("Create Assignment").count() == 0
    assert page.get_by_text("Jupyter news").count() == 0
    page.locator("[data-command='launcher:create']").first.click()
    page.locator(".jp-LauncherCard").first.wait_for()
    kernels = page.locator(".jp-LauncherCard[data-category=Notebook]").all_inner_texts()
    assert [kernel.strip().splitlines()[-1] for kernel in kernels] == ["Python 3 (ipykernel)"]


def test_a_teacher_opens_the_formgrader_from_its_menu(start, page):
    page.goto(start("--teaching").url(""))
    page.locator(".jp-NotebookPanel").wait_for()
    page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").click()
    page.get_by_text("Formgrader", exact=True).click()
    frame = page.frame_locator("iframe").first
    frame.locator("td.name", has_text="01_layers").wait_for()
    assert page.get_by_text("Jupyter news").count() == 0


def test_a_learner_alone_is_told_why_gets_hints_a_solution_and_points(start, page):
    page.goto(start("01_layers").url(""))
    page.locator(".jp-NotebookPanel").wait_for()
    run_first_cell(page)
    assert "not written" in "".join(run_below(page, f"{STUB}\ncheck('copy_backward')"))
    told = "".join(run_below(page, f"{WRONG}\ncheck('copy_backward')"))
    assert "✗ dx of two users is wrong" in told
    assert 'hint("copy_backward") has a hint' in told
    assert "Traceback" not in told
    block = page.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output pre").last
    assert block.evaluate("each => getComputedStyle(each).wordBreak") == "normal"
    assert "the line in bold above" in "".join(run_below(page, 'hint("copy_backward")'))
    assert "douts was changed" in "".join(run_below(page, 'hint("copy_backward")'))
    assert "def copy_backward(douts):" in "".join(run_below(page, 'solution("copy_backward")'))
    assert scrolls_on_a_phone(page, page.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output pre"))
    page.set_viewport_size({"width": 1280, "height": 900})
    assert "4 of 4 points" in "".join(run_below(page, f"{RIGHT}\ncheck('copy_backward')"))
    panel = "".join(run_below(page, "progress()"))
    assert re.match(r"4 of \d+ points so far", panel)
    assert "✓ copy_backward\t4 of 4\tmarked by the hidden checks, solution seen" in panel
