"""Values as data: what a kernel and a grader may say to each other.

A value becomes a small JSON header and a list of raw buffers, one for each array. Nothing is ever unpickled or
evaluated, and `decode` builds plain Python objects and `numpy.ndarray`s only, whatever the other side sent.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np


class WireError(ValueError):
    """A message that is malformed or beyond a limit."""


class NotData(TypeError):
    """A value that cannot travel: it is not made of arrays, numbers, strings, lists, tuples and dicts."""


@dataclass(frozen=True)
class Limits:
    """What one message may cost; the receiver enforces them.

    Attributes:
        message_bytes: all frames of a message together, in bytes.
        header_bytes: the header alone, in bytes.
        depth: nesting of lists, tuples and dicts.
        nodes: number of values in a message, each array counting as one.
    """

    message_bytes: int = 64 * 2**20
    header_bytes: int = 4 * 2**20
    depth: int = 16
    nodes: int = 20_000


DEFAULT_LIMITS = Limits()
_ARRAY_KINDS = "biufc"
# Tuples, and made once: what is asked of each value of each message is not put together anew each time.
_ARRAYS = (np.ndarray, np.generic)
_NUMBERS = (int, float)
_SEQUENCES = (list, tuple)
_COLLECTIONS = (dict, list, tuple)
_KEYS = {str, int}
_PLAIN = {bool, float, str, type(None)}
# All that `encode` names; no other text ever reaches NumPy's own reading of dtypes.
_NAMES = ["b1", "i1", "u1", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"]
_DTYPES = {np.dtype(name).str: np.dtype(name) for name in _NAMES}
_MAX_DIMENSIONS = 16
# Of an empty array too, since a sum over its empty axis is as large as the other axes say.
_MAX_EMPTY = 10**6
_INTEGER = re.compile(r"-?[0-9]{1,400}")
_WRITER = json.JSONEncoder(check_circular=False)  # what `encode` makes never holds itself
_HALF_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def encode(value: Any, foreign: Callable[[Any], dict[str, Any]] | None = None) -> tuple[Any, list[bytes]]:
    """Turn a value into a JSON-able tree and the buffers it refers to.

    Args:
        value: None, bool, int, float, complex, str, numeric arrays and NumPy scalars, and lists, tuples and mappings of
            them. What kind of list, tuple or mapping it is does not travel: a named tuple arrives as a tuple, an
            OrderedDict as a dict.
        foreign: called for anything else; returns the node that stands for it. Without it, raises NotData.
    """
    encoder = _Encoder(foreign)
    return encoder.node(value, 0), encoder.buffers


class _Encoder:
    """Makes the nodes of one message, no more than it may hold and one: a collection need not end.

    Attributes:
        buffers: what the nodes refer to.
    """

    def __init__(self, foreign: Callable[[Any], dict[str, Any]] | None):
        self.buffers: list[bytes] = []
        self._foreign = foreign
        self._left = DEFAULT_LIMITS.nodes

    def node(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is np.ndarray and value.dtype.kind in _ARRAY_KINDS:
            return _encode_array(value, self.buffers)
        if kind is str:
            return _well_formed(value)
        if kind in _NUMBERS:
            return _number(value)
        if kind in _COLLECTIONS:
            return self._collection(value, depth)
        return self._rare(value, depth)

    def _rare(self, value: Any, depth: int) -> Any:
        """What is of none of the most frequent types, but may be of a type made of one."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, np.ndarray) and value.dtype.kind == "U" and not value.ndim:
            value = value[()]
        if isinstance(value, str):
            return _well_formed(value)
        if type(value) is complex:
            value = np.complex128(value)
        if isinstance(value, _ARRAYS) and value.dtype.kind in _ARRAY_KINDS:
            return _encode_array(value, self.buffers)
        if isinstance(value, _NUMBERS):
            return _number(value)
        return self._collection(value, depth)

    def _collection(self, value: Any, depth: int) -> dict[str, Any]:
        """A list, tuple or mapping, or what stands for anything else and for what is nested too deep."""
        if depth >= DEFAULT_LIMITS.depth:
            return self._stand_in(value)
        if isinstance(value, _SEQUENCES):
            kind = "list" if isinstance(value, list) else "tuple"
            return {kind: [self.node(item, depth + 1) for item in self._taken(value)]}
        if isinstance(value, Mapping):
            pairs = [[_key(key), item] for key, item in self._taken(value.items())]
            if {type(key) for key, _ in pairs} <= _KEYS:
                return {"dict": [[key, self.node(item, depth + 1)] for key, item in pairs]}
        return self._stand_in(value)

    def _taken(self, items: Iterable[Any]) -> list[Any]:
        """The items that the message may still hold, and one."""
        taken = list(islice(items, self._left + 1))
        self._left -= len(taken)
        return taken

    def _stand_in(self, value: Any) -> dict[str, Any]:
        if self._foreign is None:
            raise NotData(f"a value of type {type(value).__name__} cannot be sent")
        return self._foreign(value)


def _number(value: float) -> Any:
    if isinstance(value, int):
        return int(value) if abs(value) < 2**63 else {"int": str(int(value))[:400]}
    return float(value) if math.isfinite(value) else {"float": repr(float(value))}


def _key(key: Any) -> Any:
    """A mapping's key as it travels: text and whole numbers as Python's own, anything else as it is."""
    if isinstance(key, str):
        return _well_formed(key)
    return int(key) if isinstance(key, int | np.integer) and not isinstance(key, bool) else key


def _well_formed(text: str) -> str:
    """Plain text that can be written as UTF-8: half surrogates become question marks."""
    if type(text) is str and text.isascii():
        return text
    return str.encode(text, "utf-8", "replace").decode("utf-8")


def _encode_array(value: Any, buffers: list[bytes]) -> dict[str, Any]:
    kind = "array" if isinstance(value, np.ndarray) else "scalar"
    array = np.asarray(value)
    name = array.dtype.str
    if name not in _DTYPES:
        array = _of_a_dtype_that_travels(array)
        name = array.dtype.str
    buffers.append(array.tobytes())
    return {kind: len(buffers) - 1, "dtype": name, "shape": list(array.shape)}


def _of_a_dtype_that_travels(array: np.ndarray) -> np.ndarray:
    if array.dtype.itemsize > 16 or array.dtype.char in "gG":  # long doubles differ between machines
        array = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    return array.astype(array.dtype.newbyteorder("<"))


def decode(
    tree: Any,
    buffers: list[bytes],
    limits: Limits = DEFAULT_LIMITS,
    foreign: Callable[[dict[str, Any]], Any] | None = None,
) -> Any:
    """Turn what `encode` made back into a value; arrays are fresh and writable.

    Args:
        foreign: given a node that stands for something that is not data, returns its replacement.

    Raises:
        WireError: the message is malformed or beyond `limits`.
    """
    if sum(map(len, buffers)) > limits.message_bytes:
        raise WireError(f"a message holds more than {limits.message_bytes} bytes of arrays")
    return _Decoder(buffers, limits, foreign).value(tree, 0)


class _Decoder:
    """Makes the values of one message, no more than it may hold."""

    def __init__(
        self, buffers: Sequence[bytes], limits: Limits, foreign: Callable[[dict[str, Any]], Any] | None
    ):
        self._buffers = buffers
        self._limits = limits
        self._foreign = foreign
        self._left = limits.nodes

    def value(self, tree: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise WireError(f"a message holds more than {self._limits.nodes} values")
        if depth > self._limits.depth + 1:
            raise WireError(f"a message is nested more than {self._limits.depth} deep")
        kind = type(tree)
        if kind in _PLAIN or (kind is int and abs(tree) < 2**63):
            return tree
        if kind is not dict or not tree:
            raise WireError("a message holds a node of unknown form")
        tag = next(iter(tree))
        if tag in ("array", "scalar"):
            return _decode_array(tree, self._buffers, tag)
        content = tree[tag]
        if type(content) is list:
            if tag == "list":
                return [self.value(item, depth + 1) for item in content]
            if tag == "tuple":
                return tuple([self.value(item, depth + 1) for item in content])
            if tag == "dict":
                return self._dict(content, depth + 1)
        return self._rare(tree, tag, content)

    def _dict(self, content: list[Any], depth: int) -> dict[str | int, Any]:
        result = {}
        for pair in content:
            if not (isinstance(pair, list) and len(pair) == 2 and type(pair[0]) in _KEYS):
                raise WireError("a message holds a dict whose keys are not text or whole numbers")
            result[pair[0]] = self.value(pair[1], depth)
        return result

    def _rare(self, tree: dict[str, Any], tag: str, content: Any) -> Any:
        if tag == "float" and content in ("nan", "inf", "-inf"):
            return float(content)
        if tag == "int" and isinstance(content, str) and _INTEGER.fullmatch(content):
            return int(content)
        if self._foreign is not None:
            return self._foreign(tree)
        raise WireError(f"a message holds a node of unknown form {tag[:40]!r}")


def _decode_array(node: dict[str, Any], buffers: Sequence[bytes], tag: str) -> Any:
    index, name, shape = node[tag], node.get("dtype"), node.get("shape")
    if type(index) is not int or not 0 <= index < len(buffers):
        raise WireError("a message refers to an array that it does not hold")
    dtype = _DTYPES.get(name) if isinstance(name, str) else None
    if dtype is None:
        raise WireError("a message holds an array whose dtype is none of the numeric ones")
    if not (isinstance(shape, list) and len(shape) <= _MAX_DIMENSIONS):
        raise WireError("a message holds an array without a proper shape")
    size = dtype.itemsize
    for length in shape:
        if type(length) is not int or length < 0:
            raise WireError("a message holds an array without a proper shape")
        size *= length
    if not size and math.prod(filter(None, shape)) > _MAX_EMPTY:
        raise WireError("a message holds an empty array without a proper shape")
    if size != len(buffers[index]):
        raise WireError("a message holds an array whose shape and size disagree")
    array = np.ndarray(shape, dtype, buffers[index]).copy()
    if dtype.kind == "b":  # a byte that is neither 0 nor 1 would be a truth value of its own kind
        array = array.view(np.uint8).astype(bool)
    return array if tag == "array" else array[()]


def pack(header: dict[str, Any], buffers: Sequence[bytes] = ()) -> list[bytes]:
    """Frames of one message: the header as JSON, then the buffers."""
    return [_WRITER.encode(header).encode(), *buffers]


def unpack(frames: list[bytes], limits: Limits = DEFAULT_LIMITS) -> tuple[dict[str, Any], list[bytes]]:
    """Header and buffers of one message.

    Raises:
        WireError: the frames are too large or the header is not a JSON object of well-formed text.
    """
    if not frames or sum(map(len, frames)) > limits.message_bytes:
        raise WireError(f"a message is empty or larger than {limits.message_bytes} bytes")
    if len(frames[0]) > limits.header_bytes:
        raise WireError(f"a message has a header of more than {limits.header_bytes} bytes")
    try:
        header = json.loads(frames[0].decode())
        if _HALF_SURROGATE.search(frames[0]):
            json.dumps(header, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise WireError("a message has no readable header") from error
    if not isinstance(header, dict):
        raise WireError("a message has no readable header")
    return header, frames[1:]
