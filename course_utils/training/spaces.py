"""What a search may try: ranges and choices, how settings are drawn from them, and how a space closes in on the best.

A space says for each setting either a range, a pair (low, high) whose logarithm is searched evenly, or a list of choices.
"""

from __future__ import annotations

import itertools
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.training.results import Results
from course_utils.training.trials import Settings, Trial

Space = Mapping[str, tuple[float, float] | Sequence[Any]]


def log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    """Draw a number whose logarithm is uniform between those of low and high.

    Raises:
        ValueError: not 0 < low <= high < inf.
    """
    expect_range(low, high, "the range")
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_settings(space: Space, num_trials: int, rng: np.random.Generator) -> list[Settings]:
    """Draw settings: ranges by `log_uniform`, choices evenly; returns num_trials dicts.

    Raises:
        ValueError: the space is impossible.
    """
    expect_space(space)
    return [
        {
            name: log_uniform(values[0], values[1], rng)
            if isinstance(values, tuple)
            else values[int(rng.integers(len(values)))]
            for name, values in space.items()
        }
        for _ in range(num_trials)
    ]


def grid_settings(space: Space, points: int = 5) -> list[Settings]:
    """All combinations of choices and of `points` values of each range, evenly spaced in the logarithm, ends included.

    Raises:
        ValueError: the space is impossible.
    """
    expect_space(space)
    axes = [
        [float(v) for v in np.geomspace(values[0], values[1], points)]
        if isinstance(values, tuple)
        else list(values)
        for values in space.values()
    ]
    return [dict(zip(space, values, strict=True)) for values in itertools.product(*axes)]


def narrowed(
    space: Space, trials: Sequence[Trial], *, top: float = 0.25, shrink: float = 0.4
) -> dict[str, Any]:
    """The space around the best trials, for the next, finer search.

    Args:
        space: of the search before.
        trials: of the search before.
        top: share of the trials that count as the best, at least two.
        shrink: width of a new range, as a share of the old one, in the logarithm.

    Returns:
        A space: each range lies around the geometric mean of the best, and may reach beyond the old one where the best
        were at its edge; of choices those remain that the best made.
    """
    ranked = Results(trials).ranked()
    best = [trial.settings for trial in ranked[: max(2, round(top * len(ranked)))]]
    new: dict[str, Any] = {}
    for name, values in space.items():
        if isinstance(values, tuple):
            centre = statistics.fmean(math.log(settings[name]) for settings in best)
            half = 0.5 * shrink * (math.log(values[1]) - math.log(values[0]))
            new[name] = (math.exp(centre - half), math.exp(centre + half))
        else:
            new[name] = [value for value in values if any(settings[name] == value for settings in best)]
    return new


def expect_space(space: Space) -> None:
    """Raise ValueError unless each setting has a range whose logarithm can be searched, or choices that a file can keep."""
    if not space:
        raise ValueError(
            'the space is empty; it should be like {"learning_rate": (1e-4, 1e-1), "hidden_dim": [50, 100]}'
        )
    for name, values in space.items():
        if isinstance(values, tuple):
            if len(values) != 2:
                raise ValueError(f"{name} is {values}; a range is a pair (low, high), choices are a list")
            expect_range(values[0], values[1], name)
        elif isinstance(values, str) or not isinstance(values, Sequence) or not values:
            raise ValueError(f"{name} is {values!r}; it should be a range (low, high) or a list of choices")
        else:
            try:
                json.dumps(list(values))
            except TypeError:
                raise ValueError(
                    f"choices of {name} must be numbers, texts or lists of them, so that a file can keep them"
                ) from None


def expect_range(low: float, high: float, name: str) -> None:
    """Raise ValueError unless 0 < low <= high < inf."""
    if not 0 < low <= high < math.inf:
        raise ValueError(
            f"{name} goes from {low} to {high}; a range searched by its logarithm needs 0 < low <= high"
        )


def in_words(space: Space) -> str:
    """A space in a line: "learning_rate 0.0001 to 1, hidden_dim [50, 100]"."""
    return ", ".join(
        f"{name} {values[0]:.2g} to {values[1]:.2g}" if isinstance(values, tuple) else f"{name} {values}"
        for name, values in space.items()
    )
