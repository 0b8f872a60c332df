"""Taking a submission apart in a bounded process: its bytes and the course's cells go in, what each cell is comes out."""

from __future__ import annotations

import atexit
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING

from autograder.sandbox.bounded import Bounded, TooMuch
from course_utils.submission.matching import Known, Matched, Piece, Role, match
from course_utils.submission.reading import Unreadable, read_cells

if TYPE_CHECKING:  # which needs NumPy, and the bounded process starts without
    from autograder.limits import ReadingLimits


_KEPT_BYTES = 1_000_000


def take(known: list[Known], submission: bytes, limits: ReadingLimits) -> Matched:
    """What the cells of a submission are, whatever its bytes do to a parser.

    Raises:
        Unreadable: it is no notebook, or takes too much to be read.
    """
    request = json.dumps([vars(cell) for cell in known]).encode() + b"\n" + submission
    with _process(limits, len(submission)) as process:
        try:
            reply = json.loads(process.call(take_apart.__name__, request))
        except TooMuch as much:
            raise Unreadable(f"{much} to read it") from much
    if "unreadable" in reply:
        raise Unreadable(reply["unreadable"])
    return Matched(**reply | {"pieces": [Piece(**piece) for piece in reply["pieces"]]})


@contextmanager
def _process(limits: ReadingLimits, size: int) -> Iterator[Bounded]:
    """The process that reads; it is kept for the next submission unless this one may have made it large."""
    process = _bounded(limits)
    process.renew()
    try:
        yield process
    finally:
        if size > _KEPT_BYTES:
            process.close()


@lru_cache(maxsize=2)
def _bounded(limits: ReadingLimits) -> Bounded:
    process = Bounded(__name__, seconds=limits.seconds, memory_bytes=limits.memory_bytes)
    atexit.register(process.close)
    return process


def take_apart(request: bytes) -> bytes:
    """The other side of `take`, in the bounded process."""
    head, _, submission = request.partition(b"\n")
    known = [Known(**cell | {"role": Role(cell["role"])}) for cell in json.loads(head)]
    try:
        cells = read_cells(submission)
    except ValueError as error:
        return json.dumps({"unreadable": str(error)}).encode()
    return json.dumps(asdict(match(known, cells))).encode()
