"""Small copies of CIFAR-10 and Fashion-MNIST in the files of the real ones: pictures of shapes10, told apart by nothing else."""

import gzip
import io
import struct
import tarfile

import numpy as np

from course_utils.data.shapes10 import draw_shapes

# As many as the experiments take, and the thousand for validation that CIFAR-10 puts aside.
TRAIN, TEST = 11_000, 2_000


def cifar10(folder, train=TRAIN, test=TEST):
    """Write the archive of CIFAR-10: five batches in colour, and one to test on."""
    X, y = draw_shapes(train, seed=5, stream=0)
    batches = [(f"data_batch_{k}.bin", rows) for k, rows in enumerate(np.array_split(np.arange(train), 5), 1)]
    parts = {name: (X[rows], y[rows]) for name, rows in batches}
    parts["test_batch.bin"] = draw_shapes(test, seed=5, stream=1)
    with tarfile.open(_at(folder, "cifar10") / "cifar-10-binary.tar.gz", "w:gz", compresslevel=1) as archive:
        for name, (images, labels) in parts.items():
            content = np.hstack([labels[:, None].astype(np.uint8), images.reshape(len(images), -1)]).tobytes()
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def fashion_mnist(folder, train=TRAIN, test=TEST):
    """Write the four files of Fashion-MNIST: grey, 28 × 28 pixels."""
    place = _at(folder, "fashion_mnist")
    for prefix, count, stream in (("train", train, 0), ("t10k", test, 1)):
        X, y = draw_shapes(count, seed=6, stream=stream)
        grey = X.mean(axis=1)[:, 2:-2, 2:-2].astype(np.uint8)
        for kind, array in (("images-idx3", grey), ("labels-idx1", y.astype(np.uint8))):
            head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            (place / f"{prefix}-{kind}-ubyte.gz").write_bytes(gzip.compress(head + array.tobytes(), 1))


def _at(folder, name):
    place = folder / name
    place.mkdir(parents=True)
    return place
