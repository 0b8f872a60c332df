"""What the machine allows: its matrix products and its memory, measured, and the time a layer takes if it is at their limit.

A layer can be no faster than its multiplications at the speed of a large matrix product, nor than what it reads and writes at
the speed of a copy. (Fewer multiplications, as in minimal filtering, would move the first limit.)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Machine:
    """Speeds of all cores together.

    Attributes:
        flops: additions and multiplications in a second, of a large product in one precision.
        bytes: read and written in a second, by a copy that fits no cache.
    """

    flops: float
    bytes: float

    def seconds(self, *phases: tuple[float, float]) -> float:
        """How long phases (operations, bytes) take one after the other, each held by what holds it longer."""
        return sum(max(flops / self.flops, moved / self.bytes) for flops, moved in phases)


def measure(precision: str) -> Machine:
    """The best of some tries each."""
    from course_utils.layers.parallel import for_each_part

    a, b = np.random.default_rng(0).standard_normal((2, 2048, 2048)).astype(precision)
    product = np.empty_like(a)
    source, target = np.ones((2, 64, 1 << 18), np.float32)

    def copy() -> None:
        def do(_part: int, rows: range) -> None:
            np.copyto(target[rows.start : rows.stop], source[rows.start : rows.stop])

        for_each_part(len(source), source.size, lambda _most: do, products=False)

    return Machine(
        2 * len(a) ** 3 / _best(lambda: np.matmul(a, b, out=product)), 2 * source.nbytes / _best(copy)
    )


def conv_phases(x: Shape, w: Shape, out: Shape, itemsize: int) -> list[tuple[float, float]]:
    """Forward, and backward with all three gradients."""
    products = 2.0 * math.prod(out) * math.prod(w[1:])
    images, maps = math.prod(x) * itemsize, math.prod(out) * itemsize
    return [(products, images + maps), (2 * products, 2 * images + maps)]


def pool_phases(x: Shape, out: Shape, itemsize: int) -> list[tuple[float, float]]:
    """Forward, and backward."""
    moved = (math.prod(x) + math.prod(out)) * itemsize
    return [(0, moved), (0, moved)]


def step_phases(
    N: int, conv: list[tuple[float, float]], affine: list[tuple[int, int]]
) -> list[tuple[float, float]]:
    """A training step: the convolution without the gradient of the pictures, affine layers, and Adam in float32."""
    (forward, moved), _ = conv
    phases = [(forward, moved), (forward, moved)]
    for inputs, outputs in affine:
        weights = 4.0 * inputs * outputs
        # Forward, dx and dW; Adam reads weights, gradient and both averages, and writes all but the gradient.
        phases += 3 * [(2.0 * N * inputs * outputs, weights)] + [(0, 7 * weights)]
    return phases


def _best(do: Callable[[], object], tries: int = 15) -> float:
    seconds = []
    for _ in range(tries):
        start = time.perf_counter()
        do()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
