"""Downloaded data sets: exact file formats from a real server on this machine, and everything that can go wrong."""

import gzip
import hashlib
import io
import os
import socket
import struct
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

from course_utils.data import DataError, load_dataset
from course_utils.data.cifar import read_cifar10
from course_utils.data.idx import read_idx, read_labelled_images

CIFAR_FILE = "cifar-10-binary.tar.gz"
IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


# The formats, written down once more, independently of the readers.


def idx_bytes(array: np.ndarray) -> bytes:
    return (
        struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()
    )


def cifar_tar(batches: dict[str, bytes], folder: str = "cifar-10-batches-bin/") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in {"batches.meta.txt": b"airplane\n", **batches, "readme.html": b"<html>"}.items():
            member = tarfile.TarInfo(folder + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def cifar_batch(X: np.ndarray, y: np.ndarray) -> bytes:
    return b"".join(bytes([label]) + image.tobytes() for image, label in zip(X, y, strict=True))


def pictures(rng: np.random.Generator, count: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.integers(0, 256, (count, *shape), dtype=np.uint8), rng.integers(0, 10, count)


@pytest.fixture
def cifar(rng):
    """(content of the tar, X_train, y_train, X_test, y_test) of a CIFAR-10 of 4 pictures a batch."""
    X, y = pictures(rng, 20, 3, 32, 32)
    X_test, y_test = pictures(rng, 4, 3, 32, 32)
    batches = {
        f"data_batch_{i + 1}.bin": cifar_batch(X[4 * i : 4 * i + 4], y[4 * i : 4 * i + 4]) for i in range(5)
    }
    return cifar_tar({**batches, "test_batch.bin": cifar_batch(X_test, y_test)}), X, y, X_test, y_test


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def md5(content: bytes) -> str:
    return "md5:" + hashlib.md5(content).hexdigest()


class Server:
    """A file server on 127.0.0.1 that answers as told and counts what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.cut_off_at: int | None = None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                content = server.answers.get(self.path)
                if content is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: server.cut_off_at])

            def log_message(self, *arguments) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("COURSE_DATA_PATH", raising=False)
    monkeypatch.delenv("COURSE_DATA_MIRROR", raising=False)
    server = Server()
    yield server
    server.close()


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def load_cifar(server: Server, content: bytes, cache: Path, **arguments):
    return load_dataset(
        "cifar10",
        **{
            "mirror": server.url,
            "cache_dir": cache,
            "checksums": {CIFAR_FILE: md5(content)},
            "progress": False,
            **arguments,
        },
    )


def name_of_case(value) -> str:
    return value if isinstance(value, str) else ""


# What arrives is what was sent.


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
def test_a_local_folder_needs_no_network(cifar, tmp_path, inside, monkeypatch):
    folder = tmp_path / inside
    folder.mkdir(exist_ok=True)
    (folder / CIFAR_FILE).write_bytes(cifar[0])
    assert len(load_dataset("cifar10", path=tmp_path).y_test) == 4
    assert len(load_dataset("cifar10", path=folder / CIFAR_FILE).y_test) == 4
    monkeypatch.setenv("COURSE_DATA_PATH", str(tmp_path))
    assert len(load_dataset("cifar10").y_test) == 4


# Everything that can go wrong: one sentence that says what to do, and nothing broken left behind.


def sentence_of(call) -> str:
    with pytest.raises(DataError) as caught:
        call()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    shown_first = None if caught.value.__suppress_context__ else caught.value.__context__
    assert shown_first is None, "a reader would see another library's traceback first"
    return sentence


def test_a_wrong_checksum(server, cifar, tmp_path):
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    sentence = sentence_of(lambda: load_cifar(server, b"another", tmp_path))
    assert f"does not have the checksum {md5(b'another')}" in sentence
    assert "COURSE_DATA_PATH" in sentence
    assert left_in(tmp_path) == []


def test_without_checksums_the_official_one_holds(server, cifar, tmp_path):
    server.answers[f"/cifar10/{CIFAR_FILE}"] = cifar[0]
    sentence = sentence_of(lambda: load_cifar(server, b"", tmp_path, checksums=None))
    assert "md5:c32a1d4ab5d03f1284b67883e8d87530" in sentence
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("sent", [0, 1, 10_000])
def test_half_a_file(server, cifar, tmp_path, sent):
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    server.cut_off_at = sent
    sentence = sentence_of(lambda: load_cifar(server, content, tmp_path))
    assert "broke off half way" in sentence
    assert "try again" in sentence
    assert left_in(tmp_path) == []


def test_half_a_file_in_place_of_a_good_one_loses_nothing(server, cifar, tmp_path):
    """A new checksum asks for a new download; while that fails the old file stays."""
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    load_cifar(server, content, tmp_path)
    server.cut_off_at = 100
    sentence_of(lambda: load_cifar(server, b"another", tmp_path))
    assert (tmp_path / "cifar10" / CIFAR_FILE).read_bytes() == content


def test_a_file_that_the_server_has_not(server, cifar, tmp_path):
    sentence = sentence_of(lambda: load_cifar(server, cifar[0], tmp_path))
    assert f"{server.url}/cifar10/{CIFAR_FILE} answered 404 Not Found" in sentence
    assert left_in(tmp_path) == []


def test_no_network(tmp_path, cifar, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{unused.getsockname()[1]}"
        sentence = sentence_of(
            lambda: load_dataset("cifar10", mirror=mirror, cache_dir=tmp_path, progress=False)
        )
    assert "cannot be reached: check the network" in sentence
    assert left_in(tmp_path) == []


def test_a_mirror_that_is_no_web_address(tmp_path):
    sentence = sentence_of(lambda: load_dataset("mnist", mirror="/srv/data", cache_dir=tmp_path))
    assert "expected http://... or https://..." in sentence


def test_a_full_disk(server, rng, tmp_path):
    """The largest file the system lets the process write stands in for the disk's last byte."""
    content = rng.bytes(300_000)
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    script = f"""
import resource
from course_utils.data import DataError, load_dataset
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    load_dataset("cifar10", mirror={server.url!r}, cache_dir={str(tmp_path)!r}, checksums={{{CIFAR_FILE!r}: None}}, progress=False)
except DataError as error:
    print(error)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert f"{CIFAR_FILE} does not fit on the disk" in result.stdout
    assert "make room" in result.stdout
    assert left_in(tmp_path) == []


def test_a_file_where_the_cache_should_be(server, cifar, tmp_path):
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    sentence = sentence_of(lambda: load_cifar(server, content, blocked))
    assert f"cannot be kept in {blocked}" in sentence
    assert "cache_dir" in sentence
    assert blocked.read_text() == "in the way"


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are another matter on this system")
def test_a_folder_that_may_not_be_written(server, cifar, tmp_path):
    content = cifar[0]
    server.answers[f"/cifar10/{CIFAR_FILE}"] = content
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    script = f"""
import os, pooch, requests
from course_utils.data import DataError, load_dataset
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
try:
    load_dataset("cifar10", mirror={server.url!r}, cache_dir={str(closed)!r}, checksums={{{CIFAR_FILE!r}: None}}, progress=False)
except DataError as error:
    print(error)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert f"{CIFAR_FILE} cannot be kept in {closed / 'cifar10'} (Permission denied)" in result.stdout
    assert left_in(tmp_path) == []


def test_a_local_folder_without_the_file(tmp_path):
    sentence = sentence_of(lambda: load_dataset("mnist", path=tmp_path))
    assert f"{IDX_FILES[0]} was not found in {tmp_path}" in sentence
    assert "https://ossci-datasets.s3.amazonaws.com/mnist/" in sentence


def test_a_local_file_with_another_checksum_than_asked_for(cifar, tmp_path):
    (tmp_path / CIFAR_FILE).write_bytes(cifar[0])
    call = lambda: load_dataset("cifar10", path=tmp_path, checksums={CIFAR_FILE: "md5:" + "0" * 32})  # noqa: E731
    assert "does not have the checksum md5:000" in sentence_of(call)


@pytest.mark.parametrize(
    ("checksums", "reason"),
    [
        ({"cifar-10.tar.gz": None}, "checksums names 'cifar-10.tar.gz', which cifar10 has not"),
        ({CIFAR_FILE: "0" * 32}, "expected md5:<32 hex digits> or sha256:<64 hex digits>"),
        ({CIFAR_FILE: "crc:00"}, "expected md5:<32 hex digits> or sha256:<64 hex digits>"),
    ],
    ids=name_of_case,
)
def test_checksums_that_cannot_be(tmp_path, checksums, reason):
    with pytest.raises(ValueError, match="checksum") as caught:
        load_dataset("cifar10", path=tmp_path, checksums=checksums)
    assert reason in str(caught.value)


# Readers.


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
