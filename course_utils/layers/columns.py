"""The windows of a few images as the columns of a matrix, without looking at a single window.

Flatten a padded plane row by row, with Wq pixels to a row. The pixel that filter tap (i, j) sees from place (r, c) lies
at r·Wq + c + (i·Wq + j): for all places together, one contiguous run of the plane that begins at i·Wq + j. So a matrix
row is a single copy, at the price of the last few places of each row, where a window wraps round the edge; their
results are never looked at. A stride of s is undone first: the s² phases of the padded plane (every s-th row and
column) are planes in which the windows move by 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# Bytes of a matrix of columns: small enough to stay in a core's own cache between being written and being used.
BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Phase:
    """One of the s² phases of a padded plane, and the part of it that lies inside the image.

    Attributes:
        taps: filter rows and columns that read this phase, as two slices.
        offsets: of each tap's first pixel in the flattened phase, by tap.
        inside: rows and columns of the phase that hold pixels of the image.
        image: rows and columns of the image that they are.
    """

    taps: tuple[slice, slice]
    counts: tuple[int, int]
    inside: tuple[slice, slice]
    image: tuple[slice, slice]


class Windows:
    """Where the windows of a filter lie in images of one size.

    channels, image: C and (H, W)
    kernel, stride, pads: (HH, WW), and (top, left) padding; what is needed below and right follows from `places`
    places: (OH, OW)
    """

    def __init__(
        self,
        channels: int,
        image: tuple[int, int],
        kernel: tuple[int, int],
        stride: int,
        pads: tuple[int, int],
        places: tuple[int, int],
    ):
        self.channels, self.kernel, self.stride, self.places = channels, kernel, stride, places
        # One row more than the windows reach, since the last run of a row may end beyond its plane.
        self.rows = places[0] + math.ceil(kernel[0] / stride)
        self.pitch = places[1] + math.ceil(kernel[1] / stride) - 1
        self.taps = channels * kernel[0] * kernel[1]
        self.phases = [
            self._phase(image, pads, (i, j))
            for i in range(min(stride, kernel[0]))
            for j in range(min(stride, kernel[1]))
        ]
        self.covers_image = all(
            (self.places[axis] - 1) * stride + kernel[axis] - pads[axis] >= image[axis]
            and stride <= kernel[axis]
            for axis in (0, 1)
        )

    def _phase(self, image: tuple[int, int], pads: tuple[int, int], first: tuple[int, int]) -> Phase:
        taps, counts, inside, pixels = [], [], [], []
        for axis, size in enumerate((self.rows, self.pitch)):
            s = self.stride
            begin = max(0, math.ceil((pads[axis] - first[axis]) / s))
            start = begin * s + first[axis] - pads[axis]
            count = max(0, min(size - begin, math.ceil((image[axis] - start) / s)))
            taps.append(slice(first[axis], None, s))
            counts.append(math.ceil((self.kernel[axis] - first[axis]) / s))
            inside.append(slice(begin, begin + count))
            pixels.append(slice(start, start + count * s, s) if count else slice(0, 0))
        return Phase(tuple(taps), tuple(counts), tuple(inside), tuple(pixels))

    def block(self, images: int, itemsize: int) -> tuple[int, int]:
        """(images, rows of places) whose columns fit the buffer: several images, or some rows of one."""
        row = self.taps * self.pitch * itemsize
        rows = max(1, BUFFER_BYTES // row)
        if rows < self.places[0]:
            # Blocks of equal height: a short last one would be multiplied at half the speed.
            blocks = math.ceil(self.places[0] / rows)
            return 1, math.ceil(self.places[0] / blocks)
        return max(1, min(images, rows // self.places[0])), self.places[0]


class Unfolder:
    """Memory for the phases and columns of up to n images, filled again and again.

    windows: where the windows lie
    n, rows: images and rows of places in a block, see `Windows.block`
    """

    def __init__(self, windows: Windows, n: int, rows: int, dtype: np.dtype):
        self.windows, self.n, self.dtype = windows, n, dtype
        shape = (windows.channels, n, windows.rows, windows.pitch)
        # The border stays zero for good: only the inside is ever written.
        self.planes = [np.zeros(shape, dtype) for _ in windows.phases]
        self._columns = np.empty(windows.taps * n * rows * windows.pitch, dtype)

    def load(self, x: np.ndarray) -> None:
        """Put images of shape (at most n, C, H, W) into the phases."""
        for plane, phase in zip(self.planes, self.windows.phases, strict=True):
            plane[:, : len(x), phase.inside[0], phase.inside[1]] = x[
                :, :, phase.image[0], phase.image[1]
            ].transpose(1, 0, 2, 3)

    def store(self, dx: np.ndarray) -> None:
        """Take the pixels of images of shape (at most n, C, H, W) out of the phases: the reverse of `load`."""
        for plane, phase in zip(self.planes, self.windows.phases, strict=True):
            dx[:, :, phase.image[0], phase.image[1]] = plane[
                :, : len(dx), phase.inside[0], phase.inside[1]
            ].transpose(1, 0, 2, 3)

    def columns(self, n: int, rows: range) -> np.ndarray:
        """Matrix (C·HH·WW, n · len(rows) · pitch): what each tap sees from the places of these rows."""
        view, run = self.empty_columns(n, rows)
        for k, phase in enumerate(self.windows.phases):
            np.copyto(view[:, phase.taps[0], phase.taps[1]], self._runs(k, n, rows, run))
        return view.reshape(self.windows.taps, n * run)

    def add_columns(self, columns: np.ndarray, n: int, rows: range) -> None:
        """Add each row of such a matrix where `columns` took it from: the transpose of `columns`."""
        run = len(rows) * self.windows.pitch
        view = columns.reshape(self.windows.channels, *self.windows.kernel, n, run)
        for k, phase in enumerate(self.windows.phases):
            targets = self._runs(k, n, rows, run)
            parts = view[:, phase.taps[0], phase.taps[1]]
            for i in range(phase.counts[0]):
                for j in range(phase.counts[1]):
                    targets[:, i, j] += parts[:, i, j]

    def empty_columns(self, n: int, rows: range) -> tuple[np.ndarray, int]:
        """The buffer as (C, HH, WW, n, run), and the length of a run."""
        run = len(rows) * self.windows.pitch
        shape = (self.windows.channels, *self.windows.kernel, n, run)
        return np.ndarray(shape, self.dtype, self._columns), run

    def _runs(self, k: int, n: int, rows: range, run: int) -> np.ndarray:
        """View (C, taps down, taps across, n, run) of a phase: overlapping runs, one for each tap."""
        plane, phase, item = self.planes[k], self.windows.phases[k], self.dtype.itemsize
        channel, image, row, _ = plane.strides
        return np.ndarray(
            (self.windows.channels, *phase.counts, n, run),
            self.dtype,
            plane,
            offset=rows.start * row,
            strides=(channel, row, item, image, item),
        )
