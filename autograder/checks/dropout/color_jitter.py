"""Checks of random brightness and contrast."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.chance import SIGMAS, correlation, expect_fills, generator
from autograder.checks.asking.expectations import expect_array
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.dropout.changes import Change, as_bytes, ask_form, expect_range, pictures, scale_of
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student

_RULE = (
    "out = factor · (picture - mean) + mean + shift, with one mean, factor and shift for each whole picture"
)


def _affine_fit(X: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(factor, shift, residual) of out = factor · (X - mean) + mean + shift, picture by picture."""
    X, out = (a.reshape(len(a), -1).astype(np.float64) for a in (X, out))
    mean, centre = X.mean(axis=1, keepdims=True), out.mean(axis=1, keepdims=True)
    factor = np.sum((X - mean) * (out - centre), axis=1) / np.sum((X - mean) ** 2, axis=1)
    residual = out - centre - factor[:, None] * (X - mean)
    return factor, (centre - mean)[:, 0], float(np.abs(residual).max())


class Jitter(Change):
    """The student's jitter of brightness and contrast."""

    def changes(self, X: np.ndarray, **settings: Any) -> tuple[np.ndarray, np.ndarray]:
        """(factors, shifts) of the pictures, each of shape (N,), the shifts in units of the range."""
        factor, shift, residual = _affine_fit(X, self(X, **settings))
        top, near = scale_of(X)
        with advice(_RULE):
            expect(
                residual <= near,
                f"a picture is not of the form factor · (old - mean) + mean + shift (off by {residual:.3g})",
            )
        return factor, shift / top

    def works(self, X: np.ndarray) -> None:
        """Fail the case unless factors and shifts fill their ranges."""
        slack = 0.05 if X.dtype == np.uint8 else 1e-4
        factor, shift = self.changes(X)
        expect_fills(factor, 0.7, 1.3, "the factor of the contrast", slack)
        expect_fills(shift, -0.15, 0.15, "the shift of the brightness", slack)


def _middling(rng: np.random.Generator, N: int) -> np.ndarray:
    """Pictures so far from black and white that nothing is clipped, each with a mean of its own."""
    return rng.uniform(0.42, 0.5, size=(N, 1, 1, 1)) + pictures(rng, N, 3, 4, 5, low=-0.1, high=0.1)


@check("color_jitter", forbids=NUMERIC_HELPERS)
def color_jitter(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    jitter = Jitter(student, rng, "color_jitter", brightness=0.15, contrast=0.3)
    with student.case("contrast alone", 2), advice(_RULE):
        factor, shift = jitter.changes(_middling(rng, 300), brightness=0.0, contrast=0.4)
        expect_fills(factor, 0.6, 1.4, "the factor")
        moved = np.abs(shift).max()
        expect(moved < 1e-9, f"with brightness = 0 the mean of a picture moved by {moved:.3g}")
    with student.case("brightness alone", 2), advice(_RULE):
        factor, shift = jitter.changes(_middling(rng, 300), brightness=0.2, contrast=0.0)
        expect_fills(shift, -0.2, 0.2, "the shift")
        expect(np.abs(factor - 1).max() < 1e-9, "with contrast = 0 a picture is only shifted")
    with student.case("both together", 3):
        jitter.works(_middling(rng, 300))
    with student.case("factor and shift are drawn independently"):
        factor, shift = jitter.changes(_middling(rng, 800))
        expect_fills(factor, 0.7, 1.3, "the factor")
        for a, b, words in (
            (factor, shift, "factor and shift go together"),
            (factor[:-1], factor[1:], "pictures that follow each other get similar factors"),
            (shift[:-1], shift[1:], "pictures that follow each other get similar shifts"),
        ):
            expect(abs(correlation(a, b)) < SIGMAS / np.sqrt(len(a)), words)
    with student.case("clipped to the range"):
        for X, top in ((pictures(rng, 60, 3, 4, 5), 1), (as_bytes(pictures(rng, 60, 3, 4, 5)), 255)):
            expect_range(jitter(X, brightness=0.6, contrast=0.9), top, "changes")
    with student.case("the defaults are 0.2 and 0.2", 0.5):
        X = _middling(rng, 300)
        out = student.call("color_jitter", X, generator(student, int(rng.integers(2**31))))
        factor, shift, _ = _affine_fit(X, expect_array(out, X.shape, "the result"))
        expect_fills(factor, 0.8, 1.2, "the factor")
        expect_fills(shift, -0.2, 0.2, "the shift")
    ask_form(jitter, jitter.works, _middling(rng, 300))
