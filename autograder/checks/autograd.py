"""Hidden checks of 07_autograd, one for each graded function."""

from autograder.checks.asking.inputs import mixed
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close


@check("autograd_scale")
def autograd_scale(student, reference, rng):
    with student.case("the default factor", 2):
        x = mixed(rng, (4, 3))
        expect_close(student.autograd_scale(x), reference.autograd_scale(x), "the result")
    with student.case("another factor", 2):
        x, factor = mixed(rng, (2, 3, 5)), float(rng.uniform(3, 5))
        expect_close(
            student.autograd_scale(x, factor=factor), reference.autograd_scale(x, factor=factor), "the result"
        )
    with student.case("x stays as it was", 0.5):
        x = mixed(rng, (3, 2))
        expect_close(student.autograd_scale(x), reference.autograd_scale(x), "the result")
        student.expect_unchanged()
