"""What a late submission loses: one rule, in `nbgrader_config.py`, for `course grade` and `nbgrader autograde`."""

import re
import textwrap
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import tiny
from nbgrader.api import Gradebook
from nbgrader_runs import nbgrader

from autograder.classroom.gradebook import GradebookWriter
from autograder.course.manifest import Course
from course_utils.errors import CourseError

DUE = datetime(2026, 3, 1, 12, 0)
# A point for each day that has begun.
PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin

class ByTheDay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1 + total_seconds_late // 86400
"""


def with_config(course: Course, lines: str) -> Course:
    (course.root / "nbgrader_config.py").write_text(
        f"{tiny.CONFIG}\nc = get_config()\n{textwrap.dedent(lines)}", encoding="utf-8"
    )
    return course


@pytest.fixture
def course(tiny_class: Course) -> Course:
    """A course whose first notebook was due, in which ada handed in three days late."""
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.add_assignment(tiny.NAME, duedate=DUE)
    path = tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    path.with_name("timestamp.txt").write_text("2026-03-03 13:00:00 UTC\n")
    return tiny_class


def penalty(course: Course) -> float | None:
    with Gradebook(course.gradebook_url) as gradebook:
        return gradebook.find_submission_notebook(tiny.NAME, tiny.NAME, "ada").late_submission_penalty


def graded_at(course: Course) -> int:
    folder = course.folder("autograded", "ada", course.assignment(tiny.NAME))
    return (folder / f"{tiny.NAME}.ipynb").stat().st_mtime_ns


IN_THE_FILE = f"{PLUGIN}\nc.AssignLatePenalties.plugin_class = ByTheDay\n"
IN_A_MODULE = 'c.AssignLatePenalties.plugin_class = "by_the_day.ByTheDay"\n'
SETTING = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


@pytest.mark.parametrize(("lines", "points"), [("", None), (SETTING, 6), (IN_THE_FILE, 3), (IN_A_MODULE, 3)])
def test_both_commands_follow_the_same_rule(course, lines, points):
    (course.root / "by_the_day.py").write_text(PLUGIN, encoding="utf-8")
    with_config(course, lines)
    tiny.grade_class(course)
    assert penalty(course) == points
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.find_submission_notebook(tiny.NAME, tiny.NAME, "ada").late_submission_penalty = 0.125
        gradebook.db.commit()
    nbgrader(course, "autograde", tiny.NAME, "--force")
    assert penalty(course) == points


def test_a_new_due_date_an_extension_and_a_new_rule_count_without_grading_again(course):
    with_config(course, IN_THE_FILE)
    tiny.grade_class(course)
    before = graded_at(course)
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.update_or_create_assignment(tiny.NAME, duedate=DUE + timedelta(days=2))
    tiny.grade_class(course)
    assert penalty(course) == 1
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.grant_extension(tiny.NAME, "ada", days=1)
    tiny.grade_class(course)
    assert penalty(course) is None
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.grant_extension(tiny.NAME, "ada")
    with_config(course, SETTING)
    tiny.grade_class(course)
    assert penalty(course) == 6
    (course.folder("submitted", "ada", course.assignment(tiny.NAME)) / "timestamp.txt").write_text(
        "2026-03-01 11:00:00 UTC\n"
    )
    tiny.grade_class(course)
    assert penalty(course) is None
    assert graded_at(course) == before


def test_without_a_time_of_submission_there_is_no_penalty_and_an_earlier_one_goes(course):
    with_config(course, SETTING)
    tiny.grade_class(course)
    assert penalty(course) == 6
    (course.folder("submitted", "ada", course.assignment(tiny.NAME)) / "timestamp.txt").unlink()
    tiny.grade_class(course)
    assert penalty(course) is None


def test_an_extension_without_a_due_date_harms_nobody(course):
    with_config(course, SETTING)
    tiny.grade_class(course)
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.update_or_create_assignment(tiny.NAME, duedate=None)
        gradebook.grant_extension(tiny.NAME, "ada", days=1)
    tiny.grade_class(course)
    assert penalty(course) is None
    nbgrader(course, "autograde", tiny.NAME, "--force")
    assert penalty(course) is None


@pytest.mark.parametrize(("given", "expected"), [("-1", 0), ("1e9", 3), ("None", None)])
def test_a_penalty_is_never_a_gift_nor_more_than_the_mark(course, given, expected):
    lines = PLUGIN.replace("1 + total_seconds_late // 86400", given)
    with_config(course, f"{lines}\nc.AssignLatePenalties.plugin_class = ByTheDay\n")
    GradebookWriter(course, course.assignment(tiny.NAME)).record(tiny.graded(course, "ada", 0.5))
    assert penalty(course) == expected


@pytest.mark.parametrize(
    ("given", "why"), [("1 / 0", "ZeroDivisionError: division by zero"), ('float("nan")', "no number")]
)
def test_a_rule_that_fails_is_a_sentence_and_no_mark(course, given, why):
    lines = PLUGIN.replace("1 + total_seconds_late // 86400", given)
    with_config(course, f"{lines}\nc.AssignLatePenalties.plugin_class = ByTheDay\n")
    fault = tiny.grade_class(course)["ada"].fault
    assert re.search(rf"^the late penalty of nbgrader_config.py stopped with .*{why}.*mend it$", fault)
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.assignment_submissions(tiny.NAME) == []


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("c.LateSubmissionPlugin.penalty_method =", "stopped with SyntaxError: invalid syntax"),
        ("import no_such_plugin", "stopped with ModuleNotFoundError: No module named 'no_such_plugin'"),
        ('c.CourseDirectory.db_url = "sqlite:////tmp/x.db"', "names another gradebook than course.toml"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_a_sentence(course, lines, why):
    with_config(course, lines)
    with pytest.raises(CourseError, match=re.escape(why)) as refused:
        tiny.grade_class(course)
    assert str(Path(course.root, "nbgrader_config.py")) in str(refused.value)
    assert "\n" not in str(refused.value)
