"""How a data set is cut into its three parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_utils.data.download import Where

# Pictures (N, C, H, W), uint8, and labels (N,), int64.
Labelled = tuple[np.ndarray, np.ndarray]
# Training, validation and test part.
Parts = tuple[Labelled, Labelled, Labelled]


@dataclass(frozen=True)
class Request:
    """What the caller of load_dataset wants, checked.

    Attributes:
        name: of the data set.
        sizes: "num_train", "num_val" and "num_test"; None for the usual number.
        seed: an integer, at least 0.
        where: where the data may be found and kept.
    """

    name: str
    sizes: dict[str, int | None]
    seed: int
    where: Where


def split(request: Request, train: Labelled, test: Labelled, usual_val: int) -> Parts:
    """Put some of the training pictures aside for validation; the test part is the official one.

    Args:
        request: how many pictures of each part, and the seed.
        train: the official training part.
        test: the official test part.
        usual_val: pictures for validation where the request names no number.

    Raises:
        ValueError: there are not so many pictures.
    """
    X, y = train
    num_train, num_val, num_test = request.sizes.values()
    if num_val is None:
        num_val = min(usual_val, len(y) // 2)
    _check_size(request.name, "num_val", num_val, len(y))
    if num_train is None:
        num_train = len(y) - num_val
    _check_size(
        request.name,
        "num_train",
        num_train,
        len(y) - num_val,
        f" once {num_val} are put aside for validation",
    )
    num_test = len(test[1]) if num_test is None else num_test
    _check_size(request.name, "num_test", num_test, len(test[1]))
    order = shuffled(len(y), request.seed)
    # Validation pictures come from the end and training pictures from the start: few of one leave the other alone.
    train_rows, val_rows = order[:num_train], order[len(y) - num_val :][::-1]
    return (
        (X[train_rows], y[train_rows]),
        (X[val_rows], y[val_rows]),
        (test[0][:num_test], test[1][:num_test]),
    )


def _check_size(name: str, label: str, wanted: int, there: int, why: str = "") -> None:
    if wanted > there:
        raise ValueError(f"{label} is {wanted}, but {name} has only {there} pictures for it{why}")


def shuffled(count: int, seed: int) -> np.ndarray:
    """The numbers below `count` in an order that is the same in every version of NumPy (raw PCG64 words, NEP 19)."""
    return np.argsort(np.random.PCG64(seed).random_raw(count), kind="stable")
