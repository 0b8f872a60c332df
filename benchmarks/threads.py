"""From what size of layer on threads of ours pay on this machine, and what the library finds out about that for itself.

python -m benchmarks.threads

Each convolution runs forward and backward with one thread and with as many as the process has cores, in turn, float32; the gain
is time with one / time with all. Below stands what the library's own finding out is worth at shape a of `benchmarks.layers`:
milliseconds in processes of their own, one after the other, with threads from two million multiplications on, and as found out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from benchmarks.layers import CONVOLUTIONS
from course_utils.layers import conv_backward_fast, conv_forward_fast, parallel

# x (N, C, H, W) with as many rows as columns, and the number of filters of 3 by 3
SHAPES = [
    (4, 3, 8, 4),
    (16, 3, 8, 8),
    (16, 3, 16, 8),
    (16, 8, 16, 8),
    (32, 8, 16, 8),
    (32, 8, 16, 16),
    (64, 8, 16, 16),
    (64, 16, 16, 16),
    (64, 3, 32, 32),
    (128, 16, 32, 16),
]
_SECONDS = 1.0
_PROCESSES = 9
# After a product its threads wait busily for the next, on the cores that ours would like to have.
_LIBRARY_SPINS_SECONDS = 0.05


def main() -> None:
    rng = np.random.default_rng(0)
    print("multiplications   one thread   all threads   gain   middle half")
    for N, C, H, F in SHAPES:
        step = _convolution(rng, (N, C, H, H), (F, 3, 3), 1, 1)
        one, every, gains = _in_turn(step)
        low, middle, high = statistics.quantiles(gains, n=4)
        million = N * H * H * F * C * 9 / 1e6
        print(
            f"{million:13.2f} M {one * 1e3:9.2f} ms {every * 1e3:10.2f} ms {middle:6.2f}   {low:.2f} .. {high:.2f}"
        )
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(_PROCESSES):
        for always, found in times.items():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                found.append(process.submit(_steady, "a", always).result())
    for always, found in times.items():
        how = "from 2 M on" if always else "found out"
        print(
            f"a, {how:11} {statistics.median(found) * 1e3:6.2f} ms:",
            *(f"{each * 1e3:.2f}" for each in sorted(found)),
        )


def _convolution(
    rng: np.random.Generator, shape: tuple[int, ...], filters: tuple[int, int, int], stride: int, pad: int
) -> Callable[[], object]:
    F, HH, WW = filters
    x = rng.standard_normal(shape, np.float32)
    w = rng.standard_normal((F, shape[1], HH, WW), np.float32)
    b, conv_param = np.zeros(F, np.float32), {"stride": stride, "pad": pad}
    out, _ = conv_forward_fast(x, w, b, conv_param)
    dout = rng.standard_normal(out.shape, np.float32)

    def step() -> object:
        _, cache = conv_forward_fast(x, w, b, conv_param)
        return conv_backward_fast(dout, cache)

    return step


def _steady(name: str, always: bool) -> float:
    """Median seconds of a convolution of `benchmarks.layers`, again and again."""
    if always:
        parallel.pays_early = lambda: True  # type: ignore[assignment]
    step = _convolution(np.random.default_rng(0), *CONVOLUTIONS[name])
    step()
    end, times = time.perf_counter() + _SECONDS, []
    while time.perf_counter() < end:
        begun = time.perf_counter()
        step()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _in_turn(step: Callable[[], object]) -> tuple[float, float, list[float]]:
    """Median seconds with one thread and with all, and the ratio of each pair."""
    kept = parallel.pays
    try:
        pairs = max(7, min(25, int(_SECONDS / (2 * _timed(step, False)))))
        _timed(step, True)
        times = [(_timed(step, False), _timed(step, True)) for _ in range(pairs)]
    finally:
        parallel.pays = kept
    one, every = (statistics.median(column) for column in zip(*times, strict=True))
    return one, every, [first / second for first, second in times]


def _timed(step: Callable[[], object], pays: bool) -> float:
    """Seconds of a step after one like it, since what the matrix library's own threads did last decides how soon they are there."""
    parallel.pays = lambda work, products: pays
    time.sleep(_LIBRARY_SPINS_SECONDS)
    step()
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
