"""What being late costs: grace, late days to spend, and a share of the mark for each hour or day, as `[late]` in course.toml says."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from autograder.course.manifest import MANIFEST
from course_utils.errors import CourseError

HOUR, DAY = 3600, 86400
_UNITS = {"hour": HOUR, "day": DAY}


@dataclass(frozen=True)
class LateRule:
    """The rule of a course.

    Attributes:
        percent: of the mark, taken away for each hour or day that has begun.
        per: "hour" or "day".
        at_most: percent of the mark that are taken away in all.
        grace_minutes: who is no later than this is on time; who is later is late since the assignment was due.
        late_days: days of 24 hours that each student may be late in the whole course at no cost, spent on the first that come.
    """

    percent: float = 0.0
    per: str = "day"
    at_most: float = 100.0
    grace_minutes: float = 0.0
    late_days: int = 0


@dataclass(frozen=True)
class Lateness:
    """How late one submission is, and what that costs.

    Attributes:
        seconds: since it was due, or since the extension; 0 within the grace.
        days_spent: late days that it uses.
        days_of: late days that there are in the course.
        percent: of its mark, taken away.
    """

    seconds: float
    days_spent: int
    days_of: int
    percent: float

    def __str__(self) -> str:
        """What a student is told: "2 h late, 1 of 4 late days spent"; nothing where they were on time."""
        if not self.seconds:
            return ""
        parts = [f"{_duration(self.seconds)} late"]
        if self.days_spent:
            parts.append(f"{self.days_spent} of {self.days_of} late days spent on it")
        if self.percent:
            parts.append(f"{self.percent:g} % taken off")
        return ", ".join(parts)


def late_rule(manifest: dict[str, Any]) -> LateRule | None:
    """The rule of a manifest; None where it has none.

    Raises:
        CourseError: its table `late` says something that is none.
    """
    table = manifest.get("late")
    if table is None:
        return None
    known = {each.name: each.type for each in fields(LateRule)}
    if not isinstance(table, dict) or (set(table) - set(known)):
        raise CourseError(f"{MANIFEST}: [late] may have {', '.join(known)}")
    for name, value in table.items():
        if name == "per":
            if value not in tuple(_UNITS):
                raise CourseError(f'{MANIFEST}: [late] per = {value!r} is neither "hour" nor "day"')
        elif (
            type(value) not in (int, float)
            or not 0 <= value < math.inf
            or (name == "late_days" and value % 1)
        ):
            raise CourseError(f"{MANIFEST}: [late] {name} = {value!r} is no such number: write 0 or more")
    return LateRule(**table)


def lateness(rule: LateRule, seconds: float, earlier: Iterable[float] = ()) -> Lateness:
    """How late a submission is, and what that costs.

    Args:
        seconds: that it came after it was due.
        earlier: the same of the student's submissions that were due before, in that order; they spend late days first.
    """
    left = int(rule.late_days)
    for each in earlier:
        left -= _days_spent(rule, each, left)
    seconds = _counted(rule, seconds)
    spent = _days_spent(rule, seconds, left)
    units = math.ceil(max(0.0, seconds - spent * DAY) / _UNITS[rule.per])
    percent = min(rule.percent * units, rule.at_most, 100.0)
    return Lateness(seconds, spent, int(rule.late_days), percent)


def _counted(rule: LateRule, seconds: float) -> float:
    return 0.0 if seconds <= rule.grace_minutes * 60 else seconds


def _days_spent(rule: LateRule, seconds: float, left: int) -> int:
    return min(math.ceil(_counted(rule, seconds) / DAY), left)


def _duration(seconds: float) -> str:
    """The two largest units: "3 days 2 h", "2 h 5 min", "40 s"."""
    rest, parts = int(seconds), []
    for name, size in (("day", DAY), ("h", HOUR), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {name}{'s' if name == 'day' and number > 1 else ''}")
    return " ".join(parts[:2]) or "less than 1 s"
