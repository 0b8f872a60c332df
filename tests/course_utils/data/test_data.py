"""load_dataset and the shipped digits: parts, types, arguments."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.data import DATASET_NAMES, Dataset, load_dataset

PARTS = ("train", "val", "test")


def pictures(data: Dataset) -> list[bytes]:
    return [picture.tobytes() for part in PARTS for picture in getattr(data, f"X_{part}")]


def test_the_default_is_shapes10(tmp_path):
    data = load_dataset(num_train=20, num_val=10, num_test=5, cache_dir=tmp_path)
    assert data.name == "shapes10"
    assert data.image_shape == (3, 32, 32)
    assert data.X_train.dtype == np.float32
    assert data.num_classes == 10
    assert [len(getattr(data, f"y_{part}")) for part in PARTS] == [20, 10, 5]
    assert "20 train" in repr(data)


def test_digits_are_the_published_test_half():
    data = load_dataset("digits", dtype=np.uint8)
    y = np.concatenate([data.y_train, data.y_val, data.y_test])
    # The counts that the data set's own description gives for its test half.
    np.testing.assert_array_equal(np.bincount(y), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    assert data.image_shape == (1, 8, 8)
    levels = np.unique(data.X_train)
    assert len(levels) == 17
    assert (levels[0], levels[-1]) == (0, 255)
    assert "CC BY 4.0" in data.source


def test_digits_look_like_their_labels():
    """A nearest neighbour among the training digits is nearly always of the same class."""
    data = load_dataset("digits")
    train, test = (X.reshape(len(X), -1).astype(np.float64) for X in (data.X_train, data.X_test))
    distances = (test**2).sum(1)[:, None] - 2 * test @ train.T + (train**2).sum(1)
    assert (data.y_train[distances.argmin(axis=1)] == data.y_test).mean() > 0.95


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32),
    num_train=st.integers(0, 1197),
    num_val=st.integers(0, 300),
    num_test=st.integers(0, 300),
)
def test_fewer_digits_are_the_first_of_more(seed, num_train, num_val, num_test):
    whole = load_dataset("digits", seed=seed, dtype=np.uint8)
    some = load_dataset(
        "digits", seed=seed, num_train=num_train, num_val=num_val, num_test=num_test, dtype=np.uint8
    )
    for part, count in zip(PARTS, (num_train, num_val, num_test), strict=True):
        np.testing.assert_array_equal(getattr(some, f"X_{part}"), getattr(whole, f"X_{part}")[:count])
        np.testing.assert_array_equal(getattr(some, f"y_{part}"), getattr(whole, f"y_{part}")[:count])


def test_the_parts_of_digits_are_all_of_them_once():
    assert sorted(pictures(load_dataset("digits", seed=0))) == sorted(
        pictures(load_dataset("digits", seed=9))
    )


def test_the_split_of_digits_repeats_for_a_seed_and_differs_for_another():
    first, again, other = (load_dataset("digits", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.X_test, again.X_test)
    assert not np.array_equal(first.X_test, other.X_test)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, "float32"])
def test_float_pictures_are_the_levels_over_255(dtype):
    levels = load_dataset("digits", dtype=np.uint8).X_train
    floats = load_dataset("digits", dtype=dtype).X_train
    assert floats.dtype == np.dtype(dtype)
    np.testing.assert_allclose(floats, levels / 255, rtol=1e-3 if floats.dtype == np.float16 else 1e-6)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("cifar", "cifar10"), ("MNIST", "mnist"), ("shapes", "shapes10"), ("fashion-mnist", "fashion_mnist")],
)
def test_an_unknown_name_names_the_known_and_the_closest(name, meant):
    with pytest.raises(ValueError, match="there is no data set") as caught:
        load_dataset(name)
    assert f"did you mean '{meant}'?" in str(caught.value)
    assert all(known in str(caught.value) for known in DATASET_NAMES)


@pytest.mark.parametrize("name", ["", "zzz", None, 10, ["digits"]])
def test_a_name_like_no_other_gets_no_guess(name):
    with pytest.raises(ValueError, match="expected one of shapes10, digits") as caught:
        load_dataset(name)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"num_train": -1}, "num_train is -1; expected a whole number"),
        ({"num_val": 2.5}, "num_val is 2.5; expected a whole number"),
        ({"num_test": "all"}, "num_test is 'all'; expected a whole number"),
        ({"num_train": True}, "num_train is True; expected a whole number"),
        ({"seed": None}, "seed is None; expected a whole number"),
        ({"seed": -3}, "seed is -3; expected a whole number"),
        ({"dtype": int}, "expected np.uint8 or a float type"),
        ({"dtype": "colour"}, "expected np.uint8 or a float type"),
        (
            {"num_train": 1198},
            "num_train is 1198, but digits has only 1197 pictures for it once 300 are put aside",
        ),
        ({"num_val": 1498}, "num_val is 1498, but digits has only 1497"),
        ({"num_test": 301}, "num_test is 301, but digits has only 300"),
    ],
)
def test_an_argument_that_cannot_be_is_named(arguments, sentence):
    with pytest.raises(ValueError, match=r"expected|has only") as caught:
        load_dataset("digits", **arguments)
    assert sentence in str(caught.value)


def test_a_data_set_is_a_mapping_of_its_arrays():
    data = load_dataset("digits", num_train=10, num_val=5)
    assert data["X_train"] is data.X_train
    assert {name: array.shape for name, array in data.items()} == {
        "X_train": (10, 1, 8, 8),
        "y_train": (10,),
        "X_val": (5, 1, 8, 8),
        "y_val": (5,),
        "X_test": (300, 1, 8, 8),
        "y_test": (300,),
    }
    assert list(data) == list(data.keys()) == list(dict(data))
    assert len(data) == len(data.values()) == 6
    assert "y_val" in data
    assert "name" not in data
    assert data.get("X_dev") is None
    with pytest.raises(KeyError, match=r"a Dataset holds X_train, y_train.* and no 'X_dev'"):
        data["X_dev"]
    assert data == data
    assert data != load_dataset("digits", num_train=10, num_val=5)
    assert len({data, data}) == 1
    changed = dict(data) | {"X_train": data["X_train"][:3]}
    assert (len(changed["X_train"]), len(data["X_train"])) == (3, 10)


def test_importing_the_package_imports_nothing_that_is_slow():
    script = "import sys, course_utils.data; print(sorted({'pooch', 'requests', 'urllib3', 'matplotlib'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
