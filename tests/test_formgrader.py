"""nbgrader's formgrader and a student's notebook, in JupyterLab, in a real browser."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import copy_course
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook

from autograder.classroom.release import release
from autograder.course import notebooks
from autograder.course.workspace import ensure_copies

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS = 120  # for a busy machine; nothing waits so long where nothing is wrong


def run_first_cell(page):
    """Run a notebook's first cell.

    A key pressed before its kernel is really there is lost, or JupyterLab asks which kernel it should be: the proposed one.
    """
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
    which_kernel = page.locator(".jp-Dialog .jp-mod-accept", has_text="Select")
    for _ in range(SECONDS // 10):
        if which_kernel.count():
            which_kernel.click()
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Control+Enter")
        for _ in range(20):
            if prompt.inner_text().strip() != "[ ]:":
                return
            page.wait_for_timeout(500)
    raise AssertionError("the cell does not run")


class Lab:
    """A JupyterLab of our own in a course folder, on a free port of this machine."""

    def __init__(self, folder: Path, home: Path):
        self.token = secrets.token_hex(16)
        self._log = home / "lab.log"
        # Nothing of this machine's user: what works here works after `make install` alone.
        env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        env |= {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={folder}"]
        command += ["--allow-root"] if os.getuid() == 0 else []
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        self.address = self._address(home / "runtime")

    def _address(self, runtime: Path) -> str:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            for path in runtime.glob("jpserver-*.json"):
                try:
                    address = json.loads(path.read_text())["url"]
                    urllib.request.urlopen(f"{address}api?token={self.token}", timeout=10).close()
                    return address
                except (OSError, ValueError):
                    pass
            threading.Event().wait(0.2)
        self.close()
        raise AssertionError(f"JupyterLab did not start:\n{self.log()}")

    def url(self, path: str) -> str:
        return f"{self.address}{path}?token={self.token}"

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-6000:]

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="module")
def course(graded_class, tmp_path_factory):
    """A course with notebook 01 released and handed in by three of the class and an attacker, not graded yet."""
    course = copy_course(tmp_path_factory.mktemp("formgrader") / "course")
    assignment = course.assignment("01_layers")
    release(course, assignment)
    for student in ("emeka", "jonas", "lucia"):
        folder = graded_class.course.folder("submitted", student, assignment)
        shutil.copytree(folder, course.folder("submitted", student, assignment))
    path = course.folder("submitted", "mallory", assignment) / "01_layers.ipynb"
    path.parent.mkdir(parents=True)
    notebooks.write(with_scripts(notebooks.read(course.released_path(assignment))), path)
    ensure_copies(course, assignment)
    return course


def with_scripts(notebook):
    """A notebook that wants to run scripts in the browser of whoever looks at it."""
    act = "window.attacked = true"
    markup = f"""Seen. <script>{act}</script> <img src="x" onerror="{act}"> <svg onload="{act}"></svg>
<iframe srcdoc="<script>parent.{act}</script>"></iframe> <div class="score" id="test_relu_forward">10</div>"""
    shown = {"text/html": markup, "image/svg+xml": f'<svg onload="{act}"></svg>', "text/markdown": markup}
    code = "".join(
        f"display({{'text/plain': 'p', {kind!r}: {content!r}}}, raw=True)\n"
        for kind, content in shown.items()
    )
    code += f"display({{'application/javascript': {act!r}}}, raw=True)\n"
    for cell in notebook.cells:
        if notebooks.is_written_answer(cell):
            cell.source = markup
    notebook.cells[2:2] = [new_markdown_cell(markup), new_code_cell(code)]
    return notebook


@pytest.fixture(scope="module")
def lab(course, tmp_path_factory):
    lab = Lab(course.root, tmp_path_factory.mktemp("home"))
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: `make install`"
    )
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium here: `sudo apt install chromium`")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(SECONDS * 1000)
    yield page
    page.close()


def open_submissions(lab, page):
    """Go to the list of submissions as an instructor does: from the list of assignments."""
    page.goto(lab.url("formgrader/manage_assignments"))
    row = page.locator("tr", has=page.locator("td.name", has_text="01_layers"))
    link = row.locator("td.num-submissions a")
    assert link.inner_text().strip() == "4"
    link.click()
    page.locator("td.student-id", has_text="emeka").wait_for()


def test_the_formgrader_lists_the_assignment_and_its_submissions(lab, page):
    open_submissions(lab, page)
    assert sorted(page.locator("td.student-id").all_inner_texts()) == ["emeka", "jonas", "lucia", "mallory"]


def autograde(lab, page, student):
    """Press the button in a student's row, wait for its end and return the row."""
    open_submissions(lab, page)
    row = page.locator("tr", has=page.locator("td.student-id", has_text=student))
    row.locator("td.autograde a").click()
    row.locator("td.status .label-info, td.status .label-success").wait_for()
    return row


@pytest.mark.parametrize("student", ["emeka", "jonas", "lucia"])
def test_its_autograde_button_gives_the_marks_of_course_grade(lab, page, course, graded_class, student):
    """To a proper submission, to one whose kernel dies and to one that is no notebook."""
    row = autograde(lab, page, student)
    with Gradebook(course.gradebook_url) as gradebook:
        submission = gradebook.find_submission_notebook("01_layers", "01_layers", student)
        marks = {mark.name: mark.auto_score for mark in submission.grades if mark.cell_type == "code"}
    expected = graded_class.results[student]
    assert marks == {
        f"test_{question}": verdict.points(expected.points[question])
        for question, verdict in expected.verdicts.items()
    }
    assert row.locator("td.score").inner_text().split("/")[0].strip() == f"{expected.score:g}"


def test_nothing_that_a_student_wrote_acts_in_the_instructors_browser(lab, page, course):
    """A script there would have the instructor's own rights on the server, and so on the machine."""
    autograde(lab, page, "mallory")
    with Gradebook(course.gradebook_url) as gradebook:
        number = gradebook.find_submission_notebook("01_layers", "01_layers", "mallory").id
    page.goto(lab.url(f"formgrader/submissions/{number}/"))
    page.locator("text=Seen.").first.wait_for()
    page.wait_for_load_state("load")
    assert page.evaluate("window.attacked") is None
    written = page.locator("#notebook").first.inner_text()
    assert written.count("<script>window.attacked = true</script>") >= 3
    assert page.locator("#notebook iframe, #notebook img[onerror], #notebook svg").count() == 0
    assert page.locator("#test_relu_forward").evaluate_all("all => all.map(each => each.tagName)") == [
        "INPUT"
    ]


def test_a_students_notebook_opens_and_a_cell_runs(lab, page, course):
    page.goto(lab.url("lab/tree/work/01_layers/01_layers.ipynb"))
    run_first_cell(page)
    setup = page.locator(".jp-Notebook .jp-CodeCell").first
    setup.locator(".jp-InputPrompt", has_text="[1]:").wait_for()
    assert setup.locator(".jp-OutputArea-output[data-mime-type*='stderr']").count() == 0
