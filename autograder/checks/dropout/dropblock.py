"""Checks of DropBlock's mask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, likely, told
from autograder.checks.asking.chance import SIGMAS, expect_drawn_alone, expect_share, generator
from autograder.checks.asking.expectations import expect_array
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.mistakes.dropout import DROPS_WITH_P
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure

_SHAPE = (150, 4, 10, 14)
_GAMMAS = (
    "gamma = (1 - p) / b² · H·W / ((H - b + 1)·(W - b + 1)) at each of the (H - b + 1)·(W - b + 1) corners"
)


def _asked(student: Student, shape: tuple[int, ...], p: float, b: int, *more: Any) -> np.ndarray:
    """The student's mask.

    Args:
        more: the generator that it is drawn from, or nothing.
    """
    return expect_array(student.call("dropblock_mask", shape, p, b, *more), shape, "the mask")


def _kept(student: Student, p: float, b: int, shape: tuple[int, ...] = _SHAPE) -> np.ndarray:
    """Which places the student's mask keeps; some must be kept and some dropped."""
    kept = _asked(student, shape, p, b) != 0
    expect(bool(kept.any() and not kept.all()), f"with p = {p} some places are kept and some dropped")
    return kept


@check("dropblock_mask", forbids=NUMERIC_HELPERS)
def dropblock_mask(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    with student.case("zero and one other value, with mean 1", 2):
        for p, b in ((0.8, 3), (0.6, 4)):
            mask = _asked(student, _SHAPE, p, b)
            share = float((mask != 0).mean())
            expect(0 < share < 1, f"with p = {p} some places are kept and some dropped")
            with told(mask, lambda p=p, kept=mask != 0: _scales(kept, p)):  # type: ignore[misc]
                expect_close(mask, np.where(mask != 0, 1 / share, 0.0), "the mask")
    with student.case("zeros come in full squares", 3):
        for b in (2, 3, 5):
            _expect_squares(~_kept(student, 0.8, b), b)
    with student.case("the share that is kept", 3), advice(_GAMMAS):
        for p, b in ((0.8, 3), (0.9, 4), (0.3, 2)):
            _expect_share_in_blocks(_kept(student, p, b), p, b)
    with student.case("each image and each channel on its own"):
        maps = _kept(student, 0.8, 3).reshape(-1, 140)
        maps = maps[~maps.all(axis=1)]
        expect(
            len(np.unique(maps, axis=0)) > 0.5 * len(maps),
            "images or channels share their squares; each map needs draws of its own",
        )
    with student.case("squares of side 1 are plain dropout"):
        single = _kept(student, 0.7, 1, (12, 5, 8, 9))
        expect_share(single, 0.7, "places")
        expect_drawn_alone(single, "places")
    with student.case("a square as large as the map", 0.5):
        maps = _kept(student, 0.7, 6, (60, 50, 6, 6)).reshape(-1, 36)
        expect(
            bool(np.all(maps.all(axis=1) | ~maps.any(axis=1))),
            "with b = H = W a map is kept or dropped as a whole",
        )
        expect_share(maps[:, 0], 0.7, "maps")
    with student.case("drawn from the generator that is passed in, or anew"):
        _expect_drawn_from_rng(student, rng)


def _scales(kept: np.ndarray, p: float) -> dict[str, np.ndarray]:
    """Masks that keep the same places with another factor."""
    share = "divide by the share that it has kept, its mean"
    return {
        f"the mask was divided by p, the share it was meant to keep: {share}": kept / p,
        f"the mask was divided by 1 - p: {share}": kept / (1 - p),
        f"the mask was multiplied by its mean: {share}": kept * kept.mean(),
        f"kept places are 1: {share}": 1.0 * kept,
    }


def _expect_drawn_from_rng(student: Student, rng: np.random.Generator) -> None:
    seeds = [int(seed) for seed in rng.integers(2**31, size=2)]

    def draw(*more: Any) -> np.ndarray:
        return _asked(student, (5, 3, 8, 9), 0.7, 3, *more)

    first, again, other = (draw(generator(student, seed)) for seed in (seeds[0], seeds[0], seeds[1]))
    expect(np.array_equal(first, again), "the same generator, started twice, gave different masks")
    expect(not np.array_equal(first, other), "two different generators gave the same mask")
    expect(not np.array_equal(draw(), draw()), "two calls without a generator gave the same mask")


def _expect_squares(zero: np.ndarray, b: int) -> None:
    """Fail the case unless the zeros are a union of b x b squares that lie inside the maps."""
    rows, columns = zero.shape[2] - b + 1, zero.shape[3] - b + 1
    views = [np.s_[:, :, i : i + rows, j : j + columns] for i in range(b) for j in range(b)]
    full = np.all([zero[view] for view in views], axis=0)
    covered = np.zeros_like(zero)
    for view in views:
        covered[view] |= full
    stray = int((zero & ~covered).sum())
    expect(
        stray == 0,
        f"{stray} zeros are not part of a full {b} x {b} square of zeros inside the map (squares may not be cut off)",
    )


def _expect_share_in_blocks(kept: np.ndarray, p: float, b: int) -> None:
    """Fail the case unless the share that is kept is what squares of b x b leave of the maps, up to chance."""
    H, W = kept.shape[2:]
    reach = np.outer(*(np.convolve(np.ones(size - b + 1), np.ones(b)) for size in (H, W)))

    def share(gamma: float) -> float:
        return float(np.mean(np.maximum(1 - gamma, 0) ** reach))

    room = H * W / ((H - b + 1) * (W - b + 1))
    wanted = share((1 - p) / b**2 * room)
    shares = kept.mean(axis=(2, 3)).ravel()
    slack = SIGMAS * shares.std() / np.sqrt(shares.size) + 1e-3
    sentence = f"with p = {p} and squares of {b} x {b} a share of {shares.mean():.1%} was kept, expected {wanted:.1%}"
    if abs(shares.mean() - wanted) >= slack:
        others = {
            DROPS_WITH_P: p / b**2 * room,
            "gamma lacked the factor H·W / ((H - b + 1)·(W - b + 1))": (1 - p) / b**2,
            "gamma was divided by H·W / ((H - b + 1)·(W - b + 1)); it is multiplied by it": (1 - p)
            / b**2
            / room,
            "gamma was not divided by b²": (1 - p) * room,
            "gamma was divided by b; it is divided by b²": (1 - p) / b * room,
            "gamma was 1 - p itself": 1 - p,
        }
        fits = [did for did, gamma in others.items() if abs(shares.mean() - share(gamma)) < slack]
        raise CheckFailed(Failure(sentence, "squares", likely(fits[0]) if len(fits) == 1 else None))
