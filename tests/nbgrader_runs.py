"""nbgrader's own commands, run in a course folder, and the marks that they leave."""

import sys
import tempfile
from pathlib import Path

from forked_programs import ForkedProgram
from nbgrader.api import Gradebook

NBGRADER = str(Path(sys.executable).with_name("nbgrader"))
# The same program, which builds no grammars of internationalized addresses: most of the time that it takes to start.
PROGRAM = ForkedProgram(
    "import course_utils, nbgrader.apps.nbgraderapp, autograder.nbgrader_bridge.settings",
    "nbgrader.apps.nbgraderapp.main()",
)


def nbgrader(course, *arguments, code=0):
    """Run one of nbgrader's commands in the course folder, which ends with this code, and return what it logged."""
    with tempfile.TemporaryDirectory() as output:
        run = PROGRAM.run(
            *arguments,
            folder=course.root,
            # As in a shell that never activated the environment.
            env={"PATH": "/usr/bin:/bin", "HOME": str(course.root.parent), "LANG": "C.UTF-8"},
            output=Path(output),
            seconds=300,
        )
    assert run.returncode == code, run.stdout[-2000:] + run.stderr[-4000:]
    assert "Traceback" not in run.stderr
    return run.stdout + run.stderr


def marks(course, name, student):
    with Gradebook(course.gradebook_url) as gradebook:
        submission = gradebook.find_submission_notebook(name, name, student)
        return {
            grade.name: (grade.auto_score, grade.max_score, grade.needs_manual_grade)
            for grade in submission.grades
        }
