"""What works on this machine and what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import bubblewrap, warm
from course_utils.data import DATASET_NAMES, OFFLINE_NAMES
from course_utils.data.download import default_cache_dir

PACKAGES = ("numpy", "matplotlib", "jupyterlab", "nbgrader", "ipywidgets")
_NEEDED_BYTES = 2 * 10**9


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `optional` when the course works without it."""

    good: bool
    what: str
    found: str
    optional: bool = False


def examine(folder: Path) -> list[Finding]:
    """Look at the interpreter, the packages, the disk of a folder, the sandbox and the data."""
    return [
        Finding(sys.version_info >= (3, 11), "Python", sys.version.split()[0]),
        *(_package(name) for name in PACKAGES),
        _disk(folder),
        _sandbox(),
        _warm_sandboxes(),
        *_data(),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(True, name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(False, name, "not installed: run `make install`")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    return Finding(
        free > _NEEDED_BYTES,
        "free disk",
        f"{free / 1e9:.1f} GB of the {_NEEDED_BYTES / 1e9:.0f} GB that are needed",
    )


def _sandbox() -> Finding:
    found = bubblewrap.status()
    return Finding(found.available, "sandbox", str(found), optional=True)


def _warm_sandboxes() -> Finding:
    """Whether a kernel can be forked in a tenth of the time that starting one takes."""
    if not bubblewrap.status().available:
        return Finding(False, "warm sandboxes", "there is no sandbox", optional=True)
    try:
        warm.source(os.environ, ())
    except warm.SourceFailed as error:
        return Finding(False, "warm sandboxes", f"{error}; each is started cold", optional=True)
    return Finding(True, "warm sandboxes", "kernels are forked from one that is ready")


def _data() -> list[Finding]:
    cache = default_cache_dir()
    return [_dataset(name, any((cache / name).glob("*"))) for name in DATASET_NAMES]


def _dataset(name: str, cached: bool) -> Finding:
    if name in OFFLINE_NAMES:
        return Finding(True, f"data: {name}", "in the cache" if cached else "needs no network")
    found = "in the cache" if cached else "will be downloaded when first used"
    return Finding(cached, f"data: {name}", found, optional=True)
