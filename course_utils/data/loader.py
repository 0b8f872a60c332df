"""Batches of pictures, changed on the fly by workers in the background."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter

import numpy as np

Augment = Callable[[np.ndarray, np.random.Generator], np.ndarray]
Batch = tuple[np.ndarray, np.ndarray]
# Which examples a batch holds, and what it draws from.
Job = tuple[np.ndarray, np.random.Generator]


class DataLoader:
    """Goes through a data set in shuffled batches; each `for` loop over it is one epoch.

    While a training step works on one batch, threads make the next ones: NumPy lets go of Python's lock in its longer
    operations. What a batch holds does not depend on the number of workers or on which of them is faster.

    Args:
        X: pictures, shape (N, ...).
        y: labels, shape (N,).
        batch_size: examples in a batch; the last batch of an epoch may be smaller.
        rng: where the order and all random changes come from.
        augment: augment(X_batch, rng) -> changed pictures, with a generator of its own for each batch; None for none.
            It runs in other threads, several of them at a time where there are several workers.
        workers: threads; 0 to do everything in the training loop itself.
        prefetch: batches that are made ahead of time, at most.
        shuffle: whether each epoch has a new order.
        drop_last: whether to leave out a last batch that would be smaller, unless it is the only one.

    Attributes:
        waited: seconds for which the training loop waited for batches in the epoch begun last.

    Raises:
        ValueError: X and y differ in length, or a number is out of its range.
    """

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        batch_size: int = 100,
        *,
        rng: np.random.Generator,
        augment: Augment | None = None,
        workers: int = 1,
        prefetch: int = 4,
        shuffle: bool = True,
        drop_last: bool = False,
    ) -> None:
        if len(X) != len(y):
            raise ValueError(f"X holds {len(X)} examples and y {len(y)} labels; there must be one for each")
        for name, value, least in (
            ("batch_size", batch_size, 1),
            ("workers", workers, 0),
            ("prefetch", prefetch, 1),
        ):
            if value < least:
                raise ValueError(f"{name} is {value}; it must be at least {least}")
        self.X, self.y = X, y
        self.batch_size = batch_size
        self.augment = augment
        self.workers = workers
        self.prefetch = prefetch
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.waited = 0.0
        self._rng = rng

    def __len__(self) -> int:
        """Number of batches in an epoch."""
        whole, rest = divmod(len(self.X), self.batch_size)
        return whole + (rest > 0 and not (self.drop_last and whole))

    def __iter__(self) -> Generator[Batch, None, None]:
        """Yield (X_batch, y_batch), each example at most once; what augment raises is raised here."""
        order = self._rng.permutation(len(self.X)) if self.shuffle else np.arange(len(self.X))
        indices = [order[k * self.batch_size : (k + 1) * self.batch_size] for k in range(len(self))]
        jobs = list(zip(indices, self._rng.spawn(len(indices)), strict=True))
        self.waited = 0.0
        return self._in_background(jobs) if self.workers else self._in_the_loop(jobs)

    def _in_the_loop(self, jobs: list[Job]) -> Generator[Batch, None, None]:
        for indices, rng in jobs:
            start = perf_counter()
            batch = self._batch(indices, rng)
            self.waited += perf_counter() - start
            yield batch

    def _in_background(self, jobs: list[Job]) -> Generator[Batch, None, None]:
        pending: deque[Future[Batch]] = deque()
        with ThreadPoolExecutor(self.workers, thread_name_prefix="DataLoader") as pool:
            try:
                for job in jobs:
                    pending.append(pool.submit(self._batch, *job))
                    if len(pending) > self.prefetch:
                        yield self._await(pending.popleft())
                while pending:
                    yield self._await(pending.popleft())
            finally:
                # Left early, by break or by an error: what has not begun need not be done.
                for future in pending:
                    future.cancel()

    def _await(self, future: Future[Batch]) -> Batch:
        start = perf_counter()
        batch = future.result()
        self.waited += perf_counter() - start
        return batch

    def _batch(self, indices: np.ndarray, rng: np.random.Generator) -> Batch:
        X, y = self.X[indices], self.y[indices]
        return (X if self.augment is None else self.augment(X, rng)), y
