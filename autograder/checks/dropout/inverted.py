"""Checks of inverted dropout, which scales in training."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, expect_by_cache, note, told
from autograder.checks.asking.chance import expect_drawn_alone, expect_share
from autograder.checks.asking.expectations import expect_array
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single, mixed
from autograder.checks.dropout.masks import FORWARD_FIRST, expect_mask
from autograder.checks.mistakes.dropout import way_back
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import difference

_MASKED = "dx is dout times the mask of the forward pass: 0 where dropped, divided by p where kept"


class Dropout:
    """The student's dropout layer, asked with x nowhere zero so that its mask can be read off."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def forward(self, x: np.ndarray, **param: Any) -> tuple[Any, Any]:
        return self._student.call("dropout_forward", x, {"mode": "train"} | param)

    def backward(self, dout: np.ndarray, cache: Any) -> Any:
        return self._student.call("dropout_backward", dout, cache)

    def train(self, shape: tuple[int, ...], p: float, **param: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        """(mask, x, cache) of a right forward pass."""
        x = mixed(self._rng, shape)
        out, cache = self.forward(x, p=p, **param)
        return expect_mask(out, x, 1 / p, p) / p, x, cache

    def works(self) -> None:
        """Fail the case unless training mode drops at all."""
        mask, _, _ = self.train((60, 50), 0.6)
        expect_share(mask > 0, 0.6)

    def expect_masked(self, x: np.ndarray, p: float, times: int = 1, **param: Any) -> None:
        """Fail the case unless backward passes on what forward has kept, whatever forward has made of it.

        Args:
            times: how often backward is called for the same cache.
        """
        dout = mixed(self._rng, x.shape).astype(x.dtype)
        tolerances: Tolerances = SINGLE if x.dtype == np.float32 else {}

        def ask(between: Callable[[], object] | None) -> None:
            out, cache = self.forward(x, p=p, **param)
            if between:
                between()
            with note(FORWARD_FIRST):
                kept = expect_array(out, x.shape, "out") != 0
                expect(bool(kept.any()), f"with p = {p} dropout_forward has dropped everything")
                expect(p == 1 or not kept.all(), f"with p = {p} dropout_forward has dropped nothing")
            for _ in range(times):
                dx = self.backward(dout, cache)
                # As it has to be; or, where forward was wrong, as it has to be for what came out.
                if difference(dx, dout * (out / x), "dx", **tolerances):
                    with advice(_MASKED), told(dx, partial(way_back, dx, dout, kept, p)):
                        wanted = (dout * kept / p).astype(x.dtype)
                        expect_close(dx, wanted, "dx", sizes={"p": p}, **tolerances)

        other = mixed(self._rng, x.shape).astype(x.dtype)
        expect_by_cache(ask, lambda: self.forward(other, p=0.5 * p))


@check("dropout_forward", forbids=NUMERIC_HELPERS)
def dropout_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Dropout(student, rng)
    seeds = [int(seed) for seed in rng.integers(2**31, size=3)]
    _ask_training(student, rng, layer)
    with student.case("test mode is the identity", 2):
        layer.works()
        for p in (0.3, 0.9):
            x = mixed(rng, (6, 5))
            for param in ({}, {"seed": seeds[0]}):
                out, _ = layer.forward(x, p=p, mode="test", **param)
                expect_close(out, x, "out in test mode", sizes={"p": p})
    _ask_seeds(student, layer, seeds)
    with student.case("with p = 1 everything stays", 0.5):
        layer.works()
        expect(bool((layer.train((9, 8), 1.0)[0] > 0).all()), "with p = 1 nothing may be dropped")
    with student.case("one, three and four axes", 0.5):
        layer.works()
        for shape in ((2000,), (20, 10, 15), (10, 3, 12, 10)):
            kept = layer.train(shape, 0.3)[0] > 0
            expect_share(kept, 0.3)
            expect_drawn_alone(kept)
    with student.case("single precision", 0.5):
        layer.works()
        x = as_single(mixed(rng, (30, 20)))
        out, _ = layer.forward(x, p=0.4)
        expect_mask(out, x, 2.5, 0.4, **SINGLE)
    with student.case("x stays as it was", 0.5):
        layer.works()
        layer.forward(mixed(rng, (6, 5)), p=0.5, mode="test")
        student.expect_unchanged()


def _ask_training(student: Student, rng: np.random.Generator, layer: Dropout) -> None:
    with student.case("what is kept is divided by p", 3):
        for p in (0.25, 0.8):
            mask, _, _ = layer.train((60, 50), p)
            expect(
                bool((mask > 0).any() and (mask == 0).any()),
                f"with p = {p} some numbers are kept, some dropped",
            )
    with student.case("p is the probability of keeping", 3):
        for p in (0.25, 0.8):
            x = mixed(rng, (60, 50))
            out, _ = layer.forward(x, p=p)
            expect_share(expect_array(out, x.shape, "out") != 0, p)
    with student.case("every number is drawn on its own", 2):
        expect_drawn_alone(layer.train((60, 50), 0.4)[0] > 0)
        layer.works()


def _ask_seeds(student: Student, layer: Dropout, seeds: list[int]) -> None:
    def mask(**param: Any) -> np.ndarray:
        return layer.train((30, 20), 0.5, **param)[0]

    with student.case("the same seed gives the same mask"):
        layer.works()
        first, other, again = (mask(seed=seed) for seed in (seeds[0], seeds[1], seeds[0]))
        expect(np.array_equal(first, again), "two calls with the same seed gave different masks")
        expect(not np.array_equal(first, other), "two different seeds gave the same mask")
    with student.case("without a seed every call draws anew"):
        layer.works()
        for param in ({}, {"seed": None}):
            first, again = (mask(**param) for _ in range(2))
            expect(not np.array_equal(first, again), "two calls without a seed gave the same mask")


@check("dropout_backward", forbids=NUMERIC_HELPERS)
def dropout_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Dropout(student, rng)

    def drawn(*shape: int) -> np.ndarray:
        return mixed(rng, shape)

    with student.case("the same mask as on the way forward", 4):
        for p in (0.3, 0.8):
            layer.expect_masked(drawn(20, 15), p)
    with student.case("with a seed", 1):
        layer.expect_masked(drawn(20, 15), 0.6, seed=int(rng.integers(2**31)))
    with student.case("test mode is the identity", 2):
        layer.expect_masked(drawn(20, 15), 0.5)
        dout = drawn(6, 5)
        _, cache = layer.forward(drawn(6, 5), p=0.3, mode="test")
        with advice("In test mode nothing is dropped and nothing is divided by p"):
            expect_close(layer.backward(dout, cache), dout, "dx in test mode", sizes={"p": 0.3})
    with student.case("one, three and four axes", 0.5):
        for shape in ((400,), (6, 10, 7), (4, 3, 6, 5)):
            layer.expect_masked(drawn(*shape), 0.4)
    with student.case("with p = 1 everything passes", 0.25):
        layer.expect_masked(drawn(20, 15), 0.5)
        layer.expect_masked(drawn(5, 4), 1.0)
    with student.case("backward called twice, dout and forward's arguments left as they were"):
        layer.expect_masked(drawn(20, 15), 0.5)
        student.changed.clear()
        layer.expect_masked(drawn(20, 15), 0.5, times=2)
        student.expect_unchanged()
    with student.case("single precision", 0.5):
        layer.expect_masked(as_single(drawn(20, 15)), 0.4)
