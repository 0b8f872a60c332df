"""The batches of a training, one after the other, epoch after epoch."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from course_utils.data.loader import Augment, Batch, DataLoader
from course_utils.training.expectations import expect_counts


class Batches:
    """Batches by the number of their step.

    Each epoch draws from a generator of its own, so that its batches depend on nothing that happened before.

    Args:
        X: examples, shape (N, ...).
        y: labels, shape (N,).
        batch_size: examples in a batch, or all N where there are fewer; what fills no batch waits for another epoch's order.
        augment: (images, rng) -> changed images; runs in the background.
        rng: where the seed is drawn from; a fixed seed when not given.

    Attributes:
        batch_size: as it was given.
        num_examples: N.
        per_epoch: batches in an epoch, max(N // batch_size, 1).
        seed: all that is random follows from it.
    """

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        batch_size: int,
        augment: Augment | None,
        rng: np.random.Generator | None,
    ) -> None:
        expect_counts(batch_size=batch_size)
        self._X, self._y, self.batch_size, self._augment = X, y, batch_size, augment
        self.num_examples = len(X)
        self.seed = int((np.random.default_rng(0) if rng is None else rng).integers(2**63))
        self.per_epoch = len(self._loader(0))
        self._present: Generator[Batch, None, None] | None = None

    def take(self, step: int) -> Batch:
        """The batch of a step, counted from 0 over all epochs; after `leave_epoch` it may be any, else the next one."""
        if self._present is None:
            self._present = self._enter_epoch(*divmod(step, self.per_epoch))
        batch = next(self._present)
        if (step + 1) % self.per_epoch == 0:
            self.leave_epoch()
        return batch

    def _enter_epoch(self, epoch: int, done: int) -> Generator[Batch, None, None]:
        batches = iter(self._loader(epoch))
        for _ in range(done):
            next(batches)
        return batches

    def _loader(self, epoch: int) -> DataLoader:
        return DataLoader(
            self._X,
            self._y,
            self.batch_size,
            rng=np.random.default_rng([self.seed, epoch]),
            augment=self._augment,
            workers=0 if self._augment is None else 1,
            drop_last=True,
        )

    def leave_epoch(self) -> None:
        """Let go of the threads that make batches."""
        if self._present is not None:
            self._present.close()
            self._present = None
