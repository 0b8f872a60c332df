"""What a report says of one notebook: all of it for who teaches, and what can be shown to the class for everybody.

What is shown to the class names nobody and tells nobody apart: it says nothing of a class of fewer than `CLASS`, no group
in it is smaller than `GROUP`, and what a question earned is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.classroom.reporting import figures
from autograder.classroom.reporting.figures import Picture
from autograder.classroom.reporting.findings import (
    Mistake,
    Needs,
    Topic,
    mistakes,
    needs,
    same_mistake,
    topics,
)
from autograder.classroom.reporting.gather import ClassWork
from autograder.classroom.reporting.statistics import (
    Bin,
    Success,
    distribution,
    middle,
    successes,
    total_shares,
)
from course_utils.text import counted

CLASS = 5
GROUP = 3
_STEP = 0.05
_MOST_ROWS = 40


@dataclass(frozen=True)
class Row:
    """A question in the table: its name, what it is worth and what the class did, in words and signs."""

    name: str
    points: float
    mean: str
    full: str = ""
    unwritten: str = ""
    discrimination: str = ""


@dataclass(frozen=True)
class Chapter:
    """What a report says of one notebook; what is not known or not shown is empty.

    Attributes:
        name: of the assignment.
        title: for people.
        facts: sentences on the whole.
        pictures: its figures.
        rows: the table of questions.
        mistakes: with those who made them, who are nobody where it is shown to a class.
        made: how many made each mistake, in the order of `mistakes`.
        needs: who needs help.
        topics: what to talk about.
    """

    name: str
    title: str
    facts: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    needs: list[Needs] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)


def for_teachers(work: ClassWork) -> Chapter:
    """All that is known of a class's work on one notebook."""
    chapter = Chapter(work.name, work.title, facts=_facts(work), needs=needs(work))
    if not work.works:
        return chapter
    found, made = successes(work), mistakes(work)
    shares = total_shares(work)
    marked = [each for each in found if each.shares]
    if shares:
        chapter.pictures.append(figures.points(distribution(shares), middle(shares)))
    if any(each.discrimination is not None for each in marked):
        chapter.pictures.append(figures.quality(marked))
    if hours := [each.early.total_seconds() / 3600 for each in work.works if each.early is not None]:
        chapter.pictures.append(figures.handed_in(hours))
    if marked:
        chapter.pictures.append(figures.success(marked))
    chapter.rows.extend(map(_row, found))
    chapter.mistakes.extend(made[:_MOST_ROWS])
    chapter.made.extend(len(each.students) for each in chapter.mistakes)
    chapter.topics.extend(topics(found, made))
    return chapter


def for_the_class(work: ClassWork) -> Chapter:
    """What can be shown to a class without telling anybody apart."""
    chapter = Chapter(work.name, work.title)
    shares = total_shares(work)
    if len(shares) < CLASS:
        chapter.facts.append(f"Fewer than {CLASS} have marks: a page on so few would tell who is who.")
        return chapter
    chapter.facts.append(f"{len(shares)} have marks.")
    means = [(each, rounded(each.mean)) for each in successes(work) if each.mean is not None]
    shown = [(each, mean) for each, mean in means if len(each.shares) >= CLASS]
    chapter.pictures.append(figures.points(merged(distribution(shares)), None))
    chapter.pictures.append(figures.means([(each.question.name, mean) for each, mean in shown]))
    chapter.rows.extend(Row(each.question.name, each.question.points, f"{mean:.0%}") for each, mean in shown)
    common = [each for each in mistakes(work) if len(each.students) >= GROUP]
    chapter.mistakes.extend(Mistake(each.question, each.clause, each.certainty, ()) for each in common)
    chapter.made.extend(len(each.students) for each in common)
    chapter.topics.extend(_topics_for_the_class(shown, common))
    return chapter


def _topics_for_the_class(shown: Sequence[tuple[Success, float]], common: Sequence[Mistake]) -> list[Topic]:
    found = []
    for each, mean in sorted(shown, key=lambda pair: pair[1])[:5]:
        same = [mistake for mistake in common if mistake.question == each.question.name]
        if mean < 0.6 or same:
            sentences = [f"The class earned about {mean:.0%} of the points.", *map(same_mistake, same)]
            found.append(Topic(each.question.name, tuple(sentences)))
    return found


def merged(bins: Sequence[Bin]) -> list[Bin]:
    """The same numbers in wider ranges, none of which holds fewer than a group."""
    wide: list[Bin] = []
    low, number = bins[0].low, 0
    for each in bins:
        number += each.number
        if number >= GROUP:
            wide.append(Bin(low, each.high, number))
            low, number = each.high, 0
    if wide and low < bins[-1].high:
        last = wide.pop()
        wide.append(Bin(last.low, bins[-1].high, last.number + number))
    return wide


def rounded(share: float) -> float:
    """A share to the next twentieth."""
    return round(share / _STEP) * _STEP


def _facts(work: ClassWork) -> list[str]:
    if not work.works:
        return ["Nobody has handed in anything that is graded."]
    facts = [f"{counted(len(work.works), 'submission')}, {counted(work.most, 'point')} at most."]
    if (half := middle(total_shares(work))) is not None:
        facts.append(f"The median is {half:.0%} of the points that are marked.")
    if waiting := sum(each.waiting for each in work.works):
        facts.append(
            f"{counted(waiting, 'point')} are still to be given by hand, and count nowhere here yet."
        )
    if late := sum(bool(each.late) for each in work.works):
        facts.append(f"{late} late.")
    if again := sum(each.gradings > 1 for each in work.works):
        facts.append(f"Of {again} more than one grading is known.")
    if work.missing:
        facts.append(f"Not handed in: {len(work.missing)} of {len(work.missing) + len(work.works)}.")
    return facts


def _row(each: Success) -> Row:
    of = len(each.shares)
    return Row(
        each.question.name,
        each.question.points,
        "—" if each.mean is None else f"{each.mean:.0%}",
        f"{each.full} of {of}" if of else "—",
        str(each.unwritten) if each.unwritten else "",
        "—" if each.discrimination is None else f"{each.discrimination:+.2f}",
    )
