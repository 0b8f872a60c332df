"""What it gains that layers keep their working memory between calls: forward and backward of a convolution, float32.

python -m benchmarks.kept_memory

Each measurement is a process of its own that does nothing else: in one that has done other work the C library may already hold on to
such memory by itself, as in `benchmarks.ablation`, where nothing is gained.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import numpy as np

from course_utils.layers import conv_backward_fast, conv_forward_fast, workspace

# Shapes a and c of `benchmarks.layers`: x, w, stride.
SHAPES = {"a": ((100, 3, 31, 31), (25, 3, 3, 3), 2), "c": ((64, 32, 16, 16), (64, 32, 3, 3), 1)}
_PROCESSES, _SECONDS = 7, 1.0


def measure(shape: str, kept: bool) -> float:
    """Median seconds of a step, again and again, in this process."""
    if not kept:
        workspace.KEPT_BYTES = 0
    x_shape, w_shape, stride = SHAPES[shape]
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(x_shape, np.float32), rng.standard_normal(w_shape, np.float32)
    b, conv_param = np.zeros(len(w), np.float32), {"stride": stride, "pad": 1}
    out, _ = conv_forward_fast(x, w, b, conv_param)
    dout = rng.standard_normal(out.shape, np.float32)

    def step() -> None:
        _, cache = conv_forward_fast(x, w, b, conv_param)
        conv_backward_fast(dout, cache)

    times, end = [], time.perf_counter() + _SECONDS
    while time.perf_counter() < end:
        begun = time.perf_counter()
        step()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def _in_a_process(shape: str, kept: bool) -> float:
    call = f"from benchmarks.kept_memory import measure; print(measure({shape!r}, {kept}))"
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    for shape in SHAPES:
        pairs = [(_in_a_process(shape, True), _in_a_process(shape, False)) for _ in range(_PROCESSES)]
        kept, anew = (1e3 * statistics.median(column) for column in zip(*pairs, strict=True))
        gains = sorted(without / with_ for with_, without in pairs)
        print(
            f"{shape}: kept {kept:6.2f} ms, anew {anew:6.2f} ms, "
            f"gain {statistics.median(gains):.2f} ({gains[1]:.2f} .. {gains[-2]:.2f})"
        )


if __name__ == "__main__":
    main()
