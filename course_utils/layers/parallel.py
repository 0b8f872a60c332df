"""Work on the images of a batch in several threads.

NumPy lets go of the interpreter while it copies and multiplies, so plain threads run in parallel. The matrix library
would like to use all cores for each product; while threads of ours run it is held to one, else they fight.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

# Parts of a batch; fixed, and more than the cores of a laptop, so that sums over the parts come out the same
# however many threads share them.
PARTS = 8
# Below so many multiplications (about a tenth of a millisecond) threads cost more than they bring ...
WORTH_THREADS = 2_000_000
# ... and below so many, more than two parts: short calls keep the threads waiting for each other.
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
    count = min(threads(), len(parts)) if work >= WORTH_THREADS else 1
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
