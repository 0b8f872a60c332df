"""What a hidden check expects of an answer: anything else fails the case with a student's sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course_utils.compare import CheckFailed, difference


def expect_close(
    actual: Any,
    expected: Any,
    name: str,
    *,
    rtol: float = 1e-8,
    atol: float = 1e-12,
    sizes: Mapping[str, float] | None = None,
) -> None:
    """Fail the case with a student's sentence unless shape, dtype and values agree; see `difference`."""
    problem = difference(actual, expected, name, rtol=rtol, atol=atol, sizes=sizes)
    if problem:
        raise CheckFailed(problem)


def expect(condition: bool, sentence: str) -> None:
    """Fail the case with `sentence` unless `condition` holds."""
    if not condition:
        raise CheckFailed(sentence)
