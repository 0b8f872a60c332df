"""The journal's entries hold what a rerun needs, and little else."""

import json
from pathlib import Path

import pytest
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


def _without(name):
    return lambda entry: entry.pop(name)


def _with(name, value):
    return lambda entry: entry.update({name: value})


DAMAGED = {
    "no points": _without("points"),
    "no verdicts": _without("verdicts"),
    "points of another question": _with("points", {"g": 4.0}),
    "points that are a text": _with("points", {"f": "4"}),
    "a key that is a number": _with("key", 5),
    "verdicts in a list": _with("verdicts", [1]),
    "a verdict without cases": _with("verdicts", {"f": {"question": "f", "seed": 0, "reason": ""}}),
    "a case of no known end": lambda entry: entry["verdicts"]["f"]["cases"][0].update(outcome="well"),
    "versions in a list": _with("questions", [1]),
    "a version that is none": _with("questions", {"f": None}),
    "no such sandbox": _with("sandbox", "a fence"),
    "a seed that is a text": lambda entry: entry["verdicts"]["f"].update(seed="7"),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_an_entry_that_was_damaged_is_none(tmp_path: Path, damage) -> None:
    course = tiny.make_course(tmp_path / "tiny")
    journal = Journal(course, course.assignment(tiny.NAME))
    job = Job("ada", tiny.NAME, b"{}", course.root)
    verdict = Verdict("f", 0, [Case("case", outcome=Outcome.PASSED)])
    graded = Graded("ada", tiny.NAME, None, {"f": verdict}, {"f": 4.0}, sandbox=Sandbox.NONE)
    journal.write(job, graded)
    assert journal.knows("ada")
    [path] = (course.root / ".grading" / tiny.NAME).glob("ada.json")
    entry = json.loads(path.read_text())
    damage(entry)
    path.write_text(json.dumps(entry))
    assert (journal.knows("ada"), journal.standing(job), journal.seed("ada")) == (False, None, None)
    assert (journal.is_done(job), journal.history("ada")) == (False, [])
    journal.write(job, graded)
    assert journal.result("ada").verdicts == {"f": verdict}


@pytest.mark.parametrize("before", [[{"verdicts": 1}, "x"], "x"])
def test_a_past_that_was_damaged_is_left_out(tmp_path: Path, before) -> None:
    course = tiny.make_course(tmp_path / "tiny")
    journal = Journal(course, course.assignment(tiny.NAME))
    graded = Graded("ada", tiny.NAME, None, {}, {}, sandbox=Sandbox.NONE)
    journal.write(Job("ada", tiny.NAME, b"{}", course.root), graded)
    [path] = (course.root / ".grading" / tiny.NAME).glob("ada.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"before": before}))
    assert len(journal.history("ada")) == 1
    journal.write(Job("ada", tiny.NAME, b"{}", course.root), graded)
