"""Minimal filtering, tried: half the multiplications of a 3x3 convolution, beside the course's.

    python -m benchmarks.minimal_filtering

F(4, 3) along the rows of the image (Winograd 1980; Lavin and Gray 2016): six products of row bands give four rows of the
result, where the plain way takes twelve. Rows are combined before and after by a few additions. Forward pass, float32,
stride 1, padding 1. Times are medians, of one thread and of as many as there are cores; the error is beside float64, relative to the
largest result. docs/layers.md says why the course does without.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import as_strided
from threadpoolctl import threadpool_limits

from course_utils.layers import conv_forward_fast
from course_utils.layers.parallel import Do, for_each_part, threads

# x (N, C, H, W) and filters: c and d of benchmarks.layers, and c's way back.
SHAPES = (((64, 32, 16, 16), 64), ((64, 64, 16, 16), 32), ((128, 64, 32, 32), 64))
# What becomes of a filter's three rows; inputs and outputs are combined in `Bands` and `_rows`.
FILTER_ROWS = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
BLOCK_BYTES = 1_800_000


class Bands:
    """Every fourth row of some padded images together, so that four rows of results begin at the same place."""

    def __init__(self, n: int, shape: tuple[int, ...]):
        _, C, H, W = shape
        self.high, self.pitch = math.ceil(H / 4), W + 1
        self.size = self.high * n * self.pitch
        self.planes = np.zeros((4, C, self.high + 1, n, self.pitch), np.float32)
        # The last pixels of a row are seen beside the zero that the next begins with, also those of the very last row.
        self.memory = np.zeros(6 * C * self.size + 2, np.float32)
        self.combined = self.memory[:-2].reshape(6, C, self.size)
        self.columns = np.empty((6, C, 3, self.size), np.float32)
        self.t, self.u = np.empty((2, C, self.size), np.float32)

    def load(self, x: np.ndarray) -> None:
        W = x.shape[3]
        for phase in range(4):
            rows = x[:, :, (phase - 1) % 4 :: 4].transpose(1, 2, 0, 3)
            first = 1 if phase == 0 else 0
            self.planes[phase, :, first : first + rows.shape[1], : len(x), 1 : W + 1] = rows

    def combine(self) -> np.ndarray:
        """(6, 3C, places): six sums of a band's rows, each as the columns of three neighbouring pixels."""
        flat = self.planes.reshape(4, len(self.t), -1)
        run = self.planes[0, 0, 0].size
        d = [flat[k % 4][:, k // 4 * run : k // 4 * run + self.size] for k in range(6)]
        y, t, u = self.combined, self.t, self.u
        np.subtract(d[4], np.multiply(d[2], 4, out=t), out=t)
        np.subtract(d[3], np.multiply(d[1], 4, out=u), out=u)
        np.add(t, u, out=y[1])
        np.subtract(t, u, out=y[2])
        np.subtract(d[4], d[2], out=t)
        np.multiply(np.subtract(d[3], d[1], out=u), 2, out=u)
        np.add(t, u, out=y[3])
        np.subtract(t, u, out=y[4])
        np.add(np.multiply(np.subtract(d[0], d[2], out=y[0]), 4, out=y[0]), t, out=y[0])
        np.subtract(np.subtract(d[5], d[3], out=t), np.multiply(u, 2, out=u), out=y[5])
        strides = (*y.strides[:2], y.itemsize, y.itemsize)
        np.copyto(self.columns, as_strided(self.memory, self.columns.shape, strides))
        return self.columns.reshape(6, -1, self.size)


def _rows(products: np.ndarray, out: np.ndarray, t: np.ndarray) -> None:
    """Four rows of results from six products."""
    m = products
    np.add(m[1], m[2], out=out[0])
    np.subtract(m[1], m[2], out=out[1])
    np.add(np.multiply(np.add(m[3], m[4], out=t), 4, out=out[2]), out[0], out=out[2])
    out[0] += t
    out[0] += m[0]
    np.add(np.multiply(np.subtract(m[3], m[4], out=t), 8, out=out[3]), out[1], out=out[3])
    out[3] += m[5]
    out[1] += np.multiply(t, 2, out=t)


def forward(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The convolution with 3x3 filters w (F, C, 3, 3), padding 1."""
    N, C, H, W = x.shape
    F = len(w)
    filters = np.einsum("ia,fcab->ifcb", FILTER_ROWS, w).reshape(6, F, -1).astype(np.float32)
    out = np.empty((N, F, H, W), np.float32)
    image = math.ceil(H / 4) * (W + 1) * 4 * (24 * C + 10 * F)

    def make(most: int) -> Do:
        n = max(1, min(most, BLOCK_BYTES // image))
        bands = Bands(n, x.shape)
        products = np.empty((6, F, bands.size), np.float32)
        rows, t = np.empty((4, F, bands.size), np.float32), np.empty((F, bands.size), np.float32)

        def do(_part: int, images: range) -> None:
            for start in range(images.start, images.stop, n):
                some = slice(start, min(start + n, images.stop))
                bands.load(x[some])
                np.matmul(filters, bands.combine(), out=products)
                _rows(products, rows, t)
                wide = rows.reshape(4, F, bands.high, n, bands.pitch)[..., : some.stop - start, :W]
                for row in range(4):
                    target = out[some, :, row::4]
                    target[:] = wide[row, :, : target.shape[2]].transpose(2, 0, 1, 3)

        return do

    for_each_part(N, 9 * N * F * C * H * W, make)
    return out


def main() -> None:
    rng = np.random.default_rng(0)
    print(f"{'x':<20}{'filters':>8}{'threads':>8}{'plain ms':>10}{'minimal ms':>12}{'ratio':>7}{'error':>10}")
    for shape, F in SHAPES:
        x = rng.standard_normal(shape).astype(np.float32)
        w = rng.standard_normal((F, shape[1], 3, 3)).astype(np.float32)
        exact = _plain(x.astype(float), w.astype(float))
        error = np.max(np.abs(forward(x, w) - exact)) / np.max(np.abs(exact))
        for count in sorted({1, threads()}):
            os.environ["COURSE_THREADS"] = str(count)
            with threadpool_limits(1):
                plain, minimal = _medians(lambda x=x, w=w: _plain(x, w), lambda x=x, w=w: forward(x, w))
            del os.environ["COURSE_THREADS"]
            line = f"{shape!s:<20}{F:>8}{count:>8}{1000 * plain:>10.2f}{1000 * minimal:>12.2f}"
            print(f"{line}{minimal / plain:>7.2f}{error:>10.1e}")


def _plain(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return conv_forward_fast(x, w, np.zeros(len(w), x.dtype), {"stride": 1, "pad": 1})[0]


def _medians(*jobs: Callable[[], object], repeat: int = 21) -> list[float]:
    """In turn, so that both meet the same machine."""
    seconds: list[list[float]] = [[] for _ in jobs]
    for _ in range(repeat):
        for job, taken in zip(jobs, seconds, strict=True):
            start = time.perf_counter()
            job()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in seconds]


if __name__ == "__main__":
    main()
