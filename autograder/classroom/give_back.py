"""Feedback pages under the names under which a learning platform takes them back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from autograder.classroom.collecting.store import collected_from
from autograder.course.manifest import Assignment, Course
from course_utils.errors import CourseError, cannot_write
from course_utils.files import beside


def zip_for_moodle(course: Course, assignment: Assignment, pages: Iterable[Path], to: Path) -> list[str]:
    """Write pages into a zip file for Moodle's "Upload multiple feedback files in a zip".

    Each lies in a folder called like the one that its submission came in, <name>_<number>_assignsubmission_file.

    Args:
        pages: each in `feedback/<student>/<assignment>/`.

    Returns:
        Ids of the students who are not in it: what they handed in was not collected from Moodle.

    Raises:
        CourseError: nobody's was, or the file cannot be written.
    """
    found = {page: collected_from(course, assignment, page.parent.parent.name) for page in pages}
    theirs = {page: each[1] for page, each in found.items() if each and each[0] == "moodle"}
    if not theirs:
        raise CourseError(
            f"nothing of {assignment.name} was collected from Moodle: its names are known after `course collect` of its export"
        )
    try:
        _write(theirs, to)
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    return sorted(page.parent.parent.name for page in found.keys() - theirs.keys())


def _write(pages: dict[Path, tuple[str, ...]], to: Path) -> None:
    new = beside(to)
    try:
        with ZipFile(new, "w", ZIP_DEFLATED) as archive:
            for page, (name, number) in pages.items():
                archive.write(page, f"{name}_{number}_assignsubmission_file/{page.name}")
        new.replace(to)
    finally:
        new.unlink(missing_ok=True)
