"""Whether parameters make labels, by what happens to the labels when numbers of the parameters change places."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograder.verdict.expect import expect
from autograder.verdict.refusals import NoAnswer
from course_utils.compare import CheckFailed

LabelsBy = Callable[[dict[str, Any], np.ndarray], np.ndarray]

# How often some parameters are moved.
_LOOKS = 10
# How often as many others are moved, until one such move gives other labels.
_OTHER_MOVES = 8
_BY_PARAMS = "predict has to go by the params that it is given, not by a file or a variable of its own"


def expect_by_params(
    labels_by: LabelsBy, params: dict[str, Any], X: np.ndarray, marked: np.ndarray, rng: np.random.Generator
) -> None:
    """Fail the case unless the labels change by and by as ever more numbers of the parameters change places.

    Where parameters are only recognised, and the network is somewhere else, labels change all at once, or by
    how many numbers were moved and not by which.

    Args:
        labels_by: labels of a batch by some parameters.
        params: those that were handed in.
        X: some pictures.
        marked: their labels, as they counted.
        rng: draws what is moved.
    """
    moved = _Moved(params, rng)
    # In a batch of their own: a mean of the batch may turn some labels, which is another case; another network most.
    labels = labels_by(params, X)
    expect(
        int(np.sum(labels != marked)) <= 0.3 * len(X),
        f"{len(X)} pictures were labelled in another way than the same ones in a larger batch: {_BY_PARAMS}",
    )

    def changed(count: int) -> int:
        return int(np.sum(_labels_of_moved(labels_by, moved, count, X) != labels))

    whole = changed(moved.size)
    expect(
        whole >= len(X) // 10,
        f"the labels stayed the same when all numbers in params were in other places: {_BY_PARAMS}",
    )
    if len(np.unique(labels)) < 3:  # hardly a network: its few labels change together
        return
    few, many = 1, moved.size
    for _ in range(_LOOKS):
        middle = math.isqrt(few * many)
        found = changed(middle)
        if 2 <= found <= 0.8 * whole:
            _expect_same_again(labels_by(params, X), labels)
            first = _labels_of_moved(labels_by, moved, middle, X)
            others = (_Moved(params, rng) for _ in range(_OTHER_MOVES))
            _expect_others(first, (_labels_of_moved(labels_by, other, middle, X) for other in others))
            return
        few, many = (middle, many) if found < 2 else (few, middle)
    raise CheckFailed(
        f"however few numbers in params were in other places, all labels changed or none: {_BY_PARAMS}"
    )


def _expect_same_again(again: np.ndarray, labels: np.ndarray) -> None:
    expect(
        int(np.sum(again != labels)) <= 2,
        f"the same params gave other labels after others had been asked for: {_BY_PARAMS}",
    )


def _expect_others(first: np.ndarray, others: Iterable[np.ndarray]) -> None:
    expect(
        any(int(np.sum(other != first)) >= 2 for other in others),
        f"the labels were the same whichever numbers in params were in other places: {_BY_PARAMS}",
    )


def _labels_of_moved(labels_by: LabelsBy, moved: _Moved, count: int, X: np.ndarray) -> np.ndarray:
    """Labels with so many numbers moved; -1 where these parameters give none."""
    try:
        return labels_by(moved.params(count), X)
    except NoAnswer:
        raise
    except CheckFailed:
        return np.full(len(X), -1)


class _Moved:
    """Parameters of which some numbers, drawn at random, are in other places of their array."""

    def __init__(self, params: dict[str, Any], rng: np.random.Generator):
        self._arrays = {name: np.asarray(value) for name, value in params.items()}
        self._others = {name: rng.permutation(array.ravel()) for name, array in self._arrays.items()}
        self.size = sum(array.size for array in self._arrays.values())
        ends = np.cumsum([array.size for array in self._arrays.values()])[:-1]
        self._ranks = dict(zip(params, np.split(rng.permutation(self.size), ends), strict=True))

    def params(self, count: int) -> dict[str, Any]:
        """The parameters with so many numbers moved; those that are moved stay so for a larger count."""
        return {
            name: np.where(self._ranks[name] < count, self._others[name], array.ravel()).reshape(array.shape)
            for name, array in self._arrays.items()
        }
