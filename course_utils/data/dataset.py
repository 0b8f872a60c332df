"""What `load_dataset` returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

ARRAYS = ("X_train", "y_train", "X_val", "y_val", "X_test", "y_test")


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(Mapping[str, np.ndarray]):
    """Pictures and labels in three parts that share no picture; also a read-only mapping of its six arrays by name.

    `dict(data)` is a dict of them that may be written to.

    Attributes:
        name: as given to load_dataset.
        X_train: pictures, shape (N, C, H, W); uint8 in 0..255, or floats in 0..1.
        y_train: their labels, shape (N,), int64 in 0..len(class_names)-1.
        X_val: pictures of the validation part, likewise.
        y_val: their labels, likewise.
        X_test: pictures of the test part, likewise.
        y_test: their labels, likewise.
        class_names: the name of each label.
        source: where the pictures come from and under which licence.
    """

    name: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_val: np.ndarray
    y_val: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    source: str

    @property
    def num_classes(self) -> int:
        """How many labels there are."""
        return len(self.class_names)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one picture."""
        _, C, H, W = self.X_train.shape
        return C, H, W

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in ARRAYS:
            raise KeyError(f"a Dataset holds {', '.join(ARRAYS)}, and no {name!r}")
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(ARRAYS)

    def __len__(self) -> int:
        return len(ARRAYS)

    # Two mappings are equal where their values are, which arrays do not say in one word.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        parts = f"{len(self.y_train):,} train, {len(self.y_val):,} validation, {len(self.y_test):,} test"
        shape = " x ".join(str(size) for size in self.image_shape)
        return f"<{self.name}: {parts} pictures, {shape} {self.X_train.dtype}, {self.num_classes} classes>"
