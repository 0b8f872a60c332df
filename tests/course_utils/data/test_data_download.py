"""Downloaded data sets: what arrives is what was sent, and nothing is asked for twice."""

import gzip

import numpy as np
import pytest
from downloads import (
    CIFAR_FILE,
    IDX_FILES,
    idx_bytes,
    load_cifar,
    md5,
    pictures,
    sentence_of,
)

from course_utils.data import load_dataset


def test_cifar10_from_a_mirror(server, cifar, tmp_path):
    content, X, y, X_test, y_test = cifar
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    data = load_cifar(server, content, tmp_path, num_val=4, dtype=np.uint8)
    np.testing.assert_array_equal(data.X_test, X_test)
    np.testing.assert_array_equal(data.y_test, y_test)
    assert (len(data.y_train), len(data.y_val)) == (16, 4)
    label_of = {picture.tobytes(): label for picture, label in zip(X, y, strict=True)}
    found = {
        picture.tobytes(): label
        for images, labels in ((data.X_train, data.y_train), (data.X_val, data.y_val))
        for picture, label in zip(images, labels, strict=True)
    }
    assert found == label_of
    assert data.class_names[3] == "cat"


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_idx_sets_from_a_mirror(server, rng, tmp_path, name):
    X, y = pictures(rng, 12, 28, 28)
    X_test, y_test = pictures(rng, 5, 28, 28)
    contents = dict(
        zip(IDX_FILES, (gzip.compress(idx_bytes(a)) for a in (X, y, X_test, y_test)), strict=True)
    )
    server.answers = {f"/{name}/{file}": content for file, content in contents.items()}
    checksums = {file: md5(content) for file, content in contents.items()}
    data = load_dataset(
        name,
        mirror=server.url + "/",
        cache_dir=tmp_path,
        checksums=checksums,
        num_val=2,
        dtype=np.uint8,
        progress=False,
    )
    assert data.X_train.shape == (10, 1, 28, 28)
    np.testing.assert_array_equal(data.X_test, X_test[:, None])
    np.testing.assert_array_equal(data.y_test, y_test)
    assert data.y_train.dtype == np.int64


def test_a_second_load_asks_nobody(server, cifar, tmp_path):
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    first = load_cifar(server, content, tmp_path)
    second = load_cifar(server, content, tmp_path)
    assert len(server.asked) == 1
    np.testing.assert_array_equal(first.X_train, second.X_train)


def test_a_damaged_file_in_the_cache_is_downloaded_again(server, cifar, tmp_path):
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    load_cifar(server, content, tmp_path)
    (tmp_path / "cifar10" / CIFAR_FILE).write_bytes(content[:-7])
    load_cifar(server, content, tmp_path)
    assert len(server.asked) == 2
    assert (tmp_path / "cifar10" / CIFAR_FILE).read_bytes() == content


def test_the_mirror_may_come_from_the_environment(server, cifar, tmp_path, monkeypatch):
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    monkeypatch.setenv("COURSE_DATA_MIRROR", server.url)
    assert len(load_cifar(server, content, tmp_path, mirror=None).y_test) == 4


def test_a_progress_bar_is_shown_when_asked_for(server, cifar, tmp_path, capsys):
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    load_cifar(server, content, tmp_path, progress=True)
    assert "100%" in capsys.readouterr().err


@pytest.mark.parametrize("inside", ["", "cifar10"])
@pytest.mark.parametrize(
    "form",
    [
        *("cifar-10-batches-py/data_batch_1", "cifar-10-python.tar.gz", "data_batch_1"),
        *("cifar-10-matlab.tar.gz", "cifar-10-batches-bin/data_batch_1.bin", "data_batch_1.bin"),
    ],
)
def test_another_form_of_cifar10_is_refused_with_the_one_that_is_wanted(tmp_path, form, inside):
    file = tmp_path / inside / form
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\x80\x04N.")
    top = tmp_path / inside / form.split("/")[0]
    wanted = "is another form of cifar10: what is read is cifar-10-binary.tar.gz, not unpacked, from https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    for path in (tmp_path, top):
        sentence = sentence_of(lambda path=path: load_dataset("cifar10", path=path))
        assert sentence.startswith(f"{top} {wanted}")


@pytest.mark.parametrize("inside", ["", "cifar10"])
def test_a_local_folder_needs_no_network(cifar, tmp_path, inside, monkeypatch):
    folder = tmp_path / inside
    folder.mkdir(exist_ok=True)
    (folder / CIFAR_FILE).write_bytes(cifar[0])
    assert len(load_dataset("cifar10", path=tmp_path).y_test) == 4
    assert len(load_dataset("cifar10", path=folder / CIFAR_FILE).y_test) == 4
    monkeypatch.setenv("COURSE_DATA_PATH", str(tmp_path))
    assert len(load_dataset("cifar10").y_test) == 4
