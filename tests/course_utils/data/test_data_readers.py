"""Readers of the exact file formats."""

import gzip
import struct
import tarfile

import numpy as np
import pytest
from downloads import (
    CIFAR_FILE,
    IDX_FILES,
    cifar_batch,
    cifar_tar,
    idx_bytes,
    left_in,
    name_of_case,
    pictures,
    sentence_of,
)
from places import ROOT

from course_utils.data.cifar import read_cifar10
from course_utils.data.idx import read_idx, read_labelled_images


def test_cifar10_files_are_read_in_order_whatever_their_order_in_the_archive(rng, tmp_path):
    X, y = pictures(rng, 6, 3, 32, 32)
    batches = {f"data_batch_{i + 1}.bin": cifar_batch(X[i : i + 1], y[i : i + 1]) for i in reversed(range(5))}
    file = tmp_path / CIFAR_FILE
    file.write_bytes(
        cifar_tar({"test_batch.bin": cifar_batch(X[5:], y[5:]), **batches}, "./cifar-10-batches-bin/")
    )
    X_train, y_train, X_test, y_test = read_cifar10(file)
    np.testing.assert_array_equal(np.concatenate([X_train, X_test]), X)
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), y)


GOOD_BATCH = bytes(3073)

GOOD_BATCHES = dict.fromkeys(
    (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"), GOOD_BATCH
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (cifar_tar({**GOOD_BATCHES, "test_batch.bin": bytes(3072)}), "test_batch.bin"),
        (cifar_tar({**GOOD_BATCHES, "data_batch_3.bin": b""}), "has 0 bytes, expected a multiple of 3073"),
        (
            cifar_tar({**GOOD_BATCHES, "data_batch_2.bin": b"\x0a" + bytes(3072)}),
            "holds the label 10, expected 0 to 9",
        ),
        (cifar_tar({"test_batch.bin": GOOD_BATCH}), "lacks cifar-10-batches-bin/data_batch_1.bin"),
        (cifar_tar(GOOD_BATCHES, "cifar-10-batches-py/"), "expected the binary version"),
        (cifar_tar(GOOD_BATCHES)[:200], "is not a whole tar.gz file"),
        (b"", "is not a whole tar.gz file"),
        (b"<html>Not found</html>", "is not a whole tar.gz file"),
        (cifar_tar({**GOOD_BATCHES, "data_batch_1.bin": bytes(10_001 * 3073)}), "expected at most 30730000"),
    ],
    ids=name_of_case,
)
def test_a_bad_cifar10_archive(tmp_path, content, reason):
    file = tmp_path / CIFAR_FILE
    file.write_bytes(content)
    assert reason in sentence_of(lambda: read_cifar10(file))


def test_what_is_no_binary_cifar10_is_refused_with_where_to_find_it(tmp_path):
    python_version = {f"data_batch_{number}": b"\x80\x04N." for number in range(1, 6)}
    (tmp_path / CIFAR_FILE).write_bytes(cifar_tar(python_version, "cifar-10-batches-py/"))
    (tmp_path / "data_batch_1").write_bytes(b"\x80\x04N.")
    for path in (tmp_path, tmp_path / CIFAR_FILE, tmp_path / "data_batch_1"):
        sentence = sentence_of(lambda path=path: read_cifar10(path))
        assert "cifar-10-binary.tar.gz, not unpacked, from https://www.cs.toronto.edu/~kriz/" in sentence


def test_a_link_in_place_of_a_batch_is_not_followed(tmp_path):
    file = tmp_path / CIFAR_FILE
    with tarfile.open(file, "w:gz") as archive:
        for name in GOOD_BATCHES:
            member = tarfile.TarInfo("cifar-10-batches-bin/" + name)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member)
    assert "lacks cifar-10-batches-bin/data_batch_1.bin" in sentence_of(lambda: read_cifar10(file))
    assert left_in(tmp_path) == [CIFAR_FILE]


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_idx_is_read_gzipped_or_not(rng, tmp_path, pack):
    array = rng.integers(0, 256, (3, 4, 5), dtype=np.uint8)
    file = tmp_path / "some-idx3-ubyte"
    file.write_bytes(pack(idx_bytes(array)))
    np.testing.assert_array_equal(read_idx(file, axes=3), array)


GOOD_IDX = idx_bytes(np.zeros((2, 3, 3)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "starts with nothing, expected 00 00 08 03"),
        (b"\x00\x00\x0d\x03" + GOOD_IDX[4:], "starts with 00 00 0d 03"),
        (idx_bytes(np.zeros(7)), "starts with 00 00 08 01"),
        (GOOD_IDX[:10], "ends inside its header"),
        (GOOD_IDX[:-1], "holds 17 values, expected 18"),
        (GOOD_IDX + b"\x00", "holds more than 18 values, expected 18"),
        (
            struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1),
            "claims 79228162458924105385300197375 values",
        ),
        (gzip.compress(GOOD_IDX)[:-9], "is damaged or only half there"),
        (gzip.compress(GOOD_IDX)[:-5] + b"12345", "is damaged or only half there"),
        (
            gzip.compress(GOOD_IDX)[:12] + b"\xff\xff\xff" + gzip.compress(GOOD_IDX)[15:],
            "is damaged or only half there",
        ),
    ],
    ids=name_of_case,
)
def test_a_bad_idx_file(tmp_path, content, reason):
    file = tmp_path / IDX_FILES[0]
    file.write_bytes(content)
    assert reason in sentence_of(lambda: read_idx(file, axes=3))


@pytest.mark.parametrize(
    ("labels", "reason"),
    [(np.zeros(3), "holds 2 pictures but"), (np.array([1, 10]), "holds the label 10, expected 0 to 9")],
)
def test_labels_that_do_not_belong_to_the_pictures(tmp_path, labels, reason):
    (tmp_path / "images").write_bytes(GOOD_IDX)
    (tmp_path / "labels").write_bytes(idx_bytes(labels))
    assert reason in sentence_of(lambda: read_labelled_images(tmp_path / "images", tmp_path / "labels"))


def test_a_file_that_is_not_there(tmp_path):
    assert "No such file" in sentence_of(lambda: read_idx(tmp_path / "nothing", axes=1))
    assert "No such file" in sentence_of(lambda: read_cifar10(tmp_path / "nothing"))


REAL_MNIST = ROOT / "../shared/data/mnist"


@pytest.mark.skipif(not REAL_MNIST.is_dir(), reason="the real MNIST test files are not on this machine")
def test_the_real_mnist_test_files():
    X, y = read_labelled_images(REAL_MNIST / IDX_FILES[2], REAL_MNIST / IDX_FILES[3])
    assert X.shape == (10_000, 1, 28, 28)
    # The first labels of the test set, and how many there are of each, are well known.
    np.testing.assert_array_equal(y[:10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    np.testing.assert_array_equal(np.bincount(y), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    assert (X[:, :, 0].max(), X.max()) == (0, 255)
