"""A learner's own functions in place of a given.py that is not handed out yet."""

import importlib.util
import shutil

import numpy as np
import pytest
import tiny

from course_utils.course import notebooks
from course_utils.course.given import advice, missing, module, take_ours, take_own
from course_utils.course.manifest import Course
from course_utils.course.workspace import ensure_copies
from course_utils.errors import CourseError


@pytest.fixture
def learner(later) -> Course:
    """A course as a learner has it, without given.py, with copies of both notebooks."""
    shutil.rmtree(later.root / "solutions")
    (later.root / "assignments" / tiny.LATER / "given.py").unlink(missing_ok=True)
    ensure_copies(later, later.assignment(tiny.LATER))
    return Course(later.root)


def write_answer(course, name, source):
    path = course.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb"
    notebook = notebooks.read(path)
    dict(notebooks.answers(notebook))[name].source = source
    notebooks.write(notebook, path)


def loaded(path):
    spec = importlib.util.spec_from_file_location("their_given", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_a_learner_wrote_is_given_to_the_later_notebook(learner):
    write_answer(learner, "relu_forward", "def relu_forward(x):\n    return x * (x > 0), 'mine'\n")
    later = learner.assignment(tiny.LATER)
    assert missing(learner, later)
    path = take_own(learner, later)
    assert path == learner.root / "work" / tiny.LATER / "given.py"
    out, cache = loaded(path).relu_forward(np.array([-1.0, 2.0]))
    assert (out.tolist(), cache) == ([0.0, 2.0], "mine")
    assert not missing(learner, later)
    with pytest.raises(NotImplementedError, match="relu_backward is not written yet"):
        loaded(path).relu_backward(out, cache)


def test_a_class_that_inherits_finds_the_earlier_one_under_its_other_name(learner):
    inherits = "from given import relu_forward as plain"
    notebook = tiny.later_notebook()
    notebook.cells[0].source += f"\n{inherits}"
    notebook.cells[2].source = "def relu_forward(x):\n    return plain(x), 'later'\n"
    later = learner.root / "work" / tiny.LATER / f"{tiny.LATER}.ipynb"
    notebooks.write(notebook, later)
    write_answer(learner, "relu_forward", "def relu_forward(x):\n    return 2 * x\n")
    path = learner.root / "both.py"
    path.write_text(module([learner.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb", later], ""))
    assert loaded(path).relu_forward(3) == (6, "later")


def test_it_is_made_anew_but_never_over_what_was_written_by_hand(learner):
    later = learner.assignment(tiny.LATER)
    path = take_own(learner, later)
    write_answer(learner, "relu_forward", "def relu_forward(x):\n    return 2\n")
    assert loaded(take_own(learner, later)).relu_forward(0) == 2
    path.write_text("relu_forward = None\n")
    with pytest.raises(CourseError, match="was written by hand: rename it"):
        take_own(learner, later)
    assert path.read_text() == "relu_forward = None\n"


def test_what_is_handed_out_later_takes_its_place_when_asked_for(learner):
    later = learner.assignment(tiny.LATER)
    with pytest.raises(
        CourseError, match=r"given.py of 02_later is not handed out yet; `course given 02_later`"
    ):
        take_ours(learner, later)
    take_own(learner, later)
    ours = '"""Functions of earlier notebooks, handed to 02_later.\n"""\nrelu_forward = len\n'
    learner.released_path(later).with_name("given.py").write_text(ours)
    ensure_copies(learner, later)
    assert "your own notebooks" in (learner.root / "work" / tiny.LATER / "given.py").read_text()
    assert take_ours(learner, later).read_text() == ours
    assert "your own notebooks" in take_own(learner, later).read_text()


def test_who_has_the_solutions_may_take_the_course_s_functions_at_any_time(later):
    """A self-learner's folder, in which nothing is due."""
    second = later.assignment(tiny.LATER)
    later.released_path(second).with_name("given.py").unlink(missing_ok=True)
    ensure_copies(later, second)
    assert missing(later, second)
    assert "`course given 02_later --ours` the course's" in advice(later, second)
    assert "np.maximum(0, x)" in take_ours(later, second).read_text()
    assert not missing(later, second)
    take_own(later, second)
    assert "your own notebooks" in (later.root / "work" / tiny.LATER / "given.py").read_text()


def test_what_cannot_be_taken_is_a_sentence(learner):
    with pytest.raises(CourseError, match="01_small is given nothing"):
        take_own(learner, learner.assignment(tiny.NAME))
    first = learner.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb"
    notebook = notebooks.read(first)
    next(cell for cell in notebook.cells if notebooks.has_tag(cell, "setup")).source = "import ("
    notebooks.write(notebook, first)
    with pytest.raises(CourseError, match="an import in the first cells of your earlier notebooks is broken"):
        take_own(learner, learner.assignment(tiny.LATER))
    first.unlink()
    with pytest.raises(
        CourseError, match="no notebook of yours in work/01_small: start with `course lab 01_small`"
    ):
        take_own(learner, learner.assignment(tiny.LATER))
