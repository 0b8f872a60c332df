"""How closely a gradient is compared with centred differences, and at what cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Settings:
    """How closely and at what cost to check.

    Attributes:
        h: step of the centred differences.
        rtol: allowed relative difference of an entry.
        atol: allowed absolute difference of an entry.
        eps: relative rounding of the functions' numbers.
        max_evaluations: forward passes allowed for one argument.
        small: arrays up to this size are swept entry by entry at once.
        directions: random directions tried for larger arrays.
        line_seconds: how long the line that is wrong is looked for unasked.
    """

    h: float = 1e-5
    rtol: float = 1e-6
    atol: float = 0.0
    eps: float = EPS
    max_evaluations: int = 300
    small: int = 100
    directions: int = 3
    line_seconds: float = 2.0

    @classmethod
    def of(cls, dtype: type, h: float | None, rtol: float | None, **others: Any) -> Settings:
        """Those for functions of a dtype, float64 or float32; `h` and `rtol` are what goes with it when not given."""
        single = np.dtype(dtype) == np.float32
        if not single and np.dtype(dtype) != np.float64:
            raise ValueError(f"dtype is {np.dtype(dtype)}; gradients are checked in float64 or in float32")
        eps = float(np.finfo(np.float32).eps) if single else EPS
        usual = (5e-3, 1e-3) if single else (cls.h, cls.rtol)
        return cls(h=usual[0] if h is None else h, rtol=usual[1] if rtol is None else rtol, eps=eps, **others)

    @property
    def is_single(self) -> bool:
        """Whether the functions compute in single precision, and should."""
        return self.eps > EPS

    def agree(self, analytic: float, numeric: float, noise: float) -> bool:
        """Whether an entry agrees with its centred difference at step h, given the noise of the outputs."""
        allowed = self.atol + self.rtol * max(abs(analytic), abs(numeric)) + noise / self.h
        return bool(abs(analytic - numeric) <= allowed < math.inf)


def default_rng() -> np.random.Generator:
    """Where an upstream gradient comes from when nobody says; started by a number that nobody starts their inputs by.

    Were it `numpy.random.default_rng(0)`, as in many a notebook, an input of as many numbers would be `dout` itself, and some
    mistakes, as dout.T @ x for x.T @ dout, would not show.
    """
    return np.random.default_rng(8_675_309_241)
