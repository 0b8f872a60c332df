"""Tells a gradient that is right to the precision of float64 from one that was computed in float32."""

from __future__ import annotations

import math

import numpy as np

from course_utils.gradcheck.probe import Probe, random_direction


def is_single(probe: Probe, analytic: np.ndarray, rng: np.random.Generator) -> bool:
    """Whether a gradient that agrees with centred differences has errors of single precision.

    Extrapolation over three steps (Richardson) gives the slope along a direction to about ten digits, and says itself
    how sure it is.
    """
    if analytic.size < 2:
        return False
    # Values that single precision holds exactly are suspect: among float64 numbers one in 2**29 is such.
    suspect = np.array_equal(analytic, analytic.astype(np.float32))
    return any(_errors_stay(probe, analytic, rng, 3 if suspect else 20) for _ in range(3 if suspect else 1))


def _errors_stay(probe: Probe, analytic: np.ndarray, rng: np.random.Generator, margin: float) -> bool:
    """Whether the gradient is off along a random direction by what single precision leaves, at any step."""
    v = random_direction(analytic.shape, rng) / math.sqrt(analytic.size)
    size = float(np.linalg.norm(analytic * v))
    # Steps that small inputs bear as well.
    reach = min(1.0, float(np.max(np.abs(probe.x))) or 1.0)
    first, doubt = _extrapolated_error(probe, analytic, v, 1e-3 * reach)
    if not margin * doubt + 3e-9 * size < abs(first) < 1e-5 * size:
        return False
    if abs(first) <= 30 * _rounding(probe, v):
        return False
    # What comes from the curvature or from a kink changes with the step; what comes from rounding the gradient does not.
    again, doubt = _extrapolated_error(probe, analytic, v, 1e-4 * reach)
    return abs(again - first) < 0.3 * abs(first) + doubt


def _rounding(probe: Probe, v: np.ndarray) -> float:
    """What rounding in double precision makes of the slope: much of it, where terms of the gradient cancel."""
    return probe.gradient_noise() * float(np.linalg.norm(v)) if probe.gradient_noise else 0.0


def _extrapolated_error(probe: Probe, analytic: np.ndarray, v: np.ndarray, h: float) -> tuple[float, float]:
    fine, middle, coarse = (probe.direction(v, step)[1] for step in (h, 2 * h, 4 * h))
    best, worse = (4 * fine - middle) / 3, (4 * middle - coarse) / 3
    return float(np.vdot(analytic, v)) - best, abs(best - worse) + probe.noise / h
