"""The windows of a few images as the columns of a matrix, without looking at a single window.

Flatten a padded plane row by row, with Wq pixels to a row. The pixel that filter tap (i, j) sees from place (r, c) lies
at r·Wq + c + (i·Wq + j): for all places together, one contiguous run of the plane that begins at i·Wq + j. So a matrix
row is a single copy, at the price of the last few places of each row, where a window wraps round the edge; their
results are never looked at. Zeros are shared: what pads a row on the right is the left padding of the next. A stride of
s is undone first: the s² phases of the padded plane (every s-th row and column) are planes in which the windows move by 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from course_utils.layers.workspace import workspace, zeros

# Bytes worked on at a time: few enough to stay in cache between being written and being used, enough that the calls it
# takes to fill them do not count.
BLOCK_BYTES = 5 << 19


@dataclass(frozen=True)
class Phase:
    """One of the s² phases of a padded plane, and the part of it that lies inside the image.

    Attributes:
        taps: filter rows and columns that read this phase, as two slices.
        counts: how many filter rows and columns that are.
        inside: rows and columns of the phase that hold pixels of the image.
        image: rows and columns of the image that they are.
    """

    taps: tuple[slice, slice]
    counts: tuple[int, int]
    inside: tuple[slice, slice]
    image: tuple[slice, slice]


class Windows:
    """Where the windows of a filter lie in images of one size.

    Args:
        channels: C.
        image: (H, W).
        kernel: (HH, WW).
        stride: pixels from one window to the next.
        pads: (top, left) padding; what is needed below and right follows from `places`.
        places: (OH, OW).

    Attributes:
        pitch: pixels to a row of a phase.
        rows: rows of a phase.
        taps: C·HH·WW.
        phases: the phases of the padded plane.
    """

    def __init__(
        self,
        channels: int,
        image: tuple[int, int],
        kernel: tuple[int, int],
        stride: int,
        pads: tuple[int, int],
        places: tuple[int, int],
    ) -> None:
        self.channels, self.kernel, self.stride, self.places = channels, kernel, stride, places
        self.pitch = max(self._pitch(image[1], pads[1], j) for j in range(min(stride, kernel[1])))
        # More rows than the windows reach, since the last taps' runs end beyond the last row.
        down, across = math.ceil(kernel[0] / stride), math.ceil(kernel[1] / stride)
        self.rows = places[0] + down - 1 + math.ceil(across / self.pitch)
        self.taps = channels * kernel[0] * kernel[1]
        self.phases = [
            self._phase(image, pads, (i, j))
            for i in range(min(stride, kernel[0]))
            for j in range(min(stride, kernel[1]))
        ]

    def _pitch(self, width: int, pad: int, first: int) -> int:
        """Pixels to a row of the phase that begins with column `first` of the padded image: the fewest that will do."""
        s = self.stride
        begin = max(0, math.ceil((pad - first) / s))
        end = math.ceil((width + pad - first) / s)
        reach = self.places[1] + math.ceil((self.kernel[1] - first) / s) - 1
        # Pixels end before the next row begins, and no window reaches beyond the zeros that row begins with.
        return max(self.places[1], min(end, reach), reach - begin)

    def _phase(self, image: tuple[int, int], pads: tuple[int, int], first: tuple[int, int]) -> Phase:
        (i, j), s = first, self.stride
        rows, y = self._pixels(self.rows, image[0], pads[0], i)
        columns, x = self._pixels(self.pitch, image[1], pads[1], j)
        counts = math.ceil((self.kernel[0] - i) / s), math.ceil((self.kernel[1] - j) / s)
        return Phase((slice(i, None, s), slice(j, None, s)), counts, (rows, columns), (y, x))

    def _pixels(self, size: int, length: int, pad: int, first: int) -> tuple[slice, slice]:
        """Along one axis: the part of a phase that holds pixels of the image, and which pixels they are."""
        s = self.stride
        begin = max(0, math.ceil((pad - first) / s))
        start = begin * s + first - pad
        count = max(0, min(size - begin, math.ceil((length - start) / s)))
        pixels = slice(start, start + count * s, s) if count else slice(0, 0)
        return slice(begin, begin + count), pixels

    def block(self, images: int, itemsize: int, beside: int) -> tuple[int, int]:
        """(images, rows of places) that are worked on at a time: several images, or some rows of one.

        Args:
            images: N.
            itemsize: bytes of a number.
            beside: rows of the matrix that the columns are multiplied to or with.
        """
        row = (self.taps + beside) * self.pitch * itemsize
        rows = max(1, BLOCK_BYTES // row)
        # Blocks of equal size: a short last one would be multiplied at half the speed.
        if rows < self.places[0]:
            return 1, _even(self.places[0], rows)
        return _even(images, rows // self.places[0]), self.places[0]


def _even(total: int, most: int) -> int:
    """The size of equal blocks of at most so many."""
    return math.ceil(total / math.ceil(total / most))


class _Planes:
    """Memory for the phases of up to n images, filled again and again.

    Args:
        windows: where the windows lie.
        n: images at a time.
        dtype: of the pixels.
    """

    def __init__(self, windows: Windows, n: int, dtype: np.dtype) -> None:
        self.windows, self.dtype = windows, np.dtype(dtype)
        shape = (windows.channels, n, windows.rows, windows.pitch)
        self.planes = [
            zeros(f"{type(self).__name__}'s plane {k}", shape, dtype) for k in range(len(windows.phases))
        ]

    def inside(self, n: int) -> Iterator[tuple[np.ndarray, tuple[slice, slice]]]:
        """The part of each phase that holds pixels of n images, (n, C, rows, columns), and which pixels they are."""
        for plane, phase in zip(self.planes, self.windows.phases, strict=True):
            yield plane[:, :n, *phase.inside].transpose(1, 0, 2, 3), phase.image

    def runs(self, k: int, n: int, rows: range) -> np.ndarray:
        """View (C, taps down, taps across, n, run) of phase k: overlapping runs, one for each tap."""
        plane, phase, item = self.planes[k], self.windows.phases[k], self.dtype.itemsize
        channel, image, row, _ = plane.strides
        return np.ndarray(
            (self.windows.channels, *phase.counts, n, len(rows) * self.windows.pitch),
            self.dtype,
            plane,
            offset=rows.start * row,
            strides=(channel, row, item, image, item),
        )


class Unfolder(_Planes):
    """Images to columns, for blocks of up to n images and `rows` rows of places (see `Windows.block`).

    Args:
        windows: where the windows lie.
        n: images at a time.
        rows: rows of places at a time.
        dtype: of the pixels.
    """

    def __init__(self, windows: Windows, n: int, rows: int, dtype: np.dtype) -> None:
        super().__init__(windows, n, dtype)
        self._columns = workspace("columns", (windows.taps * n * rows * windows.pitch,), dtype)

    def load(self, x: np.ndarray) -> None:
        """Put images of shape (at most n, C, H, W) into the phases; the border stays zero for good."""
        for inside, pixels in self.inside(len(x)):
            inside[:] = x[:, :, *pixels]

    def columns(self, n: int, rows: range) -> np.ndarray:
        """Matrix (C·HH·WW, n · len(rows) · pitch): what each tap sees from the places of these rows."""
        windows, run = self.windows, len(rows) * self.windows.pitch
        matrix = self._columns[: windows.taps * n * run].reshape(windows.taps, n * run)
        view = matrix.reshape(windows.channels, *windows.kernel, n, run)
        for k, phase in enumerate(windows.phases):
            np.copyto(view[:, *phase.taps], self.runs(k, n, rows))
        return matrix


class Folder(_Planes):
    """Columns back to images: the transpose of an `Unfolder`."""

    def clear(self) -> None:
        """Begin with zeros."""
        for plane in self.planes:
            plane[:] = 0

    def add_columns(self, columns: np.ndarray, n: int, rows: range) -> None:
        """Add each row of such a matrix where `Unfolder.columns` took it from."""
        windows, run = self.windows, len(rows) * self.windows.pitch
        view = columns.reshape(windows.channels, *windows.kernel, n, run)
        for k, phase in enumerate(windows.phases):
            targets, parts = self.runs(k, n, rows), view[:, *phase.taps]
            for i, j in np.ndindex(phase.counts):
                targets[:, i, j] += parts[:, i, j]

    def store(self, dx: np.ndarray) -> None:
        """Take the pixels of images of shape (at most n, C, H, W) out of the phases."""
        for inside, pixels in self.inside(len(dx)):
            dx[:, :, *pixels] = inside
