"""Releasing an assignment: from the solution notebook to the student's."""

from __future__ import annotations

import os
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveCells

from autograder import given, notebooks
from autograder.course import Assignment, Course
from autograder.errors import CourseError
from autograder.nbgrader_settings import RELEASE_STEPS, converter_log, course_directory


def release(course: Course, assignment: Assignment, *, register: bool = True) -> Path:
    """Generate the student's notebook (and what lies beside it) from the solution notebook.

    The same solution gives the same bytes.

    Args:
        register: also record the assignment's cells in the gradebook, as `nbgrader generate_assignment` does.

    Returns:
        The released notebook.

    Raises:
        CourseError: the notebook's marks are broken, or its files cannot be written.
    """
    check_source(course, assignment)
    destination = course.release(assignment).parent
    for folder in (destination.parent, destination):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise CourseError(f"{folder} cannot be written: change its permissions and release again")
    try:
        given.write(course, assignment)
        _convert(course, assignment, register)
    except PermissionError as error:
        raise CourseError(
            f"{error.filename} cannot be written: change its permissions and release again"
        ) from error
    except CourseError as error:
        raise CourseError(f"{assignment.name} could not be released: {error}") from error
    return course.release(assignment)


def _convert(course: Course, assignment: Assignment, register: bool) -> None:
    directory = course_directory(course, assignment.name)
    config = directory.config
    config.GenerateAssignment.preprocessors = [
        step for step in RELEASE_STEPS if register or step is not SaveCells
    ]
    with converter_log() as log:
        converter = GenerateAssignment(coursedir=directory, config=config, log=log)
        converter.force = True
        converter.no_database = not register
        converter.start()


def check_source(course: Course, assignment: Assignment) -> None:
    """Refuse a solution notebook that would release badly.

    Raises:
        CourseError: a grade id is doubled, a solution cell has no marks, a test has no hidden line, or the points do not
            add up to the manifest's.
    """
    notebook = notebooks.read(course.source(assignment))
    seen: set[str] = set()
    total = 0.0
    for cell in notebook.cells:
        name = notebooks.grade_id(cell)
        if name is None:
            continue
        if name in seen:
            raise CourseError(f"{assignment.name}: two cells have the grade id {name}; rename one")
        seen.add(name)
        total += notebooks.points(cell)
        if notebooks.is_solution(cell) and not notebooks.solution_regions(cell.source):
            raise CourseError(
                f"{assignment.name}: the solution cell {name} has no lines between BEGIN and END SOLUTION"
            )
        if notebooks.is_test(cell) and notebooks.points(cell) and notebooks.question(cell) is None:
            raise CourseError(
                f"{assignment.name}: the test cell {name} has points but no hidden grade(...) line"
            )
    if total != assignment.points:
        raise CourseError(
            f"{assignment.name}: its cells add up to {total:g} points, course.toml says {assignment.points:g}"
        )
