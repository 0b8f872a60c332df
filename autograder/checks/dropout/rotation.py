"""Checks of random rotations."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.chance import expect_fills
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.dropout.changes import Change, ask_form, pictures
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student


def _from_centre(H: int, W: int) -> tuple[np.ndarray, np.ndarray]:
    """How far below and to the right of the centre each pixel lies, both of shape (H, W)."""
    y, x = np.indices((H, W)) - np.array([(H - 1) / 2, (W - 1) / 2])[:, None, None]
    return y, x


def _steepness(H: int, W: int) -> float:
    return 0.8 / max(H, W)


def _ramps(N: int, H: int = 21, W: int = 21) -> np.ndarray:
    """Pictures of two channels: one gets brighter from left to right, one from top to bottom; 0.5 in the centre."""
    y, x = _from_centre(H, W)
    return np.tile(0.5 + np.stack([x, y]) * _steepness(H, W), (N, 1, 1, 1))


def _expect_no_holes(out: np.ndarray) -> None:
    """Fail the case when a pixel of a picture without zeros is zero, and the four about it are not."""
    H, W = out.shape[2:]
    missing = out[:, :, 1:-1, 1:-1] == 0
    for down, right in ((0, 1), (2, 1), (1, 0), (1, 2)):
        missing &= out[:, :, down : H - 2 + down, right : W - 2 + right] != 0
    expect(
        not missing.any(),
        "there are holes in the picture: go over the pixels of the new one, and ask each where it came from",
    )


def _rises(out: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(down, right, centre) of what was made of ramps, each of shape (N, 2).

    The rise of each channel downwards and to the right, as a multiple of the steepness, and its number in the centre.
    """
    N, _, H, W = out.shape
    y, x = _from_centre(H, W)
    disc = np.hypot(y, x) < min(H, W) / 2 - 1
    basis = np.stack([y[disc], x[disc], np.ones(disc.sum())], axis=1)
    values = out[:, :, disc].reshape(2 * N, -1).T / (255 if out.dtype == np.uint8 else 1)
    fit = (np.linalg.pinv(basis) @ values).reshape(3, N, 2)  # `lstsq` is slow for many pictures
    (down, right), centre = fit[:2] / _steepness(H, W), fit[2]
    return down, right, centre


class Rotation(Change):
    """The student's random rotation."""

    _has_worked = False

    def angles(self, X: np.ndarray, **settings: Any) -> np.ndarray:
        """The angle of each picture in degrees, shape (N,), from the directions in which its ramps rise now."""
        out = self(X, **settings)
        _expect_no_holes(out)
        down, right, centre = _rises(out)
        steep = np.hypot(down, right).ravel()
        expect(
            bool(np.abs(steep - 1).max() < 0.07),
            f"a ramp has become {steep[np.argmax(np.abs(steep - 1))]:.2f} times as steep; a rotation keeps distances",
        )
        expect(
            bool(
                np.abs(down[:, 1] - right[:, 0]).max() < 0.1 and np.abs(right[:, 1] + down[:, 0]).max() < 0.1
            ),
            "what lay at a right angle lies so no more; rotate rows and columns by the same angle",
        )
        expect(
            bool(np.abs(centre - 0.5).max() < 0.3 * _steepness(*X.shape[2:])),
            "the centre of the picture has moved; rotate about ((H - 1) / 2, (W - 1) / 2)",
        )
        return np.rad2deg(np.arctan2(down[:, 0], right[:, 0]))

    def expect_angles(self, X: np.ndarray, largest: float, **settings: Any) -> None:
        """Fail the case unless the angles fill the range from -largest to largest degrees."""
        expect_fills(self.angles(X, **settings), -largest, largest, "the angle in degrees", slack=2.5)

    def works(self, X: np.ndarray) -> None:
        """Fail the case unless the angles fill the usual range."""
        self.expect_angles(X, 30)
        self._has_worked = True

    def expect_has_worked(self) -> None:
        """Fail the case unless it works, or did in an earlier case."""
        if not self._has_worked:
            self.works(_ramps(200))


@check("random_rotation", forbids=NUMERIC_HELPERS)
def random_rotation(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    rotate = Rotation(student, rng, "random_rotation", max_degrees=30)
    with student.case("turned about the centre", 3):
        rotate.works(_ramps(200))
    with student.case("angles fill the range", 2):
        for largest in (10, 60):
            rotate.expect_angles(_ramps(200), largest, max_degrees=largest)
    with student.case("pictures that are not square"):
        rotate.works(_ramps(200, 17, 25))
        rotate.works(_ramps(200, 24, 18))
    with student.case("all channels alike"):
        X = np.repeat(_ramps(200)[:, :1], 3, axis=1)
        out = rotate(X)
        expect(float(np.ptp(out, axis=1).max()) < 1e-9, "the channels of a picture were rotated differently")
        rotate.expect_has_worked()
    with student.case("what comes from outside is zero, the rest is there"):
        rotate.expect_has_worked()
        _expect_empty_corners(rotate(np.ones((150, 2, 20, 20)), max_degrees=50))
    with student.case("max_degrees = 0 changes nothing, and it is 15 by default", 0.5):
        rotate.expect_has_worked()
        X = pictures(rng, 4, 3, 9, 12)
        expect_close(rotate(X, max_degrees=0), X, "the pictures with max_degrees = 0")
        Rotation(student, rng, "random_rotation").expect_angles(_ramps(200), 15)
    ask_form(rotate, rotate.works, _ramps(200))


def _expect_empty_corners(out: np.ndarray) -> None:
    """Fail the case unless white pictures that were turned are white in the middle and zero in their corners."""
    y, x = _from_centre(*out.shape[2:])
    inner = np.hypot(y, x) < 9
    expect(bool(np.allclose(out[:, :, inner], 1)), "in a white picture the middle has to stay white")
    corners = out[:, 0, [0, 0, -1, -1], [0, -1, 0, -1]]
    turned = corners.min(axis=1) == 0
    expect(
        bool(turned.any()),
        "the corners of a white picture that is turned come from outside: they have to be zero",
    )
    # All corners are as far from the centre, so they leave the picture together.
    expect(
        bool(corners[turned].max() < 0.5),
        "a corner of a white picture that is turned stays white: an index below 0 counts from the other side",
    )
