"""Which student of the course a row of a platform's table is: by numbers, logins and addresses, never by a name alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.roster import ROSTER, Roster
from autograder.classroom.collecting.store import all_collected_from
from autograder.classroom.collecting.worksheet import is_named
from autograder.course.manifest import Assignment, Course
from course_utils.text import shown

Numbers = dict[str, set[tuple[str, str]]]
"""Students who handed in under a number, each with the name that the platform gave them then."""


class Identities:
    """The students of a course, as platforms know them.

    Args:
        course: whose `roster.csv` is read, if there is one.
        students: ids of all of whom the gradebook knows.
        roster: another list of the class.

    Raises:
        CourseError: the roster is not what it should be.
    """

    def __init__(self, course: Course, students: Collection[str], roster: Path | None = None):
        self._course = course
        roster = roster or (course.root / ROSTER)
        self._roster = Roster(roster) if roster.is_file() else None
        self._ids: dict[str, set[str]] = defaultdict(set)
        for student in students:
            self._ids[student.lower()].add(student)
        self._numbers: dict[tuple[str, str], Numbers] = {}

    def in_moodle(self, assignment: Assignment, number: str, row: Sequence[str], email: str) -> str:
        """The student of a row of an assignment's grading worksheet.

        Args:
            number: that of the submission, "" where there is none.
            row: the word before the number and all values, of which one is the name; empty where names are hidden.
            email: address, "" where the worksheet hides it.

        Raises:
            Refused: nobody is known by them, or not one alone.
        """
        known = self._handed_in("moodle", [assignment])[number]
        if known and row and not any(is_named(name, row) for _, name in known):
            raise Refused(
                f"{number} handed in here under another name: is it the worksheet of {assignment.name}?"
            )
        return self._one([{student for student, _ in known}, *self._facts(email=email, id=email)])

    def in_canvas(self, number: str, login: str, sis: str) -> str:
        """The student of a row of a gradebook.

        Args:
            number: Canvas's own, which belongs to the student for good.
            login: what Canvas calls SIS Login ID; "" where the table has none.
            sis: its SIS User ID; "" where the table has none.

        Raises:
            Refused: nobody is known by them, or not one alone.
        """
        known = self._handed_in("canvas", self._course.assignments)[number]
        facts = self._facts(canvas=number, login=login, email=login, id=login, sis=sis)
        return self._one([{student for student, _ in known}, *facts, *self._facts(id=sis)])

    def _facts(self, **facts: str) -> list[set[str]]:
        """Whom each fact could mean, by the roster and by the ids themselves."""
        own = self._ids.get(facts.get("id", "").lower(), set())
        return [*(self._roster.known_by(**facts) if self._roster else ()), own]

    def _one(self, found: list[set[str]]) -> str:
        found = [each for each in found if each]
        if not found:
            raise Refused("nobody here has its number, login or address")
        if len(one := set.intersection(*found)) != 1:
            raise Refused(
                f"it could be {shown(', '.join(sorted(set.union(*found))))}: tell them apart in {ROSTER}"
            )
        return next(iter(one))

    def _handed_in(self, platform: str, assignments: Sequence[Assignment]) -> Numbers:
        """Who handed in there under which number, as it was collected."""
        key = platform, assignments[0].name
        if key not in self._numbers:
            numbers: Numbers = defaultdict(set)
            for assignment in assignments:
                for student, (source, said) in all_collected_from(self._course, assignment).items():
                    if source == platform and len(said) == 2:  # of an anonymous export there is no number
                        numbers[said[1]].add((student, said[0]))
            self._numbers[key] = numbers
        return self._numbers[key]
