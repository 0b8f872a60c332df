"""Marks put into a platform's own table: whose are written, whose are not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.giving_back.sheet import Sheet, number_in
from autograder.nbgrader_bridge.final_marks import FinalMark
from course_utils.text import counted

_DECIMALS = 2  # as many as Moodle and Canvas show


@dataclass(frozen=True)
class Cell:
    """Where the mark of one student belongs.

    Attributes:
        row: number of the row.
        column: number of the column.
        called: what the platform calls the student, for people.
        student: who that is here; "" where `why` says why nobody knows.
        maximum: the platform's points for the assignment, as it writes numbers.
        why: why nothing can be written there, "" where it can.
    """

    row: int
    column: int
    called: str
    student: str
    maximum: str
    why: str = ""


@dataclass
class Filled:
    """What came of it.

    Attributes:
        marks: how many marks the table has now.
        changed: (called, student, mark before, mark now), of those that had another mark.
        left: (called, student, reason), of rows that are as they were.
        elsewhere: ids of students who are graded here and not in the table.
        missing: ids of all students who are graded here and whose mark the table has not.
    """

    marks: int = 0
    changed: list[tuple[str, str, str, str]] = field(default_factory=list)
    left: list[tuple[str, str, str]] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


def fill(sheet: Sheet, cells: list[Cell], marks: Mapping[str, FinalMark]) -> Filled:
    """Put marks into a table, scaled to its own points.

    Args:
        marks: by student.
    """
    filled = Filled(elsewhere=sorted(set(marks) - {cell.student for cell in cells}), missing=set(marks))
    twice = {student for student, number in Counter(cell.student for cell in cells).items() if number > 1}
    for cell in cells:
        reason = _reason(cell, marks, twice - {""})
        if reason:
            filled.left.append((cell.called, cell.student, reason))
            continue
        mark, before = marks[cell.student], sheet.rows[cell.row][cell.column]
        now = _scaled(mark, cell.maximum)
        filled.marks += 1
        filled.missing.discard(cell.student)
        if number_in(before) == number_in(now):
            continue
        sheet.put(cell.row, cell.column, now)
        if number_in(before) is not None:
            filled.changed.append((cell.called, cell.student, before, now))
    return filled


def whose(find: Callable[[], str]) -> tuple[str, str]:
    """The student that a row means, and why nobody knows; one of them is empty."""
    try:
        return find(), ""
    except Refused as refusal:
        return "", str(refusal)


def _scaled(mark: FinalMark, maximum: str) -> str:
    points = mark.score / mark.max_score * (number_in(maximum) or 0.0)
    return f"{points:.{_DECIMALS}f}".replace(".", "," if "," in maximum else ".")


def _reason(cell: Cell, marks: Mapping[str, FinalMark], twice: set[str]) -> str:
    return next(_reasons(cell, marks, twice), "")


def _reasons(cell: Cell, marks: Mapping[str, FinalMark], twice: set[str]) -> Iterator[str]:
    if cell.why:
        yield cell.why
    if cell.student in twice:
        yield "another row is the same student"
    mark = marks.get(cell.student)
    if mark is None:
        yield "nothing is graded"
    elif mark.waiting:
        yield f"{counted(mark.waiting, 'point')} still to be marked by hand"
