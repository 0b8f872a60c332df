"""JupyterLab as the course opens it: the course folder is its root, and learners see no tools of teachers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from course_utils.course.manifest import Course

# Read before the user's own settings: nobody is asked about news, which would lie over what is marked, and learners
# do not meet nbgrader's buttons, its exchange, or the grader's kernel.
_EVERYBODY = Path(__file__).parent / "quiet"
_LEARNERS = Path(__file__).parent / "lab"


def open_lab(course: Course, notebook: Path, *, port: int, browser: bool, teaching: bool = False) -> None:
    """Become JupyterLab, until it is stopped.

    Args:
        notebook: what it opens with, a file in the course folder.
        port: of its server; another one is taken where that is in use.
        browser: open a window.
        teaching: with nbgrader's tools, the formgrader among them.
    """
    command = [
        sys.executable,
        "-P",  # whatever lies in the working folder under a module's name is none of the server's
        "-m",
        "course_utils.course.lab_server",
        f"--ServerApp.root_dir={course.root}",
        f"--ServerApp.port={port}",
        f"--LabApp.default_url=/lab/tree/{notebook.relative_to(course.root).as_posix()}",
    ]
    command += [] if browser else ["--no-browser"]
    # A container's only user is often this one.
    command += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    env = dict(os.environ)
    path = [*([] if teaching else [str(_LEARNERS)]), str(_EVERYBODY), env.get("JUPYTER_CONFIG_PATH")]
    env["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, path))
    os.chdir(course.root)
    if os.name == "posix":
        os.execve(command[0], command, env)  # whoever ends `course lab` ends the server
    sys.exit(subprocess.call(command, env=env))
