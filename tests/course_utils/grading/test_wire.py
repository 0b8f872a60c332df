"""Values travel unchanged, and whatever else arrives is refused by one kind of error."""

from __future__ import annotations

import enum
import json
from collections import OrderedDict, UserDict, defaultdict, namedtuple
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from course_utils.grading.wire import Limits, NotData, WireError, decode, encode, pack, unpack

ARRAYS = npst.arrays(
    st.sampled_from(["f8", "f4", "f2", "i8", "i2", "u1", "?", "c16", "c8", ">f8"]),
    npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | ARRAYS
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(TEXT | st.integers(-9, 9), inner, max_size=4)
    ),
    max_leaves=12,
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["nan", "²", "-1", "<f8", "|b1", "|O", "<f16", "<U1", "9" * 400, "--1", "1e9"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["array", "scalar", "dtype", "shape", "list", "tuple", "dict", "int", "float", "handle"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def through_the_wire(value: object) -> object:
    tree, buffers = encode(value)
    header, frames = unpack(pack({"value": tree}, buffers))
    return decode(header["value"], frames)


def same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray):
        kept = isinstance(b, np.ndarray) and a.dtype.newbyteorder("=") == b.dtype.newbyteorder("=")
        return kept and a.shape == b.shape and a.astype(a.dtype.newbyteorder("=")).tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b or (a != a and b != b)


@given(VALUES)
def test_values_travel_unchanged(value: object) -> None:
    assert same(value, through_the_wire(value))


@given(JSON, st.lists(st.binary(max_size=40), max_size=3))
def test_any_tree_is_a_value_or_refused(tree: object, buffers: list[bytes]) -> None:
    try:
        value = decode(tree, buffers)
    except WireError:
        return
    through_the_wire(value)


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_any_frames_are_a_message_or_refused(frames: list[bytes]) -> None:
    try:
        header, _ = unpack(frames)
    except WireError:
        return
    assert isinstance(header, dict)


@pytest.mark.parametrize(
    ("node", "says"),
    [
        *(
            ({"array": 0, "dtype": dtype, "shape": [1]}, "none of the numeric ones")
            for dtype in [
                "|O",
                "<U2",
                "<f3",
                "<b,(",
                "<b!,",
                "f8",
                ">f8",
                "<f8 ",
                "<f16",
                "",
                8,
                ["<f8"],
                None,
            ]
        ),
        ({"array": 0, "dtype": "<f8", "shape": [2]}, "disagree"),
        ({"array": 0, "dtype": "<f8", "shape": [-1]}, "shape"),
        ({"array": 0, "dtype": "<f8", "shape": [True]}, "shape"),
        ({"array": 0, "dtype": "<f8", "shape": [1] * 17}, "shape"),
        ({"array": 1, "dtype": "<f8", "shape": [1]}, "does not hold"),
        ({"array": True, "dtype": "<f8", "shape": [1]}, "does not hold"),
        ({"array": 0, "dtype": "<f8", "shape": [2**39, 2**39, 0]}, "shape"),
        ({"array": 0, "dtype": "<f8", "shape": [10**400, 0]}, "shape"),
        ({"array": 0, "dtype": "<f8", "shape": [2**30, 0]}, "shape"),
        ({"array": 0, "dtype": "<f8", "shape": [10**400]}, "disagree"),
        ({"dict": [[True, 1]]}, "keys"),
        (10**30, "unknown form"),
        ({"int": "²"}, "unknown form"),
        ({"int": "9" * 401}, "unknown form"),
        ({"float": "1e999"}, "unknown form"),
        ({"dict": [[[], 1]]}, "keys"),
        ({}, "unknown form"),
    ],
)
def test_malformed_nodes_are_refused_with_a_sentence(node: dict, says: str) -> None:
    with pytest.raises(WireError, match=says):
        decode(node, [bytes(8)])


def test_limits_on_size_depth_and_count() -> None:
    limits = Limits(message_bytes=100, header_bytes=50, depth=3, nodes=9)
    with pytest.raises(WireError, match="100 bytes"):
        decode(1, [bytes(101)], limits)
    with pytest.raises(WireError, match="9 values"):
        decode({"list": [1] * 9}, [], limits)
    with pytest.raises(WireError, match="3 deep"):
        decode({"list": [{"list": [{"list": [{"list": [{"list": [1]}]}]}]}]}, [], limits)
    with pytest.raises(WireError, match="100 bytes"):
        unpack([b"{}", bytes(99)], limits)
    with pytest.raises(WireError, match="header of more than 50"):
        unpack([json.dumps({"a": "x" * 60}).encode()], limits)


@pytest.mark.parametrize(
    "header",
    [b'{"a": "\\ud800"}', b'{"a": "\xed\xa0\x80"}', b"[]", b"4", b"{", b"[" * 100_000, b"9" * 10_000],
)
def test_headers_that_no_grader_reads(header: bytes) -> None:
    with pytest.raises(WireError, match="no readable header"):
        unpack([header])


def test_text_is_mended_before_it_is_sent() -> None:
    assert through_the_wire(["\ud800", {"\udfff": 1}]) == ["?", {"?": 1}]


@pytest.mark.parametrize("word", [np.str_("healthy"), np.array("healthy")])
def test_a_word_of_numpy_arrives_as_a_word(word: object) -> None:
    tree, buffers = encode(word)
    assert decode(tree, buffers) == "healthy"
    assert type(decode(tree, buffers)) is str


def test_a_complex_number_travels() -> None:
    assert decode(*encode(1 - 2j)) == 1 - 2j


def test_truth_values_are_zero_or_one() -> None:
    value = decode({"array": 0, "dtype": "|b1", "shape": [3]}, [b"\x00\x01\x07"])
    assert value.tolist() == [False, True, True]
    assert value.view(np.uint8).max() == 1


def test_objects_are_not_data() -> None:
    for value in (object(), np.array([None]), {"a": {1.5: 2}}, lambda: 0, {1, 2}):
        with pytest.raises(NotData, match="cannot be sent"):
            encode(value)


Pair = namedtuple("Pair", "loss dx")


class Word(enum.StrEnum):
    HEALTHY = "healthy"


class Rows(list):
    pass


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (OrderedDict(W1=1.0, b1=2.0), {"W1": 1.0, "b1": 2.0}),
        (defaultdict(float, W1=1.0), {"W1": 1.0}),
        (UserDict(W1=[1.0]), {"W1": [1.0]}),
        (MappingProxyType({"W1": 1.0}), {"W1": 1.0}),
        ({np.str_("W1"): 1.0, np.int64(3): 2.0}, {"W1": 1.0, 3: 2.0}),
        (Pair(0.5, UserDict(W=1.0)), (0.5, {"W": 1.0})),
        (Rows([1, 2]), [1, 2]),
        (Word.HEALTHY, "healthy"),
        (enum.IntEnum("Class", "SHIP FROG").FROG, 2),
    ],
)
def test_what_behaves_like_a_dict_a_tuple_or_a_number_arrives_as_one(value: object, arrives: object) -> None:
    assert same(through_the_wire(value), arrives)


class Endless(Mapping):
    """A mapping of a student's own, which need not end, and whose entries are mappings again."""

    def __init__(self) -> None:
        self.read = 0

    def __getitem__(self, key: str) -> object:
        return self

    def __len__(self) -> int:
        return 2**60

    def __iter__(self):
        while True:
            self.read += 1
            yield f"W{self.read}"


def test_a_mapping_without_an_end_is_read_as_far_as_a_message_may_go() -> None:
    endless = Endless()
    tree, buffers = encode(endless, lambda value: {"handle": 1})
    with pytest.raises(WireError, match="20000 values"):
        decode(tree, buffers, foreign=lambda node: node)
    assert endless.read <= 20_020
