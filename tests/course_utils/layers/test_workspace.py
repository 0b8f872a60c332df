"""Layers work in memory that they keep, and never hand it out."""

import threading

import numpy as np
import pytest

from course_utils import layers
from course_utils.layers.workspace import KEPT_BYTES, workspace, zeros

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


def step(size, dtype):
    """Convolution and pooling, forward and back, with everything that they return."""
    rng = np.random.default_rng(size)
    x, w, b = (rng.standard_normal(shape).astype(dtype) for shape in ((3, 4, size, size), (5, 4, 3, 3), (5,)))
    out, cache = layers.conv_relu_pool_forward(x, w, b, {"stride": 1, "pad": 1}, POOL)
    return out, *layers.conv_relu_pool_backward(np.cos(out), cache)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_a_layer_returned_stays_as_it_is_while_others_work(dtype):
    first = step(12, dtype)
    kept = [array.copy() for array in first]
    for size in (6, 40, 18):
        for other in (np.float32, np.float64):
            step(size, other)
    again = step(12, dtype)
    for result, before, anew in zip(first, kept, again, strict=True):
        np.testing.assert_array_equal(result, before)
        np.testing.assert_array_equal(anew, before)


def test_the_same_name_is_the_same_memory_as_long_as_it_suffices():
    small = workspace("a test", (3, 5), np.float32)
    assert (small.shape, small.dtype) == ((3, 5), np.float32)
    large = workspace("a test", (100, 7), np.float64)
    assert not np.shares_memory(small, large)
    assert np.shares_memory(large, workspace("a test", (4,), np.int8))
    assert not np.shares_memory(large, workspace("another test", (100, 7), np.float64))
    large.fill(1)
    assert not zeros("a test", (9, 9), np.float32).any()


def test_very_large_pieces_are_given_back():
    large = workspace("a large test", (KEPT_BYTES + 1,), np.int8)
    assert not np.shares_memory(large, workspace("a large test", (KEPT_BYTES + 1,), np.int8))


def test_threads_do_not_share():
    pieces = [workspace("threads", (8,), np.float64)]
    thread = threading.Thread(target=lambda: pieces.append(workspace("threads", (8,), np.float64)))
    thread.start()
    thread.join()
    assert not np.shares_memory(*pieces)
