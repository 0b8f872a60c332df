"""Whether what is made from parameters is a copy of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import kind_of

# Parameters that stay in the kernel, where they can be updated in place.
_PARAMS = """
class Params(dict):
    def update_in_place(self):
        self["W"].fill(9.0)


result = Params({"W": np.array([0.5, -2.0, 1.5])})
"""


def expect_copy(student: Student, function: str, what: str, *before: Any, wrapped: bool = False) -> None:
    """Fail the case when what is made from parameters moves with them when they are updated in place.

    Args:
        function: name of the student's function; called with `before` and then a dict of one array, it returns a dict
            that should hold the same numbers.
        what: what that dict is called.
        wrapped: the dict is handed in as the only one of a list.
    """
    params = student.run(_PARAMS)
    arguments = (*before, [params] if wrapped else params)
    found = student.call(function, *arguments)
    expect(isinstance(found, dict), f"{what} is {kind_of(found)}, and should be a dict")
    copied = student.call(function, *arguments, as_handle=True)
    kept = copied.get("W")
    expect_close(kept, np.array([0.5, -2.0, 1.5]), f"{what}, its W,")
    params.update_in_place()
    expect(
        np.array_equal(copied.get("W"), kept),
        f"the parameters were updated in place, and {what} moved with them: copy every array",
    )
