"""What well-known mistakes in preprocessing give: all parts that were handed in, X_train first."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

# The right preprocess: (X_train, *others, method=..., eps=...) -> the same parts, prepared.
Prepare = Callable[..., tuple[np.ndarray, ...]]
Parts = Sequence[np.ndarray]

# What is taken from the examples besides their mean.
_SPREAD = {
    "normalize": "the standard deviations",
    "pca": "the axes",
    "whiten": "the axes and their variances",
}
_SOURCES = ("X_train alone", "all parts together", "each part itself")


def prepared_parts(prepare: Prepare, parts: Parts, method: str, more: Mapping[str, Any]) -> dict[str, Parts]:
    """Mistakes of `preprocess`.

    Args:
        more: further arguments that it was asked with, such as eps.
    """
    return {
        "nothing was done to the parts": parts,
        **_by_another_mean(prepare, parts, method, more),
        **_by_another_eps(prepare, parts, method, more.get("eps", 1e-5)),
        **(_by_other_statistics(prepare, parts, method, more) if len(parts) > 1 else {}),
    }


def _by_another_mean(
    prepare: Prepare, parts: Parts, method: str, more: Mapping[str, Any]
) -> dict[str, Parts]:
    """What comes out where something else than the mean of X_train is subtracted from all parts."""
    first = parts[0]
    own = first.mean(axis=(0, 2, 3) if method == "channel" else 0, keepdims=True)
    others = {"one mean was taken of all numbers: each feature has its own (axis 0)": first.mean()}
    if method == "channel":
        others = {
            "one mean was taken of all numbers: each channel has its own": first.mean(),
            'each pixel\'s own mean was subtracted, as "center" does: take one for each channel': first.mean(
                axis=0
            ),
        }
    elif method != "center":
        others["nothing was subtracted: X_train's mean goes first"] = np.float64(0)
    # preprocess subtracts X_train's mean; moved by the difference it subtracts the other one.
    return {
        did: [prepare(first, part - other + own, method=method, **more)[1] for part in parts]
        for did, other in others.items()
    }


def _by_another_eps(prepare: Prepare, parts: Parts, method: str, given: float) -> dict[str, Parts]:
    """What comes out where the divisor is another one."""
    undivided = {"normalize": "center", "whiten": "pca"}.get(method)
    if undivided is None:
        return {}
    coordinates, N = prepare(*parts, method=undivided), len(parts[0])
    variance = coordinates[0].var(axis=0)
    rule = "divide by sqrt(variance + eps), with eps = 1e-5 unless it is given"
    divisors = {
        f"eps stands outside the root: {rule}": np.sqrt(variance) + given,
        f"eps is missing, or far too small: {rule}": np.sqrt(variance),
        f"the root is missing: {rule}": variance + given,
        f"eps is 1e-5 whatever is passed in: {rule}": np.sqrt(variance + 1e-5),
        "the variance was divided by N - 1: divide by N": np.sqrt(variance * N / max(N - 1, 1) + given),
    }
    with np.errstate(all="ignore"):
        return {did: [part / divisor for part in coordinates] for did, divisor in divisors.items()}


def _by_other_statistics(
    prepare: Prepare, parts: Parts, method: str, more: Mapping[str, Any]
) -> dict[str, Parts]:
    """What comes out with statistics of other examples than the training part's."""

    def prepared_by(k: int, mean_of: int, rest_of: int) -> np.ndarray:
        """Part k with the mean of some examples and the other statistics of others."""
        some = (parts[0], np.concatenate(parts), parts[k])
        axis = (0, 2, 3) if method == "channel" else 0
        own, other = (some[i].mean(axis=axis, keepdims=True) for i in (mean_of, rest_of))
        # preprocess subtracts the mean of the rest's examples; moved by the difference it subtracts the other one.
        return prepare(some[rest_of], parts[k] - own + other, method=method, **more)[1]

    found: dict[str, Parts] = {}
    for mean_of, rest_of in itertools.product(range(len(_SOURCES)), repeat=2):
        if (mean_of, rest_of) == (0, 0) or (rest_of and method not in _SPREAD):
            continue
        did = (
            f"{_whose_statistics(method, mean_of, rest_of)}: take them from X_train alone, or the other parts "
            "are no fair test any more"
        )
        found[did] = [prepared_by(k, mean_of, rest_of) for k in range(len(parts))]
    return found


def _whose_statistics(method: str, mean_of: int, rest_of: int) -> str:
    """A clause that says which of `_SOURCES` the mean and the rest of the statistics come from."""
    if mean_of == rest_of or method not in _SPREAD:
        return f"the statistics come from {_SOURCES[mean_of]}"
    if not mean_of:
        return f"{_SPREAD[method]} come from {_SOURCES[rest_of]}"
    means = f"the means come from {_SOURCES[mean_of]}"
    return f"{means} and {_SPREAD[method]} from {_SOURCES[rest_of]}" if rest_of else means


def prepared_round(prepare: Prepare, parts: Parts, X: np.ndarray, method: str) -> dict[str, Parts]:
    """Mistakes of preparing one round of a cross-validation, whose training part should count for both parts.

    Args:
        parts: the training and the validation part.
        X: all examples.
    """
    train, val = parts
    mistakes: dict[str, Parts] = {
        "nothing was prepared: call preprocess in each round": (train, val),
        "each part was prepared by its own statistics: X_train's count for both": [
            prepare(part, method=method)[0] for part in (train, val)
        ],
        "the statistics are those of the validation part: X_train comes first": (
            prepare(val, train, method=method)[::-1]
        ),
        "the statistics are those of all examples: preprocess inside the loop, or the validation fold leaks": (
            prepare(X, train, val, method=method)[1:]
        ),
    }
    if method != "center":
        did = f'it was centred, and method="{method}" was asked for: hand it on to preprocess'
        mistakes[did] = prepare(train, val, method="center")
    return mistakes
