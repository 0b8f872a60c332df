"""What every data set of the catalogue keeps to; one that is added is asked, too."""

import numpy as np
import pytest
from places import ROOT

from course_utils.data import DATASET_NAMES, OFFLINE_NAMES, load_dataset


@pytest.mark.parametrize("name", OFFLINE_NAMES)
def test_a_data_set_that_needs_no_network_gives_three_parts_of_labelled_pictures(name, tmp_path):
    data = load_dataset(name, num_train=20, num_val=10, num_test=5, dtype=np.uint8, cache_dir=tmp_path)
    assert (len(data.X_train), len(data.X_val), len(data.X_test)) == (20, 10, 5)
    for X, y in ((data.X_train, data.y_train), (data.X_val, data.y_val), (data.X_test, data.y_test)):
        assert X.dtype == np.uint8
        assert X.ndim == 4
        assert X.shape[1:] == data.image_shape
        assert y.dtype == np.int64
        assert len(y) == len(X)
        assert 0 <= y.min() <= y.max() < data.num_classes
    assert data.source
    assert len(set(data.class_names)) == data.num_classes


@pytest.mark.parametrize("name", OFFLINE_NAMES)
def test_fewer_are_the_first_of_more_and_the_same_seed_gives_the_same(name, tmp_path):
    few, more = (
        load_dataset(name, num_train=n, num_val=4, num_test=4, seed=3, cache_dir=tmp_path) for n in (5, 9)
    )
    assert np.array_equal(few.X_train, more.X_train[:5])
    assert np.array_equal(few.X_test, more.X_test)
    assert 0 <= more.X_train.min() <= more.X_train.max() <= 1


@pytest.mark.parametrize("name", DATASET_NAMES)
def test_the_docstring_of_load_dataset_lists_it(name):
    assert f'"{name}"' in load_dataset.__doc__, f"the docstring of load_dataset does not list {name}"


@pytest.mark.parametrize("name", DATASET_NAMES)
def test_the_table_of_data_sets_has_its_row(name):
    rows = (ROOT / "docs/data.md").read_text(encoding="utf-8").splitlines()
    assert any(row.startswith(f"| `{name}` |") for row in rows), f"docs/data.md has no row for {name}"
