"""What an answer may be expected to do besides giving the right numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.verdict.expect import expect, expect_close
from autograder.verdict.refusals import NotWritten, StudentError
from course_utils.compare import CheckFailed


def expect_value_error(call: Callable[[], Any], what: str) -> None:
    """Fail the case unless the student's code answers a call with a ValueError.

    Args:
        call: asks the student.
        what: what was asked, as in 'scheme "best"'.
    """
    try:
        call()
    except NotWritten:
        raise
    except StudentError as error:
        expect(error.raised == "ValueError", f"{what} should raise a ValueError; instead {error}")
        return
    raise CheckFailed(f"{what} should raise a ValueError, and an answer came back instead")


def expect_shape(value: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The value, which must be an array of that shape.

    Args:
        name: what the value is called.

    Raises:
        CheckFailed: it is something else, or its shape is another one.
    """
    if not isinstance(value, np.ndarray) or value.shape != shape:
        expect_close(value, np.zeros(shape), name)
    return value


def expect_array(value: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The value, which must be an array of that shape and hold finite numbers alone; see `expect_shape`."""
    value = expect_shape(value, shape, name)
    expect(bool(np.all(np.isfinite(value))), f"{name} holds NaN or inf")
    return value
