"""Whether chance decides, and the generator that is passed in alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.asking.chance import SIGMAS
from autograder.verdict.expect import expect


def expect_scattered(chosen: np.ndarray, N: int, what: str) -> None:
    """Fail the case when neighbours tend to be chosen together, as they are without shuffling.

    Args:
        chosen: a few hundred of the numbers 0..N-1.
    """
    inside = np.zeros(N, dtype=bool)
    inside[chosen] = True
    together, share = float(np.mean(inside[1:] & inside[:-1])), len(chosen) / N
    slack = SIGMAS * np.sqrt(share**2 / N)
    expect(
        abs(together - share**2) < slack,
        f"{what} are neighbours too often (or too rarely): shuffle, each example at random",
    )


def expect_from_rng(draw: Callable[[int], Any], rng: np.random.Generator, what: str) -> None:
    """Fail the case unless equal generators give equal results and others give others.

    Args:
        draw: what a generator of this seed leads to, as an array.
    """
    seeds = [int(seed) for seed in rng.integers(2**31, size=2)]
    first, again, other = (np.asarray(draw(seed)) for seed in (seeds[0], seeds[0], seeds[1]))
    expect(
        np.array_equal(first, again),
        f"the same generator, started twice, gave different {what}: draw from rng and from nothing else",
    )
    expect(not np.array_equal(first, other), f"two different generators gave the same {what}")
