"""What was handed in: the folders under `submitted/`."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.course.groups import together
from autograder.course.manifest import Assignment, Course, check_student_id
from autograder.grading.fitting import notebook_in
from autograder.grading.job import Waiting
from course_utils.errors import CourseError
from course_utils.text import shown


@dataclass
class Submissions:
    """What lies in `submitted/` for one assignment.

    Attributes:
        jobs: one for each student, in order of their ids.
        refused: a sentence for each folder that cannot be graded.
    """

    jobs: list[Waiting] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def find_submissions(
    course: Course,
    assignment: Assignment,
    students: list[str] | None = None,
    *,
    unsandboxed: bool = False,
    cold: bool = False,
) -> Submissions:
    """All submissions of an assignment, or those of some students; each is looked at and read again when its turn comes.

    Args:
        students: ids; those who handed in together with them are graded as well.
        unsandboxed: accept by name that they run without a sandbox.
        cold: run each in a sandbox of its own, not in one that is forked from a source.

    Raises:
        CourseError: there are none.
    """
    for student in students or ():
        check_student_id(student)
    wanted = {each for student in students or () for each in together(course, assignment.name, student)}
    found = Submissions()
    for folder in sorted((course.root / "submitted").glob(f"*/{assignment.name}")):
        student = folder.parent.name
        if students and student not in wanted:
            continue
        try:
            path = notebook_in(course, assignment, folder)
            owner = check_student_id(student)
            how = {"unsandboxed": unsandboxed, "cold": cold}
            found.jobs.append(Waiting.look(course, assignment, owner, path, **how))
        except CourseError as error:
            found.refused.append(f"submitted/{shown(student)}: {error}")
    missing = sorted(set(students or ()) - {job.student for job in found.jobs})
    if missing or not (found.jobs or found.refused):
        who = f" from {', '.join(missing)}" if missing else ""
        raise CourseError(
            f"no submission{who} for {assignment.name}: put notebooks at submitted/<student>/{assignment.name}/{assignment.name}.ipynb"
        )
    return found
