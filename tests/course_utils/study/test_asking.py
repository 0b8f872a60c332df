"""`check`, `hint`, `solution` and `progress` in a real kernel, with solutions at hand and without."""

import json
import os
import shutil

import pytest
import tiny
from kernel import Kernel
from nbformat.v4 import new_markdown_cell

from autograder.classroom.release import release
from course_utils.course.workspace import ensure_copies
from course_utils.grading import SOCKET_VARIABLE

HINTS = """<details><summary>A nudge</summary>

Which numbers stay, of $x \\ge 0$?
</details>
<details><summary>More</summary>

`np.maximum`
</details>"""
SETUP = "import numpy as np\nfrom course_utils.study import check, hint, progress, solution"
STUB = 'def relu_forward(x):\n    """Rectify: max(0, x)."""\n    raise NotImplementedError("relu_forward is not written yet (section 1)")'
WRONG = "def relu_forward(x):\n    return x, x"
RIGHT = "def relu_forward(x):\n    return np.maximum(0, x), x"


@pytest.fixture
def kernel_in(tmp_path):
    """A kernel in a learner's copy of the small notebook."""
    kernels = []

    def start(solutions, **options):
        course = tiny.make_course(tmp_path / "course")
        notebook = tiny.first_notebook()
        notebook.cells.insert(5, new_markdown_cell(HINTS, id="hint"))
        tiny.write_source(course, tiny.NAME, notebook)
        assignment = course.assignment(tiny.NAME)
        release(course, assignment, register=False)
        copy = ensure_copies(course, assignment)
        if not solutions:
            shutil.rmtree(course.root / "solutions")
        kernels.append(Kernel(cwd=str(copy.parent), **options))
        kernels[-1].run(SETUP)
        return kernels[-1], course

    yield start
    for kernel in kernels:
        kernel.close()


def test_a_learner_without_solutions(kernel_in):
    kernel, course = kernel_in(solutions=False)
    assert kernel.run('check("relu_forward")')[0].startswith("○ relu_forward is not defined")
    kernel.run(STUB)
    error, _ = kernel.run('check("relu_forward")')
    assert error.startswith("○ relu_forward is not written yet (section 1)")
    assert error.endswith('→ hint("relu_forward") has a hint')
    assert "0 of 6 points so far" in kernel.run("progress()")[1]

    kernel.run(WRONG)
    error, _ = kernel.run('check("relu_forward")')
    assert "the test of relu_forward, line 1\n→   1  assert relu_forward(" in error
    assert "✗ relu_forward" in kernel.run("progress()")[1].replace("<code>", "")

    first = kernel.run('hint("relu_forward")')[1]
    assert "Which numbers stay" in first
    assert "np.maximum" not in first
    assert kernel.run('check("relu_forward")')[0].endswith('hint("relu_forward") has the next hint')
    assert "np.maximum" in kernel.run('hint("relu_forward")')[1]

    assert "did you mean relu_forward?" in kernel.run('hint("relu_forwrd")')[0]
    assert "did you mean relu_forward?" in kernel.run('check("relu_forwrd")')[0]
    assert "there is no hint on relu_backward" in kernel.run('hint("relu_backward")')[0]
    assert "the solutions are not in this folder" in kernel.run('solution("relu_forward")')[0]
    assert "a person marks it" in kernel.run('check("answer_zero")')[0]
    assert 'hint("relu_forward")' in kernel.run("hint()")[1]

    kernel.run(RIGHT)
    error, shown = kernel.run('check("relu_forward")')
    assert not error
    assert "✓ relu_forward passes its visible test" in shown
    assert "The hidden checks run when your notebook is graded." in shown
    assert "autograder" not in kernel.run("import sys; print(*sys.modules)")[1]
    noted = json.loads((course.root / "work" / ".progress.json").read_text())
    assert noted[tiny.NAME]["relu_forward"] == {
        "hints": 2, "tried": True, "solution": False, "earned": 1.0, "hidden": False
    }  # fmt: skip


@pytest.mark.slow
def test_a_self_learner_sees_a_solution_after_a_try_and_marks_of_the_hidden_checks(kernel_in):
    kernel, _ = kernel_in(solutions=True)
    kernel.run(STUB)
    assert "a solution is shown after a try of yours" in kernel.run('solution("relu_forward")')[0]
    kernel.run("def relu_forward(x):\n    return np.where(x > 0, x, 0.0).astype(np.float32), x")
    assert "np.maximum(0, x), x" in kernel.run('solution("relu_forward")')[1]
    kernel.run("def relu_forward(x):\n    return np.where(x > 1, x, 0.0), x")
    shown = kernel.run('check("relu_forward")')[1]
    assert "✓ relu_forward passes its visible test" in shown
    assert "✗ relu_forward: " in shown
    assert "2 of 2 points" not in shown
    assert shown.rstrip().endswith('hint("relu_forward") has a hint')
    kernel.run(RIGHT)
    assert "2 of 2 points" in kernel.run('check("relu_forward")')[1]
    panel = kernel.run("progress()")[1]
    assert "2 of 6 points so far" in panel
    assert "marked by the hidden checks, solution seen" in panel


def test_a_test_that_is_run_in_its_cell_is_noted_and_one_that_was_changed_is_not(kernel_in):
    kernel, _ = kernel_in(solutions=False)
    kernel.run(RIGHT)
    test = "assert relu_forward(np.array([-1.0, 2.0]))[0].tolist() == [0.0, 2.0]"
    kernel.run(f"{test}\n1")
    assert "0 of 6 points so far" in kernel.run("progress()")[1]
    kernel.run(test)
    assert "2 of 6 points so far" in kernel.run("progress()")[1]


def test_a_model_answer_in_words_is_shown_after_an_answer_that_was_saved(kernel_in):
    kernel, course = kernel_in(solutions=True)
    assert "a model answer is shown after one of yours" in kernel.run('solution("answer_zero")')[0]
    copy = ensure_copies(course, course.assignment(tiny.NAME))
    copy.write_text(copy.read_text().replace("*Your answer.*", "Nobody knows."))
    shown = kernel.run('solution("answer_zero")')[1]
    assert "It is a convention" in shown
    assert "```" not in shown


def test_where_a_grader_runs_the_notebook_nothing_is_told(kernel_in):
    kernel, _ = kernel_in(solutions=True, env=os.environ | {SOCKET_VARIABLE: "ipc:///nowhere"})
    for call in ('check("relu_forward")', 'hint("nobody")', 'solution("relu_forward")', "progress()"):
        assert kernel.run(call) == ("", "")
