"""Was the backward pass written for another forward pass? Ask the forward pass itself.

"The stride is ignored" means: the gradient is right for stride 1. So the numeric gradient of the same forward pass with
stride 1 is the wrong gradient, number by number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_utils.compare import Cause
from course_utils.gradcheck.signatures.evidence import Evidence
from course_utils.gradcheck.signatures.spatial import filters_of, is_average

# The default of every normalization layer of the course.
_EPS = 1e-5
# (kind, text, other values of arguments): what the backward pass may have been written for.
Assumption = tuple[str, str, dict[str, Any]]
# (other values of settings, kind, text).
OtherSettings = tuple[dict[str, Any], str, str]


def other_assumption(evidence: Evidence) -> Cause | None:
    """Name the assumption under which the gradient would be right."""
    if evidence.problem.kind == "loss" and evidence.x.ndim == 0:
        return None
    guess = _last_window(evidence)
    if guess:
        return guess
    for kind, text, changed in _assumptions(evidence):
        if evidence.spent:
            return None
        try:
            probe = evidence.problem.other_probe(evidence.name, changed)
            fits = evidence.same_as(probe)
        except Exception:
            # A layer need not be able to work under another assumption; then that is not what happened.
            continue
        if fits:
            return Cause(kind, text)
    return _one_example(evidence)


def _one_example(evidence: Evidence) -> Cause | None:
    """Only the first or only the last example of the batch counts."""
    dout = evidence.dout
    if dout.ndim < 2 or len(dout) < 2 or evidence.name == "x" or evidence.spent:
        return None
    for place, word in ((0, "first"), (-1, "last")):
        weights = np.zeros_like(dout)
        weights[place] = dout[place]
        probe = evidence.problem.probe(evidence.name).with_weights(weights)
        if evidence.same_as(probe):
            return Cause("sum missing", f"only the {word} example counts: the sum over the batch is missing")
    return None


def _last_window(evidence: Evidence) -> Cause | None:
    """A convolution's weights or biases that remember one window only."""
    dout = evidence.dout
    if dout.ndim != 4 or not filters_of(evidence) or evidence.name == "x":
        return None
    for examples, words in ((slice(None), "of each picture"), (slice(-1, None), "of the last picture")):
        weights = np.zeros_like(dout)
        weights[examples, :, -1, -1] = dout[examples, :, -1, -1]
        if evidence.same_as(evidence.problem.probe(evidence.name).with_weights(weights)):
            return Cause("sum missing", f"only the last window {words} counts: = where += belongs")
    return None


def _assumptions(evidence: Evidence) -> Iterator[Assumption]:
    problem = evidence.problem
    for name, value in problem.values.items():
        if isinstance(value, dict):
            settings = {"eps": _EPS, **value} if "gamma" in problem.points and evidence.is_small else value
            for changes, kind, text in _other_settings(settings, evidence):
                yield kind, text, {name: value | changes}
    plain = {name: value for name, value in problem.values.items() if isinstance(value, (int, float, str))}
    for changes, kind, text in _other_settings(plain, evidence):
        yield kind, text, changes
    yield from _losers(evidence)
    yield from _shifted_padding(evidence)
    for name, point in problem.points.items():
        if name == evidence.name:
            continue
        if "gamma" in name:
            yield (
                "gamma",
                f"{name} is forgotten: the gradient is right for {name} = 1",
                {name: np.ones_like(point)},
            )
        if np.any(point < 0) and np.any(point > 0):
            yield "absolute", f"the absolute values of {name} are used, |{name}|", {name: np.abs(point)}
        if point.ndim == 4 or name in filters_of(evidence):
            yield (
                "flipped",
                f"{name} is used upside down and left to right",
                {name: point[..., ::-1, ::-1].copy()},
            )
        if point.ndim == 2 and point.shape[0] == point.shape[1]:
            yield "transposed", f"{name} is used transposed", {name: point.T.copy()}
    yield from _other_numbers(evidence)


def _other_settings(settings: dict[str, Any], evidence: Evidence) -> Iterator[OtherSettings]:
    """Settings that are often forgotten."""
    for key, value in settings.items():
        if key == "stride" and value != 1:
            yield (
                {key: 1},
                "stride",
                f"the stride is ignored: the gradient is right for stride 1, not for {value}",
            )
        if key == "pad" and value != 0:
            yield {key: 0}, "padding", "the padding is ignored: the gradient is right for pad 0"
        if key == "mode" and value in ("train", "test"):
            other = "test" if value == "train" else "train"
            yield {key: other}, "mode", f'the gradient is that of mode "{other}"'
        if key == "eps" and value == _EPS:
            yield {key: 0.0}, "eps", "eps is forgotten: the gradient is right for eps = 0"
        elif key == "eps":
            text = f"eps = {value:g} is not used: the gradient is right for eps = {_EPS:g}, the default, or for none"
            yield {key: _EPS}, "eps", text
        if key == "p" and value != 1:
            yield (
                {key: 1.0},
                "mask",
                "the mask is not applied: the gradient is right when nothing is dropped (p = 1)",
            )
    if {"pool_height", "pool_width", "stride"} <= settings.keys() and is_average(evidence):
        yield from _other_windows(settings["pool_height"], settings["pool_width"], settings["stride"])


def _other_windows(height: int, width: int, stride: int) -> Iterator[OtherSettings]:
    if height != width:
        text = f"height and width of the window are exchanged: the gradient is right for windows of {width}×{height}"
        yield {"pool_height": width, "pool_width": height}, "windows", text
        for size in (height, width):
            text = f"the gradient is right for windows of {size}×{size}, not of {height}×{width}"
            yield {"pool_height": size, "pool_width": size}, "windows", text
    if stride != height:
        yield (
            {"stride": height},
            "stride",
            f"windows are taken to lie side by side: the gradient is right for stride {height}, not for {stride}",
        )


def _losers(evidence: Evidence) -> Iterator[Assumption]:
    """Layers whose output is the largest of several pieces: what if all but one of them always lost?"""
    points = evidence.problem.points
    biases = [name for name, point in points.items() if point.ndim == 1]
    if len(biases) < 2 or any("gamma" in name for name in points):
        return
    for name in biases:
        if name[-1] != evidence.name[-1]:
            text = "it hears every entry of dout, as if its piece won everywhere: the mask is not applied"
            yield "mask", text, {name: points[name] - 1e4}


def _shifted_padding(evidence: Evidence) -> Iterator[Assumption]:
    """Windows counted from the picture's corner instead of the padding's: all padding at the end."""
    x, name = evidence.problem.points.get("x"), evidence.name
    settings = [(k, v) for k, v in evidence.problem.values.items() if isinstance(v, dict) and v.get("pad")]
    if x is None or x.ndim != 4 or not settings or name == "x":
        return
    key, value = settings[0]
    pad = int(value["pad"])
    moved = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))
    yield (
        "padding",
        "the padding is ignored: windows are counted from the picture's corner",
        {
            key: {**value, "pad": 0},
            "x": moved,
        },
    )


def _other_numbers(evidence: Evidence) -> Iterator[Assumption]:
    for name, value in evidence.problem.values.items():
        if name in ("alpha",) and isinstance(value, float) and value != 1:
            yield "constant", f"{name} is forgotten: the gradient is right for {name} = 1", {name: 1.0}
