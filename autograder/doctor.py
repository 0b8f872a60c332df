"""What works on this machine and what is missing, for those who grade."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.sandbox import bubblewrap, warm
from course_utils import doctor
from course_utils.doctor import Finding


def examine(folder: Path) -> list[Finding]:
    """Look at what a learner needs, and at nbgrader and the sandbox."""
    found = doctor.examine(folder, (*doctor.PACKAGES, "nbgrader"))
    return [*found, _sandbox(), _warm_sandboxes()]


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
