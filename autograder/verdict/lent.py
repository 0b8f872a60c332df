"""Functions that a check lends to the student's code, which calls them by message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.verdict.channel import Message
from autograder.verdict.refusals import StudentError
from course_utils.compare import CheckFailed
from course_utils.grading.wire import Limits, WireError, decode, encode


class Lent:
    """The functions that were lent, by number.

    Args:
        limits: what the arguments of one call may cost.
    """

    def __init__(self, limits: Limits):
        self._functions: list[Callable[..., Any]] = []
        self._limits = limits

    def node(self, function: Callable[..., Any]) -> dict[str, Any]:
        """A function as it travels."""
        self._functions.append(function)
        return {"callback": len(self._functions) - 1}

    def serve(self, message: dict[str, Any], buffers: list[bytes]) -> Message:
        """Answer a call of one of them."""
        try:
            tree, out = encode(self._named(message)(*self._arguments(message, buffers)))
        except CheckFailed:
            raise
        except (
            Exception
        ) as error:  # of a function of the check's own, to which anything at all may have been handed
            raise StudentError(
                f"the function that was handed in was called with something else: {error}"
            ) from error
        return {"op": "callback_value", "value": tree}, out

    def _named(self, message: dict[str, Any]) -> Callable[..., Any]:
        number = message.get("callback")
        if type(number) is not int or not 0 <= number < len(self._functions):
            raise WireError("no function of this number was handed in")
        return self._functions[number]

    def _arguments(self, message: dict[str, Any], buffers: list[bytes]) -> list[Any]:
        arguments = decode(message.get("arguments"), buffers, self._limits)
        if not isinstance(arguments, list):
            raise WireError("its arguments are no list")
        return arguments
