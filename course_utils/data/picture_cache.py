"""Drawn pictures kept on disk, a block to a file, so that a notebook need not draw them again.

The cache only saves time: a file that is damaged is drawn again, and a folder that cannot be written is let be.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from course_utils.data import shapes10

_DIGEST = hashlib.sha256().digest_size
_IMAGE = (3, shapes10.IMAGE_SIZE, shapes10.IMAGE_SIZE)
_LENGTH = _DIGEST + shapes10.BLOCK * (1 + int(np.prod(_IMAGE)))


def cached_shapes(count: int, *, seed: int, stream: int, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """`shapes10.draw_shapes(count, seed=seed, stream=stream)`, from the cache in `folder` where it can be."""

    def block_of(block: int) -> tuple[np.ndarray, np.ndarray]:
        return _cached_block(block, seed, stream, folder)

    with ThreadPoolExecutor(max_workers=shapes10.THREADS) as pool:
        return shapes10.join_blocks(list(pool.map(block_of, range(-(-count // shapes10.BLOCK)))), count)


def _cached_block(block: int, seed: int, stream: int, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    path = folder / f"v{shapes10.VERSION}-seed{seed}-stream{stream}-block{block}.bin"
    drawn = _read(path)
    if drawn is None:
        drawn = shapes10.draw_block(block, seed=seed, stream=stream)
        # The lesson goes on without a cache: a full disk or a read-only folder costs half a second, no more.
        with contextlib.suppress(OSError):
            _write(path, *drawn)
    return drawn


def _read(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """The block in a file, or None when there is none or its digest says that it is not what was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if len(content) != _LENGTH or hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
        return None
    labels = np.frombuffer(content, np.uint8, shapes10.BLOCK, _DIGEST).astype(np.int64)
    images = np.frombuffer(content, np.uint8, offset=_DIGEST + shapes10.BLOCK)
    return images.reshape(shapes10.BLOCK, *_IMAGE), labels


def _write(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Write beside the place and move there, so that no reader ever sees half a file."""
    content = labels.astype(np.uint8).tobytes() + images.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
