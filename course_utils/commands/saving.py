"""A notebook file, looked at again whenever it is saved."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.3


def saves(path: Path) -> Iterator[None]:
    """Now, and whenever the file has been saved with other sources; one that is being written is waited for."""
    checked = None
    while True:
        before = _sources(path)
        if before is not None and before != checked:
            checked = before
            yield
        time.sleep(_POLL_SECONDS)


def _sources(path: Path) -> list[Any] | None:
    """What a notebook's cells hold, without outputs; None while it cannot be read."""
    try:
        return [cell["source"] for cell in json.loads(path.read_bytes())["cells"]]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
