"""Which student of the course somebody is whom a platform names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.layouts import Claim
from autograder.classroom.collecting.people import Person, split_group
from autograder.classroom.collecting.roster import ROSTER, Roster
from autograder.classroom.collecting.worksheet import Worksheet
from autograder.course.manifest import check_student_id
from course_utils.errors import CourseError
from course_utils.text import shown


@dataclass(frozen=True)
class Sources:
    """What is known of a class beside the archive.

    Attributes:
        roster: the class, if there is a list of it.
        worksheet: Moodle's for this assignment.
        times: when each student handed in, in UTC by id in small letters.
        times_from: the name of the file that says so.
    """

    roster: Roster | None = None
    worksheet: Worksheet | None = None
    times: dict[str, datetime] = field(default_factory=dict)
    times_from: str = ""


def identify(claim: Claim, sources: Sources) -> tuple[str, Claim]:
    """The id of the student whose files these are, and the claim with all that is known of who that is.

    Raises:
        Refused: nobody can say who it is, or the id is none that can name a folder.
    """
    person = claim.person
    if not (person.name or person.number or person.login or person.email):
        raise Refused("nothing says whose it is")
    if sources.worksheet and person.platform == "moodle":
        person = sources.worksheet.tell(person)
    if person.anonymous:
        known = [each for each in claim.others if sources.roster and _is_in(sources.roster, each)]
        person = known[0] if known else person
    elif claim.others:
        person = _one_of([person, *claim.others], sources.roster)
    claim = replace(claim, person=person)
    roster = None if person.anonymous else sources.roster
    if roster and person.platform == "moodle":
        person = _without_group(person, roster)
        claim = replace(claim, person=person)
    student = roster.find(person) if roster else _own_id(person)
    is_sure = roster.is_sure_of(person) if roster else not person.is_known_by_name_alone
    return student, claim if is_sure else replace(claim, odd=(*claim.odd, "known by name alone"))


def _without_group(person: Person, roster: Roster) -> Person:
    """The same person by their own name, where the roster has that, and what stands before it is a group's."""
    if roster.has_name(person.name):
        return person
    known = [(group, own) for group, own in split_group(person.name) if roster.has_name(own)]
    return replace(person, group=known[0][0], name=known[0][1]) if known else person


def _own_id(person: Person) -> str:
    try:
        return check_student_id(person.id)
    except CourseError as error:
        raise Refused(f"{error}; or give {ROSTER} with this name") from error


def _one_of(people: list[Person], roster: Roster | None) -> Person:
    """The one of several readings of a name that the roster knows."""
    known = [person for person in people if roster and _is_in(roster, person)]
    if len(known) != 1:
        told = " or ".join(
            shown(f"{person.name} {person.number or person.login}".strip()) for person in people
        )
        raise Refused(
            f"its name can be read as that of {told}: add a column {people[0].platform!r} with the right one to {ROSTER}"
        )
    return known[0]


def _is_in(roster: Roster, person: Person) -> bool:
    try:
        roster.find(person)
    except Refused:
        return False
    return True
