"""Asking a wrong answer in a process of its own, which may take so long and so much memory and no more."""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CPU_SECONDS = 5
MEMORY = 4 * 2**30


@dataclass
class Outcome:
    """What the checks said to one wrong answer.

    Attributes:
        hidden: whether the hidden checks refused it in each seed.
        refusals: in how many seeds they did.
        applies: False when there was nothing to break.
    """

    hidden: bool
    visible: bool
    refusals: int = 0
    applies: bool = True
    errors: dict[str, float] = field(default_factory=dict)


def in_child(work: Callable[[], Outcome], cpu_seconds: int = CPU_SECONDS) -> Outcome:
    """What the checks say in a child as `bounded` starts it; an answer that does not come back in time counts as refused."""
    answer = bounded(lambda: vars(work()), cpu_seconds)
    return Outcome(**answer) if answer else Outcome(hidden=True, visible=True)


def bounded(work: Callable[[], Any], cpu_seconds: int) -> Any:
    """What `work` returns, as JSON can say it, in a forked process with limits; None where it does not come back in time.

    The matrix library is best kept to one thread: threads that wait for a busy core use up the time of the answer.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.alarm(10 * cpu_seconds)
            os.write(writer, json.dumps(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer) if answer else None
