"""Releasing an assignment: from the solution notebook to the student's."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.converters import GenerateAssignment

from autograder.course import given
from autograder.course.manifest import Assignment, Course
from autograder.course.names import unknown_names
from autograder.course.reference import run_cells
from autograder.nbgrader_bridge.convert import converter_log, course_directory
from autograder.nbgrader_bridge.database import opened, refuse_another_course
from autograder.nbgrader_bridge.registration import RegisterCells
from autograder.nbgrader_bridge.settings import RELEASE_STEPS
from autograder.verdict.check import load_checks
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError, cannot_write


def release(course: Course, assignment: Assignment, *, register: bool = True, early: bool = False) -> Path:
    """Generate the student's notebook (and what lies beside it) from the solution notebook.

    The same solution gives the same bytes.

    Args:
        register: also record the assignment's cells in the gradebook, as `nbgrader generate_assignment` does.
        early: hand out its given.py before its predecessors are due.

    Returns:
        The released notebook.

    Raises:
        CourseError: the notebook's marks are broken, its files cannot be written, or the gradebook cannot be used.
    """
    check_source(course, assignment)
    destination = course.released_path(assignment).parent
    for folder in (destination.parent, destination):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise CourseError(f"{folder} cannot be written: change its permissions and release again")
    if register:
        with opened(course.gradebook_url) as gradebook:
            refuse_another_course(course, gradebook)
    try:
        given.write(course, assignment, course.source(assignment).parent)  # for the author's own notebook
        _convert(course, assignment, register)
        given.hand_out(course, assignment, early=early)
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    except CourseError as error:
        raise CourseError(f"{assignment.name} could not be released: {error}") from error
    return course.released_path(assignment)


def _convert(course: Course, assignment: Assignment, register: bool) -> None:
    directory = course_directory(course, assignment.name)
    config = directory.config
    config.GenerateAssignment.preprocessors = [
        step for step in RELEASE_STEPS if register or step is not RegisterCells
    ]
    with converter_log() as log:
        converter = GenerateAssignment(coursedir=directory, config=config, log=log)
        converter.force = True
        converter.no_database = not register
        converter.start()


def check_source(course: Course, assignment: Assignment) -> None:
    """Refuse a solution notebook that would release badly.

    Raises:
        CourseError: a grade id is doubled, the marks of a solution or a hidden test are missing, a question is asked twice,
            has no hidden check or no solution that runs, or the points do not add up to the manifest's.
    """
    notebook = notebooks.read(course.source(assignment))
    cells = [cell for cell in notebook.cells if notebooks.settings(cell)]
    asked = [question for cell in cells if (question := notebooks.question(cell))]
    problem = (
        _doubled(map(notebooks.grade_id, cells), "two cells have the grade id {}; rename one")
        or next(filter(None, map(_cell_problem, cells)), None)
        or _guides_problem(notebook)
        or _questions_problem(assignment, asked)
        or _solutions_problem(course, assignment, cells, asked)
    )
    if problem:
        raise CourseError(f"{assignment.name}: {problem}")
    total = sum(map(notebooks.points, cells))
    if total != assignment.points:
        raise CourseError(
            f"{assignment.name}: its cells add up to {total:g} points, course.toml says {assignment.points:g}"
        )


def _cell_problem(cell: NotebookNode) -> str | None:
    name = notebooks.grade_id(cell)
    if not isinstance(name, str) or not name:
        return f"a cell that begins {cell.source[:40]!r} has marks of nbgrader but no grade id"
    if notebooks.is_solution(cell) and not sources.solution_regions(cell.source):
        return f"the solution cell {name} has no lines between BEGIN and END SOLUTION"
    if notebooks.settings(cell).get("grade") and "points" not in notebooks.settings(cell):
        return f"the graded cell {name} has no points"
    if problem := notebooks.lacks_hidden_line(cell):
        return problem
    if notebooks.is_withheld(cell):
        tag = "claim" if notebooks.is_claim(cell) else "guide"
        return f"the cell {name} is tagged `{tag}`, so no student would get it, and has marks of nbgrader: remove the one or the other"
    # What nbgrader would not cut out, a student would read.
    visible = sources.visible_part(cell.source)
    if "HIDDEN TESTS" in visible or sources.asked_question(visible):
        return f"the grade(...) line of {name} must stand between BEGIN HIDDEN TESTS and END HIDDEN TESTS"
    return None


def _guides_problem(notebook: NotebookNode) -> str | None:
    if stray := notebooks.guides(notebook).get(""):
        return f"the guide that begins {stray[:40]!r} stands below no answer that a person marks: move it below one"
    return None


def _questions_problem(assignment: Assignment, asked: list[str]) -> str | None:
    if asked and not assignment.checks:
        return "its cells ask for hidden checks; name their module by `checks` in course.toml"
    unknown = sorted(set(asked) - set(load_checks(assignment.checks) if assignment.checks else ()))
    if unknown:
        return (
            f"autograder.checks.{assignment.checks} hands on no hidden check for {', '.join(unknown)}: "
            "write it, name it in the `__init__` of a package, or remove the cell"
        )
    return _doubled(asked, "two cells ask for {}; a question is asked once")


def _solutions_problem(
    course: Course, assignment: Assignment, cells: list[NotebookNode], asked: list[str]
) -> str | None:
    solutions = {notebooks.grade_id(cell): cell.source for cell in cells if notebooks.is_solution(cell)}
    if unsolved := [question for question in asked if question not in solutions]:
        return f"no solution cell has the grade id {unsolved[0]}, which a test cell asks for: name one so"
    defined = run_cells(course, assignment)
    for question in asked:
        if question not in defined:
            return (
                f"the solution cell {question} defines no {question}: give the function its cell's grade id"
            )
        source = sources.without_magics(solutions[question])
        if unknown := unknown_names(source, defined):
            return (
                f"the solution cell {question} uses {unknown[0]}, which no setup or solution cell defines: "
                "give the cell that does the tag `setup`"
            )
    return None


def _doubled(names: Iterable[str | None], sentence: str) -> str | None:
    for name, times in Counter(names).items():
        if name is not None and times > 1:
            return sentence.format(name)
    return None
