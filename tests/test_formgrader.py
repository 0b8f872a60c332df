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
from nbgrader.api import Gradebook

from autograder.release import release
from autograder.workspace import ensure_copies

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
    """A course with notebook 01 released and handed in by two of the class, not graded yet."""
    course = copy_course(tmp_path_factory.mktemp("formgrader") / "course")
    assignment = course.assignment("01_layers")
    release(course, assignment)
    for student in ("emeka", "lucia"):
        folder = graded_class.course.step("submitted", student, assignment)
        shutil.copytree(folder, course.step("submitted", student, assignment))
    ensure_copies(course, assignment)
    return course


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
    assert link.inner_text().strip() == "2"
    link.click()
    page.locator("td.student-id", has_text="emeka").wait_for()


def test_the_formgrader_lists_the_assignment_and_its_submissions(lab, page):
    open_submissions(lab, page)
    assert sorted(page.locator("td.student-id").all_inner_texts()) == ["emeka", "lucia"]


def test_its_autograde_button_gives_the_marks_of_course_grade(lab, page, course, graded_class):
    open_submissions(lab, page)
    row = page.locator("tr", has=page.locator("td.student-id", has_text="emeka"))
    row.locator("td.autograde a").click()
    row.locator("td.status .label-info, td.status .label-success").wait_for()
    with Gradebook(course.gradebook_url) as gradebook:
        submission = gradebook.find_submission_notebook("01_layers", "01_layers", "emeka")
        marks = {mark.name: mark.auto_score for mark in submission.grades if mark.cell_type == "code"}
    expected = graded_class.results["emeka"]
    assert marks == {
        f"test_{question}": verdict.points(expected.points[question])
        for question, verdict in expected.verdicts.items()
    }
    assert row.locator("td.score").inner_text().split("/")[0].strip() == f"{expected.score:g}"


def test_a_students_notebook_opens_and_a_cell_runs(lab, page, course):
    page.goto(lab.url("lab/tree/work/01_layers/01_layers.ipynb"))
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.locator("text=/Python 3.*\\| Idle/").first.wait_for()
    setup = page.locator(".jp-Notebook .jp-CodeCell").first
    setup.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    setup.locator(".jp-InputPrompt", has_text="[1]:").wait_for()
    assert setup.locator(".jp-OutputArea-output[data-mime-type*='stderr']").count() == 0
