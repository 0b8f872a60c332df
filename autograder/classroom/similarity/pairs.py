"""The closest pairs of a class: whose answers share what hardly anybody else has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from autograder.classroom.similarity.handed_in import Answers
from autograder.classroom.similarity.prints import Lexer, Prints
from autograder.classroom.similarity.weighing import BITS, WHOLE_BITS, Weighed, weigh
from autograder.sandbox.bounded import TooMuch

WHOLE = "the whole notebook"


@dataclass(frozen=True)
class Alike:
    """Two answers to one question.

    Attributes:
        question: which.
        share: of what is rare in the smaller one.
        bits: how unlikely what they share is.
        alike: whether that is more than independent answers share.
        texts: both, each with the places that the other has, too: beginnings and ends.
    """

    question: str
    share: float
    bits: float
    alike: bool
    texts: tuple[tuple[str, list[tuple[int, int]]], tuple[str, list[tuple[int, int]]]]


@dataclass(frozen=True)
class Pair:
    """Two who handed in, with the questions in which they are alike, or the closest one where there is none.

    Attributes:
        share: of what is rare in the smaller of both notebooks, wherever in it that stands.
        bits: how unlikely what they share is, in answers that are alike.
    """

    one: str
    other: str
    share: float
    bits: float
    questions: tuple[Alike, ...]

    @property
    def is_alike(self) -> bool:
        """Whether any two of their answers share more than independent ones do."""
        return any(each.alike for each in self.questions)


@dataclass(frozen=True)
class Comparison:
    """What came of comparing everybody with everybody.

    Attributes:
        pairs: the closest, the least likely first.
        alike: how many pairs have answers that are alike, shown or not.
        compared: how many notebooks of the class, and of earlier years.
        short: questions whose answers have too little of their own to tell anything.
        left_out: who could not be compared, and why.
    """

    pairs: tuple[Pair, ...]
    alike: int
    compared: tuple[int, int]
    short: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = field(default=())


def compare(everybody: Iterable[Answers], known: Sequence[str], most: int) -> Comparison:
    """Compare everybody with everybody, but earlier years not with each other.

    Args:
        known: code that everybody has.
        most: how many pairs are wanted.
    """
    with Lexer() as lexer:
        boilerplate = {each for prints in lexer.prints(known) for each in prints.places}
        answers, prints, left_out = _taken_apart(lexer, everybody, boilerplate)
    class_size = sum(not each.is_earlier for each in answers)
    weighed = {
        question: weigh([each.get(question, Prints("")) for each in prints])
        for question in dict.fromkeys(name for each in prints for name in each)
    }
    short = tuple(question for question, each in weighed.items() if _is_short(each))
    for each in prints:
        each[WHOLE] = Prints.joined(list(each.values()))
    weighed[WHOLE] = weigh([each[WHOLE] for each in prints], WHOLE_BITS)
    closest, alike = _closest(answers, weighed, most)
    pairs = tuple(_pair(one, other, answers, prints, weighed) for one, other in closest)
    return Comparison(pairs, alike, (class_size, len(answers) - class_size), short, tuple(left_out))


def _taken_apart(
    lexer: Lexer, everybody: Iterable[Answers], boilerplate: set[int]
) -> tuple[list[Answers], list[dict[str, Prints]], list[tuple[str, str]]]:
    answers: list[Answers] = []
    prints: list[dict[str, Prints]] = []
    left_out = []
    for each in everybody:
        try:
            if each.problem:
                raise ValueError(each.problem)
            made = lexer.prints(list(each.sources.values()))
        except (ValueError, TooMuch) as error:
            left_out.append((each.owner, str(error)))
            continue
        answers.append(each)
        prints.append({name: one.without(boilerplate) for name, one in zip(each.sources, made, strict=True)})
    return answers, prints, left_out


def _closest(
    answers: Sequence[Answers], weighed: dict[str, Weighed], most: int
) -> tuple[list[tuple[int, int]], int]:
    """The pairs that share most bits in answers that are alike, then those with the closest answer; how many are alike."""
    number = len(answers)
    alike, best = np.zeros((number, number)), np.zeros((number, number))
    for question, each in weighed.items():
        if question != WHOLE:
            alike += each.alike * each.shared
        best = np.maximum(best, each.shares * each.shared)
    alike = np.maximum(alike, weighed[WHOLE].alike * weighed[WHOLE].shared)
    earlier = np.array([each.is_earlier for each in answers], dtype=bool)
    ones, others = np.triu_indices(number, k=1)
    wanted = ~(earlier[ones] & earlier[others]) & (best[ones, others] > 0)
    ones, others = ones[wanted], others[wanted]
    order = np.lexsort((others, ones, -best[ones, others], -alike[ones, others]))[:most]
    closest = [(int(ones[place]), int(others[place])) for place in order]
    return closest, int(np.count_nonzero(alike[ones, others]))


def _pair(
    one: int,
    other: int,
    answers: Sequence[Answers],
    prints: Sequence[dict[str, Prints]],
    weighed: dict[str, Weighed],
) -> Pair:
    found = {
        question: (
            float(each.shares[one, other]),
            float(each.shared[one, other]),
            bool(each.alike[one, other]),
        )
        for question, each in weighed.items()
    }
    told = _told(found)
    questions = tuple(
        Alike(question, *found[question], _texts(prints[one].get(question), prints[other].get(question)))
        for question in told
    )
    bits = sum(found[question][1] for question in told)
    return Pair(answers[one].owner, answers[other].owner, found[WHOLE][0], bits, questions)


def _told(found: dict[str, tuple[float, float, bool]]) -> list[str]:
    """The questions in which two are alike, or the whole where only that is, or else the closest question."""
    alike = [question for question, (*_, is_alike) in found.items() if is_alike]
    single = sorted(set(alike) - {WHOLE}, key=lambda question: -found[question][1])
    closest = max(found, key=lambda question: (question != WHOLE, found[question][0] * found[question][1]))
    return single or alike or [closest]


def _texts(
    one: Prints | None, other: Prints | None
) -> tuple[tuple[str, list[tuple[int, int]]], tuple[str, list[tuple[int, int]]]]:
    one, other = one or Prints(""), other or Prints("")
    return (one.source, one.shared(other)), (other.source, other.shared(one))


def _is_short(each: Weighed) -> bool:
    """Whether half of the answers could not be alike even if they were the same."""
    has = np.diag(each.shared)
    written = has[has > 0]
    return written.size == 0 or float(np.median(written)) < BITS
