"""Numbers that a wrong factor may turn out to be, by the names the course gives them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# Settings that no gradient is multiplied or divided by.
_NO_FACTORS = ("stride", "pad", "eps", "momentum")


def named_numbers(values: dict[str, Any], dout: np.ndarray | float = 1.0) -> dict[str, float]:
    """Numbers that a wrong factor may turn out to be, by the names the course gives them.

    Args:
        values: every argument by name: inputs `x` (a model's: `X`) of shape (N, D) or (N, C, H, W), filters `w`,
            settings in dicts.
        dout: upstream gradient, of out's shape; a number for a loss.

    Returns:
        N, D, M, C, F, H·W and the like, and the plain numbers among the arguments, without zeros and ones.
    """
    dout = np.asarray(dout)
    arrays = (values.get("x"), values.get("X"), *values.values())
    x = next((array for array in arrays if isinstance(array, np.ndarray) and array.ndim > 1), dout)
    settings = flat_numbers(values)
    if _in_columns(x, values):
        x = x.T
    found = {"N": x.shape[0]} if x.ndim > 1 else {}
    found |= {name: value for name, value in settings.items() if name not in _NO_FACTORS}
    if x.ndim == 4 and dout.shape == x.shape[:2]:
        found |= _sizes_of_maps(x)
    elif dout.ndim <= 2:
        found |= _sizes_of_vectors(x, dout, is_loss="X" not in values and not dout.ndim)
    if dout.ndim == 4 and x.ndim == 4:
        found |= _sizes_of_images(x, dout, values.get("w"), settings)
    return {name: float(value) for name, value in found.items() if value not in (0, 1)}


def _in_columns(x: np.ndarray, values: dict[str, Any]) -> bool:
    """Whether examples stand in the columns of x: then there are as many columns of labels, but not as many rows."""
    labels = [np.shape(values[name]) for name in ("y", "Y") if isinstance(values.get(name), np.ndarray)]
    return x.ndim == 2 and any(
        len(shape) == 2 and shape[1] == x.shape[1] and shape[0] != x.shape[0] for shape in labels
    )


def _sizes_of_vectors(x: np.ndarray, dout: np.ndarray, is_loss: bool) -> dict[str, float]:
    found = {"C" if is_loss else "D": math.prod(x.shape[1:])} if x.ndim > 1 else {}
    if is_loss and x.ndim > 1:
        found["N·C"] = x.size
    return found | ({"M": dout.shape[1]} if dout.ndim == 2 and dout.shape != x.shape else {})


def _sizes_of_maps(x: np.ndarray) -> dict[str, float]:
    """Of a layer that makes one number of each map."""
    _, C, H, W = x.shape
    return {"C": C, "H": H, "W": W, "H·W": H * W, "C·H·W": C * H * W}


def _sizes_of_images(x: np.ndarray, dout: np.ndarray, w: Any, settings: dict[str, float]) -> dict[str, float]:
    found = {"C": x.shape[1], "H·W": x[0, 0].size, "N·H·W": x[:, 0].size}
    if dout.shape[2:] != x.shape[2:]:
        found |= {"OH·OW": dout[0, 0].size, "N·OH·OW": dout[:, 0].size}
    if getattr(w, "ndim", 0) == 4:
        found |= {"F": w.shape[0], "HH·WW": w[0, 0].size, "C·HH·WW": w[0].size}
    if {"pool_height", "pool_width"} <= settings.keys():
        found["the window's size"] = settings["pool_height"] * settings["pool_width"]
    if settings.get("G"):
        found["the group's size"] = x[0].size / settings["G"]
    return found


def flat_numbers(values: dict[str, Any]) -> dict[str, float]:
    """Plain numbers among arguments and in dicts among them; seeds are left out."""
    found: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= flat_numbers(value)
        elif (
            isinstance(value, (int, float, np.integer, np.floating))
            and not isinstance(value, bool)
            and name != "seed"
        ):
            found[name] = float(value)
    return found
