"""Feedback pages under the names under which a learning platform takes them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from autograder.classroom.collecting.layouts.canvas import exported_name
from autograder.classroom.collecting.store import collected_as, collected_from
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
    names = {
        page: f"{'_'.join(key)}_assignsubmission_file/{page.name}" if platform == "moodle" and key else ""
        for page, platform, key in _sources(course, assignment, pages)
    }
    return _written("Moodle", assignment, names, to)


def zip_for_canvas(course: Course, assignment: Assignment, pages: Iterable[Path], to: Path) -> list[str]:
    """Write pages into a zip file for Canvas's "Re-Upload Submissions".

    Each is called like the file that its submission came as, up to the number of the attachment by which Canvas knows it.

    Args:
        pages: each in `feedback/<student>/<assignment>/`.

    Returns:
        Ids of the students who are not in it: what they handed in was not collected from Canvas.

    Raises:
        CourseError: nobody's was, or the file cannot be written.
    """
    names = {}
    for page, platform, key in _sources(course, assignment, pages):
        parts = collected_as(course, assignment, _student(page))
        begin = exported_name(parts, key) if platform == "canvas" else ""
        names[page] = f"{begin}_{page.name}" if begin else ""
    return _written("Canvas", assignment, names, to)


def _student(page: Path) -> str:
    return page.parent.parent.name


def _sources(
    course: Course, assignment: Assignment, pages: Iterable[Path]
) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    for page in pages:
        yield page, *(collected_from(course, assignment, _student(page)) or ("", ()))


def _written(platform: str, assignment: Assignment, names: dict[Path, str], to: Path) -> list[str]:
    if not any(names.values()):
        raise CourseError(
            f"nothing of {assignment.name} was collected from {platform}: its names are known after `course collect` of its export"
        )
    new = beside(to)
    try:
        with ZipFile(new, "w", ZIP_DEFLATED) as archive:
            for page, name in names.items():
                if name:
                    archive.write(page, name)
        new.replace(to)
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    finally:
        new.unlink(missing_ok=True)
    return sorted(_student(page) for page, name in names.items() if not name)
