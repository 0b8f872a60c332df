"""The IDX format of MNIST and Fashion-MNIST.

Two zero bytes, a type (8: unsigned bytes), the number of axes; each axis as a big-endian 32-bit count; then the
values. Described on the MNIST page, yann.lecun.com/exdb/mnist.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from pathlib import Path

import numpy as np

from course_utils.data.errors import DataError

_UNSIGNED_BYTE = 8
_MOST_VALUES = 1 << 30
"""No file of ours holds a gigabyte; a header that claims more is damaged."""


def read_idx(path: Path | str, axes: int) -> np.ndarray:
    """Read an IDX file of unsigned bytes, gzipped or not.

    Args:
        path: the file.
        axes: how many axes it must have: 1 for labels, 3 for pictures.

    Returns:
        A uint8 array.

    Raises:
        DataError: the file is missing, damaged or of another kind.
    """
    path = Path(path)
    try:
        with open(path, "rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else open(path, "rb") as file:
            return _read(file, path, axes)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path} is damaged or only half there ({error}): delete it and load it again."
        ) from None
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}): check that the file is there and readable."
        ) from None


def read_labelled_images(
    images: Path | str, labels: Path | str, num_classes: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Read a file of pictures and the file of their labels.

    Args:
        images: the file of pictures.
        labels: the file of their labels.
        num_classes: labels are below it.

    Returns:
        (X, y): uint8 of shape (N, 1, H, W), and int64 of shape (N,) with values in 0..num_classes-1.

    Raises:
        DataError: see `read_idx`; or the two files do not belong together.
    """
    X, y = read_idx(images, axes=3), read_idx(labels, axes=1)
    if len(X) != len(y):
        raise DataError(
            f"{images} holds {len(X)} pictures but {labels} holds {len(y)} labels: the files do not belong together."
        )
    if len(y) and y.max() >= num_classes:
        raise DataError(
            f"{labels} holds the label {y.max()}, expected 0 to {num_classes - 1}: it is damaged or another data set's."
        )
    return X[:, None], y.astype(np.int64)


def _read(file: io.BufferedIOBase, path: Path, axes: int) -> np.ndarray:
    header = file.read(4 + 4 * axes)
    expected = bytes([0, 0, _UNSIGNED_BYTE, axes])
    if header[:4] != expected:
        raise DataError(
            f"{path} starts with {header[:4].hex(' ') or 'nothing'}, expected {expected.hex(' ')}: it is not an IDX file of bytes with {axes} axes."
        )
    if len(header) < 4 + 4 * axes:
        raise DataError(f"{path} ends inside its header: delete it and load it again.")
    shape = struct.unpack(f">{axes}I", header[4:])
    size = int(np.prod(shape, dtype=object))
    if size > _MOST_VALUES:
        raise DataError(
            f"{path} claims {size} values in its header: it is damaged; delete it and load it again."
        )
    values = file.read(size + 1)
    if len(values) != size:
        found = f"more than {size}" if len(values) > size else len(values)
        raise DataError(
            f"{path} holds {found} values, expected {size} by its header: delete it and load it again."
        )
    return np.frombuffer(values, np.uint8).reshape(shape)
