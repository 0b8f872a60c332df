"""One submission, graded: the seed decides what is asked, and reasons name the student's own lines."""

import json
import re

import tiny

from autograder.grading.job import Job, grade
from autograder.limits import CellLimits, GradingLimits
from course_utils.submission.rebuild import HandedIn


def test_the_same_seed_asks_the_same_questions(tiny_course):
    submission = tiny.answered(tiny_course, relu_backward=tiny.WRONG_BACKWARD)
    job = Job("bao", tiny.NAME, submission, tiny_course.root, seed=7)
    first, second = grade(job), grade(job)
    assert first.verdicts == second.verdicts
    assert {verdict.seed for verdict in first.verdicts.values()} == {7}


def test_a_slip_that_no_check_foresees_is_named(tiny_course):
    slip = tiny.RELU_FORWARD.replace("np.maximum(0, x)", "np.maximum(1, x)")
    graded = grade(Job("ada", tiny.NAME, tiny.answered(tiny_course, relu_forward=slip), tiny_course.root))
    assert "It looks as if the number 1 stood where 0 belongs" in graded.why()


def test_a_forbidden_function_is_named_with_the_students_own_line(tiny_course):
    code = """from course_utils.gradcheck import numeric_gradient_array as given

def relu_backward(dout, cache):
    return given(lambda x: relu_forward(x)[0], cache, dout)
"""
    graded = grade(Job("ada", tiny.NAME, tiny.answered(tiny_course, relu_backward=code), tiny_course.root))
    assert (
        "numeric_gradient_array may not stand in for your answer (in relu_backward, line 4: return given"
        in (graded.why())
    )
    alias = "from course_utils.gradcheck import numeric_gradient_array as relu_backward\n"
    graded = grade(Job("ada", tiny.NAME, tiny.answered(tiny_course, relu_backward=alias), tiny_course.root))
    assert "may not stand in for your answer" in graded.why()
    assert "stand_in" not in graded.why()


def test_a_syntax_error_names_the_line_and_no_file_of_the_kernels(tiny_course):
    broken = tiny.RELU_FORWARD.replace("np.maximum(0, x)", "np.maximum(0, x")
    graded = grade(Job("ada", tiny.NAME, tiny.answered(tiny_course, relu_forward=broken), tiny_course.root))
    said = graded.verdicts["relu_forward"].cases[0].message
    assert re.fullmatch(
        r"the cell `relu_forward` stopped with SyntaxError: incomplete input \(line \d\)", said
    )


def test_what_ran_for_the_student_runs(tiny_course):
    """An import in the locked first cell, an answer in two halves, a copy that is commented out, an answer without a name."""
    notebook = json.loads(tiny.answered(tiny_course))
    cells = {cell["id"]: cell | {"source": "".join(cell["source"])} for cell in notebook["cells"]}
    forward, backward = cells["relu_forward"], cells["relu_backward"]
    cells["setup"]["source"] += "\nimport math"
    halves = [
        "def clip(x):\n    return x if x > 0 else math.copysign(0.0, 1.0)",
        "def relu_forward(x):\n    return np.vectorize(clip, otypes=[x.dtype])(x), x",
        "# def relu_forward(x):\n#     return x, x",
    ]
    order = [cells["setup"]]
    order += [forward | {"source": half, "id": f"n{number}"} for number, half in enumerate(halves)]
    order += [
        cells["test_relu_forward"],
        backward | {"id": "n9", "metadata": {}},
        cells["test_relu_backward"],
    ]
    handed_in = json.dumps(notebook | {"cells": order}).encode()
    graded = grade(Job("ada", tiny.NAME, handed_in, tiny_course.root))
    assert graded.score == graded.max_score, graded.why()


def test_a_notebook_of_something_else_gets_no_marks_and_says_why(tiny_course):
    other = json.dumps(
        {"nbformat": 4, "cells": [{"cell_type": "code", "source": "1", "metadata": {}}]}
    ).encode()
    graded = grade(Job("ada", tiny.NAME, other, tiny_course.root))
    assert (graded.score, graded.handed_in) == (0, HandedIn.OTHER)
    assert graded.why().startswith("None of the cells to fill in is in what was handed in")
    assert {verdict.reason for verdict in graded.verdicts.values()} == {
        "none of the cells to fill in is in what was handed in"
    }


CHATTY = "def relu_forward(x):\n    for i in range(1500):\n        {}\n    return np.maximum(0, x), x\n"


def test_what_is_printed_and_flushed_costs_nothing(tiny_course):
    flushes = CHATTY.format("print(i, flush=True)") + "\nfor i in range(1000):\n    print(i, flush=True)\n"
    graded = grade(Job("ada", tiny.NAME, tiny.answered(tiny_course, relu_forward=flushes), tiny_course.root))
    assert (graded.score, graded.why()) == (6, "all correct")
    (cell,) = [cell for cell in graded.notebook.cells if cell.id == "relu_forward"]
    assert "".join(output.text for output in cell.outputs).endswith("\n999\n")


def test_a_call_that_was_stopped_for_its_messages_is_told_so(tiny_course):
    displays = CHATTY.format("get_ipython().display_pub.publish({'text/plain': ''})")
    limits = GradingLimits(cell=CellLimits(output_messages=20))
    submission = tiny.answered(tiny_course, relu_forward=displays)
    graded = grade(Job("ada", tiny.NAME, submission, tiny_course.root, limits=limits))
    assert graded.score < 6
    assert "it sent more than 200 messages" in str(graded.verdicts["relu_forward"].cases[0].failure)


def test_a_large_notebook_is_graded_whatever_it_printed(tiny_course):
    notebook = json.loads(tiny.answered(tiny_course))
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 30_000_000}]
    path = tiny.hand_in(tiny_course, "ada", json.dumps(notebook).encode())
    job = Job.read(tiny_course, tiny_course.assignment(tiny.NAME), "ada", path)
    assert grade(job).score == 6
    path.write_bytes(b" " * 30_000_000)
    unreadable = Job.read(tiny_course, tiny_course.assignment(tiny.NAME), "ada", path)
    assert "no valid JSON" in grade(unreadable).why()
