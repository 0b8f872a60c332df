"""What a class's verdicts say to who teaches it: mistakes with a name, who needs help with what, what to talk about."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.classroom.reporting.gather import ClassWork, Work
from autograder.classroom.reporting.statistics import Success
from autograder.verdict.render import summary
from course_utils.compare import Cause
from course_utils.text import counted, one_line

_NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)")
_LONGEST = 240
# Who earned less than this share needs help.
HELP_BELOW = 0.5
_MOST_TOPICS = 5
_MOST_TROUBLES = 3
# Below these a question is worth talking about: the class earned less, or it tells who knows from who does not the wrong way.
_HARD = 0.6
_WRONG_WAY = -0.1
_ENOUGH = 10


@dataclass(frozen=True)
class Mistake:
    """A mistake that has a name, and who made it.

    Attributes:
        question: where.
        clause: what was done.
        certainty: "known" where the numbers are those of this very mistake, "likely", or "guess".
        students: ids, in their order.
    """

    question: str
    clause: str
    certainty: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Trouble:
    """What a student needs help with: a question, what it earned of how much, and the first thing that is wrong."""

    question: str
    earned: float
    points: float
    why: str


@dataclass(frozen=True)
class Needs:
    """Who needs help, why that is said, and with what, the most points first."""

    student: str
    why: str
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True)
class Topic:
    """What to talk about: a question, and sentences on what happened there."""

    question: str
    sentences: tuple[str, ...]


def mistakes(work: ClassWork) -> list[Mistake]:
    """Every mistake that has a name, the most common first; who makes one in many cases makes it once."""
    made: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    words: dict[tuple[str, str, str], Cause] = {}
    for each in work.works:
        for question, cause in _causes(each):
            key = question, cause.kind, _NUMBER.sub("…", cause.clause)
            made[key].add(each.student)
            words.setdefault(key, cause)
    found = [
        Mistake(
            key[0],
            one_line(words[key].clause if len(students) == 1 else key[2], _LONGEST).rstrip("."),
            words[key].certainty.value,
            tuple(sorted(students)),
        )
        for key, students in made.items()
    ]
    order = {question.name: place for place, question in enumerate(work.questions)}
    return sorted(
        found, key=lambda each: (-len(each.students), order.get(each.question, len(order)), each.clause)
    )


def _causes(work: Work) -> Iterator[tuple[str, Cause]]:
    for question, verdict in work.verdicts.items():
        for case in verdict.cases:
            if case.failure and case.failure.cause:
                yield question, case.failure.cause


def needs(work: ClassWork) -> list[Needs]:
    """Who has not handed in, whose file could not be read, and who earned less than half; those with least first."""
    absent = [Needs(student, "has not handed in") for student in work.missing]
    return absent + [
        Needs(each.student, why, _troubles(work, each))
        for each in sorted(work.works, key=lambda each: work.share(each) or 0.0)
        if (why := _why(work, each))
    ]


def _why(work: ClassWork, each: Work) -> str:
    if each.is_unreadable:
        return one_line(f"nothing could be asked: {next(iter(each.verdicts.values())).reason}", _LONGEST)
    share = work.share(each)
    if share is None or share >= HELP_BELOW:
        return ""
    empty = [question.name for question in work.questions if question.name in each.unwritten]
    rest = f"; {counted(len(empty), 'question')} not written, the first is {empty[0]}" if empty else ""
    return f"has {share:.0%} of the points that are marked{rest}"


def _troubles(work: ClassWork, each: Work) -> tuple[Trouble, ...]:
    if each.is_unreadable:
        return ()
    lost = {
        question: question.points - each.points[question.name]
        for question in work.questions
        if question.name in each.points and question.name not in each.unwritten
    }
    worst = sorted((question for question in lost if lost[question] > 0), key=lambda q: -lost[q])
    return tuple(
        Trouble(question.name, each.points[question.name], question.points, first_reason(each, question.name))
        for question in worst[:_MOST_TROUBLES]
    )


def first_reason(work: Work, question: str) -> str:
    """The first thing that is wrong with an answer; "" where only a person knows."""
    verdict = work.verdicts.get(question)
    return one_line(summary(verdict), _LONGEST) if verdict else ""


def topics(found: Sequence[Success], made: Sequence[Mistake]) -> list[Topic]:
    """What to talk about in the next lecture: where the class lost most, and what many did wrong in the same way."""
    hard = sorted((each for each in found if _is_a_topic(each, made)), key=lambda each: -each.lost)
    return [Topic(each.question.name, tuple(_sentences(each, made))) for each in hard[:_MOST_TOPICS]]


def _is_a_topic(each: Success, made: Sequence[Mistake]) -> bool:
    if not each.losers:
        return False
    is_hard = (each.mean or 0.0) < _HARD
    return is_hard or _tells_the_wrong_way(each) or bool(_shared(each, made))


def _sentences(each: Success, made: Sequence[Mistake]) -> Iterator[str]:
    of = len(each.shares)
    yield f"{each.losers} of {of} lost points here, {counted(round(each.lost, 1), 'point')} in all."
    if each.unwritten:
        yield f"{each.unwritten} of {of} have written nothing that can be read."
    yield from map(same_mistake, _shared(each, made)[:2])
    if _tells_the_wrong_way(each):
        yield "Those who do well elsewhere do badly here: read the question and its check again."


def same_mistake(mistake: Mistake) -> str:
    """A sentence on a mistake that several made."""
    return f"{len(mistake.students)} made the same mistake: {mistake.clause}."


def _shared(each: Success, made: Sequence[Mistake]) -> list[Mistake]:
    return [
        mistake for mistake in made if mistake.question == each.question.name and len(mistake.students) > 1
    ]


def _tells_the_wrong_way(each: Success) -> bool:
    enough = len(each.shares) >= _ENOUGH
    return enough and each.discrimination is not None and each.discrimination < _WRONG_WAY
