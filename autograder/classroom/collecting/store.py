"""What was collected, written into `submitted/`; what it replaces is kept, and where it came from is noted."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from typing import Any

from autograder.classroom.collecting.entries import Refusals, Refused
from autograder.classroom.collecting.people import Person
from autograder.classroom.collecting.planned import Planned
from autograder.course.manifest import Assignment, Course
from autograder.grading.handed_in import TIMESTAMP, NotAFile, read_regular, read_timestamp
from course_utils.errors import CourseError
from course_utils.files import beside
from course_utils.text import shown


def stored(folder: Path, assignment: Assignment) -> dict[str, bytes]:
    """What a student's folder holds of an assignment, by name."""
    found = {}
    for name in (f"{assignment.name}.ipynb", *assignment.files):
        try:
            path = folder / name
            found[name] = read_regular(path, path.lstat().st_size)
        except (FileNotFoundError, NotADirectoryError, NotAFile):
            continue
    return found


def stored_time(folder: Path) -> datetime | None:
    """When what a student's folder holds was handed in, in UTC, as far as that was known."""
    time = read_timestamp(folder / TIMESTAMP)
    return time.replace(tzinfo=UTC) if time else None


def refuse_another(course: Course, assignment: Assignment, student: str, person: Person) -> None:
    """Let a submission alone that may be somebody else's, who is known by the same name.

    Raises:
        Refused: the number that this assignment gave to the one who handed in before is another one.
    """
    before = collected_from(course, assignment, student)
    if before is None:
        return
    platform, key = before
    if person.is_known_by_name_alone and person.platform == "moodle" == platform and person.key != key:
        raise Refused(
            f"an earlier one of this name had another number, {shown(key[-1])}: "
            "tell two students of one name apart by Moodle's worksheet or a roster"
        )


def store(course: Course, assignment: Assignment, planned: Planned, refused: Refusals) -> bool:
    """Let the student's folder hold what was chosen, and that alone; whether it could be read.

    Without a time of submission the folder says none: an earlier one would be another submission's.

    Raises:
        CourseError: the folder cannot be written.
    """
    folder = course.folder("submitted", planned.student, assignment)
    try:
        data = {name: entry.read() for name, entry in planned.files.items()}
    except Refused as refusal:
        refused.append((planned.student, str(refusal)))
        return False
    before = stored(folder, assignment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in before:
            if before[name] != data.get(name):
                _keep(course, assignment, planned.student, folder / name)
        for name, content in data.items():
            _write(folder / name, content)
        if planned.time:
            _write(folder / TIMESTAMP, f"{planned.time:%Y-%m-%d %H:%M:%S} UTC\n".encode())
        elif before != data:
            (folder / TIMESTAMP).unlink(missing_ok=True)
        _note(course, assignment, planned, data)
    except OSError as error:
        raise CourseError(
            f"{folder} cannot be written ({error.strerror}): make room or make it writable"
        ) from error
    return True


def collected_from(
    course: Course, assignment: Assignment, student: str
) -> tuple[str, tuple[str, ...]] | None:
    """The platform that a student's submission came from, and its key of them there; None where nobody noted it."""
    note = _read_note(course, assignment, student)
    try:
        return note["platform"], tuple(map(str, note["key"]))
    except (KeyError, TypeError):
        return None


def collected_as(course: Course, assignment: Assignment, student: str) -> tuple[str, ...]:
    """The names that a student's notebook lay under, the outermost first; none where nobody noted them."""
    note = _read_note(course, assignment, student)
    try:
        notebook = note["files"][f"{assignment.name}.ipynb"]
        return tuple(map(str, notebook.get("parts") or notebook["from"].split("/")))
    except (KeyError, TypeError, AttributeError):
        return ()


def all_collected_from(course: Course, assignment: Assignment) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The same of all students of whom that was noted."""
    students = [path.stem for path in sorted(_note_path(course, assignment, "*").parent.glob("*.json"))]
    found = {student: collected_from(course, assignment, student) for student in students}
    return {student: source for student, source in found.items() if source}


def kept_beside(course: Course, student: str, name: str) -> list[tuple[Path, Path]]:
    """What collecting keeps of a student outside of `submitted/`, and where it would lie under another name."""
    kept = course.root / ".grading"
    notes = [
        (path, path.with_name(f"{name}.json")) for path in kept.glob(f"collected/*/{escape(student)}.json")
    ]
    form = re.compile(rf"{re.escape(student)}(-\d{{8}}T\d{{12}}-.+)")
    replaced = [(path, form.fullmatch(path.name)) for path in sorted(kept.glob("replaced/*/*"))]
    return notes + [(path, path.with_name(f"{name}{found[1]}")) for path, found in replaced if found]


def _write(path: Path, content: bytes) -> None:
    new = beside(path)
    try:
        new.write_bytes(content)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _keep(course: Course, assignment: Assignment, student: str, path: Path) -> None:
    kept = course.root / ".grading" / "replaced" / assignment.name
    kept.mkdir(parents=True, exist_ok=True)
    path.replace(kept / f"{student}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{path.name}")


def _note_path(course: Course, assignment: Assignment, student: str) -> Path:
    return course.root / ".grading" / "collected" / assignment.name / f"{student}.json"


def _read_note(course: Course, assignment: Assignment, student: str) -> dict[str, Any]:
    try:
        note = json.loads(_note_path(course, assignment, student).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _note(course: Course, assignment: Assignment, planned: Planned, data: dict[str, bytes]) -> None:
    """Write down where a submission came from, and what the platform said of it."""
    person = planned.person
    note: dict[str, Any] = {
        "platform": person.platform,
        "key": list(person.key),
        "name": person.name,
        "number": person.number,
        "login": person.login,
        "email": person.email,
        "files": {
            name: {
                "from": planned.files[name].path,
                "parts": list(planned.files[name].parts),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in data.items()
        },
        "time": planned.time.isoformat() if planned.time else None,
        "time_from": planned.time_from,
        "late": planned.late,
        "remarks": planned.odd,
        "collected": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    path = _note_path(course, assignment, planned.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, json.dumps(note, indent=1, ensure_ascii=True).encode())
