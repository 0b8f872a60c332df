"""The binary version of CIFAR-10, read straight from its tar file; nothing is extracted to disk.

Each picture is one byte of label and 3,072 of pixels: red, green, blue, each row by row. Described at
www.cs.toronto.edu/~kriz/cifar.html; A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
"""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

import numpy as np

from course_utils.data.download import RemoteFile
from course_utils.data.errors import DataError

# Also what the other two versions and an unpacked copy are called, which cannot take its place.
ARCHIVE = RemoteFile(
    "cifar-10-binary.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "md5:c32a1d4ab5d03f1284b67883e8d87530",
    not_it=(
        "cifar-10-batches-py",
        "cifar-10-python.tar.gz",
        "data_batch_1",
        "cifar-10-batches-mat",
        "cifar-10-matlab.tar.gz",
        "data_batch_1.mat",
        "cifar-10-batches-bin",
        "data_batch_1.bin",
    ),
)
CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_FOLDER = "cifar-10-batches-bin"
_TRAIN_FILES = tuple(f"{_FOLDER}/data_batch_{number}.bin" for number in range(1, 6))
_TEST_FILE = f"{_FOLDER}/test_batch.bin"
_RECORD = 1 + 3 * 32 * 32
_MOST_PICTURES = 10_000


def read_cifar10(path: Path | str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Read cifar-10-binary.tar.gz.

    Returns:
        (X_train, y_train, X_test, y_test): pictures uint8 (N, 3, 32, 32), labels int64 (N,) in 0..9.

    Raises:
        DataError: the file is missing, damaged or of another kind.
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder: {ARCHIVE.wanted}.")
    try:
        batches = _read_members(path)
    except (EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(
            f"{path} is not a whole tar.gz file ({error}): delete it and load it again; {ARCHIVE.wanted}."
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise DataError(
            f"{path} cannot be read ({reason}): check that the file is there, whole and readable."
        ) from None
    missing = [name for name in (*_TRAIN_FILES, _TEST_FILE) if name not in batches]
    if missing:
        raise DataError(
            f"{path} lacks {missing[0]}: expected the binary version of CIFAR-10; {ARCHIVE.wanted}."
        )
    parts = [batches[name] for name in _TRAIN_FILES]
    X_train, y_train = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return X_train, y_train, *batches[_TEST_FILE]


def _read_members(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The batches by name, in one pass through the archive: going back would unzip it again."""
    batches = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in (*_TRAIN_FILES, _TEST_FILE) and member.isfile():
                if member.size > _MOST_PICTURES * _RECORD:
                    raise DataError(
                        f"{name} in {path} has {member.size} bytes, expected at most {_MOST_PICTURES * _RECORD}: it is damaged or not CIFAR-10."
                    )
                if (file := archive.extractfile(member)) is not None:
                    batches[name] = _decode(file.read(), f"{name} in {path}")
    return batches


def _decode(content: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    if not content or len(content) % _RECORD:
        raise DataError(
            f"{name} has {len(content)} bytes, expected a multiple of {_RECORD}: it is damaged or not CIFAR-10."
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() >= len(CLASS_NAMES):
        raise DataError(
            f"{name} holds the label {labels.max()}, expected 0 to 9: it is damaged or not CIFAR-10."
        )
    return records[:, 1:].reshape(-1, 3, 32, 32), labels
