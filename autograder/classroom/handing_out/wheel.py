"""The students' wheel: `course_utils` and a `course` without the grader."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement

import course_utils

_WHOLE = "neural-networks-from-scratch"
NAME = f"{_WHOLE}-student"
_EPOCH = "1577836800"  # the time of each file in it, so that the same library gives the same bytes


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder; the same library gives the same bytes."""
    package = Path(course_utils.__file__).parent
    with tempfile.TemporaryDirectory(prefix="wheel-") as name:
        root = Path(name)
        shutil.copytree(package, root / package.name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        (root / "pyproject.toml").write_text(_project(), encoding="utf-8")
        with _fixed_times():
            (built,) = WheelBuilder(str(root)).build(directory=str(root / "dist"), versions=["standard"])
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(built, folder))


def _project() -> str:
    """What the wheel asks for: what the whole course asks for without its extras."""
    asked = map(Requirement, importlib.metadata.requires(_WHOLE) or [])
    needed = sorted(str(each) for each in asked if not each.marker)
    version = importlib.metadata.version(_WHOLE)
    return f"""[project]
name = "{NAME}"
version = "{version}"
description = "What the notebooks of a course on neural networks import"
license = "MIT"
requires-python = ">=3.11"
dependencies = {json.dumps(needed)}

[project.scripts]
course = "course_utils.door:main"

[tool.hatch.build.targets.wheel]
packages = ["course_utils"]
"""


@contextmanager
def _fixed_times() -> Iterator[None]:
    variable = "SOURCE_DATE_EPOCH"
    before = os.environ.get(variable)
    os.environ[variable] = _EPOCH
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before
