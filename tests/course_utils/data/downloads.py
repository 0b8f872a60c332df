"""A file server on this machine, and the formats of the downloaded sets, written down once more, independently of the readers."""

import hashlib
import io
import struct
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from course_utils.data import DataError, load_dataset

CIFAR_FILE = "cifar-10-binary.tar.gz"

IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


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


def sentence_of(call) -> str:
    with pytest.raises(DataError) as caught:
        call()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    shown_first = None if caught.value.__suppress_context__ else caught.value.__context__
    assert shown_first is None, "a reader would see another library's traceback first"
    return sentence
