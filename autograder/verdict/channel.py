"""What carries a check's requests to whoever answers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

Message = tuple[dict[str, Any], list[bytes]]


class Channel(Protocol):
    """Carries one request to the responder and brings its reply back."""

    def request(
        self,
        header: dict[str, Any],
        buffers: list[bytes],
        serve: Callable[[dict[str, Any], list[bytes]], Message],
    ) -> Message:
        """Send a request and return the reply, answering with `serve` what is called back in between.

        Raises:
            NoAnswer: no reply came in time.
        """

    def start_afresh(self, prepare: str) -> None:
        """Ask another kernel from now on; see `Student.start_afresh`."""
