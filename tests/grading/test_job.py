"""One submission, graded: the seed decides what is asked, and reasons name the student's own lines."""

import re

import tiny

from autograder.grading.job import Job, grade


def test_the_same_seed_asks_the_same_questions(tiny_course):
    submission = tiny.answered(tiny_course, relu_backward=tiny.WRONG_BACKWARD)
    job = Job("bao", tiny.NAME, submission, tiny_course.root, seed=7)
    first, second = grade(job), grade(job)
    assert first.verdicts == second.verdicts
    assert {verdict.seed for verdict in first.verdicts.values()} == {7}


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
