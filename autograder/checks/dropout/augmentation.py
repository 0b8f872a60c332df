"""Checks of the functions that make new pictures from old ones."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.chance import SIGMAS, correlation, expect_fills, expect_share, generator
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.dropout.dropout import expect_array
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student


class Change:
    """One augmentation function of the student, asked with generators of its kernel.

    Args:
        name: of the function; called as function(X, rng, **settings).
        settings: handed to every call that does not name them.
    """

    def __init__(self, student: Student, rng: np.random.Generator, name: str, **settings: Any):
        self.student = student
        self.rng = rng
        self._name = name
        self._settings = settings

    def __call__(self, X: np.ndarray, seed: int | None = None, **settings: Any) -> np.ndarray:
        """The changed pictures, which must have the shape and dtype of X and be finite."""
        seed = int(self.rng.integers(2**31)) if seed is None else seed
        drawn_from = generator(self.student, seed)
        out = self.student.call(self._name, X, drawn_from, **(self._settings | settings))
        out = expect_array(out, X.shape, "the result")
        expect(
            out.dtype == X.dtype,
            f"pictures of dtype {X.dtype} came back as {out.dtype}; the dtype has to stay",
        )
        return out

    def expect_drawn_from_rng(self, X: np.ndarray) -> None:
        seeds = [int(seed) for seed in self.rng.integers(2**31, size=2)]
        first, again, other = (self(X, seed) for seed in (seeds[0], seeds[0], seeds[1]))
        expect(
            np.array_equal(first, again),
            "the same generator, started twice, gave different pictures: draw from rng and from nothing else",
        )
        expect(not np.array_equal(first, other), "two different generators gave the same pictures")


def pictures(rng: np.random.Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    return rng.uniform(low, high, size=shape)


def as_bytes(X: np.ndarray) -> np.ndarray:
    return np.rint(255 * X).astype(np.uint8)


def _ask_form(change: Change, works: Callable[[np.ndarray], None], X: np.ndarray) -> None:
    """The cases about dtype, generator and untouched input that all changes share.

    Args:
        works: fails the case unless the change of these pictures is right.
    """
    with change.student.case("uint8 and float32 pictures keep their type"):
        for typed in (as_bytes(X), X.astype(np.float32)):
            works(typed)
    with change.student.case("drawn from the generator that is passed in"):
        works(X)
        change.expect_drawn_from_rng(X)
    with change.student.case("the pictures that came in stay as they were", 0.5):
        works(X)
        change.student.expect_unchanged()


@check("random_flip", forbids=NUMERIC_HELPERS)
def random_flip(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    flip = Change(student, rng, "random_flip")

    def mirrored(X: np.ndarray, **settings: Any) -> np.ndarray:
        """Which pictures were mirrored; each must be as it was or mirrored left to right."""
        out = flip(X, **settings)
        same, turned, upside_down = (
            np.all(out == view, axis=(1, 2, 3)) for view in (X, X[:, :, :, ::-1], X[:, :, ::-1])
        )
        expect(
            not upside_down.any(),
            "pictures came out upside down; mirror them left to right, along the last axis",
        )
        odd = int((~same & ~turned).sum())
        expect(odd == 0, f"{odd} of {len(X)} pictures are neither as they were nor mirrored as a whole")
        return turned

    def works(X: np.ndarray) -> None:
        expect_share(~mirrored(X), 0.5, "pictures")

    with student.case("each picture as it was or mirrored, as a whole", 3):
        works(pictures(rng, 800, 2, 3, 5))
    with student.case("mirrored with probability p", 3):
        for p in (0.2, 0.7):
            turned = mirrored(pictures(rng, 1500, 1, 2, 3), p=p)
            share, slack = float(turned.mean()), SIGMAS * np.sqrt(p * (1 - p) / len(turned))
            expect(
                abs(share - p) < slack,
                f"with p = {p} a share of {share:.0%} was mirrored, expected about {p:.0%}",
            )
    with student.case("p = 0 and p = 1"):
        expect(not mirrored(pictures(rng, 30, 2, 4, 3), p=0.0).any(), "with p = 0 no picture is mirrored")
        expect(
            bool(mirrored(pictures(rng, 30, 2, 4, 3), p=1.0).all()), "with p = 1 every picture is mirrored"
        )
    _ask_form(flip, works, pictures(rng, 800, 2, 3, 5))


@check("random_crop", forbids=NUMERIC_HELPERS)
def random_crop(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    crop = Change(student, rng, "random_crop", pad=2)

    def shifts(X: np.ndarray, pad: int = 2) -> np.ndarray:
        """(down, right) of each picture, shape (N, 2); each must be a shifted one with zeros at the border."""
        out = crop(X, pad=pad)
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

    def expect_uniform(found: np.ndarray, pad: int) -> None:
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

    def works(X: np.ndarray) -> None:
        found = shifts(X)
        expect(len(np.unique(found, axis=0)) > 3, "all pictures were shifted alike, or hardly any was")

    with student.case("each picture shifted as a whole, with zeros behind it", 3):
        works(pictures(rng, 60, 2, 6, 8, low=0.1))
        works(pictures(rng, 60, 3, 7, 5, low=0.1))
        for _ in range(20):  # fewer pictures than the border is wide
            crop(pictures(rng, 1, 1, 4, 5, low=0.1), pad=5)
    with student.case("every place is as likely", 3):
        for pad in (1, 2):
            expect_uniform(shifts(pictures(rng, 1200, 1, 4, 5, low=0.1), pad), pad)
    with student.case("each picture has a place of its own"):
        found = shifts(pictures(rng, 600, 1, 4, 5, low=0.1))
        for axis in (0, 1):
            together = correlation(found[:-1, axis].astype(float), found[1:, axis].astype(float))
            expect(abs(together) < SIGMAS / np.sqrt(599), "pictures that follow each other are shifted alike")
        together = correlation(*found.T.astype(float))
        expect(
            abs(together) < SIGMAS / np.sqrt(600), "rows and columns are shifted by the same number: draw two"
        )
    with student.case("pad = 0 changes nothing, and pad is 4 by default", 0.5):
        X = pictures(rng, 200, 1, 9, 9, low=0.1)
        works(X)
        expect_close(crop(X, pad=0), X, "the pictures with pad = 0")
        drawn_from = generator(student, int(rng.integers(2**31)))
        out = expect_array(student.call("random_crop", X, drawn_from), X.shape, "the result")
        # A shift of 4 down leaves four rows of zeros above; 200 pictures do not all miss it.
        empty = [int(np.all(image == 0, axis=1).sum()) for image in out[:, 0]]
        expect(max(empty) == 4, f"without pad, pictures were shifted by up to {max(empty)} rows, expected 4")
    _ask_form(crop, works, pictures(rng, 60, 2, 6, 8, low=0.1))


def _affine_fit(X: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(factor, shift, residual) of out = factor · (X - mean) + mean + shift, picture by picture."""
    X, out = (a.reshape(len(a), -1).astype(np.float64) for a in (X, out))
    mean, centre = X.mean(axis=1, keepdims=True), out.mean(axis=1, keepdims=True)
    factor = np.sum((X - mean) * (out - centre), axis=1) / np.sum((X - mean) ** 2, axis=1)
    residual = out - centre - factor[:, None] * (X - mean)
    return factor, (centre - mean)[:, 0], float(np.abs(residual).max())


@check("color_jitter", forbids=NUMERIC_HELPERS)
def color_jitter(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    jitter = Change(student, rng, "color_jitter", brightness=0.15, contrast=0.3)
    rule = "out = factor · (picture - mean) + mean + shift, with one mean, factor and shift for each whole picture"

    def middling(N: int) -> np.ndarray:
        """Pictures so far from black and white that nothing is clipped, each with a mean of its own."""
        return rng.uniform(0.42, 0.5, size=(N, 1, 1, 1)) + pictures(rng, N, 3, 4, 5, low=-0.1, high=0.1)

    def changes(X: np.ndarray, **settings: Any) -> tuple[np.ndarray, np.ndarray]:
        """(factors, shifts), in units of the range."""
        factor, shift, residual = _affine_fit(X, jitter(X, **settings))
        top, near = (255, 1.01) if X.dtype == np.uint8 else (1, 1e-5 if X.dtype == np.float32 else 1e-9)
        with advice(rule):
            expect(
                residual <= near,
                f"a picture is not of the form factor · (old - mean) + mean + shift (off by {residual:.3g})",
            )
        return factor, shift / top

    def works(X: np.ndarray) -> None:
        slack = 0.05 if X.dtype == np.uint8 else 1e-4
        factor, shift = changes(X)
        expect_fills(factor, 0.7, 1.3, "the factor of the contrast", slack)
        expect_fills(shift, -0.15, 0.15, "the shift of the brightness", slack)

    with student.case("contrast alone", 2), advice(rule):
        factor, shift = changes(middling(300), brightness=0.0, contrast=0.4)
        expect_fills(factor, 0.6, 1.4, "the factor")
        expect(
            np.abs(shift).max() < 1e-9,
            f"with brightness = 0 the mean of a picture moved by {np.abs(shift).max():.3g}",
        )
    with student.case("brightness alone", 2), advice(rule):
        factor, shift = changes(middling(300), brightness=0.2, contrast=0.0)
        expect_fills(shift, -0.2, 0.2, "the shift")
        expect(np.abs(factor - 1).max() < 1e-9, "with contrast = 0 a picture is only shifted")
    with student.case("both together", 3):
        works(middling(300))
    with student.case("factor and shift are drawn independently"):
        factor, shift = changes(middling(800))
        expect_fills(factor, 0.7, 1.3, "the factor")
        for a, b, words in (
            (factor, shift, "factor and shift go together"),
            (factor[:-1], factor[1:], "pictures that follow each other get similar factors"),
            (shift[:-1], shift[1:], "pictures that follow each other get similar shifts"),
        ):
            expect(abs(correlation(a, b)) < SIGMAS / np.sqrt(len(a)), words)
    with student.case("clipped to the range"):
        for X, top in ((pictures(rng, 60, 3, 4, 5), 1), (as_bytes(pictures(rng, 60, 3, 4, 5)), 255)):
            out = jitter(X, brightness=0.6, contrast=0.9)
            expect(
                out.min() == 0 and out.max() == top,
                f"values run from {out.min():.3g} to {out.max():.3g}; after strong changes, clipped, from 0 to {top}",
            )
            ends = np.mean((out == 0) | (out == top))
            expect(0.02 < ends < 0.98, f"{ends:.0%} of the numbers lie at the ends of the range")
    with student.case("the defaults are 0.2 and 0.2", 0.5):
        X = middling(300)
        out = student.call("color_jitter", X, generator(student, int(rng.integers(2**31))))
        factor, shift, _ = _affine_fit(X, expect_array(out, X.shape, "the result"))
        expect_fills(factor, 0.8, 1.2, "the factor")
        expect_fills(shift, -0.2, 0.2, "the shift")
    _ask_form(jitter, works, middling(300))


@check("pca_color_jitter", forbids=NUMERIC_HELPERS)
def pca_color_jitter(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    axes, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    eigenvalues = np.array([0.35, 0.12, 0.04])
    covariance = (axes * eigenvalues) @ axes.T
    jitter = Change(student, rng, "pca_color_jitter", covariance=(covariance + covariance.T) / 2, std=0.05)

    def alphas(X: np.ndarray, **settings: Any) -> np.ndarray:
        """The alphas of each picture, shape (N, 3); all pixels of a picture must have moved alike."""
        moved = jitter(X, **settings).astype(np.float64) - X
        top, near = (255, 1.01) if X.dtype == np.uint8 else (1, 1e-5 if X.dtype == np.float32 else 1e-9)
        spread = float(np.ptp(moved, axis=(2, 3)).max())
        expect(
            spread <= near,
            f"pixels of one picture got shifts that differ by {spread:.3g}; there is one for the whole picture",
        )
        return moved.mean(axis=(2, 3)) / top @ axes / eigenvalues

    def grey(N: int, H: int = 2, W: int = 3) -> np.ndarray:
        return pictures(rng, N, 3, H, W, low=0.45, high=0.55)

    def works(X: np.ndarray) -> None:
        expect_normal(alphas(X), 0.05, 0.03 if X.dtype == np.uint8 else 0.0)

    def expect_normal(alpha: np.ndarray, std: float, rounding: float = 0.0) -> None:
        n = len(alpha)
        for i, j in ((0, 1), (0, 2), (1, 2)):
            together = correlation(alpha[:, i], alpha[:, j])
            expect(
                abs(together) < SIGMAS / np.sqrt(n) + 5 * rounding,
                "the alphas of two axes go together: draw three for each picture, and shift along the eigenvectors "
                "(the columns that eigh gives)",
            )
        for k in range(3):
            found = alpha[:, k].std()
            allowed = std * SIGMAS / np.sqrt(2 * n) + rounding
            expect(
                abs(found - std) < allowed,
                f"along the axis of eigenvalue {eigenvalues[k]:g} the shifts are {found / std:.3g} times as large as "
                "alpha · eigenvalue "
                + ("(times 255 for uint8)" if rounding else "(the eigenvalue itself, not its root)"),
            )
            expect(
                abs(alpha[:, k].mean()) < SIGMAS * std / np.sqrt(n) + rounding,
                "the alphas should have mean 0",
            )

    with student.case("one shift for all pixels of a picture", 2):
        alpha = alphas(grey(200, 3, 4))
        expect(len(np.unique(alpha.round(9), axis=0)) > 150, "each picture needs alphas of its own")
    with student.case("normal alphas times eigenvalues along the eigenvectors", 4):
        works(grey(2000))
    with student.case("another std, and 0.1 by default"):
        expect_normal(alphas(grey(2000), std=0.02), 0.02)
        X = grey(2000)
        drawn_from = generator(student, int(rng.integers(2**31)))
        out = student.call("pca_color_jitter", X, drawn_from, covariance)
        moved = expect_array(out, X.shape, "the result") - X
        expect_normal(moved.mean(axis=(2, 3)) @ axes / eigenvalues, 0.1)
    with student.case("a normal distribution"):
        alpha = alphas(grey(1500)) / 0.05
        expect(
            2.5 < np.abs(alpha).max() < 8,
            f"the largest of 4,500 alphas is {np.abs(alpha).max():.2g} standard deviations: is this a normal distribution?",
        )
    with student.case("clipped to the range"):
        for X, top in ((pictures(rng, 80, 3, 3, 4), 1), (as_bytes(pictures(rng, 80, 3, 3, 4)), 255)):
            out = jitter(X, std=2.0)
            expect(
                out.min() == 0 and out.max() == top,
                f"values run from {out.min():.3g} to {out.max():.3g}; after strong shifts, clipped, from 0 to {top}",
            )
            ends = np.mean((out == 0) | (out == top))
            expect(0.02 < ends < 0.98, f"{ends:.0%} of the numbers lie at the ends of the range")
    _ask_form(jitter, works, grey(1500))


@check("random_rotation", forbids=NUMERIC_HELPERS)
def random_rotation(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    rotate = Change(student, rng, "random_rotation", max_degrees=30)

    def ramps(N: int, H: int = 21, W: int = 21) -> np.ndarray:
        """Pictures of two channels: one gets brighter from left to right, one from top to bottom; 0.5 in the centre."""
        y, x = (np.indices((H, W)).T - np.array([(H - 1) / 2, (W - 1) / 2])).T
        return np.tile(0.5 + np.stack([x, y]) * steepness(H, W), (N, 1, 1, 1))

    def steepness(H: int, W: int) -> float:
        return 0.8 / max(H, W)

    def angles(X: np.ndarray, ask: Change = rotate, **settings: Any) -> np.ndarray:
        """The angle of each picture in degrees, from the directions in which its ramps rise now."""
        out = ask(X, **settings)
        H, W = X.shape[2:]
        y, x = np.indices((H, W)) - np.array([(H - 1) / 2, (W - 1) / 2])[:, None, None]
        disc = np.hypot(y, x) < min(H, W) / 2 - 1
        # No number of these pictures is zero, so that one between four that are not is a place nobody has filled.
        missing = out[:, :, 1:-1, 1:-1] == 0
        for down, right in ((0, 1), (2, 1), (1, 0), (1, 2)):
            missing &= out[:, :, down : H - 2 + down, right : W - 2 + right] != 0
        expect(
            not missing.any(),
            "there are holes in the picture: go over the pixels of the new one, and ask each where it came from",
        )
        basis = np.stack([y[disc], x[disc], np.ones(disc.sum())], axis=1)
        values = out[:, :, disc].reshape(2 * len(X), -1).T / (255 if X.dtype == np.uint8 else 1)
        fit = np.linalg.lstsq(basis, values, rcond=None)[0].reshape(3, len(X), 2)
        (down, right), centre = fit[:2] / steepness(H, W), fit[2]
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
            bool(np.abs(centre - 0.5).max() < 0.3 * steepness(H, W)),
            "the centre of the picture has moved; rotate about ((H - 1) / 2, (W - 1) / 2)",
        )
        return np.rad2deg(np.arctan2(down[:, 0], right[:, 0]))

    def works(X: np.ndarray) -> None:
        expect_fills(angles(X), -30, 30, "the angle in degrees", slack=2.5)

    with student.case("turned about the centre", 3):
        works(ramps(200))
    with student.case("angles fill the range", 2):
        for largest in (10, 60):
            expect_fills(
                angles(ramps(200), max_degrees=largest), -largest, largest, "the angle in degrees", slack=2.5
            )
    with student.case("pictures that are not square"):
        works(ramps(200, 17, 25))
        works(ramps(200, 24, 18))
    with student.case("all channels alike"):
        X = np.repeat(ramps(200)[:, :1], 3, axis=1)
        out = rotate(X)
        expect(float(np.ptp(out, axis=1).max()) < 1e-9, "the channels of a picture were rotated differently")
        works(ramps(200))
    with student.case("what comes from outside is zero, the rest is there"):
        works(ramps(200))
        X = np.ones((150, 2, 20, 20))
        out = rotate(X, max_degrees=50)
        y, x = np.indices((20, 20)) - 9.5
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
    with student.case("max_degrees = 0 changes nothing, and it is 15 by default", 0.5):
        works(ramps(200))
        X = pictures(rng, 4, 3, 9, 12)
        expect_close(rotate(X, max_degrees=0), X, "the pictures with max_degrees = 0")
        expect_fills(
            angles(ramps(200), ask=Change(student, rng, "random_rotation")),
            -15,
            15,
            "the angle in degrees",
            2.5,
        )
    _ask_form(rotate, works, ramps(200))
