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
# The same of whole notebooks, in which many short answers come together.
WHOLE_BITS = 45.0
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


def weigh(answers: Sequence[Prints], bits: float = BITS) -> Weighed:
    """Weigh all answers to one question against each other; the course's own counts as one more.

    A fingerprint that `count` of N answers have says log2((N + 1) / count) bits, and nothing where more than half have it.

    Args:
        bits: so many two answers have to share to be called alike.
    """
    number = len(answers)
    held = Counter(each for answer in answers for each in answer.places)
    weights = {
        each: float(np.log2((number + 1) / count))
        for each, count in held.items()
        if count <= max(2, number / 2)
    }
    shared = _shared(answers, {each: weight for each, weight in weights.items() if held[each] > 1})
    has = [sum(weights.get(each, 0.0) for each in answer.places) for answer in answers]
    np.fill_diagonal(shared, has)
    least = np.minimum.outer(np.diag(shared), np.diag(shared))
    shares = np.divide(shared, least, out=np.zeros_like(shared), where=least > 0)
    return Weighed(shared, shares, (shares >= SHARE) & (shared >= bits))


def _shared(answers: Sequence[Prints], weights: dict[int, float]) -> np.ndarray:
    """Bits that each two answers share; a block of fingerprints at a time, since a large class has very many."""
    number, place = len(answers), {each: at for at, each in enumerate(weights)}
    held = [
        (place[each], row) for row, answer in enumerate(answers) for each in answer.places if each in place
    ]
    columns, rows = np.array(sorted(held), dtype=np.int64).reshape(-1, 2).T
    bits, shared = np.array(list(weights.values())), np.zeros((number, number))
    for start in range(0, len(weights), _BLOCK):
        first, last = np.searchsorted(columns, (start, start + _BLOCK))
        has = np.zeros((number, len(bits[start : start + _BLOCK])))
        has[rows[first:last], columns[first:last] - start] = 1
        shared += (has * bits[start : start + _BLOCK]) @ has.T
    return shared
