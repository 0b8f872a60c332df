"""Whether what is made from parameters is a copy of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Handle, Student
from course_utils.compare import kind_of

# A dict whose names are not quite strings is no data to the wire: it stays in the kernel, as does what is made from it.
_PARAMS = """
class Name(str):
    pass


class Params(dict):
    def update_in_place(self):
        self["W"].fill(9.0)


result = Params({Name("W"): np.array([0.5, -2.0, 1.5])})
"""


def expect_copy(student: Student, made_from: Callable[[Handle], Any], what: str) -> None:
    """Fail the case when what is made from parameters moves with them when they are updated in place.

    Args:
        made_from: given a dict of one array in the student's kernel, returns a dict that should hold the same numbers.
        what: what that dict is called.
    """
    params = student.run(_PARAMS)
    copied = made_from(params)
    expect(isinstance(copied, Handle | dict), f"{what} is {kind_of(copied)}, and should be a dict")

    def values() -> Any:
        return copied.get("W")

    kept = values()
    expect_close(kept, np.array([0.5, -2.0, 1.5]), f"{what}, its W,")
    params.update_in_place()
    expect(
        np.array_equal(values(), kept),
        f"the parameters were updated in place, and {what} moved with them: copy every array",
    )
