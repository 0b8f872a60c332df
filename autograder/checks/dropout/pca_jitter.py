"""Checks of random shifts along the main axes of the colours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.chance import SIGMAS, correlation, generator
from autograder.checks.asking.expectations import expect_array
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.dropout.changes import Change, as_bytes, ask_form, expect_range, pictures, scale_of
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student

_EIGENVALUES = np.array([0.35, 0.12, 0.04])


class PcaJitter(Change):
    """The student's jitter along the eigenvectors of a covariance of colours."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self.axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        self.covariance = (self.axes * _EIGENVALUES) @ self.axes.T
        symmetric = (self.covariance + self.covariance.T) / 2
        super().__init__(student, rng, "pca_color_jitter", covariance=symmetric, std=0.05)

    def alphas(self, X: np.ndarray, **settings: Any) -> np.ndarray:
        """The alphas of each picture, shape (N, 3); all pixels of a picture must have moved alike."""
        moved = self(X, **settings).astype(np.float64) - X
        top, near = scale_of(X)
        spread = float(np.ptp(moved, axis=(2, 3)).max())
        expect(
            spread <= near,
            f"pixels of one picture got shifts that differ by {spread:.3g}; there is one for the whole picture",
        )
        return moved.mean(axis=(2, 3)) / top @ self.axes / _EIGENVALUES

    def works(self, X: np.ndarray) -> None:
        """Fail the case unless the alphas are normal, with the right standard deviation."""
        _expect_normal(self.alphas(X), 0.05, 0.03 if X.dtype == np.uint8 else 0.0)


def _grey(rng: np.random.Generator, N: int, H: int = 2, W: int = 3) -> np.ndarray:
    """Pictures so far from black and white that nothing is clipped."""
    return pictures(rng, N, 3, H, W, low=0.45, high=0.55)


def _expect_normal(alpha: np.ndarray, std: float, rounding: float = 0.0) -> None:
    """Fail the case unless the alphas are independent, with mean 0 and that standard deviation, up to chance.

    Args:
        alpha: shape (N, 3).
        rounding: how much rounding to whole numbers may add.
    """
    n = len(alpha)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        together = correlation(alpha[:, i], alpha[:, j])
        expect(
            abs(together) < SIGMAS / np.sqrt(n) + 5 * rounding,
            "the shifts along two of the eigenvectors go together: draw three for each picture, an alpha for each "
            "eigenvector, and shift along these (the columns that eigh gives)",
        )
    for k in range(3):
        found = alpha[:, k].std()
        allowed = std * SIGMAS / np.sqrt(2 * n) + rounding
        expect(
            abs(found - std) < allowed,
            f"along the axis of eigenvalue {_EIGENVALUES[k]:g} the shifts are {found / std:.3g} times as large as "
            "alpha · eigenvalue "
            + ("(times 255 for uint8)" if rounding else "(the eigenvalue itself, not its root)"),
        )
        expect(
            abs(alpha[:, k].mean()) < SIGMAS * std / np.sqrt(n) + rounding,
            "the alphas should have mean 0",
        )


@check("pca_color_jitter", forbids=NUMERIC_HELPERS)
def pca_color_jitter(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    jitter = PcaJitter(student, rng)
    with student.case("one shift for all pixels of a picture", 2):
        alpha = jitter.alphas(_grey(rng, 200, 3, 4))
        expect(len(np.unique(alpha.round(9), axis=0)) > 150, "each picture needs alphas of its own")
    with student.case("normal alphas times eigenvalues along the eigenvectors", 4):
        jitter.works(_grey(rng, 2000))
    with student.case("another std, and 0.1 by default"):
        _expect_normal(jitter.alphas(_grey(rng, 2000), std=0.02), 0.02)
        X = _grey(rng, 2000)
        drawn_from = generator(student, int(rng.integers(2**31)))
        out = student.call("pca_color_jitter", X, drawn_from, jitter.covariance)
        moved = expect_array(out, X.shape, "the result") - X
        _expect_normal(moved.mean(axis=(2, 3)) @ jitter.axes / _EIGENVALUES, 0.1)
    with student.case("a normal distribution"):
        alpha = jitter.alphas(_grey(rng, 1500)) / 0.05
        expect(
            2.5 < np.abs(alpha).max() < 8,
            f"the largest of 4,500 alphas is {np.abs(alpha).max():.2g} standard deviations: is this a normal distribution?",
        )
    with student.case("clipped to the range"):
        for X, top in ((pictures(rng, 80, 3, 3, 4), 1), (as_bytes(pictures(rng, 80, 3, 3, 4)), 255)):
            expect_range(jitter(X, std=2.0), top, "shifts")
    ask_form(jitter, jitter.works, _grey(rng, 1500))
