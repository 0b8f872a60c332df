"""What a learner sees in a real kernel when something goes wrong: one block, and nothing of the library."""

import os
import re
import signal

import pytest
from kernel import Kernel
from places import ROOT

from autograder.classroom.release import release
from course_utils.course import notebooks
from course_utils.course.workspace import ensure_copies
from course_utils.grading import SOCKET_VARIABLE
from course_utils.notebook.blocks import Block, Look, shown

SETUP = """
import numpy as np
from course_utils.compare import check_close
from course_utils.gradcheck import gradient_check
x, w = np.ones((4, 3)), np.ones((3, 5))
"""
FORWARD = """
def affine_forward(x, w):
    return x @ w, (x, w)
"""
HALF = """
def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout / len(x)
"""
CRASHES = HALF.replace("w.T", "w")
CHECK = "gradient_check(affine_forward, affine_backward, x, w).raise_if_failed()"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = Kernel(cwd=str(tmp_path_factory.mktemp("no course")))
    kernel.run(SETUP)
    kernel.run(FORWARD)
    yield kernel
    kernel.close()


def test_a_wrong_value_is_one_block_with_its_place(kernel):
    error, _ = kernel.run("out, _ = affine_forward(x, w)\ncheck_close(out, 2 * (x @ w), 'out')")
    assert re.match(
        r"✗ out is wrong in 20 of 20 values, at \[0, 0\] it is 3, expected 6: it looks like\n  it is halved",
        error,
    )
    assert "line 2\n→   2  check_close(out, 2 * (x @ w), 'out')" in error
    assert re.search(r"look at affine_forward in In\[\d+\]$", error)
    assert "course_utils" not in error


def test_a_wrong_gradient_is_told_once_and_its_map_is_shown(kernel):
    kernel.run(HALF)
    error, shown = kernel.run(CHECK)
    assert re.match(
        r"✓ dx agrees .+\n✗ dw is wrong in 15 of 15 entries, .*\n {2}.*N = 4 times too small", error
    )
    assert re.search(r"look at affine_forward in In\[\d+\], affine_backward in In\[\d+\]$", error)
    assert "data:image/png" in shown
    assert "N = 4 times too small" not in shown
    assert "course_utils" not in error


def test_a_crash_shows_the_learners_lines_alone(kernel):
    kernel.run(CRASHES)
    error, _ = kernel.run(CHECK)
    assert error.startswith("✗ stopped with an error: ValueError: matmul")
    assert "→   3      return dout @ w, x.T @ dout / len(x)" in error
    assert "course_utils" not in error
    assert len(error.splitlines()) < 16


def test_what_is_not_written_says_so_in_two_lines(kernel):
    kernel.run(
        "def elu_forward(x):\n    raise NotImplementedError('elu_forward is not written yet (section 7)')"
    )
    error, _ = kernel.run("elu_forward(x)")
    assert re.fullmatch(r"○ elu_forward is not written yet \(section 7\)\n\nits cell is In\[\d+\]", error)


def test_who_needs_a_cell_that_could_not_be_read_is_sent_there(kernel):
    error, _ = kernel.run("def relu_forward(x):\n    return np.maximum(0, x")
    assert "SyntaxError" in error
    error, _ = kernel.run("check_close(relu_forward(x), x, 'out')")
    assert re.match(r"○ relu_forward is not defined, since its cell, In\[\d+\], could not be read", error)
    kernel.run("def relu_forward(x):\n    return 2 * x")
    kernel.run("def relu_forward(x):\n    return x +")
    error, _ = kernel.run("check_close(relu_forward(x), x, 'out')")
    assert re.search(r"look at relu_forward \(an older one: In\[\d+\], could not be read in line 2", error)
    kernel.run("def relu_forward(x):\n    return 3 * x")
    assert "older" not in kernel.run("check_close(relu_forward(x), x, 'out')")[0]


def test_who_has_no_functions_of_earlier_notebooks_is_told_how_to_take_their_own(kernel):
    error, _ = kernel.run("import os\nfrom given import relu_forward")
    told = " ".join(error.split())
    assert told.startswith(
        "○ given.py, with the functions of earlier notebooks, is handed out when those are due"
    )
    assert "until then `course given`, in a terminal, makes it of your own" in told
    assert "line 2 → 2 from given import relu_forward" in told
    assert "○" not in kernel.run("import given_to_nobody")[0]


def test_who_has_the_solutions_is_told_how_to_take_the_course_s_functions(kernel):
    folder = ROOT / "solutions" / "02_batchnorm"
    kernel.run(
        f"import os, sys\nbefore = os.getcwd()\nos.chdir({str(folder)!r})\nsys.modules['given'] = None"
    )
    error, _ = kernel.run("from given import relu_forward")
    kernel.run("os.chdir(before)\ndel sys.modules['given']")
    assert "and `course given 02_batchnorm --ours` of the course's" in " ".join(error.split())


def test_a_name_of_nobodys_is_said_to_be_undefined(kernel):
    error, _ = kernel.run("check_close(softmax(x), x, 'out')")
    assert error.startswith("○ softmax is not defined: run the cell that defines it first, or mend")


def test_other_errors_are_told_as_ever(kernel):
    error, _ = kernel.run("1 / 0")
    assert "Traceback (most recent call last)" in error


def test_an_interrupted_loop_says_where_it_was(kernel):
    pid = int(kernel.run("import os; print(os.getpid())")[1])
    source = f"import threading, signal\nthreading.Timer(0.3, os.kill, [{pid}, {int(signal.SIGINT)}]).start()\nwhile True:\n    pass"
    error, _ = kernel.run(source)
    assert re.match(r"■ stopped by you, while it was here\n\nIn\[\d+\], line [34]", error)


SOON = """
from course_utils.notebook import endless
for seen in get_ipython().events.callbacks['pre_run_cell']:
    if isinstance(getattr(seen, '__self__', None), endless.Endless):
        seen.__self__._seconds = 0.2
"""
WAITS = "import time\nfor _ in range(12): time.sleep(0.1)"


def test_a_check_that_seems_endless_is_spoken_of_and_one_that_ends_is_not(kernel):
    kernel.run(SOON)
    assert "never ends? Stop it with ■" in kernel.run(f"check_close(1.0, 1.0, 'x')\n{WAITS}")[1].replace(
        "\n", " "
    )
    # There is no notebook here: this may be a training.
    assert "never ends" not in kernel.run(WAITS)[1]
    assert "never ends" not in kernel.run("check_close(1.0, 1.0, 'x')")[1]


def test_in_a_courses_notebook_all_but_its_experiments_are_watched(course, tmp_path):
    release(course, course.assignment("01_layers"), register=False)
    path = ensure_copies(course, course.assignment("01_layers"))
    notebook = notebooks.read(path)
    demo = next(cell for cell in notebook.cells if notebooks.has_tag(cell, "demo"))
    demo.source = WAITS
    notebooks.write(notebook, path)
    notebooks.write(notebook, course.released_path(course.assignment("01_layers")))
    kernel = Kernel(cwd=str(path.parent))
    try:
        kernel.run(SETUP)
        kernel.run(SOON)
        assert "never ends" not in kernel.run(WAITS)[1]
        for cell in (f"assert True\n{WAITS}", f"my_own = 3\n{WAITS}"):
            assert "never ends? Stop it with ■" in kernel.run(cell)[1]
    finally:
        kernel.close()


def test_a_graded_kernel_is_left_alone():
    kernel = Kernel(env=os.environ | {SOCKET_VARIABLE: "ipc:///nowhere"})
    try:
        kernel.run(SETUP)
        assert "Traceback (most recent call last)" in kernel.run("check_close(x, x + 1, 'x')")[0]
    finally:
        kernel.close()


def test_lines_are_broken_between_words():
    text = shown(Block(Look.WRONG, ("word " * 60,), {0: ("evidence " * 30,)}))
    assert max(len(line) for line in re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()) <= 79
    assert "wor\n" not in text
