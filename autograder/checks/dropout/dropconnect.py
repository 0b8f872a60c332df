"""Checks of DropConnect, which drops weights instead of numbers."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, expect_by_cache, note
from autograder.checks.asking.chance import expect_drawn_alone, expect_share
from autograder.checks.asking.expectations import expect_array, expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import NUMERIC, mixed, slope
from autograder.checks.dropout.masks import FORWARD_FIRST, expect_drops, expect_mask
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.refusals import NoAnswer
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, difference
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

    def outs(self, inputs: list[list[np.ndarray]], **param: Any) -> list[Any]:
        """The outputs for many inputs (x, w, b)."""
        asked = [
            self._student.asking("dropconnect_forward", *each, {"mode": "train"} | param) for each in inputs
        ]
        return self._student.ask_each(asked)

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
        expect(
            float(np.mean(np.abs(out[: self.D]) < 1e-9)) <= (1 - p) ** 2 / 2 + 0.01,
            "the bias is missing where weights are dropped: it is added to every output, whatever the mask",
        )
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
            _expect_some_of_each(mask, p)
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
        _expect_some_of_each(mask, 0.5)
        expect_close(out, x @ (w * mask) + b, "out")


def _expect_some_of_each(mask: np.ndarray, p: float) -> None:
    expect(
        bool((mask == 0).any() and (mask > 0).any()),
        f"with p = {p} some weights are kept and some are dropped",
    )


_RULES = {
    "dx": "x met the masked weights: dx = dout · (w · mask) transposed",
    "dw": "A weight that was dropped gets no gradient: dw = (x transposed · dout) · mask",
    "db": "The bias is never dropped: db is the sum of dout over the batch",
}


def _gradients(dout: np.ndarray, x: np.ndarray, w: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
    return {"dx": dout @ (w * mask).T, "dw": (x.T @ dout) * mask, "db": dout.sum(axis=0)}


class BackwardPass:
    """The student's gradients in training mode, beside those that belong to what its forward pass has dropped.

    The last example is zero and shows what is added to all of them, so that the mask can be read off the others.
    """

    def __init__(self, layer: DropConnect, rng: np.random.Generator):
        self._layer = layer
        self._rng = rng

    def expect_gradients(self, p: float, only: str | None = None, times: int = 1, **param: Any) -> None:
        """Fail the case unless the gradients, or the one named `only`, are right though another batch went forward.

        Args:
            times: how often backward is called for the same cache.
            param: further entries of the layer's dict.
        """

        def ask(between: Callable[[], object] | None) -> None:
            x, w, _ = self._layer.inputs(more=5)
            x = np.vstack([x, np.zeros(self._layer.D)])
            out, cache = self._layer.forward(x, w, np.zeros(self._layer.M), p=p, **param)
            if between:
                between()
            with note(FORWARD_FIRST):
                factors = self._factors(out, len(x), w, p)
            for _ in range(times):
                self._compare(cache, x, w, factors, p, only)

        expect_by_cache(ask, lambda: self._layer.forward(*self._layer.inputs(more=7), p=0.5 * p))

    def _factors(self, out: Any, rows: int, w: np.ndarray, p: float) -> np.ndarray:
        """What each weight was multiplied by, 1 / p or 0 where forward is right."""
        out = expect_array(out, (rows, self._layer.M), "out")
        factors = (out[: self._layer.D] - out[-1]) / w
        factors[np.abs(factors) < 1e-9] = 0
        expect(bool((factors != 0).any()), f"with p = {p} dropconnect_forward has dropped everything")
        expect_drops(factors, "dropconnect_forward")
        return factors

    def _compare(
        self, cache: Any, x: np.ndarray, w: np.ndarray, factors: np.ndarray, p: float, only: str | None
    ) -> None:
        """Fail the case unless gradients are as they have to be; or, where forward was wrong, for what came out."""
        dout = self._rng.normal(size=(len(x), self._layer.M))
        found, sizes = self._layer.backward(dout, cache), named_numbers({"x": x, "p": p}, dout)
        own, wanted = (_gradients(dout, x, w, mask) for mask in (factors, (factors != 0) / p))
        for name in found if only is None else (only,):
            if difference(found[name], own[name], name):
                with advice(_RULES[name]):
                    expect_close(found[name], wanted[name], name, sizes=sizes)


@check("dropconnect_backward", forbids=NUMERIC_HELPERS)
def dropconnect_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = DropConnect(student, rng)
    way_back = BackwardPass(layer, rng)
    for name, p, weight in (("dx", 0.4, 3), ("dw", 0.7, 3), ("db", 0.5, 1)):
        with student.case(name, weight):
            way_back.expect_gradients(p, only=name)
    with student.case("test mode is the affine layer"):
        way_back.expect_gradients(0.6, only="dw")
        _expect_affine(layer, rng)
    with student.case("backward called twice, dout and forward's arguments left as they were"):
        way_back.expect_gradients(0.5)
        student.changed.clear()
        way_back.expect_gradients(0.5, times=2)
        student.expect_unchanged()
    with student.case("the slopes of your own forward pass, with a seed"):
        _expect_slopes(layer, way_back, rng)


def _expect_affine(layer: DropConnect, rng: np.random.Generator) -> None:
    """Fail the case unless the gradients of test mode are those of the affine layer."""
    x, w, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    dout = rng.normal(size=(5, 3))
    _, cache = layer.forward(x, w, b, p=0.3, mode="test")
    found, sizes = layer.backward(dout, cache), named_numbers({"x": x, "p": 0.3}, dout)
    for name, value in _gradients(dout, x, w, np.ones_like(w)).items():
        with advice("In test mode nothing is dropped and nothing is divided by p"):
            expect_close(found[name], value, f"{name} in test mode", sizes=sizes)


def _expect_slopes(layer: DropConnect, way_back: BackwardPass, rng: np.random.Generator) -> None:
    """Fail the case unless the gradients are the slopes of the student's own forward pass with a seed.

    Where forward is wrong itself, or does not keep to its seed, it is no measure: the gradients have to be right alone.
    """
    seed = int(rng.integers(2**31))
    args = [rng.normal(size=(3, 4)), mixed(rng, (4, 5)), rng.normal(size=5)]
    way_back.expect_gradients(0.5, seed=seed)
    if not _forward_is_right(layer, seed):
        return
    _, cache = layer.forward(*args, p=0.6, seed=seed)
    dout = rng.normal(size=(3, 5))
    found, sizes = layer.backward(dout, cache), named_numbers({"x": args[0], "p": 0.6}, dout)

    def expect_slope(name: str, i: int) -> None:
        def out(points: list[np.ndarray]) -> list[Any]:
            return layer.outs([[*args[:i], at, *args[i + 1 :]] for at in points], p=0.6, seed=seed)

        slopes = slope(out, args[i], dout)
        with note("Compared with the numeric gradient of your own forward pass"):
            expect_close(found[name], slopes, name, sizes=sizes, **NUMERIC)

    for i, name in enumerate(("dx", "dw", "db")):
        expect_slope(name, i)


def _forward_is_right(layer: DropConnect, seed: int) -> bool:
    try:
        first, again = (layer.train(0.6, seed=seed)[0] for _ in range(2))
    except NoAnswer:
        raise
    except CheckFailed:
        return False
    return np.array_equal(first, again)
