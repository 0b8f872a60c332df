"""What carries messages to a kernel and back, as bytes; what they say is a conversation's."""

from __future__ import annotations

from typing import Protocol

from course_utils.grading.wire import WireError


class Line(Protocol):
    """A line to the kernel that answers one question."""

    def ask(self, message: bytes, calls: int) -> None:
        """Send a framed request, whose reply may take the time of so many calls.

        Raises:
            NoAnswer: the line has been given up.
        """

    def answer(self, message: bytes) -> None:
        """Send a framed message that is no request."""

    def wait(self) -> list[bytes] | WireError:
        """The frames of the next message, or why it is none.

        Raises:
            NoAnswer: none came in time, or none can come.
        """

    def start_afresh(self, prepare: str) -> None:
        """Go on with another kernel; see `Student.start_afresh`."""
