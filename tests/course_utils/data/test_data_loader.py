"""The loader: every example once an epoch, the same batches whatever the workers do, errors where they belong."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.compare import CheckFailed
from course_utils.data.changes import check_change
from course_utils.data.loader import DataLoader
from course_utils.data.ranges import back_in_range


def examples(N):
    return np.arange(N, dtype=float).reshape(N, 1), np.arange(N) % 7


def noise(X, rng):
    return X + rng.normal(size=X.shape)


def epoch(loader):
    return [(X.copy(), y.copy()) for X, y in loader]


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 15), st.integers(0, 3), st.booleans())
def test_an_epoch_holds_every_example_once(N, batch_size, workers, shuffle):
    X, y = examples(N)
    loader = DataLoader(X, y, batch_size, rng=np.random.default_rng(0), workers=workers, shuffle=shuffle)
    batches = epoch(loader)
    assert len(batches) == len(loader)
    assert {len(batch) for batch, _ in batches[:-1]} <= {batch_size}
    seen = np.concatenate([batch for batch, _ in batches])
    np.testing.assert_array_equal(np.sort(seen, axis=0), X)
    np.testing.assert_array_equal(
        np.concatenate([labels for _, labels in batches]), seen[:, 0].astype(int) % 7
    )
    assert shuffle or np.array_equal(seen, X)


@pytest.mark.parametrize(("N", "sizes"), [(10, [4, 4]), (8, [4, 4]), (3, [3]), (4, [4]), (0, [])])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_last_batch_that_would_be_smaller_may_be_left_out(N, sizes, workers):
    loader = DataLoader(*examples(N), 4, rng=np.random.default_rng(0), workers=workers, drop_last=True)
    assert [len(X) for X, _ in loader] == sizes
    assert len(loader) == len(sizes)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_batches_do_not_depend_on_the_workers(workers):
    X, y = examples(50)

    def two_epochs(workers):
        loader = DataLoader(X, y, 8, rng=np.random.default_rng(3), augment=noise, workers=workers)
        return epoch(loader) + epoch(loader)

    for (X1, y1), (X2, y2) in zip(two_epochs(0), two_epochs(workers), strict=True):
        np.testing.assert_array_equal(X1, X2)
        np.testing.assert_array_equal(y1, y2)


def test_epochs_and_batches_are_drawn_anew():
    X, y = np.zeros((20, 3)), np.zeros(20)
    loader = DataLoader(X, y, 10, rng=np.random.default_rng(0), augment=noise)
    batches = [X for X, _ in epoch(loader) + epoch(loader)]
    assert len({batch.tobytes() for batch in batches}) == 4


def test_augmentation_runs_in_another_thread_unless_there_are_no_workers():
    threads = []

    def record(X, rng):
        threads.append(threading.current_thread())
        return X

    for workers in (0, 1):
        epoch(DataLoader(*examples(6), 3, rng=np.random.default_rng(0), augment=record, workers=workers))
    assert [thread is threading.main_thread() for thread in threads] == [True, True, False, False]


def test_batches_are_made_ahead_but_no_more_than_prefetch():
    made = []

    def record(X, rng):
        made.append(len(made))
        return X

    loader = DataLoader(*examples(40), 2, rng=np.random.default_rng(0), augment=record, prefetch=3)
    batches = iter(loader)
    next(batches)
    assert len(made) <= 4
    assert sum(1 for _ in batches) == 19
    assert len(made) == 20


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_an_error_in_the_augmentation_reaches_the_training_loop(workers):
    def fails(X, rng):
        raise NotImplementedError("random_flip is not written yet (section 7)")

    loader = DataLoader(*examples(20), 4, rng=np.random.default_rng(0), augment=fails, workers=workers)
    with pytest.raises(NotImplementedError, match="random_flip is not written yet"):
        epoch(loader)


def test_an_epoch_that_is_left_early_leaves_no_thread_behind():
    loader = DataLoader(*examples(100), 2, rng=np.random.default_rng(0), augment=noise, workers=2)
    for _ in loader:
        break
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("DataLoader")]


def test_waiting_is_counted_for_each_epoch():
    loader = DataLoader(*examples(20), 4, rng=np.random.default_rng(0), augment=noise, workers=0)
    epoch(loader)
    assert loader.waited > 0
    iter(loader)
    assert loader.waited == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(3)}, "5 examples and y 3 labels"),
        ({"batch_size": 0}, "batch_size is 0; it must be at least 1"),
        ({"workers": -1}, "workers is -1; it must be at least 0"),
        ({"prefetch": 0}, "prefetch is 0; it must be at least 1"),
    ],
)
def test_bad_arguments_are_named(change, message):
    arguments = {"X": np.zeros((5, 2)), "y": np.zeros(5), "rng": np.random.default_rng(0)} | change
    with pytest.raises(ValueError, match=message):
        DataLoader(**arguments)


def test_back_in_range_clips_rounds_and_keeps_the_type():
    bytes_back = back_in_range(np.array([-3.0, 1.4, 1.6, 300.0]), np.zeros(1, np.uint8))
    assert bytes_back.dtype == np.uint8
    assert bytes_back.tolist() == [0, 1, 2, 255]
    floats_back = back_in_range(np.array([-0.5, 0.25, 1.5]), np.zeros(1, np.float32))
    assert floats_back.dtype == np.float32
    assert floats_back.tolist() == [0, 0.25, 1]
    with pytest.raises(TypeError, match="int64; expected uint8"):
        back_in_range(np.zeros(2), np.zeros(2, np.int64))


def darken(X, rng):
    darker = rng.uniform(0.5, 1, size=(len(X), 1, 1, 1)) * X
    return back_in_range(darker, X)


PICTURES = np.random.default_rng(0).uniform(size=(6, 3, 4, 5))


def test_a_change_that_keeps_what_it_must_passes(capsys):
    check_change(darken, PICTURES)
    assert capsys.readouterr().out.startswith("✓")


def in_place(X, rng):
    X[...] = darken(X, rng)
    return X


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (in_place, "X itself was changed"),
        (lambda X, rng: darken(X, rng)[:3], r"shape \(3, 3, 4, 5\), expected \(6, 3, 4, 5\)"),
        (lambda X, rng: darken(X, rng) * 1.0, "uint8 pictures came back as float64"),
        (lambda X, rng: (1.5 * X * rng.uniform(0.9, 1)).astype(X.dtype), "values run from"),
        (lambda X, rng: darken(X, np.random.default_rng()), "draw from rng alone"),
        (lambda X, rng: X.copy(), "two different generators gave the same"),
    ],
)
def test_a_change_that_loses_something_is_told_what(change, message):
    with pytest.raises(CheckFailed, match=message):
        check_change(change, PICTURES.copy())
