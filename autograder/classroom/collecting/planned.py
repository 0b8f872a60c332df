"""What is to be collected, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from autograder.classroom.collecting.entries import Entry, Refusals
from autograder.classroom.collecting.people import Person


class State(Enum):
    """What collecting a submission changes."""

    NEW = "new"
    CHANGED = "replaces an earlier one"
    SAME = "as before"


@dataclass(frozen=True)
class Planned:
    """One submission that can be collected.

    Attributes:
        student: id in the course.
        person: who it is, in the platform's words.
        files: where its files lie, by the name that each is stored under; the notebook first.
        time: when it was handed in, in UTC; None where nobody says so.
        time_from: who says so.
        late: the platform's mark.
        state: what collecting it changes.
        odd: what an instructor should look at.
    """

    student: str
    person: Person
    files: dict[str, Entry]
    time: datetime | None
    time_from: str
    late: bool
    state: State
    odd: tuple[str, ...]


@dataclass
class Plan:
    """What is to be collected.

    Attributes:
        platform: whose layout the archive has.
        students: in order of their ids.
        refused: (name of the file, folder or student, reason), for all that is not.
        absent: ids of those collected before of whom there is nothing now.
    """

    platform: str
    students: list[Planned] = field(default_factory=list)
    refused: Refusals = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
