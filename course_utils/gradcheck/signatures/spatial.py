"""Layers that slide a window over pictures: padding, overlaps, and where pooling sends its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.compare import Cause
from course_utils.gradcheck.probe import Index
from course_utils.gradcheck.signatures.evidence import Evidence


def shifted(evidence: Evidence) -> Cause | None:
    """The right picture, a few pixels away from where it belongs."""
    if evidence.x.ndim != 4 or not _window(evidence):
        return None
    height, width = evidence.x.shape[2:]
    reach = range(-min(3, height - 1), min(3, height - 1) + 1)
    for down in reach:
        for right in (down, 0) if down else ():
            if abs(right) < width and _fits_shift(evidence, down, right):
                where = f"{abs(down)} row{'s' * (abs(down) > 1)} too far {'down' if down > 0 else 'up'}"
                also = f" and {abs(right)} to the {'right' if right > 0 else 'left'}" if right else ""
                return Cause("padding", f"it lies {where}{also}: is the padding cut off on the wrong side?")
    return None


def _fits_shift(evidence: Evidence, down: int, right: int) -> bool:
    """Whether actual[y + down, x + right] is numeric[y, x] wherever both lie inside the picture."""
    height, width = evidence.x.shape[2:]
    inside = [
        (value, evidence.actual[n, c, y + down, x + right])
        for (n, c, y, x), value in evidence.numeric.items()
        if 0 <= y + down < height and 0 <= x + right < width
    ]
    if len(inside) < 6:
        return False
    expected, used = np.array(inside).T
    telling = np.sum(np.abs(expected) > 10 * evidence.tolerance)
    return telling >= 4 and bool(np.all(np.abs(expected - used) <= evidence.tolerance))


def overlaps(evidence: Evidence) -> Cause | None:
    """Right where one window looks, wrong where several do."""
    window = _window(evidence)
    if window is None or evidence.x.ndim != 4 or evidence.name != "x":
        return None
    count = _coverage(evidence.x.shape[2:], **window)
    if count is None or count.max() < 2:
        return None
    wrong = evidence.is_wrong
    if wrong.any() and _last_alone(evidence, **window):
        text = "windows overlap, and there one contribution replaces the others: = where += belongs"
        return Cause("overlap", text)
    return _edges(evidence, wrong) if window["pad"] else None


def _last_alone(evidence: Evidence, height: int, width: int, stride: int, pad: int) -> bool:
    """Whether wrong entries hold what the last window that covers them gives, alone: of all filters, or of the last one.

    A pool's windows may give an entry nothing (it is not their largest): then the last one that does.
    """
    chosen = sorted(evidence.wrong, key=lambda i: -abs(evidence.actual[i] - evidence.numeric[i]))[:6]
    has_filters = bool(filters_of(evidence))
    for filters in (slice(None), slice(-1, None)) if has_filters else (slice(None),):
        fits, telling = [], False
        for index in chosen:
            windows = _covering(index, evidence.dout.shape, height, width, stride, pad)
            last = 0.0
            for i, j in windows[:1] if has_filters else windows:
                last = _alone(evidence, index, filters, i, j)
                if abs(last) > 5 * evidence.tolerance:
                    telling = True
                    break
            fits.append(abs(last - evidence.actual[index]) <= evidence.tolerance)
        # That nothing comes of nothing is no evidence.
        if telling and all(fits):
            return True
    return False


def _covering(
    index: Index, shape: tuple[int, ...], height: int, width: int, stride: int, pad: int
) -> list[tuple[int, int]]:
    """The windows that look at an entry, the last one first."""
    rows, columns = (
        [k for k in range(count) if k * stride <= place + pad < k * stride + size] or [0]
        for count, place, size in zip(shape[2:], index[2:], (height, width), strict=True)
    )
    return [(i, j) for i in reversed(rows) for j in reversed(columns)]


def _alone(evidence: Evidence, index: Index, filters: slice, i: int, j: int) -> float:
    """What one window gives an entry."""
    weights = np.zeros(evidence.dout.shape)
    weights[index[0], filters, i, j] = evidence.dout[index[0], filters, i, j]
    return evidence.probe.with_weights(weights).entry(index, evidence.h)[1]


def _edges(evidence: Evidence, wrong: np.ndarray) -> Cause | None:
    height, width = evidence.x.shape[2:]
    border = np.array([y in (0, height - 1) or x in (0, width - 1) for (_, _, y, x) in evidence.numeric])
    inside = np.zeros(evidence.x.shape, dtype=bool)
    inside[:, :, 1:-1, 1:-1] = True
    if (
        wrong.sum() >= 3
        and np.all(border[wrong])
        and np.any(~border)
        and evidence.holds_elsewhere(evidence.actual, inside)
    ):
        return Cause(
            "padding",
            "it is wrong at the edges of the picture only: look at the padding and at the last windows",
        )
    return None


def filters_of(evidence: Evidence) -> dict[str, np.ndarray]:
    """Arguments that are filters, by name: four axes, or three where each channel of x has one of its own."""
    points = evidence.problem.points
    channels = points["x"].shape[1:2] if "x" in points and points["x"].ndim == 4 else None
    return {
        name: point
        for name, point in points.items()
        if name != "x" and (point.ndim == 4 or (point.ndim == 3 and point.shape[:1] == channels))
    }


def _window(evidence: Evidence) -> dict[str, int] | None:
    """Height, width, stride and pad of the sliding window, where the layer has one."""
    values = evidence.problem.values
    for settings in (*values.values(), values):
        if isinstance(settings, dict) and isinstance(settings.get("stride"), int):
            return _window_of(evidence, settings)
    return None


def _window_of(evidence: Evidence, settings: dict[str, Any]) -> dict[str, int] | None:
    filters = list(filters_of(evidence).values())
    size = _first(settings, ("size", "pool_size", "kernel_size", "k"))
    height = _first(settings, ("pool_height", "ph", "kh"), filters[0].shape[-2] if filters else size)
    width = _first(settings, ("pool_width", "pw", "kw"), filters[0].shape[-1] if filters else size)
    if not isinstance(height, int) or not isinstance(width, int):
        return None
    return {
        "height": int(height),
        "width": int(width),
        "stride": int(settings["stride"]),
        "pad": int(settings.get("pad", 0)),
    }


def _first(settings: dict[str, Any], names: tuple[str, ...], otherwise: Any = None) -> Any:
    """The first of several names that a setting goes by."""
    return next((settings[name] for name in names if name in settings), otherwise)


def _coverage(shape: tuple[int, int], height: int, width: int, stride: int, pad: int) -> np.ndarray | None:
    """How many windows look at each pixel."""
    padded = np.zeros((shape[0] + 2 * pad, shape[1] + 2 * pad), dtype=int)
    for top in range(0, padded.shape[0] - height + 1, stride):
        for left in range(0, padded.shape[1] - width + 1, stride):
            padded[top : top + height, left : left + width] += 1
    return padded[pad : pad + shape[0], pad : pad + shape[1]]


def is_average(evidence: Evidence) -> bool:
    """Whether pooling is linear: an average changes its sign with the picture, a maximum does not."""
    return bool(np.allclose(evidence.probe.at(-evidence.x), -evidence.problem.out))


def routing(evidence: Evidence) -> Cause | None:
    """Pooling: as much gradient as there should be, in other places."""
    if (
        evidence.x.ndim != 4
        or evidence.dout.ndim != 4
        or len(evidence.problem.points) > 1
        or not _window(evidence)
    ):
        return None
    plane = np.zeros(evidence.x.shape)
    plane[0, 0] = 1
    total = evidence.probe.direction(plane, evidence.h)[1]
    used = float(evidence.actual[0, 0].sum())
    expected, actual = evidence.expected, evidence.seen(evidence.actual)
    zero = np.abs(expected) <= evidence.tolerance
    spilled = zero & (np.abs(actual) > evidence.tolerance)
    if is_average(evidence):
        return _shares(evidence, abs(total - used) <= 1e-4 * max(abs(total), abs(used)) + evidence.tolerance)
    if abs(total - used) > 1e-4 * max(abs(total), abs(used)) + evidence.tolerance:
        if spilled.sum() > 0.5 * zero.sum() > 0:
            return Cause("routing", "entries that are not the largest of their window get the gradient too")
        return None
    if spilled.sum() > 0.5 * zero.sum():
        return Cause(
            "routing", "the gradient is spread over the whole window; only the largest entry earned it"
        )
    if not _each_window_has_its_own(evidence):
        return None
    return Cause(
        "routing", "the gradient goes to the wrong place of each window: it belongs to the largest entry"
    )


def _each_window_has_its_own(evidence: Evidence) -> bool:
    """Whether backward puts what flows into one output into its window, and all of it; asked for two outputs alone."""
    window, backward = _window(evidence), evidence.problem.backward
    if window is None or backward is None:
        return False
    height, width, stride = window["height"], window["width"], window["stride"]
    for i, j in ((0, 0), tuple(n - 1 for n in evidence.dout.shape[2:])):
        dout = np.zeros(evidence.dout.shape)
        dout[:, :, i, j] = evidence.dout[:, :, i, j]
        dx = np.asarray(backward(dout)[evidence.label], dtype=np.float64)
        inside = np.s_[:, :, i * stride : i * stride + height, j * stride : j * stride + width]
        total = dx[inside].sum(axis=(2, 3))
        dx[inside] = 0
        if np.any(dx) or not np.allclose(total, dout[:, :, i, j]):
            return False
    return True


def _shares(evidence: Evidence, all_there: bool) -> Cause | None:
    """Average pooling: every entry of a window has its share."""
    if not all_there:
        return None
    left_out = np.abs(evidence.seen(evidence.actual)) <= evidence.tolerance
    if left_out.sum() > 0.5 * np.sum(np.abs(evidence.expected) > 5 * evidence.tolerance):
        return Cause(
            "routing", "one entry of each window gets all of the gradient, where every entry has its share"
        )
    text = "windows are taken in other places than forward takes them: look at their height, width and stride"
    return Cause("windows", text)
