"""How closely a gradient is compared with centred differences, and at what cost."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How closely and at what cost to check.

    Attributes:
        h: step of the centred differences.
        rtol: allowed relative difference of an entry.
        max_evaluations: forward passes allowed for one argument.
        small: arrays up to this size are swept entry by entry at once.
        directions: random directions tried for larger arrays.
        line_seconds: how long the line that is wrong is looked for unasked.
    """

    h: float = 1e-5
    rtol: float = 1e-6
    max_evaluations: int = 300
    small: int = 100
    directions: int = 3
    line_seconds: float = 2.0

    def agree(self, analytic: float, numeric: float, noise: float) -> bool:
        """Whether an entry agrees with its centred difference at step h, given the noise of the outputs."""
        allowed = self.rtol * max(abs(analytic), abs(numeric)) + noise / self.h
        return bool(abs(analytic - numeric) <= allowed < math.inf)
