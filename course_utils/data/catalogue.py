"""The data sets by name: where each comes from and how it is read."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from course_utils.data import cifar, digits, idx, shapes10
from course_utils.data.dataset import Dataset
from course_utils.data.download import RemoteFile, Where, find_files
from course_utils.data.parts import Parts, Request, shuffled, split
from course_utils.data.picture_cache import cached_shapes

_MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_FASHION_URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_IDX_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _idx_files(url: str, *md5s: str) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(name, url + name, f"md5:{md5}") for name, md5 in zip(_IDX_NAMES, md5s, strict=True)
    )


_MNIST_FILES = _idx_files(
    _MNIST_URL,
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
)
_FASHION_FILES = _idx_files(
    _FASHION_URL,
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "25c81989df183df01b3e8a0aad5dffbe",
    "bef4ecab320f06d8554ea6380940ec79",
    "bb300cfdad3c16e7a12a480ee83cd310",
)
_FASHION_NAMES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


@dataclass(frozen=True)
class _Entry:
    """A data set of the catalogue.

    Attributes:
        load: load(request) -> its train, validation and test parts as uint8 pictures and labels.
        class_names: the name of each label.
        source: where the pictures come from and under which licence.
        offline: whether it needs no network, ever.
    """

    load: Callable[[Request], Parts]
    class_names: tuple[str, ...]
    source: str
    offline: bool = False


def load_dataset(
    name: str = "shapes10",
    *,
    num_train: int | None = None,
    num_val: int | None = None,
    num_test: int | None = None,
    seed: int = 0,
    dtype: np.typing.DTypeLike = np.float32,
    path: str | os.PathLike[str] | None = None,
    mirror: str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    checksums: Mapping[str, str | None] | None = None,
    progress: bool = True,
) -> Dataset:
    """Load a data set, cut into training, validation and test parts.

    path, mirror, checksums and progress concern the downloaded sets only; COURSE_DATA_PATH and COURSE_DATA_MIRROR in
    the environment stand in for path and mirror.

    Args:
        name: "shapes10" (drawn, needs no network), "digits" (shipped), "cifar10", "mnist" or "fashion_mnist" (downloaded).
        num_train: how many pictures to train on; None: the usual number (see docs/data.md). Fewer are the first of
            more: num_train=500 never changes which pictures are in the test part.
        num_val: how many pictures of the validation part, likewise.
        num_test: how many pictures of the test part, likewise.
        seed: integer >= 0; which pictures are drawn (shapes10), which are put aside for validation (the others).
        dtype: np.uint8 for levels 0..255, or a float type for values in 0..1.
        path: a folder that holds the downloaded files already (or holds them in a folder called `name`).
        mirror: the web address of a copy, which holds the files as <mirror>/<name>/<file>.
        cache_dir: where to keep pictures; None: the usual place on this system.
        checksums: {file name: "md5:..." or "sha256:..."} where a mirror's or a local file is not the official one;
            None in place of a checksum skips the check.
        progress: show a progress bar while downloading.

    Raises:
        ValueError: an argument that cannot be.
        DataError: the data cannot be had.
    """
    entry = _entry(name)
    sizes = {"num_train": num_train, "num_val": num_val, "num_test": num_test}
    _expect_whole_numbers({label: size for label, size in sizes.items() if size is not None} | {"seed": seed})
    wanted = _checked_dtype(dtype)
    where = Where(path, mirror, cache_dir, checksums, progress)
    return _dataset(name, entry, entry.load(Request(name, sizes, int(seed), where)), wanted)


def _expect_whole_numbers(numbers: Mapping[str, int]) -> None:
    for label, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
            raise ValueError(f"{label} is {value!r}; expected a whole number, 0 or more")


def _dataset(name: str, entry: _Entry, parts: Parts, dtype: np.dtype) -> Dataset:
    train, val, test = ((as_dtype(X, dtype), y) for X, y in parts)
    return Dataset(name, *train, *val, *test, class_names=entry.class_names, source=entry.source)


def _entry(name: str) -> _Entry:
    if isinstance(name, str) and name in _CATALOGUE:
        return _CATALOGUE[name]
    known = ", ".join(_CATALOGUE)
    close = (
        difflib.get_close_matches(name.lower(), _CATALOGUE, n=1, cutoff=0.5) if isinstance(name, str) else []
    )
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"there is no data set {name!r}; expected one of {known}{hint}")


def _checked_dtype(dtype: np.typing.DTypeLike) -> np.dtype:
    checked: np.dtype | None
    try:
        checked = np.dtype(dtype)
    except TypeError:
        checked = None
    if checked is None or not (checked == np.uint8 or checked.kind == "f"):
        raise ValueError(f"dtype is {dtype!r}; expected np.uint8 or a float type such as np.float32")
    return checked


def as_dtype(X: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Pictures the caller may write to: levels 0..255, or floats in 0..1."""
    if dtype == np.uint8:
        return np.array(X)
    scaled = X.astype(dtype)
    scaled /= 255
    return scaled


def _load_shapes10(request: Request) -> Parts:
    usual = {"num_train": 10_000, "num_val": 2_000, "num_test": 2_000}
    counts = [usual[part] if size is None else int(size) for part, size in request.sizes.items()]
    folder = request.where.cache / "shapes10"
    train, val, test = (
        cached_shapes(count, seed=request.seed, stream=stream, folder=folder)
        for stream, count in enumerate(counts)
    )
    return train, val, test


def _load_digits(request: Request) -> Parts:
    X, y = digits.read_digits()
    order = shuffled(len(y), request.seed)
    test, rest = order[:300], order[300:]
    return split(request, (X[rest], y[rest]), (X[test], y[test]), usual_val=300)


def _load_cifar10(request: Request) -> Parts:
    (archive,) = find_files(request.name, (cifar.ARCHIVE,), request.where)
    X_train, y_train, X_test, y_test = cifar.read_cifar10(archive)
    return split(request, (X_train, y_train), (X_test, y_test), usual_val=1_000)


def _idx_loader(remote: tuple[RemoteFile, ...]) -> Callable[[Request], Parts]:
    def load(request: Request) -> Parts:
        train_images, train_labels, test_images, test_labels = find_files(request.name, remote, request.where)
        train = idx.read_labelled_images(train_images, train_labels)
        return split(request, train, idx.read_labelled_images(test_images, test_labels), usual_val=5_000)

    return load


_CATALOGUE = {
    "shapes10": _Entry(
        _load_shapes10, shapes10.CLASS_NAMES, "drawn by course_utils.data.shapes10", offline=True
    ),
    "digits": _Entry(
        _load_digits,
        digits.CLASS_NAMES,
        "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI, doi:10.24432/C50P49, CC BY 4.0",
        offline=True,
    ),
    "cifar10": _Entry(
        _load_cifar10,
        cifar.CLASS_NAMES,
        "A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009, www.cs.toronto.edu/~kriz/cifar.html",
    ),
    "mnist": _Entry(
        _idx_loader(_MNIST_FILES),
        digits.CLASS_NAMES,
        "Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits, yann.lecun.com/exdb/mnist",
    ),
    "fashion_mnist": _Entry(
        _idx_loader(_FASHION_FILES),
        _FASHION_NAMES,
        "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, 2017, github.com/zalandoresearch/fashion-mnist, MIT licence",
    ),
}

DATASET_NAMES = tuple(_CATALOGUE)
OFFLINE_NAMES = tuple(name for name, entry in _CATALOGUE.items() if entry.offline)
