"""What works on this machine and what is missing."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from course_utils.course.manifest import Course
from course_utils.data import DATASET_NAMES, OFFLINE_NAMES
from course_utils.data.download import default_cache_dir
from course_utils.packages import kernel_python, kernel_trouble

PACKAGES = ("numpy", "matplotlib", "jupyterlab", "ipywidgets")
_NEEDED_BYTES = 2 * 10**9


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `optional` when the course works without it."""

    good: bool
    what: str
    found: str
    optional: bool = False

    @property
    def mark(self) -> str:
        """How it begins its row: a cross is for what has to be mended."""
        if self.good:
            return "[green]✓[/]"
        return "[yellow]-[/]" if self.optional else "[red]✗[/]"


def examine(folder: Path, packages: Iterable[str] = PACKAGES) -> list[Finding]:
    """Look at the interpreter, the packages, the disk of a folder and the data."""
    return [
        Finding(sys.version_info >= (3, 11), "Python", sys.version.split()[0]),
        *(_package(name) for name in packages),
        _kernel(),
        _disk(folder),
        *_data(),
    ]


def report(findings: Iterable[Finding]) -> int:
    """Print what was found, and return the exit code.

    Raises:
        CourseError: this is no course folder.
    """
    findings = list(findings)
    table = Table("", "what", "found", box=None)
    for finding in findings:
        table.add_row(finding.mark, finding.what, finding.found)
    Console().print(table)
    Course.find()
    return 0 if all(finding.good or finding.optional for finding in findings) else 1


def _package(name: str) -> Finding:
    try:
        return Finding(True, name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(False, name, "not installed: install the course's packages again")


def _kernel() -> Finding:
    trouble = kernel_trouble()
    return Finding(not trouble, "kernel", trouble or f"runs in {kernel_python()}")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    return Finding(
        free > _NEEDED_BYTES,
        "free disk",
        f"{free / 1e9:.1f} GB of the {_NEEDED_BYTES / 1e9:.0f} GB that are needed",
    )


def _data() -> list[Finding]:
    cache = default_cache_dir()
    return [_dataset(name, any((cache / name).glob("*"))) for name in DATASET_NAMES]


def _dataset(name: str, cached: bool) -> Finding:
    if name in OFFLINE_NAMES:
        return Finding(True, f"data: {name}", "in the cache" if cached else "needs no network")
    found = "in the cache" if cached else "will be downloaded when first used"
    return Finding(cached, f"data: {name}", found, optional=True)
