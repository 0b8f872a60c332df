"""Marks of the gradebook put into the tables of Moodle and Canvas."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from autograder.classroom.export import graded_by
from autograder.classroom.giving_back.canvas import CanvasGradebook
from autograder.classroom.giving_back.filling import Filled
from autograder.classroom.giving_back.identity import Identities
from autograder.classroom.giving_back.moodle import fill_worksheet
from autograder.course.manifest import Assignment, Course
from autograder.nbgrader_bridge.final_marks import FinalMark, final_marks
from autograder.nbgrader_bridge.withdrawn import withdrawn
from course_utils.errors import CourseError

Marks = dict[str, dict[str, FinalMark]]


def to_moodle(course: Course, assignment: Assignment, worksheet: Path, to: Path) -> Filled:
    """Fill in an assignment's offline grading worksheet.

    Args:
        worksheet: as Moodle wrote it.
        to: the file to write.

    Raises:
        CourseError: there are no marks yet, it is no worksheet, or the file cannot be written.
    """
    marks, identities = _marks(course, [assignment])
    return fill_worksheet(worksheet, to, assignment, marks[assignment.name], identities)


def to_canvas(
    course: Course,
    assignments: Collection[Assignment],
    gradebook: Path,
    to: Path,
    column: str = "",
    *,
    named: bool = True,
) -> dict[str, Filled]:
    """Fill in the columns of assignments in a gradebook that Canvas exported.

    Args:
        gradebook: the file that Canvas wrote.
        to: the file to write.
        column: title of the column, where only one assignment is filled in and Canvas calls it otherwise.
        named: each has to have a column; else those without one are left out.

    Returns:
        What came of each assignment that has a column, by name.

    Raises:
        CourseError: there are no marks yet, it is no gradebook of Canvas's or has none of the columns, or the file cannot be written.
    """
    sheet = CanvasGradebook(gradebook)
    columns = {each.name: sheet.column(each, column) for each in assignments}
    absent = [name for name, place in columns.items() if place is None]
    if absent and (named or len(absent) == len(columns)):
        raise CourseError(
            f"{gradebook} has no column called like {absent[0]}: name that assignment alone, and the title of its column by --column"
        )
    marks, identities = _marks(course, [each for each in assignments if each.name not in absent])
    filled = {
        name: sheet.fill(place, marks[name], identities)
        for name, place in columns.items()
        if place is not None
    }
    sheet.write(to)
    return filled


def _marks(course: Course, assignments: Collection[Assignment]) -> tuple[Marks, Identities]:
    with graded_by(course) as gradebook:
        gone = withdrawn(course, gradebook)
        marks = {each.name: final_marks(gradebook, each.name, gone) for each in assignments}
        students = [student.id for student in gradebook.students]
    if worthless := [
        name for name, of_all in marks.items() if any(mark.max_score <= 0 for mark in of_all.values())
    ]:
        raise CourseError(f"{worthless[0]} has no points: there is nothing to export of it")
    return marks, Identities(course, students)
