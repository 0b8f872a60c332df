"""How a class did, question by question, in numbers; where the numbers say nothing there is None."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import correlation, mean, median

from autograder.classroom.reporting.gather import ClassWork, Question

# Fewer say nothing of how two things go together.
_FEWEST = 3
_BINS = 10


@dataclass(frozen=True)
class Success:
    """How a class did on one question.

    Attributes:
        question: which one.
        shares: what each student earned of it, from 0 to 1; none as long as one of them has no mark.
        full: how many earned all of it.
        part: how many earned some of it.
        none: how many tried and earned nothing.
        unwritten: how many wrote nothing, or handed in nothing that can be read.
        discrimination: correlation of its share with the points of all other questions, the point-biserial one where
            it is only right or wrong; None where it says nothing.
    """

    question: Question
    shares: tuple[float, ...]
    full: int
    part: int
    none: int
    unwritten: int
    discrimination: float | None

    @property
    def mean(self) -> float | None:
        """The mean share, its difficulty: 1 where everybody has all of it, None where nobody has a mark."""
        return mean(self.shares) if self.shares else None

    @property
    def lost(self) -> float:
        """The points that the class lost here."""
        return self.question.points * sum(1 - share for share in self.shares)

    @property
    def losers(self) -> int:
        """How many lost points here."""
        return len(self.shares) - self.full


@dataclass(frozen=True)
class Bin:
    """How many earned a share within a range; the last range holds its end."""

    low: float
    high: float
    number: int


def successes(work: ClassWork) -> list[Success]:
    """How the class did on each question, in the notebook's order."""
    return [_success(work, question) for question in work.questions]


def _success(work: ClassWork, question: Question) -> Success:
    marked = [] if _waits(work, question) else [each for each in work.works if question.name in each.points]
    shares = [each.points[question.name] / question.points for each in marked]
    unwritten = sum(question.name in each.unwritten or each.is_unreadable for each in marked)
    full = sum(share >= 1 for share in shares)
    part = sum(0 < share < 1 for share in shares)
    none = max(0, len(shares) - full - part - unwritten)
    rest = [sum(each.points.values()) - each.points[question.name] for each in marked]
    return Success(
        question, tuple(shares), full, part, none, len(shares) - full - part - none, together(shares, rest)
    )


def _waits(work: ClassWork, question: Question) -> bool:
    """Whether somebody's answer has no mark yet; the marks that there are would be those of answers left empty."""
    return any(question.name not in each.points for each in work.works)


def together(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The correlation of two series; None where they are too few, or one of them is always the same."""
    if len(first) < _FEWEST or _is_constant(first) or _is_constant(second):
        return None
    return correlation(first, second)


def _is_constant(series: Sequence[float]) -> bool:
    return max(series) - min(series) < 1e-9


def total_shares(work: ClassWork) -> list[float]:
    """What each student earned of what is marked so far, from 0 to 1, the least first."""
    return sorted(share for each in work.works if (share := work.share(each)) is not None)


def distribution(shares: Sequence[float], number: int = _BINS) -> list[Bin]:
    """How many earned which share, in ranges of equal width; more than everything counts as everything."""
    places = [min(int(share * number + 1e-9), number - 1) for share in shares]
    return [Bin(place / number, (place + 1) / number, places.count(place)) for place in range(number)]


def middle(shares: Sequence[float]) -> float | None:
    """The median; None of nothing."""
    return median(shares) if shares else None
