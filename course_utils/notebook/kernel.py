"""The kernel of a graded notebook: IPython's own, that has imported what notebooks import and speaks to its grader alone.

`python -m course_utils.notebook.kernel 7` starts one that speaks over the connected socket of this number. The source of warm
sandboxes calls `ready` once, and `run` in each child that it forks; either way a notebook finds the same. There are no channels
of Jupyter's and no threads: what their messages cost, many times each cell, is most of what a short cell would cost.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

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
# IPython keeps no history in files; and the application's name among the settings is how others see that this is a notebook.
_ARGUMENTS = ["--HistoryManager.enabled=False", "--IPKernelApp.capture_fd_output=False"]


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


def ready() -> Any:
    """Import what notebooks import, and make the kernel, which begins with `run`."""
    preload()
    from course_utils.notebook.grader_app import GraderApp

    sys.argv = ["ipykernel_launcher", *_ARGUMENTS]
    app = GraderApp.instance()
    app.initialize(_ARGUMENTS)
    _describe_an_error(app.kernel.shell)
    return app


def _describe_an_error(shell: Any) -> None:
    """Have IPython import what it describes errors with, which it would do when a notebook's first cell fails."""
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())


def run(app: Any, number: int) -> None:
    """Run cells as the grader says, until it hangs up.

    Args:
        app: what `ready` has made.
        number: of the connected socket.
    """
    from course_utils.grading.forbidding import freeze_what_is_there
    from course_utils.notebook.set_up import set_up

    app.connect(number)
    set_up()
    freeze_what_is_there()  # and need not be looked through for what a student's code has made
    app.serve()


if __name__ == "__main__":
    del sys.path[0]  # the working folder, in which a student's files lie; IPython puts it last
    connected = int(sys.argv[1])
    run(ready(), connected)
