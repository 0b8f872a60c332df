"""Hidden checks of the small course."""

from __future__ import annotations

from autograder.verdict.check import check
from autograder.verdict.expect import expect_close


@check("square")
def square(student, reference, rng):
    for title in ("a vector", "another vector"):
        with student.case(title):
            x = rng.normal(size=5)
            expect_close(student.square(x), reference.square(x), "square")


@check("scale_forward")
def scale_forward(student, reference, rng):
    with student.case("values"):
        x, w = rng.normal(size=(4, 3)), rng.normal(size=3)
        out, _ = student.scale_forward(x, w)
        expect_close(out, reference.scale_forward(x, w)[0], "out")


@check("scale_backward", forbids=("square", "course_utils.gradcheck.numeric_gradient"))
def scale_backward(student, reference, rng):
    with student.case("gradients"):
        x, w, dout = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(4, 3))
        _, cache = student.scale_forward(x, w)
        dx, dw = student.call("scale_backward", dout, cache, returns="dx, dw")
        expected = reference.scale_backward(dout, (x, w))
        expect_close(dx, expected[0], "dx")
        expect_close(dw, expected[1], "dw")
