"""Any data set in the form that the experiments ask for."""

import numpy as np
import pytest
import stand_ins

from course_utils.data import load_dataset, load_pictures


@pytest.fixture
def at_hand(tmp_path, monkeypatch):
    """Small stand-ins of CIFAR-10 and Fashion-MNIST, where the data sets are looked for."""
    stand_ins.cifar10(tmp_path, train=120, test=30)
    stand_ins.fashion_mnist(tmp_path, train=120, test=30)
    monkeypatch.setenv("COURSE_DATA_PATH", str(tmp_path))


@pytest.mark.parametrize("name", ["cifar10", "fashion_mnist"])
def test_pictures_of_every_data_set_have_one_form_and_keep_what_they_show(name, at_hand):
    pictures, original = load_pictures(name), load_dataset(name)
    assert pictures.image_shape == (3, 32, 32)
    assert pictures.class_names == original.class_names
    for part in ("train", "val", "test"):
        X, whole = pictures[f"X_{part}"], original[f"X_{part}"]
        inside = (32 - whole.shape[2]) // 2
        assert X.dtype == np.float32
        assert all(
            np.array_equal(X[:, k, inside : 32 - inside, inside : 32 - inside], whole[:, k % whole.shape[1]])
            for k in range(3)
        )
        assert X.sum(dtype=float) == pytest.approx(3 / whole.shape[1] * whole.sum(dtype=float)), (
            "the border is not black"
        )
        assert np.array_equal(pictures[f"y_{part}"], original[f"y_{part}"])


@pytest.mark.parametrize("name", ["cifar10", "fashion_mnist"])
def test_fewer_are_the_first_and_never_more_than_there_are(name, at_hand):
    few, all_there = load_pictures(name, num_train=10, num_val=5, num_test=3), load_pictures(name)
    assert [len(few[f"y_{part}"]) for part in ("train", "val", "test")] == [10, 5, 3]
    assert np.array_equal(few.X_train, all_there.X_train[:10])
    assert len(all_there.X_train) + len(all_there.X_val) == 120
    assert len(load_pictures(name, num_train=None).X_train) == len(all_there.X_train)


def test_levels_may_be_asked_for(at_hand):
    levels = load_pictures("fashion_mnist", dtype=np.uint8)
    assert levels.X_train.dtype == np.uint8
    assert np.array_equal(levels.X_train / np.float32(255), load_pictures("fashion_mnist").X_train)


def test_shapes10_comes_as_it_is():
    pictures = load_pictures("shapes10", num_train=20, num_val=10, num_test=5)
    original = load_dataset("shapes10", num_train=20, num_val=10, num_test=5)
    assert all(np.array_equal(pictures[name], original[name]) for name in original)


def test_pictures_that_are_too_large_are_refused(monkeypatch):
    monkeypatch.setattr("course_utils.data.pictures.SHAPE", (3, 4, 4))
    with pytest.raises(
        ValueError, match=r"digits has pictures of shape \(1, 8, 8\); expected 1 or 3 channels"
    ):
        load_pictures("digits")
