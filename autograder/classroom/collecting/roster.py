"""The class: which id a student has in the course, whatever a platform calls them.

`roster.csv` has a column `id`, and as many of `name`, `email` and one for each platform (`canvas`, `github`, `ilias`, ...:
its number or login) as are known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from autograder.classroom.collecting.csv_files import column, read_csv
from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.people import Person, spellings, squashed
from autograder.course.manifest import check_student_id
from course_utils.errors import CourseError
from course_utils.text import shown

ROSTER = "roster.csv"


class Roster:
    """Students by what platforms say of them.

    Args:
        path: a CSV file.

    Raises:
        CourseError: it has no column `id`, an id that is none, or one id twice.
    """

    def __init__(self, path: Path):
        self._path = path
        self._table = read_csv(path)
        rows = self._table[1:]
        titles = [title.lower().replace("e-mail", "email") for title in self._table[0]]
        self._id = column(path, titles, "id")
        ids = [check_student_id(row[self._id]) for row in rows]
        if twice := sorted(each for each, number in Counter(map(str.lower, ids)).items() if number > 1):
            raise CourseError(
                f"{path} has the id {', '.join(twice)} twice: each student has one of their own"
            )
        self._rows = {
            student: dict(zip(titles, row, strict=True)) for student, row in zip(ids, rows, strict=True)
        }
        self._by: dict[tuple[str, str], set[str]] = defaultdict(set)
        for student, row in self._rows.items():
            for title, value in row.items():
                for key in spellings(value) if title == "name" else {value.lower()} - {""}:
                    if title != "group":  # which says nothing of who somebody is
                        self._by[title, key].add(student)

    def find(self, person: Person) -> str:
        """The id of a person.

        Numbers, logins and addresses decide; the name only where the roster has none that contradicts it.

        Raises:
            Refused: it is nobody's, or several could be meant.
        """
        known = self._known(person)
        found = set.intersection(*known) if known else self._by_name(person)
        if len(found) == 1:
            return next(iter(found))
        told = shown(" ".join(filter(None, (person.name, person.number or person.login, person.email))))
        if found or known:
            several = ", ".join(sorted(set.union(*known) if known else found))
            raise Refused(f"{told} could be {several}: tell them apart in {self._path.name}")
        raise Refused(f"nobody in {self._path.name} is {told}: add a row, or a column {person.platform!r}")

    def renamed(self, old: str, new: str) -> list[list[str]] | None:
        """The rows of the list, titles first, with `new` in place of `old`; None where there is no `old`.

        Where both are there they become one student, with all that either row says.

        Raises:
            CourseError: the two rows contradict each other.
        """
        if old not in self._rows:
            return None
        titles, *rows = self._table
        own = next(row for row in rows if row[self._id] == old)
        other = next((row for row in rows if row[self._id] == new), [""] * len(titles))
        one = [mine or theirs for mine, theirs in zip(other, own, strict=True)]
        one[self._id] = new
        for place, (title, mine, theirs) in enumerate(zip(titles, one, own, strict=True)):
            if theirs and place != self._id and spellings(mine).isdisjoint(spellings(theirs)):
                raise CourseError(
                    f"{self._path} has two rows for {new}, with {title} {mine!r:.80} and {theirs!r:.80}: "
                    "leave the row that is right, and try again"
                )
        return [titles, *(one if row is own else row for row in rows if row is not other)]

    def groups(self) -> dict[str, str]:
        """The group of each student who has one, by the column `group`."""
        return {student: row["group"] for student, row in self._rows.items() if row.get("group")}

    def has_name(self, name: str) -> bool:
        """Whether somebody is called so, in any order of the name's parts."""
        return ("name", squashed(name)) in self._by

    def known_by(self, **facts: str) -> list[set[str]]:
        """Ids of those whom each number, login or address could mean, by the column that holds it; none where it is unknown."""
        keys = [(title, value.lower()) for title, value in facts.items() if value]
        return [self._by[key] for key in keys if key in self._by]

    def is_sure_of(self, person: Person) -> bool:
        """Whether more than the name says who somebody is."""
        return bool(self._known(person))

    def _known(self, person: Person) -> list[set[str]]:
        """Who could be meant, by each number, login and address that the roster has."""
        own = (person.number or person.login).lower()
        facts = [*_facts(person), ("number" if person.number else "id", own)]
        if person.login:
            facts.append(("email", own))
        return [self._by[fact] for fact in facts if fact in self._by]

    def _by_name(self, person: Person) -> set[str]:
        return {
            student
            for student in self._by.get(("name", squashed(person.name)), ())
            if all(self._rows[student].get(title, "") == "" for title, _ in _facts(person))
        }


def _facts(person: Person) -> list[tuple[str, str]]:
    """What a platform says for sure, by the column that holds it; a folder's name may be anything."""
    own = (person.number or person.login).lower()
    facts = [(person.platform, own), ("email", person.email.lower())]
    if person.login and person.platform != "folder":
        facts.append(("login", own))
    return [(title, value) for title, value in facts if value]
