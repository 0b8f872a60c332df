"""What an attack is: a builder of one submission, and what it deserves."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace

from autograder.limits import MIB, CellLimits, GradingLimits, QuestionLimits, SandboxLimits
from hostile.course import RIGHT, WRONG, extra_cell, submission
from hostile.world import World

LIMITS = GradingLimits(
    cell=CellLimits(seconds=4, grace_seconds=1, output_bytes=100_000, output_messages=200),
    question=QuestionLimits(call_seconds=2, question_seconds=4, strays=300),
    sandbox=SandboxLimits(
        memory_bytes=640 * MIB,
        tasks=64,
        cpu_seconds=20,
        file_bytes=20 * MIB,
        scratch_bytes=40 * MIB,
        files=2_000,
        grader_bytes=256 * MIB,
    ),
    notebook_seconds=15,
    output_bytes=300_000,
)
ALL, FIRST, NOTHING = 10.0, 4.0, 0.0


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        build: makes the bytes that are handed in.
        scores: the marks that are right; more than one where the machine decides how an attempt ends.
        says: a pattern that notes and reasons together match.
    """

    build: Callable[[World], bytes]
    scores: tuple[float, ...]
    says: str = ""
    limits: GradingLimits = LIMITS

    @property
    def name(self) -> str:
        return self.build.__name__


ATTACKS: list[Attack] = []


def attack(*scores: float, says: str = "", **limits: object) -> Callable:
    """Register a builder; it may return bytes, or a notebook as a dict."""

    def register(function: Callable) -> Callable:
        def build(world: World) -> bytes:
            made = function(world)
            return made if isinstance(made, bytes) else json.dumps(made).encode("utf-8", "surrogatepass")

        build.__name__ = function.__name__
        ATTACKS.append(Attack(build, scores, says, replace(LIMITS, **limits)))
        return function

    return register


def right() -> dict:
    return submission(RIGHT)


def wrong() -> dict:
    return submission(WRONG)


def theft(code: str) -> dict:
    """A submission whose answers are right only if `code` sets LOOT: it deserves nothing, and shows a leak by marks."""
    stolen = {name: _only_with_loot(name) for name in RIGHT}
    return extra_cell(submission(stolen), f"LOOT = False\n{textwrap.dedent(code)}")


def bomb(code: str) -> dict:
    """A submission that `code` would bring to 4 points by setting LOOT; it gets 10 when refused and 0 when killed."""
    answers = RIGHT | {name: _only_without_loot(name) for name in ("scale_forward", "scale_backward")}
    return extra_cell(submission(answers), f"LOOT = False\n{textwrap.dedent(code)}")


def after_first(code: str) -> dict:
    """Right answers, with `code` run after the first question has been answered."""
    return extra_cell(right(), textwrap.dedent(code), before="scale_forward")


def in_answer(code: str, name: str = "scale_forward") -> dict:
    """Right answers, but one of them runs `code` when it is called."""
    head, _, body = RIGHT[name].partition("\n")
    return submission(RIGHT | {name: f"{head}\n{textwrap.indent(textwrap.dedent(code), '    ')}\n{body}"})


def _only_with_loot(name: str) -> str:
    head, _, body = RIGHT[name].partition("\n")
    return f"{head}\n    if not LOOT:\n        return None\n{body}"


def _only_without_loot(name: str) -> str:
    head, _, body = RIGHT[name].partition("\n")
    return f"{head}\n    if LOOT:\n        return None\n{body}"
