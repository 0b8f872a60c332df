"""What each trick of the fast layers gains: times with it and without it, in turn, in one process.

    python -m benchmarks.ablation                     # all of them (ten minutes or more)
    python -m benchmarks.ablation --only runs Adam    # those whose names hold one of the words

A trick is left out by putting another constant or a plainer function (`benchmarks.ablation_plain`) in its place for as long
as a measurement takes. Forward and backward at the shapes of `benchmarks.layers`, float32; "sandwich" is b with ReLU and a
pool, without the gradient of the pictures; "tiny" is a convolution as notebooks check it; "Adam" moves 8192x500 weights. The gain
is the time without, divided by the time with: the median, and the middle half.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks import ablation_plain as plain
from benchmarks.layers import prepare_course, seconds_a_call
from course_utils import layers
from course_utils.layers import columns, convolution, parallel, pooling
from course_utils.training import rules

SMALL_POOL, LARGE_POOL = "pool (100,3,32,32)", "pool (128,64,32,32)"
ALL, POOLS, STEP = ("a", "b", "c", "d"), (SMALL_POOL, LARGE_POOL), "training step"
NEVER = 1 << 60
Job = Callable[[], object]


def _anew(_name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.empty(shape, dtype)


def _zeros_anew(_name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return np.zeros(shape, dtype)


def _one() -> int:
    return 1


def _with_dx(
    dout: np.ndarray, cache: Any, *, need_dx: bool, back: Any = layers.conv_relu_pool_backward
) -> Any:
    return back(dout, cache)


@dataclass(frozen=True)
class Trick:
    """What is measured where.

    Attributes:
        name: of the trick.
        at: measurements that it may matter to.
        without: (object, attribute, what to put in its place) that leave it out.
    """

    name: str
    at: tuple[str, ...]
    without: tuple[tuple[Any, str, Any], ...]


NARROW = {"Windows": plain.Narrow, "Unfolder": plain.NarrowUnfolder, "Folder": plain.NarrowFolder}
EQUAL = {"max_pool_forward_fast": plain.equal_forward, "max_pool_backward_fast": plain.equal_backward}
RELU_FIRST = {
    "conv_relu_pool_forward": plain.relu_first,
    "conv_relu_pool_backward": plain.relu_last_backward,
}


def _all_in(module: Any, alternatives: dict[str, Any]) -> tuple[tuple[Any, str, Any], ...]:
    return tuple((module, name, alternative) for name, alternative in alternatives.items())


FORGETFUL = (
    *((module, "workspace", _anew) for module in (columns, convolution, pooling, rules)),
    *((module, "zeros", _zeros_anew) for module in (columns, convolution)),
)
KEEPING = ((convolution, "Unfolder", plain.Keeping), (convolution, "_backward_from_x", plain.from_kept))
OTHER_WAY = ((convolution, "_multiply_transposed", plain.multiply_other_way),)
ONE_THREAD = ((parallel, "threads", _one),)

TRICKS = (
    Trick("runs, not windows", ALL, _all_in(convolution, NARROW)),
    Trick("rows share their zeros", ALL, ((convolution, "Windows", plain.Padded),)),
    Trick("columns in the cache", ALL, ((columns, "BLOCK_BYTES", NEVER),)),
    Trick("blocks of equal size", ALL, ((columns, "_even", min),)),
    Trick("columns made again", ("a", "b"), KEEPING),
    Trick("image by image", ("a", "tiny"), ((convolution, "SMALL_PRODUCT", 0),)),
    Trick("dw: columns first", ("b", "c", "d"), OTHER_WAY),
    Trick("columns of dout", ("c", "d"), ((convolution, "_backward_from_dout", plain.all_from_x),)),
    Trick("memory kept", (*ALL, *POOLS, STEP, "Adam", "tiny"), FORGETFUL),
    Trick("threads of ours", (*ALL, *POOLS, STEP, "Adam"), ONE_THREAD),
    Trick("BLAS held to one", (*ALL, STEP), ((parallel, "single_threaded_blas", nullcontext),)),
    Trick("no threads for little", ("tiny",), ((parallel, "WORTH_THREADS", 0),)),
    Trick("two parts for little", ("a", SMALL_POOL), ((parallel, "WORTH_PARTS", 0),)),
    Trick("eight parts for much", ("b", "c", "d", LARGE_POOL, "Adam"), ((parallel, "WORTH_PARTS", NEVER),)),
    Trick("pool: copy, compare", POOLS, ((layers, "max_pool_forward_fast", plain.pool_in_place),)),
    Trick("pool: highest noted", POOLS, _all_in(layers, EQUAL)),
    Trick("pool: in the cache", POOLS, ((pooling, "_BLOCK_BYTES", NEVER),)),
    Trick("pool: dx not zeroed", POOLS, ((layers, "max_pool_backward_fast", plain.pool_back_zeroed),)),
    Trick("pool before ReLU", ("sandwich",), _all_in(layers, RELU_FIRST)),
    Trick("no dx of the pictures", ("sandwich",), ((layers, "conv_relu_pool_backward", _with_dx),)),
    Trick("Adam in place", ("Adam",), ((rules, "adam", plain.adam_as_printed),)),
    Trick("Adam: pieces in cache", ("Adam",), ((rules, "_CHUNK", 8192 * 250),)),
)


@contextmanager
def left_out(trick: Trick) -> Iterator[None]:
    """Do without a trick for a while."""
    with ExitStack() as stack:
        for target, name, alternative in trick.without:
            stack.enter_context(patch.object(target, name, alternative))
        yield


def prepare(name: str) -> Job:
    """A function that does the measurement of that name once."""
    if name == "Adam":
        return _adam()
    if name == "sandwich":
        return _conv((64, 3, 32, 32), (32, 3, 7, 7), pool=True)
    if name == "tiny":
        return _conv((10, 3, 8, 8), (4, 3, 3, 3), pool=False)
    return prepare_course(name, "float32")


def _adam() -> Job:
    rng = np.random.default_rng(0)
    kept = [rng.standard_normal((8192, 500), np.float32), {}]
    dw = rng.standard_normal((8192, 500), np.float32)

    def move() -> None:
        kept[:] = rules.adam(kept[0], dw, kept[1])

    return move


def _conv(x_shape: tuple[int, ...], w_shape: tuple[int, ...], *, pool: bool) -> Job:
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(x_shape, np.float32), rng.standard_normal(w_shape, np.float32)
    b = rng.standard_normal(len(w), np.float32)
    conv_param = {"stride": 1, "pad": w_shape[2] // 2}
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

    def conv() -> None:
        out, cache = layers.conv_forward_fast(x, w, b, conv_param)
        layers.conv_backward_fast(out, cache)

    def sandwich() -> None:
        out, cache = layers.conv_relu_pool_forward(x, w, b, conv_param, pool_param)
        layers.conv_relu_pool_backward(out, cache, need_dx=False)

    return sandwich if pool else conv


def gain(trick: Trick, name: str, repeat: int) -> tuple[float, float, list[float]]:
    """Medians in seconds with and without, and the quartiles of the ratios."""
    job, pairs = prepare(name), []
    for _ in range(repeat + 1):
        with_it = _timed(job)
        with left_out(trick):
            pairs.append((with_it, _timed(job)))
    pairs = pairs[1:]
    ratios = statistics.quantiles([without / with_it for with_it, without in pairs], n=4)
    with_it, without = (statistics.median(column) for column in zip(*pairs, strict=True))
    return with_it, without, ratios


def _timed(job: Job) -> float:
    """Untimed calls first: they fill caches, and the matrix library's own threads wake, or come to rest: they spin for 0.1 s."""
    seconds_a_call(job, 0.15)
    return seconds_a_call(job, 0.02)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=21, help="pairs of each measurement (21)")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="tricks whose names hold one of these")
    arguments = parser.parse_args()
    print(f"{'trick':<24}{'at':<22}{'with ms':>9}{'without':>9}{'gain':>7}   middle half")
    for trick in TRICKS:
        if arguments.only and not any(word in trick.name for word in arguments.only):
            continue
        for name in trick.at:
            with_it, without, (low, middle, high) = gain(trick, name, arguments.repeat)
            times = f"{1000 * with_it:>9.2f}{1000 * without:>9.2f}{middle:>7.2f}"
            print(f"{trick.name:<24}{name:<22}{times}   {low:.2f} .. {high:.2f}", flush=True)


if __name__ == "__main__":
    main()
