"""Packages that a Python lacks, and the one sentence for it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.text import one_line

KERNEL = "python3"
_SECONDS = 60
_MISSING = re.compile(r"No module named '?([\w.]+)")


def kernel_python() -> str:
    """The interpreter that Jupyter starts for notebooks; a kernel spec of the user's own may name another than ours.

    Raises:
        CourseError: Jupyter knows no kernel for Python.
    """
    from jupyter_client.kernelspec import NoSuchKernel, get_kernel_spec

    try:
        program = get_kernel_spec(KERNEL).argv[0]
    except NoSuchKernel as error:
        raise CourseError("Jupyter has no kernel for Python: install the course's packages again") from error
    # As Jupyter has it, a name means the interpreter that runs Jupyter.
    return program if Path(program).is_absolute() else sys.executable


def kernel_trouble() -> str:
    """Why notebooks do not run in `kernel_python()`, as one sentence, or ""."""
    python = kernel_python()
    program = "from course_utils.notebook.kernel import preload; preload()"
    try:
        done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{python} does not start ({error}): install the course's packages again, as README says"
    if not done.returncode:
        return ""
    if package := lacks(done.stderr):
        return install_again(package, python)
    last = one_line(done.stderr.strip().rpartition("\n")[2])
    return (
        f"{python} cannot import course_utils ({last}): install the course's packages again, as README says"
    )


def lacks(said: str) -> str:
    """The package that a traceback says is missing, or ""."""
    found = _MISSING.findall(said)
    return found[-1].partition(".")[0] if found else ""


def install_again(package: str, python: str) -> str:
    """What to do where a package is missing.

    Args:
        package: its name, as it is imported.
        python: the interpreter that lacks it.
    """
    return f"{package} cannot be imported by {python}: install the course's packages again, as README says"
