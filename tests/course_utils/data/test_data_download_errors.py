"""Everything that can go wrong with a download: one sentence that says what to do, and nothing broken left behind."""

import os
import socket
import subprocess
import sys

import pytest
from downloads import (
    CIFAR_FILE,
    IDX_FILES,
    left_in,
    load_cifar,
    md5,
    name_of_case,
    sentence_of,
)

from course_utils.data import load_dataset


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
