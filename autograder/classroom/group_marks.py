"""Marks and comments that a person gave to one member of a group: they are the group's."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from autograder.course.groups import groups_of
from autograder.course.manifest import Assignment, Course
from autograder.nbgrader_bridge.database import exists, opened
from autograder.nbgrader_bridge.marks_by_hand import answers_in_file
from course_utils.errors import CourseError, cannot_write
from course_utils.files import replaced

Value = list[Any]
"""What a person gave: a score and extra credit, or a comment."""


@dataclass(frozen=True)
class _Row:
    """What a person may give one member for one cell."""

    member: str
    answer: str
    row: Any
    columns: tuple[str, ...]

    @property
    def value(self) -> Value | None:
        """What was given; None where it waits, or nothing was."""
        values = [getattr(self.row, column) for column in self.columns]
        waits = getattr(self.row, "needs_manual_grade", False)
        return None if waits or values[0] is None else values

    def give(self, value: Value) -> None:
        for column, each in zip(self.columns, value, strict=True):
            setattr(self.row, column, each)
        if hasattr(self.row, "needs_manual_grade"):
            self.row.needs_manual_grade = False


def share_marks(course: Course, assignment: Assignment) -> list[str]:
    """Let what a person gave one member of a group for an answer be every member's who has the same answer.

    Of two who have something else than what was shared last, nobody knows which counts.

    Returns:
        A sentence for each answer of which that is so.

    Raises:
        CourseError: the groups or the gradebook cannot be used.
    """
    groups = groups_of(course, assignment.name)
    if not groups or not exists(course.gradebook_url):
        return []
    place = course.root / ".grading" / "group-marks" / f"{assignment.name}.json"
    before = _read(place)
    now: dict[str, Value] = {}
    said = []
    with opened(course.gradebook_url) as gradebook:
        for (group, cell), rows in _rows(course, assignment, gradebook, groups).items():
            key = f"{group}/{cell}"
            given = [row.value for row in rows if row.value is not None]
            new = [value for value in given if value != before.get(key)]
            if any(value != new[0] for value in new):
                who = ", ".join(row.member for row in rows)
                said.append(
                    f"{who} of group {group} have different marks by hand for {cell}: give them the same one"
                )
                continue
            if new or given:
                now[key] = (new or given)[0]
                _give(rows, now[key])
        gradebook.db.commit()
    _write(place, now)
    return said


def _give(rows: list[_Row], value: Value) -> None:
    answers = {row.answer for row in rows if row.value is not None}
    for row in rows:
        if row.answer in answers and row.value != value:
            row.give(value)


def _rows(
    course: Course, assignment: Assignment, gradebook: Gradebook, groups: Mapping[str, str]
) -> dict[tuple[str, str], list[_Row]]:
    """What members of groups have, by group and by cell."""
    found = defaultdict(list)
    for submission in gradebook.assignment_submissions(assignment.name):
        student = submission.student.id
        if student in groups:
            answers = answers_in_file(course.graded_path(student, assignment))
            whole = repr(sorted(answers.items()))
            for cell, row, columns in _of(submission):
                found[groups[student], cell].append(_Row(student, answers.get(row.name, whole), row, columns))
    return found


def _of(submission: Any) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            yield grade.name, grade, ("manual_score", "extra_credit")
        for comment in notebook.comments:
            yield f"{comment.name} (comment)", comment, ("manual_comment",)


def _read(place: Path) -> dict[str, Value]:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(place: Path, values: dict[str, Value]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with replaced(place) as file:
            json.dump(values, file, indent=1)
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
