"""What an answer may be expected to do besides giving the right numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.verdict.expect import expect
from autograder.verdict.student import NotWritten, StudentError
from course_utils.compare import CheckFailed


def expect_value_error(call: Callable[[], Any], what: str) -> None:
    """Fail the case unless the student's code answers `call` with a ValueError."""
    try:
        call()
    except NotWritten:
        raise
    except StudentError as error:
        expect(error.raised == "ValueError", f"{what} should raise a ValueError; instead {error}")
        return
    raise CheckFailed(f"{what} should raise a ValueError, and an answer came back instead")
