"""shapes10: the same pictures everywhere, balanced, cached, and never believed from a damaged cache."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_utils.data import load_dataset
from course_utils.data.shapes10 import BLOCK, CLASS_NAMES, draw_shapes

GOLDEN = "82c47decb25b747e3eeab83f6b50cd083a1de2e4cf0188b2341cae02f7af8baa"
"""SHA-256 of the first 500 labels (as bytes) and pictures of seed 0, version 1 of the drawing."""

PRINT_DIGEST = """
import hashlib
from course_utils.data.shapes10 import draw_shapes
images, labels = draw_shapes(500, seed=0)
print(hashlib.sha256(labels.astype("u1").tobytes() + images.tobytes()).hexdigest())
"""


def test_pictures_have_the_golden_digest():
    images, labels = draw_shapes(500, seed=0)
    digest = hashlib.sha256(labels.astype(np.uint8).tobytes() + images.tobytes()).hexdigest()
    assert digest == GOLDEN


def test_pictures_do_not_depend_on_the_cpus_vector_instructions():
    dispatched = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    if not dispatched:
        pytest.skip("this CPU runs NumPy's baseline code only")
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(dispatched)}
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PRINT_DIGEST],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == GOLDEN


def test_pictures_have_the_promised_form():
    images, labels = draw_shapes(3)
    assert images.shape == (3, 3, 32, 32)
    assert images.dtype == np.uint8
    assert labels.shape == (3,)
    assert labels.dtype == np.int64


def test_no_pictures_is_an_empty_pair():
    images, labels = draw_shapes(0)
    assert images.shape == (0, 3, 32, 32)
    assert labels.shape == (0,)


@pytest.mark.parametrize("count", [1, 999, 1000, 1001])
def test_the_first_pictures_never_depend_on_how_many_follow(count):
    few, few_labels = draw_shapes(count, seed=3)
    many, many_labels = draw_shapes(count + 1, seed=3)
    np.testing.assert_array_equal(few, many[:count])
    np.testing.assert_array_equal(few_labels, many_labels[:count])


def test_each_thousand_holds_a_hundred_of_each_class():
    _, labels = draw_shapes(2 * BLOCK, seed=5)
    for block in labels.reshape(2, BLOCK):
        np.testing.assert_array_equal(np.bincount(block, minlength=len(CLASS_NAMES)), BLOCK // 10)


@pytest.mark.parametrize(
    "other", [{"seed": 1, "stream": 0}, {"seed": 0, "stream": 1}, {"seed": 1, "stream": 1}]
)
def test_another_seed_or_stream_gives_other_pictures(other):
    images, _ = draw_shapes(200, seed=0, stream=0)
    others, _ = draw_shapes(200, **other)
    known = {picture.tobytes() for picture in images}
    assert len(known) == 200
    assert not known & {picture.tobytes() for picture in others}


def test_parts_share_no_picture(tmp_path):
    data = load_dataset(num_train=300, num_val=300, num_test=300, dtype=np.uint8, cache_dir=tmp_path)
    pictures = {picture.tobytes() for X in (data.X_train, data.X_val, data.X_test) for picture in X}
    assert len(pictures) == 900


def centred_silhouettes(images: np.ndarray) -> np.ndarray:
    """Where each picture differs from its border, its centre of mass moved to the middle; (N, 32 * 32) of 0 and 1."""
    planes = images.astype(np.float64)
    border = np.concatenate([planes[:, :, 0], planes[:, :, -1], planes[..., 0], planes[..., -1]], axis=-1)
    apart = np.abs(planes - np.median(border, axis=-1)[..., None, None]).max(axis=1)
    masks = apart > 0.5 * apart.max(axis=(1, 2), keepdims=True)
    moved = []
    for mask in masks:
        rows, columns = np.nonzero(mask)
        moved.append(np.roll(mask, (16 - round(rows.mean()), 16 - round(columns.mean())), axis=(0, 1)))
    return np.stack(moved).reshape(len(images), -1).astype(np.float64)


def test_a_picture_shows_the_outline_of_its_class():
    """The nearest of a thousand silhouettes, colours and places taken away, is mostly of the same class."""
    images, labels = draw_shapes(1300, seed=1)
    silhouettes = centred_silhouettes(images)
    known, new = silhouettes[:1000], silhouettes[1000:]
    distances = (known**2).sum(1) - 2 * new @ known.T
    guesses = labels[:1000][distances.argmin(axis=1)]
    assert (guesses == labels[1000:]).mean() > 0.6
    for label in range(10):
        answers = np.bincount(guesses[labels[1000:] == label], minlength=10)
        assert answers.argmax() == label, CLASS_NAMES[label]


def cache_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def small(folder: Path, **arguments):
    return load_dataset(
        "shapes10", num_train=5, num_val=0, num_test=0, cache_dir=folder, dtype=np.uint8, **arguments
    )


def test_what_the_cache_holds_is_what_was_drawn(tmp_path):
    drawn = small(tmp_path)
    assert len(cache_files(tmp_path)) == 1
    cached = small(tmp_path)
    expected, labels = draw_shapes(5)
    for data in (drawn, cached):
        np.testing.assert_array_equal(data.X_train, expected)
        np.testing.assert_array_equal(data.y_train, labels)


def test_the_cache_is_used(tmp_path):
    """A file under the name of another seed, whole and with its digest, is taken for that seed's."""
    small(tmp_path, seed=7)
    (file,) = cache_files(tmp_path)
    file.rename(file.with_name(file.name.replace("seed7", "seed8")))
    np.testing.assert_array_equal(small(tmp_path, seed=8).X_train, draw_shapes(5, seed=7)[0])


def flip_a_bit(content: bytes) -> bytes:
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


@pytest.mark.parametrize("damage", [flip_a_bit, lambda content: content[:-1], lambda content: b""])
def test_a_damaged_cache_is_drawn_again(tmp_path, damage):
    small(tmp_path)
    (file,) = cache_files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    np.testing.assert_array_equal(small(tmp_path).X_train, draw_shapes(5)[0])
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_nothing(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    np.testing.assert_array_equal(small(blocked).X_train, draw_shapes(5)[0])


def test_a_full_disk_leaves_nothing_broken_in_the_cache(tmp_path):
    script = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from course_utils.data import load_dataset
print(len(load_dataset(num_train=5, num_val=0, num_test=0, cache_dir={str(tmp_path)!r}).y_train))
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "5"
    assert cache_files(tmp_path) == []


def test_a_caller_may_write_into_the_pictures(tmp_path):
    small(tmp_path)
    data = small(tmp_path)
    data.X_train[:] = 0
    data.y_train[:] = 0
    np.testing.assert_array_equal(small(tmp_path).X_train, draw_shapes(5)[0])
