"""The pictures of a notebook's experiments: any data set in the form and at the sizes of shapes10."""

from __future__ import annotations

import dataclasses

import numpy as np

from course_utils.data.catalogue import as_dtype, load_dataset
from course_utils.data.dataset import Dataset

SHAPE = (3, 32, 32)


def load_pictures(
    name: str = "shapes10",
    *,
    num_train: int | None = 10_000,
    num_val: int | None = 2_000,
    num_test: int | None = 2_000,
    dtype: np.typing.DTypeLike = np.float32,
) -> Dataset:
    """Load a data set as colour pictures of 32 × 32 pixels, whatever it holds, so that every experiment can run on it.

    Grey pictures get three equal channels, smaller ones a black border: Fashion-MNIST's (1, 28, 28) become (3, 32, 32).

    Args:
        name: "shapes10" (needs no network), or "cifar10", "fashion_mnist" or "mnist" where they are at hand; `load_dataset`
            says how they are found.
        num_train: training pictures, at most; None: all there are.
        num_val: validation pictures, likewise.
        num_test: test pictures, likewise.
        dtype: np.uint8 for levels 0..255, or a float type for values in 0..1.

    Raises:
        ValueError: there is no such data set, or its pictures are larger.
        DataError: the data cannot be had.
    """
    if name == "shapes10":  # drawn, as many as are asked for
        return load_dataset(name, dtype=dtype, num_train=num_train, num_val=num_val, num_test=num_test)
    whole, wanted = load_dataset(name, dtype=np.uint8), np.dtype(dtype)
    return dataclasses.replace(
        whole,
        X_train=as_dtype(_in_form(whole.X_train[:num_train], name), wanted),
        y_train=whole.y_train[:num_train],
        X_val=as_dtype(_in_form(whole.X_val[:num_val], name), wanted),
        y_val=whole.y_val[:num_val],
        X_test=as_dtype(_in_form(whole.X_test[:num_test], name), wanted),
        y_test=whole.y_test[:num_test],
    )


def _in_form(X: np.ndarray, name: str) -> np.ndarray:
    """Pictures (N, C, H, W) as (N, 3, 32, 32)."""
    channels, height, width = SHAPE
    _, C, H, W = X.shape
    down, across = height - H, width - W
    if C not in (1, channels) or min(down, across) < 0:
        raise ValueError(
            f"{name} has pictures of shape {X.shape[1:]}; expected 1 or 3 channels, at most 32 × 32"
        )
    border = ((0, 0), (0, 0), (down // 2, down - down // 2), (across // 2, across - across // 2))
    return np.repeat(np.pad(X, border), channels // C, axis=1)
