"""Training state as plain data: what a file keeps without pickle, and what a model keeps beside its parameters."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

FORMAT = 2
Random = np.random.Generator | np.random.RandomState
_RANDOM_KINDS = {np.random.Generator: "generator", np.random.RandomState: "random state"}


class CheckpointError(ValueError):
    """A checkpoint cannot be read or belongs to another training."""


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write nested dicts, lists, numbers, texts, arrays and generators to one .npz file, whole or not at all.

    Args:
        path: where to; an older file there is replaced in one move, so that a kill leaves the old or the new one.
        state: what to keep.

    Raises:
        TypeError: something in it is none of these.
    """
    arrays: dict[str, Any] = {}
    text = json.dumps({"format": FORMAT, "state": _encode(dict(state), arrays)})
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        np.savez(file, json=np.array(text), **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def load_state(path: Path) -> dict[str, Any]:
    """Read what save_state wrote; nothing in the file is run.

    Raises:
        CheckpointError: the file is missing, damaged or of another format.
    """
    try:
        # Opened here, since NumPy leaves a damaged file open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
            found = json.loads(str(arrays.pop("json")))
    except FileNotFoundError:
        raise CheckpointError(f"there is no checkpoint {path}") from None
    except (OSError, TypeError, ValueError, KeyError, BadZipFile, EOFError) as error:
        raise CheckpointError(f"{path} is no checkpoint of this course, or is damaged: {error}") from error
    if found["format"] != FORMAT:
        raise CheckpointError(
            f"{path} has format {found['format']}; this version of the course reads {FORMAT}"
        )
    return _decode(found["state"], arrays)


def read_model_state(model: Any) -> dict[str, Any]:
    """Copies of a model's attributes, params aside, that are data: running averages, counters, generators."""
    found = {}
    for name, value in vars(model).items() if hasattr(model, "__dict__") else ():
        if name != "params" and _is_data(value):
            found[name] = _copied(value)
    return found


def write_model_state(model: Any, state: Mapping[str, Any], *, generators: bool = True) -> None:
    """Put back what read_model_state found; containers and generators stay the same objects.

    Args:
        model: whose attributes are written.
        state: what they become.
        generators: whether random generators are put back too.
    """
    for name, value in state.items():
        setattr(model, name, _restored(getattr(model, name, None), value, generators))


def _is_data(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_data(key) and _is_data(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_data, value))
    if isinstance(value, np.ndarray):
        return value.dtype != object
    return value is None or isinstance(value, bool | int | float | str | np.generic | Random)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value)) if type(value) in (list, tuple) else list(map(_copied, value))
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Random):
        return _generator(_random_kind(value), _random_state(value))
    return value


def _restored(present: Any, kept: Any, generators: bool) -> Any:
    if isinstance(kept, Random):
        if not isinstance(present, _random_kind(kept)):
            return _copied(kept)
        if generators:
            _set_random_state(present, _random_state(kept))
        return present
    if isinstance(kept, dict) and isinstance(present, dict):
        new = {key: _restored(present.get(key), item, generators) for key, item in kept.items()}
        present.clear()
        present.update(new)
        return present
    if isinstance(kept, list | tuple) and isinstance(present, list | tuple) and len(kept) == len(present):
        return type(kept)(_restored(p, k, generators) for p, k in zip(present, kept, strict=True))
    if isinstance(kept, np.ndarray) and _same_kind(present, kept):
        present[...] = kept
        return present
    return _copied(kept)


def _same_kind(present: Any, kept: np.ndarray) -> bool:
    return isinstance(present, np.ndarray) and (present.shape, present.dtype) == (kept.shape, kept.dtype)


def _random_kind(generator: Random) -> type[Random]:
    return next(kind for kind in _RANDOM_KINDS if isinstance(generator, kind))


def _random_state(generator: Random) -> Any:
    """What a generator draws next follows from this."""
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return generator.bit_generator.state


def _set_random_state(generator: Random, state: dict[str, Any]) -> None:
    if isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


def _generator(kind: type[Random], state: dict[str, Any]) -> Random:
    names = {
        bits.__name__: bits
        for bits in (
            np.random.PCG64,
            np.random.PCG64DXSM,
            np.random.MT19937,
            np.random.Philox,
            np.random.SFC64,
        )
    }
    generator = kind(names[state["bit_generator"]]())
    _set_random_state(generator, state)
    return generator


def _encode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """JSON; what JSON has no word for becomes a dict with one key that says what it is."""
    if isinstance(value, np.ndarray | np.generic):
        name = f"a{len(arrays)}"
        arrays[name] = np.asarray(value)
        return {"array": name} if isinstance(value, np.ndarray) else {"scalar": name}
    if isinstance(value, Random):
        return {_RANDOM_KINDS[_random_kind(value)]: _encode(_random_state(value), arrays)}
    if isinstance(value, Mapping):
        return {"dict": [[_encode(key, arrays), _encode(item, arrays)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_encode(item, arrays) for item in value]}
    if isinstance(value, list):
        return [_encode(item, arrays) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a checkpoint cannot keep a {type(value).__name__}: {value!r}")


def _decode(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_decode(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "array":
        return arrays[inner]
    if kind == "scalar":
        return arrays[inner][()]
    if kind == "float":
        return float(inner)
    for random_kind, name in _RANDOM_KINDS.items():
        if kind == name:
            return _generator(random_kind, _decode(inner, arrays))
    if kind == "tuple":
        return tuple(_decode(item, arrays) for item in inner)
    return {_decode(key, arrays): _decode(item, arrays) for key, item in inner}
