"""The packages that a student's environment needs, for machines without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from course_utils.errors import CourseError

FOLDER = "packages"


def download_packages(lock: Path, folder: Path) -> None:
    """Download the packages of a lock, for systems and Pythons like this one.

    Raises:
        CourseError: pip could not do it.
    """
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    command = [*pip, "--only-binary", ":all:", "--requirement", str(lock), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["pip is missing"])[-1]
        raise CourseError(f"the packages could not be downloaded ({why}): try again with a network")
