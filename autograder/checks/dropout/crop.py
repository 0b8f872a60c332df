"""Checks of random crops."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.chance import SIGMAS, correlation, generator
from autograder.checks.asking.expectations import expect_array
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.dropout.changes import Change, ask_form, pictures
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student


class Crop(Change):
    """The student's random crop."""

    def shifts(self, X: np.ndarray, pad: int = 2) -> np.ndarray:
        """How far each picture was shifted; each must be a shifted one with zeros at the border.

        Returns:
            (down, right) of each picture, shape (N, 2).
        """
        out = self(X, pad=pad)
        H, W = X.shape[2:]
        padded = np.pad(X, ((0, 0), (0, 0), (2 * pad, 2 * pad), (2 * pad, 2 * pad)))
        found = np.full((len(X), 2), 99)
        # Twice as far as allowed, so that a shift that is too large is called that.
        for top, left in np.ndindex(4 * pad + 1, 4 * pad + 1):
            same = np.all(out == padded[:, :, top : top + H, left : left + W], axis=(1, 2, 3))
            found[same] = (2 * pad - top, 2 * pad - left)
        odd = int((found[:, 0] == 99).sum())
        expect(
            odd == 0,
            f"{odd} of {len(X)} pictures are not the old ones, shifted as a whole, with zeros where nothing was",
        )
        expect(
            bool(np.abs(found).max() <= pad),
            f"with pad = {pad} a picture was shifted by {np.abs(found).max()} pixels",
        )
        return found

    def works(self, X: np.ndarray) -> None:
        """Fail the case unless the pictures are shifted, and not all alike."""
        found = self.shifts(X)
        expect(len(np.unique(found, axis=0)) > 3, "all pictures were shifted alike, or hardly any was")


@check("random_crop", forbids=NUMERIC_HELPERS)
def random_crop(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    crop = Crop(student, rng, "random_crop", pad=2)
    with student.case("each picture shifted as a whole, with zeros behind it", 3):
        crop.works(pictures(rng, 60, 2, 6, 8, low=0.1))
        crop.works(pictures(rng, 60, 3, 7, 5, low=0.1))
        for _ in range(20):  # fewer pictures than the border is wide
            crop(pictures(rng, 1, 1, 4, 5, low=0.1), pad=5)
    with student.case("every place is as likely", 3):
        for pad in (1, 2):
            _expect_uniform(crop.shifts(pictures(rng, 1200, 1, 4, 5, low=0.1), pad), pad)
    with student.case("each picture has a place of its own"):
        _expect_drawn_each(crop.shifts(pictures(rng, 600, 1, 4, 5, low=0.1)))
    with student.case("pad = 0 changes nothing, and pad is 4 by default", 0.5):
        X = pictures(rng, 200, 1, 9, 9, low=0.1)
        crop.works(X)
        expect_close(crop(X, pad=0), X, "the pictures with pad = 0")
        drawn_from = generator(student, int(rng.integers(2**31)))
        out = expect_array(student.call("random_crop", X, drawn_from), X.shape, "the result")
        # A shift of 4 down leaves four rows of zeros above; 200 pictures do not all miss it.
        empty = [int(np.all(image == 0, axis=1).sum()) for image in out[:, 0]]
        expect(max(empty) == 4, f"without pad, pictures were shifted by up to {max(empty)} rows, expected 4")
    ask_form(crop, crop.works, pictures(rng, 60, 2, 6, 8, low=0.1))


def _expect_uniform(found: np.ndarray, pad: int) -> None:
    """Fail the case unless each shift is as frequent as any other, up to chance, and every place occurs."""
    size, n = 2 * pad + 1, len(found)
    counts = np.zeros((size, size), dtype=int)
    np.add.at(counts, tuple((found + pad).T), 1)
    for axis, words in ((1, "down"), (0, "to the right")):
        line, wanted = counts.sum(axis=axis), n / size
        slack = SIGMAS * np.sqrt(n / size * (1 - 1 / size))
        for shift, count in zip(range(-pad, pad + 1), line, strict=True):
            expect(
                abs(count - wanted) < slack,
                f"with pad = {pad}, {count} of {n} pictures were shifted by {shift} {words}, expected about {wanted:.0f}",
            )
    expect(bool((counts > 0).all()), f"only {(counts > 0).sum()} of the {size}² = {size**2} places occur")


def _expect_drawn_each(found: np.ndarray) -> None:
    """Fail the case when shifts of pictures that follow each other go together, or those of rows and columns."""
    for axis in (0, 1):
        together = correlation(found[:-1, axis].astype(float), found[1:, axis].astype(float))
        expect(abs(together) < SIGMAS / np.sqrt(599), "pictures that follow each other are shifted alike")
    together = correlation(*found.T.astype(float))
    expect(abs(together) < SIGMAS / np.sqrt(600), "rows and columns are shifted by the same number: draw two")
