"""How unlikely it is that two answers share what they share: what few have weighs more, and what everybody has nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.classroom.similarity.prints import Prints

# Two answers to a question are said to be alike from here on: so much of what is rare in the smaller one, and so many bits.
# `python -m benchmarks.similarity` measures how often independent answers are, and copies.
SHARE = 0.6
BITS = 15.0
_BLOCK = 2048


@dataclass(frozen=True)
class Weighed:
    """All N answers to one question, weighed against each other; matrices of shape (N, N).

    Attributes:
        shared: bits that each two share, how unlikely that is; on the diagonal what each has.
        shares: the shared part of what the smaller of two has, from 0 to 1.
        alike: whether two share more than independent answers do.
    """

    shared: np.ndarray
    shares: np.ndarray
    alike: np.ndarray


def weigh(answers: Sequence[Prints]) -> Weighed:
    """Weigh all answers to one question against each other; the course's own counts as one more.

    A fingerprint that `count` of N answers have says log2((N + 1) / count) bits, and nothing where more than half have it.
    """
    number = len(answers)
    held = Counter(each for answer in answers for each in answer.places)
    weights = {
        each: float(np.log2((number + 1) / count))
        for each, count in held.items()
        if count <= max(2, number / 2)
    }
    shared = np.zeros((number, number))
    order = list(weights)
    for start in range(0, len(order), _BLOCK):
        block = {each: place for place, each in enumerate(order[start : start + _BLOCK])}
        has = np.zeros((number, len(block)))
        for row, answer in enumerate(answers):
            has[row, [block[each] for each in answer.places if each in block]] = 1
        shared += (has * [weights[each] for each in block]) @ has.T
    least = np.minimum.outer(np.diag(shared), np.diag(shared))
    shares = np.divide(shared, least, out=np.zeros_like(shared), where=least > 0)
    return Weighed(shared, shares, (shares >= SHARE) & (shared >= BITS))
