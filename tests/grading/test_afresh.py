"""A question that is asked in a new kernel: the capstone's network is what params make, and nothing else."""

from __future__ import annotations

import pytest
from capstones import COURSE, IMITATIONS, NAME, honest, submission, trained_file

from autograder.course.template import template
from autograder.grading.handed_in import Files
from autograder.grading.job import Job, grade
from autograder.limits import CellLimits
from autograder.sandbox import bubblewrap
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.course import notebooks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason),
]

POINTS = 12
# Longer than a third of what a cell may take, and what is left is enough to train on any machine.
_SECONDS = CellLimits().seconds / 3 + 1
LONG = f"time.sleep({_SECONDS})\nWHAT_IS_THERE = train_capstone()\nCLASSES = 10\n"
READS = "grade('predict')\nWHAT_IS_THERE = dict(np.load('capstone.npz'))\nCLASSES = 10\n"


def ask(predict: str, *, file: bool = False, cold: bool = False) -> Verdict:
    """The verdict on a cell `predict` of this text; all other questions stand."""
    passed = [Case("stands", outcome=Outcome.PASSED)]
    names = [name for name, _ in notebooks.tests(template(COURSE, COURSE.assignment(NAME)))]
    job = Job(
        "ada",
        NAME,
        submission(predict),
        COURSE.root,
        seed=1,
        files=Files({"capstone.npz": trained_file()} if file else {}),
        cold=cold,
        kept={name: Verdict(name, 1, passed) for name in names if name != "predict"},
    )
    return grade(job).verdicts["predict"]


def reasons(verdict: Verdict) -> str:
    return "\n".join(case.message for case in verdict.cases if not case.passed)


@pytest.mark.parametrize("how", IMITATIONS)
def test_a_network_that_is_kept_elsewhere_earns_what_its_form_earns(how: str) -> None:
    verdict = ask(IMITATIONS[how], file="file" in how)
    assert verdict.points(POINTS) <= 2, reasons(verdict)


def test_nor_does_it_in_sandboxes_of_their_own() -> None:
    verdict = ask(IMITATIONS["read from the file"], file=True, cold=True)
    assert verdict.points(POINTS) <= 2, reasons(verdict)
    assert "predict is asked in a new kernel" in reasons(verdict)


@pytest.mark.parametrize("first", [LONG, READS], ids=["trains long", "reads the file"])
def test_a_network_that_params_make_earns_all_whatever_its_cell_does_first(first: str) -> None:
    verdict = ask(honest(first), file=first == READS)
    assert verdict.points(POINTS) == POINTS, reasons(verdict)
