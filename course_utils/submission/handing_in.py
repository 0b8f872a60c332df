"""What a student hands in: a zip file with the notebook, what belongs to it, and a receipt."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from course_utils.course import notebooks
from course_utils.course.manifest import Assignment, Course
from course_utils.errors import CourseError, cannot_write
from course_utils.submission.own import LookedOver, look_over
from course_utils.submission.reading import HANDED_IN_BYTES, MAX_BYTES
from course_utils.submission.rebuild import HandedIn
from course_utils.submission.receipt import RECEIPT, Receipt, digest_of

FOLDER = "handed-in"


@dataclass(frozen=True)
class Row:
    """What is said of one question.

    Attributes:
        points: what it is worth.
        state: "passed", "wrong", "not written", "not run", or "a person reads it".
    """

    question: str
    points: float
    state: str


@dataclass(frozen=True)
class Submission:
    """What was handed in.

    Attributes:
        archive: the zip file.
        receipt: what it says of itself.
        rows: one for each question, in the notebook's order.
        remarks: one sentence for each thing that is missing, changed or too large; nothing of it keeps the grader from taking it.
    """

    archive: Path
    receipt: Receipt
    rows: list[Row]
    remarks: list[str]

    @property
    def of(self) -> float:
        """What the questions with a visible test are worth together."""
        return sum(row.points for row in self.rows if row.state != "a person reads it")


def hand_in(course: Course, assignment: Assignment, path: Path, now: datetime) -> Submission:
    """Look a notebook over as the grader will, and write the zip file to hand in.

    Args:
        path: of the notebook; the assignment's files are taken from beside it.
        now: by this machine's clock, with its offset.

    Raises:
        CourseError: the notebook cannot be read, the assignment is not released, or the zip file cannot be written.
    """
    contents, remarks = _contents(course, assignment, path)
    found, trouble = _looked_over(course, assignment, path)
    rows = _rows(course, assignment, found)
    passed = sum(row.points for row in rows if row.state == "passed")
    digests = {name: digest_of(content) for name, content in contents.items()}
    tests = {row.question: row.state for row in rows if row.state in ("passed", "wrong", "not written")}
    receipt = Receipt(assignment.name, now.isoformat(timespec="seconds"), digests, tests, passed)
    archive = _write(course, assignment, contents, receipt)
    return Submission(archive, receipt, rows, [*remarks, *trouble])


def _contents(course: Course, assignment: Assignment, path: Path) -> tuple[dict[str, bytes], list[str]]:
    """The files by the names under which the grader looks for them, and what is odd of them."""
    remarks = []
    name = f"{assignment.name}.ipynb"
    if path.name != name:
        remarks.append(f"{path.name} is handed in as {name}.")
    try:
        contents = {name: path.read_bytes()}
        for each in assignment.files:
            if (path.parent / each).is_file():
                contents[each] = (path.parent / each).read_bytes()
            else:
                remarks.append(f"The file {each} is missing: put it beside the notebook, and hand in again.")
    except OSError as error:
        raise CourseError(f"{error.filename} cannot be read ({error.strerror})") from error
    most = course.manifest.get("limits", {}).get("handed_in_bytes", HANDED_IN_BYTES)
    if sum(len(contents[each]) for each in assignment.files if each in contents) > most:
        remarks.append(
            f"The files beside the notebook have more than {most:,} bytes; the grader leaves out what is too much."
        )
    if len(contents[name]) > MAX_BYTES:
        remarks.append(
            f"The notebook has more than {MAX_BYTES:,} bytes: clear its outputs, and hand in again."
        )
    return contents, remarks


def _looked_over(course: Course, assignment: Assignment, path: Path) -> tuple[LookedOver | None, list[str]]:
    try:
        found = look_over(course, assignment, path)
    except CourseError as error:  # no kernel: that is no reason not to hand in
        return None, [f"The tests were not run: {error}."]
    if found.rebuilt.handed_in is HandedIn.READ or found.rebuilt.notes:
        return found, found.rebuilt.notes
    return found, [f"Nothing can be marked in it: {found.rebuilt.reason}."]


def _rows(course: Course, assignment: Assignment, found: LookedOver | None) -> list[Row]:
    """What the released notebook asks, and how its tests ended."""
    ended = {test.question: test for test in found.tests} if found else {}
    rows = []
    for cell in notebooks.read(course.released_path(assignment)).cells:
        name = (notebooks.grade_id(cell) or "").removeprefix("test_")
        if notebooks.is_test(cell) and notebooks.points(cell):
            test = ended.get(name)
            wrong = "wrong" if test and test.written else "not written"
            state = "not run" if test is None else wrong if test.reason else "passed"
            rows.append(Row(name, notebooks.points(cell), state))
        elif notebooks.is_answer(cell) and notebooks.points(cell):
            rows.append(Row(name, notebooks.points(cell), "a person reads it"))
    return rows


def _write(course: Course, assignment: Assignment, contents: dict[str, bytes], receipt: Receipt) -> Path:
    path = course.root / FOLDER / f"{assignment.name}.hand-in.zip"
    try:
        path.parent.mkdir(exist_ok=True)
        new = path.with_suffix(".new")
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
            archive.writestr(RECEIPT, receipt.as_json())
        new.replace(path)
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    return path
