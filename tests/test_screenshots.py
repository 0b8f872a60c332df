"""Every page that somebody meets, as pictures to be looked at: `make screenshots` writes them into build/screenshots."""

import json
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from lab import SECONDS, STUB, WRONG, Lab, run_below, run_first_cell
from nbgrader.api import Gradebook
from PIL import Image
from places import ROOT

from autograder.classroom.feedback import write_feedback
from autograder.classroom.release import release
from autograder.classroom.report import write_report
from autograder.classroom.similar import write_similarity
from autograder.course.manifest import Course
from course_utils.course.workspace import ensure_copies
from course_utils.widgets import __all__ as WIDGETS
from handbook.site import build_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = {"1280x800": (1280, 800), "390x844": (390, 844)}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SETTINGS = ".jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
SETUP = (
    "import numpy as np\nfrom course_utils.compare import check_close\nfrom course_utils.study import check"
)
STATES = (
    f"{WRONG}\ncheck('copy_backward')",
    f"{STUB}\ncheck('copy_backward')",
    "def relu_forward(x):\n    return np.maximum(0, y), x\n\ncheck('relu_forward')",
)
PLACES = [str(ROOT / "tests"), str(ROOT / "tests" / "course_utils" / "widgets")]
TESTS = f"import sys\nsys.path[:0] = {PLACES}\n"
DASHBOARD = f"""{TESTS}from models_for_training import DATA, SmallNet
from course_utils.training import Solver
from course_utils.widgets import TrainingDashboard
Solver(SmallNet(), DATA, callbacks=[TrainingDashboard()], verbose=False, num_epochs=4, batch_size=30).train()"""
WIDGET = TESTS + "from test_every_widget import made\nmade({name!r})"
FORMGRADER = {
    "assignments": "manage_assignments",
    "submissions": "manage_submissions/01_layers",
    "gradebook": "gradebook",
    "gradebook-of-one": "gradebook/01_layers/01_layers",
    "students": "manage_students",
}


@pytest.fixture(scope="module", autouse=True)
def only_when_asked(pytestconfig):
    if not pytestconfig.getoption("--screenshots"):
        pytest.skip("runs with --screenshots")


@pytest.fixture(scope="module")
def classroom(graded_class, tmp_path_factory):
    """The demo's class, graded, and a learner's copies beside it."""
    folder = tmp_path_factory.mktemp("screenshots") / "course"
    shutil.copytree(graded_class.course.root, folder)
    course = Course(folder)
    for name in ("00_tour", "01_layers"):
        release(course, course.assignment(name), register=False)
    ensure_copies(course, course.assignment("00_tour"))
    return course


@pytest.fixture(scope="module", params=THEMES)
def theme(request):
    return request.param


@pytest.fixture(scope="module")
def home(theme, tmp_path_factory):
    """A user who has chosen a theme."""
    home = tmp_path_factory.mktemp("home")
    (home / SETTINGS).parent.mkdir(parents=True)
    (home / SETTINGS).write_text(json.dumps({"theme": THEMES[theme]}))
    return home


@pytest.fixture(scope="module")
def lab(classroom, home):
    program = str(Path(sys.executable).with_name("course"))
    lab = Lab(classroom.root, home, [program, "lab", "--no-browser", "--port", "0"])
    yield lab
    lab.close()


@pytest.fixture
def shown(browser, theme):
    """A page, and what takes its pictures."""
    page = browser.new_page(color_scheme=theme, reduced_motion="reduce")
    page.set_default_timeout(1000 * SECONDS)

    def shoot(name, part=None):
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(500)  # what slides into its place
            if part:
                page.locator(part).last.scroll_into_view_if_needed()
            path = ROOT / "build" / "screenshots" / theme / size / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=path)
            with Image.open(path) as picture:
                assert picture.size == (width, height)
                assert len(picture.convert("L").getcolors()) > 10, f"{name} is empty"

    page.shoot = shoot
    page.set_viewport_size({"width": 1280, "height": 800})
    yield page
    page.close()


def open_notebook(page, lab, course, name, source):
    """A notebook of one cell beside the learner's 01, in JupyterLab's simple mode, its cell run."""
    kernel = {"name": "python3", "display_name": "Python 3"}
    cells = [nbformat.v4.new_code_cell(source)]
    path = course.root / "work" / "01_layers" / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    page.goto(
        lab.url(f"doc/tree/{path.relative_to(course.root).as_posix()}") + "&reset"
    )  # what was open before stays closed
    run_first_cell(page)


def test_the_first_screen(shown, lab):
    shown.goto(lab.url(""))
    shown.locator(".jp-NotebookPanel .jp-MarkdownOutput h1").wait_for()
    shown.shoot("first-screen")


def test_checks_that_fail(shown, lab, classroom):
    open_notebook(shown, lab, classroom, "states", SETUP)
    for name, source in zip(("wrong", "not-written", "crashed"), STATES, strict=True):
        run_below(shown, source)
        shown.shoot(f"check-{name}", ".jp-Cell.jp-mod-active .jp-OutputArea-output")


@pytest.mark.parametrize("name", sorted(set(WIDGETS) - {"TrainingDashboard"}))
def test_widgets(shown, lab, classroom, name):
    source = (
        WIDGET.format(name=name)
        if name != "optimizer_playground"
        else f"from course_utils.widgets import {name}\n{name}()"
    )
    open_notebook(shown, lab, classroom, name, source)
    shown.locator(
        ".jp-OutputArea-output img, .jp-OutputArea-output canvas, .jp-OutputArea-output svg"
    ).first.wait_for()
    shown.shoot(f"widget-{name}")


def test_the_dashboard(shown, lab, classroom):
    open_notebook(shown, lab, classroom, "dashboard", DASHBOARD)
    shown.locator(".jp-OutputArea-output img").first.wait_for()
    shown.shoot("dashboard")


def test_the_formgrader(shown, classroom, tmp_path):
    lab = Lab(classroom.root, tmp_path)
    try:
        for name, path in FORMGRADER.items():
            assert shown.goto(lab.url(f"formgrader/{path}")).ok
            shown.wait_for_load_state("networkidle")
            shown.shoot(f"formgrader-{name}")
        with Gradebook(classroom.gradebook_url) as gradebook:
            number = gradebook.find_submission_notebook("01_layers", "01_layers", "farah").id
        shown.goto(lab.url(f"formgrader/submissions/{number}/"))
        shown.wait_for_function("window.MathJax && MathJax.loaded === true && formgrader.loaded")
        shown.shoot("formgrader-marking")
    finally:
        lab.close()


def test_feedback(shown, classroom):
    for student in ("farah", "lucia"):
        page = write_feedback(classroom, classroom.assignment("01_layers"), student).pages[0]
        shown.goto(page.as_uri())
        shown.shoot(f"feedback-{student}")


@pytest.mark.parametrize("anonymous", [False, True])
def test_the_report(shown, classroom, anonymous):
    page = write_report(classroom, [classroom.assignment("01_layers")], anonymous=anonymous).path
    shown.goto(page.as_uri())
    shown.shoot(f"report{'-anonymous' if anonymous else ''}")


def test_similar_answers(shown, classroom):
    page, _ = write_similarity(classroom, classroom.assignment("01_layers"))
    shown.goto(page.as_uri())
    shown.shoot("similarity")


def test_the_handbook(shown, tmp_path_factory):
    first = ROOT / "build" / "handbook" / "index.html"
    if not first.is_file():
        folder = tmp_path_factory.mktemp("handbook")
        first = build_site(Course(ROOT), folder / "site", folder / "work", pictures=False)
    shown.goto(first.as_uri())
    shown.shoot("handbook")
