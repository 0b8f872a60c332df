"""The kernel of a graded notebook: an ordinary one that has imported what notebooks import before it begins.

`python -m course_utils.notebook.kernel -f connection.json` starts one. The source of warm sandboxes calls `preload` once
and `run` in each child that it forks; either way a notebook finds the same modules.
"""

from __future__ import annotations

import importlib
import sys

# The first cells of the notebooks, and what a kernel needs to answer its grader.
_MODULES = (
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "course_utils.compare",
    "course_utils.data",
    "course_utils.gradcheck",
    "course_utils.plotting",
    "course_utils.study",
    "course_utils.training",
    "course_utils.widgets",
    "tqdm.auto",
)
_DEBUGGER = "debugpy"


def preload() -> None:
    """Import what notebooks import."""
    # Nobody steps through a graded notebook, and the debugger takes most of a kernel's start.
    sys.modules[_DEBUGGER] = None  # type: ignore[assignment]
    try:
        importlib.import_module("ipykernel.kernelapp")
        importlib.import_module("ipykernel.debugger")  # which a starting kernel asks whether there is one
    finally:
        del sys.modules[_DEBUGGER]
    for name in _MODULES:
        importlib.import_module(name)


def run(arguments: list[str]) -> None:
    """Become the kernel; returns when it ends.

    Args:
        arguments: as of `ipykernel_launcher`.
    """
    from ipykernel.kernelapp import IPKernelApp

    from course_utils.grading.forbidding import freeze_what_is_there
    from course_utils.notebook.set_up import set_up

    sys.argv = ["ipykernel_launcher", *arguments]
    app = IPKernelApp.instance()
    app.initialize(arguments)
    set_up()
    freeze_what_is_there()  # and need not be looked through for what a student's code has made
    app.start()


if __name__ == "__main__":
    del sys.path[0]  # the working folder, in which a student's files lie; IPython puts it last
    preload()
    run(sys.argv[1:])
