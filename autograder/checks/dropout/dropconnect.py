"""Checks of DropConnect, which drops weights instead of numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import BY_ITS_CACHE, advice
from autograder.checks.asking.chance import expect_drawn_alone, expect_share
from autograder.checks.asking.expectations import expect_array, expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import NUMERIC, mixed, slope
from autograder.checks.dropout.masks import FORWARD_FIRST, expect_drops, expect_mask
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.gradcheck.sizes import named_numbers


class DropConnect:
    """The student's layer, asked with a batch that begins with the identity, so that its mask can be read off."""

    D, M = 40, 50
    shape = (D, M)

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def forward(self, x: np.ndarray, w: np.ndarray, b: np.ndarray, **param: Any) -> tuple[Any, Any]:
        return self._student.call("dropconnect_forward", x, w, b, {"mode": "train"} | param)

    def backward(self, dout: np.ndarray, cache: Any) -> dict[str, Any]:
        result = self._student.call("dropconnect_backward", dout, cache, returns="dx, dw, db")
        return dict(zip(("dx", "dw", "db"), result, strict=True))

    def inputs(self, more: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, whose first D rows are the identity, w, and a bias that is a power of two, so that it can be taken off."""
        x = np.vstack([np.eye(self.D), self._rng.normal(size=(more, self.D))])
        return x, mixed(self._rng, self.shape), np.full(self.M, 0.5)

    def mask_of(self, out: Any, rows: int, w: np.ndarray, b: np.ndarray, p: float) -> np.ndarray:
        """The mask that the first rows of out show."""
        out = expect_array(out, (rows, self.M), "out")
        masked = out[: self.D] - b
        masked[np.abs(masked) < 1e-9] = 0
        return expect_mask(masked, w, 1 / p, p, "x·w with x the identity", rtol=1e-6) / p

    def train(self, p: float, more: int = 0, **param: Any) -> tuple[np.ndarray, tuple[Any, ...], Any, Any]:
        """(mask, (x, w, b), out, cache) of a forward pass whose mask is right."""
        x, w, b = self.inputs(more)
        out, cache = self.forward(x, w, b, p=p, **param)
        return self.mask_of(out, len(x), w, b, p), (x, w, b), out, cache

    def works(self) -> None:
        mask, _, _, _ = self.train(0.6)
        expect_share(mask > 0, 0.6, "weights")


@check("dropconnect_forward", forbids=NUMERIC_HELPERS)
def dropconnect_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = DropConnect(student, rng)
    seeds = [int(seed) for seed in rng.integers(2**31, size=2)]

    _ask_training(student, layer)
    with student.case("the bias is never dropped"):
        layer.works()
        w, b = mixed(rng, (6, 30)), mixed(rng, (30,))
        out, _ = layer.forward(np.zeros((4, 6)), w, b, p=0.3)
        expect_close(out, np.tile(b, (4, 1)), "out for x = 0")
    with student.case("test mode is the affine layer", 2):
        layer.works()
        x, w, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
        for param in ({}, {"seed": seeds[0]}):
            out, _ = layer.forward(x, w, b, p=0.3, mode="test", **param)
            expect_close(out, x @ w + b, "out in test mode", sizes={"p": 0.3})
    with student.case("seeds"):
        layer.works()
        masks = [layer.train(0.5, **param)[0] for param in ({"seed": seeds[0]}, {"seed": seeds[0]}, {}, {})]
        expect(np.array_equal(masks[0], masks[1]), "two calls with the same seed gave different masks")
        expect(not np.array_equal(masks[2], masks[3]), "two calls without a seed gave the same mask")
    with student.case("an unknown mode raises ValueError", 0.5):
        layer.works()
        x, w, b = layer.inputs()
        expect_value_error(lambda: layer.forward(x, w, b, p=0.5, mode="trian"), 'mode "trian"')
    with student.case("x, w and b stay as they were", 0.5):
        layer.works()
        student.expect_unchanged()


def _ask_training(student: Student, layer: DropConnect) -> None:
    with student.case("weights that are kept are divided by p", 3):
        for p in (0.25, 0.8):
            mask, _, _, _ = layer.train(p)
            expect(bool((mask == 0).any()), f"with p = {p} some weights have to be dropped")
    with student.case("p is the probability of keeping", 2):
        for p in (0.25, 0.8):
            x, w, b = layer.inputs()
            out = expect_array(layer.forward(x, w, b, p=p)[0], layer.shape, "out")
            expect_share(np.abs(out - b) > 1e-9, p, "weights")
    with student.case("every weight is drawn on its own"):
        expect_drawn_alone(layer.train(0.4)[0] > 0, "weights")
        layer.works()
    with student.case("one mask for the whole batch", 2):
        mask, (x, w, b), out, _ = layer.train(0.5, more=6)
        expect(bool((mask == 0).any()), "some weights have to be dropped")
        expect_close(out, x @ (w * mask) + b, "out")


_RULES = {
    "dx": "x met the masked weights: dx = dout · (w · mask) transposed",
    "dw": "A weight that was dropped gets no gradient: dw = (x transposed · dout) · mask",
    "db": "The bias is never dropped: db is the sum of dout over the batch",
}


def _gradients(dout: np.ndarray, x: np.ndarray, w: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
    return {"dx": dout @ (w * mask).T, "dw": (x.T @ dout) * mask, "db": dout.sum(axis=0)}


class ForwardPass:
    """A forward pass of the student's layer that dropped something, and the gradients that belong to it.

    Args:
        param: further entries of the layer's dict.
    """

    def __init__(self, layer: DropConnect, rng: np.random.Generator, p: float, **param: Any):
        self._layer = layer
        with advice(FORWARD_FIRST):
            mask, (self.x, w, _), _, self._cache = layer.train(p, more=5, **param)
            expect_drops(mask, "dropconnect_forward")
        self.dout = rng.normal(size=(layer.D + 5, layer.M))
        self.expected = _gradients(self.dout, self.x, w, mask)

    def back(self) -> dict[str, Any]:
        """The student's gradients."""
        return self._layer.backward(self.dout, self._cache)

    def expect_gradients(self) -> None:
        """Fail the case unless all gradients are right."""
        found = self.back()
        for name, value in self.expected.items():
            expect_close(found[name], value, name)


@check("dropconnect_backward", forbids=NUMERIC_HELPERS)
def dropconnect_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = DropConnect(student, rng)

    def expect_gradient(name: str, p: float) -> None:
        passed = ForwardPass(layer, rng, p)
        found, sizes = passed.back(), named_numbers({"x": passed.x, "p": p}, passed.dout)
        with advice(_RULES[name]):
            expect_close(found[name], passed.expected[name], name, sizes=sizes)

    with student.case("dx", 3):
        expect_gradient("dx", 0.4)
    with student.case("dw", 3):
        expect_gradient("dw", 0.7)
    with student.case("db"):
        expect_gradient("db", 0.5)
    with student.case("test mode is the affine layer"):
        expect_gradient("dw", 0.6)
        _expect_affine(layer, rng)
    with student.case("another batch went forward in between"), advice(BY_ITS_CACHE):
        passed = ForwardPass(layer, rng, 0.5)
        layer.train(0.8)
        passed.expect_gradients()
    with student.case("backward called twice, dout left as it was"):
        passed = ForwardPass(layer, rng, 0.5)
        student.changed.clear()
        for _ in range(2):
            passed.expect_gradients()
        student.expect_unchanged()
    with student.case("the slopes of your own forward pass, with a seed"):
        _expect_slopes(layer, rng)


def _expect_affine(layer: DropConnect, rng: np.random.Generator) -> None:
    """Fail the case unless the gradients of test mode are those of the affine layer."""
    x, w, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    dout = rng.normal(size=(5, 3))
    _, cache = layer.forward(x, w, b, p=0.3, mode="test")
    found, sizes = layer.backward(dout, cache), named_numbers({"x": x, "p": 0.3}, dout)
    for name, value in _gradients(dout, x, w, np.ones_like(w)).items():
        with advice("In test mode nothing is dropped and nothing is divided by p"):
            expect_close(found[name], value, f"{name} in test mode", sizes=sizes)


def _expect_slopes(layer: DropConnect, rng: np.random.Generator) -> None:
    """Fail the case unless the gradients are the slopes of the student's own forward pass with a seed."""
    seed = int(rng.integers(2**31))
    args = [rng.normal(size=(3, 4)), mixed(rng, (4, 5)), rng.normal(size=5)]
    ForwardPass(layer, rng, 0.5, seed=seed)
    _, cache = layer.forward(*args, p=0.6, seed=seed)
    dout = rng.normal(size=(3, 5))
    found, sizes = layer.backward(dout, cache), named_numbers({"x": args[0], "p": 0.6}, dout)

    def expect_slope(name: str, i: int) -> None:
        def out(at: np.ndarray) -> Any:
            moved = [*args[:i], at, *args[i + 1 :]]
            return layer.forward(*moved, p=0.6, seed=seed)[0]

        slopes = slope(out, args[i], dout)
        with advice("Compared with the numeric gradient of your own forward pass"):
            expect_close(found[name], slopes, name, sizes=sizes, **NUMERIC)

    for i, name in enumerate(("dx", "dw", "db")):
        expect_slope(name, i)
