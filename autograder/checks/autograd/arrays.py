"""Checks of the backward passes that work on plain arrays: broadcasting, sums, indices."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import mixed
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student

Shape = tuple[int, ...]


class Broadcasting:
    """The student's `unbroadcast`, asked with gradients of both signs."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def expect(self, after: Shape, before: Shape) -> None:
        """Fail the case unless a gradient of shape `after` is summed to shape `before`."""
        grad = mixed(self._rng, after)
        lengths = (1,) * (len(after) - len(before)) + before
        repeated = tuple(k for k, length in enumerate(lengths) if length != after[k])
        wanted = np.asarray(grad.sum(axis=repeated, keepdims=True)).reshape(before)
        found = self._student.call("unbroadcast", grad, before)
        averaged = grad.mean(axis=repeated, keepdims=True).reshape(before) if grad.size else wanted
        with told(found, lambda: {"the mean was taken: gradients of copies add up": averaged}):
            expect_close(found, wanted, f"a gradient of shape {after}, taken back to {before},")


@check("unbroadcast", forbids=NUMERIC_HELPERS)
def unbroadcast(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    copies = Broadcasting(student, rng)
    with student.case("new axes in front", 2), advice("Sum over the axes that are new: the first ones"):
        copies.expect((3, 4), (4,))
        copies.expect((2, 3, 4), (4,))
        copies.expect((3, 3, 3), (3, 3))
    with student.case("axes that were stretched", 2), advice("Sum over them, and keep them with length 1"):
        copies.expect((3, 4), (3, 1))
        copies.expect((3, 4), (1, 4))
        copies.expect((2, 3, 4), (2, 1, 4))
        copies.expect((2, 3, 4), (1, 3, 1))
    with student.case("both at once", 2):
        copies.expect((2, 3, 4), (3, 1))
        copies.expect((2, 5, 3, 4), (1, 4))
        copies.expect((4, 4, 4), (1, 4))
    with student.case("a single number"):
        copies.expect((3, 4), ())
        copies.expect((5,), ())
        copies.expect((3, 4), (1, 1))
    with student.case("nothing repeated"):
        copies.expect((3, 4), (3, 4))
        copies.expect((1, 4), (1, 4))
        copies.expect((2, 3, 4), (4,))
    with student.case("arrays without numbers", 0.5):
        copies.expect((0, 3), (1, 3))
        copies.expect((0, 3), (0, 3))
        copies.expect((2, 4), (4,))
    with student.case("grad stays as it was", 0.5):
        copies.expect((2, 3, 4), (3, 1))
        copies.expect((3, 4), (3, 4))
        student.expect_unchanged()


@check("sum_grad", forbids=NUMERIC_HELPERS)
def sum_grad(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(shape: Shape, axis: Any, keepdims: bool) -> None:
        out = np.zeros(shape).sum(axis=axis, keepdims=keepdims)
        dout = np.asarray(mixed(rng, np.shape(out)))
        held = dout if keepdims or axis is None else np.expand_dims(dout, axis)
        found = student.call("sum_grad", dout, shape, axis, keepdims)
        wanted = np.array(np.broadcast_to(held, shape))
        share = wanted.size / max(dout.size, 1)
        with told(
            found, lambda: {"it was divided by how many numbers were added: that is the mean": wanted / share}
        ):
            expect_close(found, wanted, f"dx, of shape {shape}, for axis={axis}, keepdims={keepdims},")

    with student.case("a sum of all", 1.5):
        ask((3, 4), None, False)
        ask((2, 3, 4), None, False)
    with student.case("a sum over one axis", 2), advice("Give dout its axis back before you repeat it"):
        ask((3, 4), 0, False)
        ask((3, 4), 1, False)
        ask((3, 3), 1, False)
        ask((2, 3, 4), 1, False)
    with student.case("axes that are counted from the end"):
        ask((3, 4), -1, False)
        ask((2, 3, 4), -2, False)
    with student.case("over several axes"):
        ask((2, 3, 4), (0, 2), False)
        ask((2, 3, 4), (1, -1), False)
    with student.case("axes that were kept"):
        ask((3, 4), 1, True)
        ask((2, 3, 4), (0, 2), True)
        ask((2, 3), None, True)
    with student.case("axis None and keepdims False where they are left out", 0.5):
        dout = np.asarray(mixed(rng, ()))
        expect_close(student.call("sum_grad", dout, (2, 3)), np.full((2, 3), dout), "dx")
    with student.case("dout stays as it was, and dx is an array of its own", 0.5):
        ask((3, 4), 0, False)
        student.expect_unchanged()
        owner = student.run(_OWNER)
        upstream = student.run(f"result = np.full({(1, 4)}, {float(rng.uniform(1, 2))!r})")
        dx = student.call("sum_grad", upstream, (1, 4), 0, True, as_handle=True)
        expect(
            owner.apart(dx, upstream), "dx shares memory with dout, or cannot be written to: return a copy"
        )


_OWNER = """
class Owner:
    def apart(self, one, other):
        return bool(one.flags.writeable) and not np.shares_memory(one, other)
result = Owner()
"""


@check("index_grad", forbids=NUMERIC_HELPERS)
def index_grad(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(shape: Shape, index: Any) -> None:
        places = np.arange(int(np.prod(shape))).reshape(shape)[index]
        dout = np.asarray(mixed(rng, places.shape))
        weights = np.bincount(places.ravel(), dout.ravel(), minlength=int(np.prod(shape)))
        last = np.zeros(int(np.prod(shape)))
        last[places.ravel()] = dout.ravel()
        found = student.call("index_grad", dout, shape, index)
        with told(
            found,
            lambda: {"of a place that was taken twice only the last gradient counts": last.reshape(shape)},
        ):
            expect_close(found, weights.reshape(shape), "dx")

    with student.case("places that were taken once", 1.5):
        ask((5,), np.array([3, 0]))
        ask((4, 3), np.array([2, 0, 3]))
        ask((4,), 2)
    with student.case("places that were taken several times", 3), advice("Their gradients add up"):
        ask((4,), np.array([1, 3, 1, 1]))
        ask((3, 2), rng.permutation([0, 2, 2, 0, 1, 2]))
        ask((3, 4), (np.array([0, 1, 1, 0]), np.array([2, 3, 3, 2])))
    with student.case("booleans", 0.5):
        taken = rng.permutation(np.arange(12) < 5).reshape(3, 4)
        ask((3, 4), taken)
        ask((5,), rng.permutation(np.arange(5) < 2))
    with student.case("an array of one place each, in two axes", 0.5):
        ask((4, 3), (np.arange(4), rng.integers(3, size=4)))
    with student.case("slices"):
        for shape, text in (
            ((5, 4), "np.s_[1:4, ::2]"),
            ((3, 4), "np.s_[:, 1]"),
            ((2, 3, 4), "np.s_[..., -1, :2]"),
        ):
            places = eval(text, {"np": np})
            dout, wanted = np.asarray(mixed(rng, np.zeros(shape)[places].shape)), np.zeros(shape)
            wanted[places] = dout
            found = student.call("index_grad", dout, shape, student.run(f"result = {text}"))
            expect_close(found, wanted, f"dx of x[{text[6:-1]}]")
    with student.case("dout stays as it was", 0.5):
        ask((3, 2), np.array([2, 2, 1]))
        student.expect_unchanged()
