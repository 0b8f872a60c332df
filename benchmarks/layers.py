"""Measure the fast layers beside PyTorch's: time of forward + backward, extra memory, one training step.

    python -m benchmarks.layers                    # times of the course's layers alone
    python -m benchmarks.layers --torch            # beside PyTorch 2.13, which is installed under build/ the first time
    python -m benchmarks.layers --torch PYTHON     # beside the PyTorch of another interpreter

Each library runs in a process of its own and waits while the other one works; a repetition times both, one after the
other, for some hundredths of a second each, and what is reported is the median of the ratios. Both use all cores of the process.
"limit" is what `benchmarks.roofline` reckons from products and copies, measured first in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import course_utils  # noqa: F401 - before NumPy, as in a notebook that `course lab` has opened
from benchmarks import roofline
from benchmarks.training_step import course_step, torch_step
from benchmarks.with_torch import ROOT, torch_python

# name: x (N, C, H, W), w (F, HH, WW), stride, pad
CONVOLUTIONS = {
    "a": ((100, 3, 31, 31), (25, 3, 3), 2, 1),
    "b": ((64, 3, 32, 32), (32, 7, 7), 1, 3),
    "c": ((64, 32, 16, 16), (64, 3, 3), 1, 1),
    "d": ((128, 64, 32, 32), (64, 3, 3), 1, 1),
}
POOLS = {"pool (100,3,32,32)": (100, 3, 32, 32), "pool (128,64,32,32)": (128, 64, 32, 32)}
STEP = "training step"
PRECISIONS = ("float32", "float64")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--torch", nargs="?", const="", metavar="PYTHON", help="compare with PyTorch")
    parser.add_argument("--repeat", type=int, default=31, help="repetitions of each measurement (31)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of the measurements, e.g. a d step")
    parser.add_argument("--worker", choices=("course", "torch"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        _serve(arguments.worker)
        return
    workers = [_Worker("course", sys.executable)]
    if arguments.torch is not None:
        workers.append(_Worker("torch", arguments.torch or torch_python()))
    machines = {precision: roofline.measure(precision) for precision in PRECISIONS}
    for precision, machine in machines.items():
        print(
            f"{precision}: matrix products {machine.flops / 1e9:.0f} GFLOP/s, copies {machine.bytes / 1e9:.0f} GB/s"
        )
    heads = f"{'limit ms':>10}{'course ms':>11}{'torch ms':>10}{'ratio':>8}   middle half of the ratios"
    print(f"\n{'':<22}{'':<9}{heads}")
    for name in (*CONVOLUTIONS, *POOLS, STEP):
        if arguments.only and not set(arguments.only) & set(name.split()):
            continue
        for precision in ("float32",) if name == STEP or name in POOLS else PRECISIONS:
            limit = machines[precision].seconds(*_phases(name, precision))
            _compare(workers, name, precision, arguments.repeat, limit)
    if not arguments.only or "memory" in arguments.only:
        megabytes = _Worker("course", sys.executable).ask("memory", "float32")
        print(f"\nextra memory at d, float32, forward + backward with results: {megabytes:.0f} MB")


def _compare(workers: list[_Worker], name: str, precision: str, repeat: int, limit: float) -> None:
    times = [[worker.ask(name, precision) for worker in workers] for _ in range(repeat + 1)][1:]
    medians = [1000 * statistics.median(column) for column in zip(*times, strict=True)]
    line = f"{name:<22}{precision:<9}{1000 * limit:>10.2f}{medians[0]:>11.2f}"
    if len(workers) == 2:
        ratios = [course / torch for course, torch in times]
        low, ratio, high = statistics.quantiles(ratios, n=4)
        line += f"{medians[1]:>10.2f}{ratio:>8.2f}   {low:.2f} .. {high:.2f}"
    print(line, flush=True)


def _phases(name: str, precision: str) -> list[tuple[float, float]]:
    """What a measurement multiplies and moves, see `benchmarks.roofline`."""
    itemsize = 4 if precision == "float32" else 8
    if name == STEP:
        conv = roofline.conv_phases((50, 3, 32, 32), (32, 3, 7, 7), (50, 32, 32, 32), itemsize)
        return roofline.step_phases(50, conv, [(32 * 16 * 16, 500), (500, 10)])
    if name in POOLS:
        N, C, H, W = POOLS[name]
        return roofline.pool_phases(POOLS[name], (N, C, H // 2, W // 2), itemsize)
    x, (F, HH, WW), _, _ = CONVOLUTIONS[name]
    return roofline.conv_phases(x, (F, x[1], HH, WW), _out_shape(name), itemsize)


def _out_shape(name: str) -> tuple[int, ...]:
    x, (F, HH, WW), stride, pad = CONVOLUTIONS[name]
    places = [1 + (size + 2 * pad - window) // stride for size, window in zip(x[2:], (HH, WW), strict=True)]
    return x[0], F, *places


class _Worker:
    """A process that times one library when asked."""

    def __init__(self, library: str, python: str):
        self._process = subprocess.Popen(
            [python, str(Path(__file__).resolve()), "--worker", library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def ask(self, name: str, precision: str) -> float:
        self._process.stdin.write(json.dumps([name, precision]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"the process that measures stopped (code {self._process.wait()})")
        return float(answer)


def _serve(library: str) -> None:
    prepare = prepare_course if library == "course" else _prepare_torch
    jobs: dict = {}
    for line in sys.stdin:
        name, precision = json.loads(line)
        if name == "memory":
            print(_memory(prepare("d", precision)), flush=True)
            continue
        if (name, precision) not in jobs:
            jobs = {(name, precision): prepare(name, precision)}
        job = jobs[name, precision]
        # In training one call follows another. The first ones, untimed, wake the library's threads and fill caches.
        seconds_a_call(job, 0.02)
        print(seconds_a_call(job, 0.04), flush=True)


def seconds_a_call(job, at_least: float) -> float:
    """Mean over as many calls as take so many seconds together."""
    calls, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < at_least:
        job()
        calls += 1
    return passed / calls


def _memory(job) -> float:
    """MB by which the process's peak memory exceeds what it held before, while the job runs once (Linux)."""

    def status(key: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(key))

    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = status("VmRSS:")
    job()
    return (status("VmHWM:") - before) * 1024 / 1e6


def _arrays(name: str, precision: str):
    import numpy as np

    rng = np.random.default_rng(0)

    def draw(*shape):
        return rng.standard_normal(shape).astype(precision)

    if name in POOLS:
        N, C, H, W = POOLS[name]
        return draw(N, C, H, W), draw(N, C, H // 2, W // 2)
    x, (F, HH, WW), stride, pad = CONVOLUTIONS[name]
    return draw(*x), draw(F, x[1], HH, WW), draw(F), draw(*_out_shape(name)), stride, pad


def prepare_course(name: str, precision: str):
    """A function that does the measurement of that name once, with the course's layers."""
    from course_utils import layers

    if name == STEP:
        return course_step()
    if name in POOLS:
        x, dout = _arrays(name, precision)
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

        def pool():
            _, cache = layers.max_pool_forward_fast(x, pool_param)
            layers.max_pool_backward_fast(dout, cache)

        return pool
    x, w, b, dout, stride, pad = _arrays(name, precision)

    def conv():
        _, cache = layers.conv_forward_fast(x, w, b, {"stride": stride, "pad": pad})
        layers.conv_backward_fast(dout, cache)

    return conv


def _prepare_torch(name: str, precision: str):
    import torch
    from torch.nn import functional

    torch.set_num_threads(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    )
    if name == STEP:
        return torch_step(torch)
    if name in POOLS:
        x, dout = map(torch.from_numpy, _arrays(name, precision))
        x.requires_grad_()

        def pool():
            functional.max_pool2d(x, 2).backward(dout)
            x.grad = None

        return pool
    *arrays, stride, pad = _arrays(name, precision)
    x, w, b, dout = map(torch.from_numpy, arrays)
    leaves = [x.requires_grad_(), w.requires_grad_(), b.requires_grad_()]

    def conv():
        functional.conv2d(x, w, b, stride, pad).backward(dout)
        for leaf in leaves:
            leaf.grad = None

    return conv


if __name__ == "__main__":
    main()
