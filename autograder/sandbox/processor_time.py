"""The processor time of a sandbox's processes, with those that are gone, as far as it can be seen from outside.

The operating system adds a process's time to its parent's when the parent waits for it, and forgets it when nobody does
(a parent may ignore SIGCHLD). So what was seen of a process counts on when it is gone, and for what may have run unseen
between two looks, each processor is charged with the time between them at most.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# A process: its number in the sandbox, and when it started, since numbers are used again.
Process = tuple[int, str]


@dataclass(frozen=True)
class Used:
    """Seconds of processor time of one process: its own, and that of the children it waited for."""

    own: float = 0.0
    children: float = 0.0


class ProcessorTime:
    """Adds up what all processes of a sandbox have used, look by look.

    Args:
        clock: wall time in seconds.
        processors: how many there are.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, processors: int | None = None):
        self._clock = clock
        self._processors = processors or os.cpu_count() or 1
        self._then = clock()
        self._before: Mapping[Process, Used] = {}
        self._newest = 0
        self._gone = 0.0

    def add(self, living: Mapping[Process, Used]) -> float:
        """Take a look, and return the seconds that all processes so far have used together."""
        now = self._clock()
        ended = [used for process, used in self._before.items() if process not in living]
        waited_for = sum(
            used.children - self._before[process].children
            for process, used in living.items()
            if process in self._before
        )
        seen = sum(used.own + used.children for used in ended)
        unseen = min(len(ended) + self._passed_by(living), self._processors) * (now - self._then)
        self._gone += max(0.0, seen + unseen - waited_for)
        self._then, self._before = now, living
        return self._gone + sum(used.own + used.children for used in living.values())

    def _passed_by(self, living: Mapping[Process, Used]) -> int:
        """How many came and went since the last look: numbers are given out one after the other."""
        newest = max((number for number, _ in living), default=0)
        first_look, passed = not self._newest, newest - self._newest
        self._newest = max(newest, self._newest)
        come = sum(process not in self._before for process in living)
        return 0 if first_look else max(0, passed - come)
