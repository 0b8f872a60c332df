"""A slip: one small thing done otherwise, and what is said of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import IntEnum


class Likelihood(IntEnum):
    """How likely people slip this way; of slips that give the same answers the likeliest is told."""

    TYPICAL = 0
    LEFT_OUT = 1
    EXCHANGED = 2
    ADDED = 3


@dataclass(frozen=True)
class Slip:
    """One expression or statement in place of another.

    Attributes:
        clause: completes "It looks as if ...".
        instead: what is done.
        likelihood: how likely it is.
    """

    clause: str
    instead: ast.AST
    likelihood: Likelihood = Likelihood.EXCHANGED
