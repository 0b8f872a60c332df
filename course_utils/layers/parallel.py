"""Work on the images of a batch in several threads.

NumPy lets go of the interpreter while it copies and multiplies, so plain threads run in parallel. The matrix library
would like to use all cores for each product; while threads of ours run it is held to one, else they fight.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

# Parts of a batch; fixed, and more than the cores of a laptop, so that sums over the parts come out the same
# however many threads share them.
PARTS = 8
# Below so many multiplications (about a tenth of a millisecond) threads cost more than they bring ...
WORTH_THREADS = 2_000_000
# ... below so many they do, on some machines, where there are products, which the matrix library can share out itself ...
WORTH_THREADS_ANYWHERE = 40_000_000
# ... and below so many, more than two parts do: short calls keep the threads waiting for each other.
WORTH_PARTS = 50_000_000

# Does one part of a batch: do(number of the part, range of images).
Do = Callable[[int, range], None]


def threads() -> int:
    """How many threads a layer may use: the cores of this process, or COURSE_THREADS in the environment."""
    chosen = os.environ.get("COURSE_THREADS", "")
    if chosen.isdigit() and int(chosen) > 0:
        return int(chosen)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, PARTS)


def for_each_part(N: int, work: int, make: Callable[[int], Do], *, products: bool = True) -> None:
    """Cut a batch of N images into at most PARTS parts and do each.

    Args:
        N: images in the batch.
        work: multiplications of the whole batch, to tell whether threads are worth their while.
        make: called with the most images that a part has, once in every thread that takes part; returns what does a
            part, which may reuse memory from one part to the next.
        products: whether it makes matrix products, for which the matrix library has to be held back.
    """
    parts = list(enumerate(split(N, PARTS if work >= WORTH_PARTS else 2)))
    count = min(threads(), len(parts)) if pays(work, products) else 1
    _share(parts, count, make, products)


def pays(work: int, products: bool) -> bool:
    """Whether threads of ours pay for so many multiplications; where machines differ it is measured, once."""
    if work < WORTH_THREADS or threads() == 1:
        return False
    return not products or work >= WORTH_THREADS_ANYWHERE or pays_early()


@lru_cache(maxsize=1)
def pays_early() -> bool:
    """Whether threads of ours do some milliseconds of copies and products sooner than one thread with the library's own."""
    N, rows, places, F = 64, 27, 256, 25
    x, w = np.zeros((N, rows, places), np.float32), np.zeros((F, rows), np.float32)

    def make(most: int) -> Do:
        columns, out = np.empty((rows, places), np.float32), np.empty((F, places), np.float32)

        def do(part: int, images: range) -> None:
            for image in images:
                np.copyto(columns, x[image])
                np.matmul(w, columns, out=out)

        return do

    def seconds(count: int) -> float:
        begun = time.perf_counter()
        _share(list(enumerate(split(N, 2))), count, make, products=True)
        return time.perf_counter() - begun

    # In this order, since the library's threads go on waiting busily for a while after a product.
    shared, alone = ([seconds(count) for _ in range(6)] for count in (2, 1))
    return min(shared) < min(alone)


def _share(parts: list[tuple[int, range]], count: int, make: Callable[[int], Do], products: bool) -> None:
    """Do the parts in so many threads, each of which takes the next one when it is free."""
    queue = iter(parts)
    lock = threading.Lock()

    def take_parts() -> None:
        do = make(max(len(images) for _, images in parts))
        while True:
            with lock:
                part = next(queue, None)
            if part is None:
                return
            do(*part)

    if count == 1:
        take_parts()
        return
    with single_threaded_blas() if products else nullcontext():
        others = [_pool(os.getpid()).submit(take_parts) for _ in range(count - 1)]
        take_parts()
        for other in others:
            other.result()


def split(N: int, parts: int = PARTS) -> list[range]:
    """The images 0 .. N-1 in at most so many ranges of about the same length."""
    count = min(parts, N)
    edges = [N * k // count for k in range(count + 1)]
    return [range(start, stop) for start, stop in itertools.pairwise(edges)]


@lru_cache(maxsize=1)
def _pool(process: int) -> ThreadPoolExecutor:
    """Threads that wait for work; a forked process inherits none, so it gets its own."""
    return ThreadPoolExecutor(PARTS, thread_name_prefix="layers")


@lru_cache(maxsize=1)
def _blas() -> ThreadpoolController:
    """The matrix libraries of this process; finding them takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")


_limit_lock = threading.Lock()
_limit: dict[str, Any] = {"users": 0, "undo": None}


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Hold the matrix library to one thread while any caller is inside, and put it back when the last one leaves."""
    with _limit_lock:
        if _limit["users"] == 0:
            _limit["undo"] = _blas().limit(limits=1)
        _limit["users"] += 1
    try:
        yield
    finally:
        with _limit_lock:
            _limit["users"] -= 1
            if _limit["users"] == 0:
                _limit["undo"].restore_original_limits()
