"""The journal's entries hold what a rerun needs, and little else."""

from pathlib import Path

import tiny

from autograder.classroom.journal import Journal
from autograder.grading.job import Graded, Job
from autograder.sandbox.bubblewrap import Sandbox
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.compare import Failure


def test_an_entry_is_small_whatever_a_submission_made_the_grader_say(tmp_path: Path) -> None:
    course = tiny.make_course(tmp_path / "tiny")
    assignment = course.assignment(tiny.NAME)
    long = "\x00" * 250_000
    cases = [Case(f"case {k}", outcome=Outcome.RAISED, failure=Failure(long, long)) for k in range(10)]
    graded = Graded("ada", tiny.NAME, None, {"f": Verdict("f", 0, cases)}, {"f": 4.0}, sandbox=Sandbox.NONE)
    journal = Journal(course, assignment)
    journal.write(Job("ada", tiny.NAME, b"{}", course.root), graded)
    [entry] = (course.root / ".grading" / tiny.NAME).glob("ada.json")
    assert entry.stat().st_size < 200_000
    assert journal.result("ada").verdicts == graded.verdicts
