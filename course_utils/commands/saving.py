"""A notebook file, looked at again whenever it is saved."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.3


def saves(path: Path) -> Iterator[None]:
    """Now, and whenever the file has been saved with other sources; one that is being written is waited for.

    Raises:
        KeyboardInterrupt: somebody pressed Ctrl-C, be it where no error gets out, as while an object is cleaned up.
    """
    pressed: list[int] = []

    def interrupt(number: int, frame: Any) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    before, checked = signal.signal(signal.SIGINT, interrupt), None
    try:
        while not pressed:
            there = _sources(path)
            if there is not None and there != checked:
                checked = there
                yield
            time.sleep(_POLL_SECONDS)
        raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)


def _sources(path: Path) -> list[Any] | None:
    """What a notebook's cells hold, without outputs; None while it cannot be read."""
    try:
        return [cell["source"] for cell in json.loads(path.read_bytes())["cells"]]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
