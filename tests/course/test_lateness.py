"""What being late costs by `[late]` in course.toml."""

import pytest

from autograder.course.lateness import DAY, HOUR, LateRule, late_rule, lateness
from course_utils.errors import CourseError


@pytest.mark.parametrize(
    ("rule", "seconds", "percent"),
    [
        (LateRule(percent=10), 0, 0),
        (LateRule(percent=10), 1, 10),
        (LateRule(percent=10), DAY, 10),
        (LateRule(percent=10), DAY + 1, 20),
        (LateRule(percent=10), 40 * DAY, 100),
        (LateRule(percent=10, at_most=50), 40 * DAY, 50),
        (LateRule(percent=2, per="hour"), 3 * HOUR, 6),
        (LateRule(percent=2, per="hour"), 3 * HOUR + 1, 8),
        (LateRule(percent=10, grace_minutes=15), 15 * 60, 0),
        (LateRule(percent=10, grace_minutes=15), 15 * 60 + 1, 10),
        (LateRule(), 40 * DAY, 0),
        (LateRule(percent=0.5, per="hour"), 1.5 * HOUR, 1.0),
    ],
)
def test_each_hour_or_day_that_has_begun_costs(rule, seconds, percent):
    assert lateness(rule, seconds).percent == percent


@pytest.mark.parametrize(
    ("earlier", "seconds", "spent", "percent"),
    [
        ([], 2 * HOUR, 1, 0),
        ([], 3 * DAY, 3, 0),
        ([], 5 * DAY + 1, 4, 20),
        ([2 * HOUR], 3 * DAY, 3, 0),
        ([2 * HOUR, DAY + 1], 3 * DAY, 1, 20),
        ([10 * DAY], 601, 0, 10),
        ([0, 0, 600], 4 * DAY, 4, 0),
        ([3 * DAY], 0, 0, 0),
    ],
)
def test_late_days_are_spent_in_order_and_only_on_what_is_late(earlier, seconds, spent, percent):
    found = lateness(LateRule(percent=10, grace_minutes=10, late_days=4), seconds, earlier)
    assert (found.days_spent, found.percent) == (spent, percent)


@pytest.mark.parametrize(
    ("rule", "seconds", "said"),
    [
        (LateRule(percent=10, late_days=4), 2 * HOUR, "2 h late, 1 of 4 late days spent on it"),
        (LateRule(percent=10, late_days=1), DAY + 300, "1 day 5 min late, 1 of 1 late days spent on it, 10 % taken off"),
        (LateRule(percent=10), 2 * DAY + HOUR + 60, "2 days 1 h late, 30 % taken off"),
        (LateRule(), 61, "1 min 1 s late"),
        (LateRule(), 0.25, "less than 1 s late"),
        (LateRule(grace_minutes=5), 240, ""),
        (LateRule(late_days=4), 0, ""),
    ],
)  # fmt: skip
def test_a_student_is_told_in_words(rule, seconds, said):
    assert str(lateness(rule, seconds)) == said


def test_a_manifest_says_the_rule_or_has_none():
    assert late_rule({}) is None
    assert late_rule({"late": {}}) == LateRule()
    table = {"percent": 10, "per": "hour", "at_most": 50, "grace_minutes": 15, "late_days": 4}
    assert late_rule({"late": table}) == LateRule(10, "hour", 50, 15, 4)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"percents": 10}, "may have percent, per, at_most, grace_minutes, late_days"),
        ("10 %", "may have percent"),
        ({"per": "week"}, "per = 'week' is neither"),
        ({"per": ["day"]}, "is neither"),
        ({"percent": -1}, "percent = -1 is no such number"),
        ({"percent": "10"}, "is no such number"),
        ({"percent": True}, "is no such number"),
        ({"grace_minutes": float("nan")}, "is no such number"),
        ({"at_most": float("inf")}, "is no such number"),
        ({"late_days": 1.5}, "late_days = 1.5 is no such number"),
    ],
)
def test_what_is_no_rule_is_a_sentence(table, why):
    with pytest.raises(CourseError, match=why):
        late_rule({"late": table})
