"""Tells why one entry of a gradient differs from its centred difference.

A difference between the two has four causes, and only the last is a mistake in the gradient:

- round-off: subtracting two nearly equal values leaves noise of about eps * |f| / h; it grows as 1/h
- truncation: the function bends within the step; it grows as h**2
- a kink (ReLU, max pooling, a hinge): the slope to the left is not the slope to the right
- a wrong gradient: the difference stays the same whatever the step
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from course_utils.gradcheck.probe import Index, Probe, Slopes
from course_utils.gradcheck.settings import Settings

# Slopes of one entry by the step they were taken with.
Looks = dict[float, Slopes]


@dataclass(frozen=True)
class Entry:
    """One entry that disagreed at the first step, and what a closer look found.

    Attributes:
        index: where it is.
        analytic: the gradient under test there.
        numeric: the centred difference.
        left: the slope towards smaller values.
        right: the slope towards larger values.
        verdict: "bug", "kink", "round-off", "truncation" or "edge".
    """

    index: Index
    analytic: float
    numeric: float
    left: float
    right: float
    verdict: str


def closer_look(probe: Probe, index: Index, analytic: float, slopes: Slopes, settings: Settings) -> Entry:
    """Try one entry again at other steps and from each side, and name the cause of the difference.

    Args:
        probe: the outputs near the point.
        index: the entry.
        analytic: the gradient under test there.
        slopes: left, centred and right slope at the step of the settings.
        settings: how closely to look.
    """
    if not np.isfinite(slopes).all():
        return _at_edge(probe, index, analytic, slopes, settings)
    h, numeric = settings.h, slopes[1]
    looks = {h: slopes, 10 * h: probe.entry(index, 10 * h), h / 10: probe.entry(index, h / 10)}
    verdict = "bug"
    if not _stays(looks, analytic):
        looks |= {step: probe.entry(index, step) for step in (100 * h, h / 100)}
        verdict = _verdict(probe, index, looks, analytic, settings)
    left, _, right = looks[h / 10]
    return Entry(index, analytic, numeric, left, right, verdict)


def _at_edge(probe: Probe, index: Index, analytic: float, slopes: Slopes, settings: Settings) -> Entry:
    """Compare with the side on which the function has a value: a right gradient is the nearer, the shorter the step."""
    left, _, right = slopes
    side = 0 if math.isfinite(left) else 2
    nearer = [probe.entry(index, settings.h / part)[side] for part in (100, 10_000)]
    errors = [abs(analytic - slope) for slope in (slopes[side], *nearer)]
    noise = probe.noise * 100 / settings.h
    fits = errors[1] <= max(0.5 * errors[0], settings.rtol * abs(analytic), noise) and errors[2] <= max(
        0.5 * errors[1], settings.rtol * abs(analytic), 100 * noise
    )
    return Entry(index, analytic, nearer[-1], left, right, "edge" if fits else "bug")


def _stays(looks: Looks, analytic: float) -> bool:
    """Whether all slopes are the same at any step and on both sides, next to how far off the gradient is."""
    slopes = np.array(list(looks.values()))
    return bool(np.ptp(slopes) < 0.1 * np.min(np.abs(slopes - analytic))) or not math.isfinite(analytic)


def _verdict(probe: Probe, index: Index, looks: Looks, analytic: float, settings: Settings) -> str:
    h = settings.h
    error = abs(analytic - looks[h][1])

    def agrees(step: float) -> bool:
        centred, noise = looks[step][1], probe.noise / step
        left_over = abs(analytic - centred)
        if step < h and noise > 0.1 * error:
            # The noise bound is generous: an error that shrinks while noise grows was no mistake of the gradient.
            return noise < 5 * error and left_over < 0.02 * error
        return left_over <= settings.atol + settings.rtol * max(abs(analytic), abs(centred)) + noise

    if agrees(10 * h) or agrees(100 * h):
        return "round-off"
    if agrees(h / 10) or agrees(h / 100):
        shrunk = abs(analytic - looks[h / 10][1])
        return "truncation" if error < 300 * shrunk and shrunk < error / 30 else "kink"
    if _has_kink(looks, probe.noise, settings) and _is_between_sides(looks, analytic, probe.noise, settings):
        return "kink"
    if _agrees_nearby(probe, index, settings):
        return "kink"
    return "bug"


def _has_kink(looks: Looks, noise: float, settings: Settings) -> bool:
    """Whether the two sides differ by an amount that does not shrink with the step."""
    h = settings.h
    left, _, right = looks[h / 10]
    gap, slack = abs(right - left), settings.rtol * max(abs(left), abs(right)) + noise / (h / 10)
    return gap > 4 * slack and gap > 0.3 * abs(looks[h][2] - looks[h][0])


def _is_between_sides(looks: Looks, analytic: float, noise: float, settings: Settings) -> bool:
    """Whether the gradient lies between the slopes of the two sides, allowing for how they bend within the step."""
    near, nearer = looks[settings.h / 10], looks[settings.h / 100]
    left, _, right = near
    bend = 2 * max(abs(left - nearer[0]), abs(right - nearer[2]))
    slack = settings.rtol * max(abs(left), abs(right)) + noise / (settings.h / 10) + bend
    return min(left, right) - slack <= analytic <= max(left, right) + slack


def _agrees_nearby(probe: Probe, index: Index, settings: Settings) -> bool:
    """Whether the gradient is right a little way off, where there is no kink.

    Where several kinks meet, as in a network whose units all stand at zero, a right gradient need not lie between the
    two slopes.
    """
    if probe.moved is None:
        return False
    other, analytic = probe.moved()
    if analytic.shape != other.x.shape:
        return False
    a = float(analytic[index])
    return any(
        settings.agree(a, other.entry(index, h)[1], other.noise * settings.h / h)
        for h in (settings.h, settings.h / 10)
    )
