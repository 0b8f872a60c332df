"""Joining a notebook's kernel: failures become blocks, broken cells are remembered, endless ones are spoken of, words stay whole."""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from typing import Any

from course_utils.grading import SOCKET_VARIABLE


def set_up() -> None:
    """Let failures of the course's checks be told as blocks in this kernel, if it is one of a notebook that a learner runs.

    A kernel that is graded tells its grader everything, and learns nothing.
    """
    ipython: Any = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    if hasattr(shell, "kernel") and SOCKET_VARIABLE not in os.environ:
        _join(shell)


def _join(shell: Any) -> None:
    # Only here, since a graded kernel needs none of it.
    from IPython.display import display

    from course_utils.notebook.blocks import shown
    from course_utils.notebook.broken_cells import BrokenCells
    from course_utils.notebook.endless import Endless
    from course_utils.notebook.failures import block_of
    from course_utils.study.attempts import remember

    broken, endless = BrokenCells(), Endless()
    shell.events.register("post_run_cell", broken.remember)
    shell.events.register("pre_run_cell", endless.begin)
    shell.events.register("post_run_cell", endless.end)
    shell.events.register("post_run_cell", remember)

    def tell(shell: Any, kind: type, error: BaseException, trace: Any, tb_offset: int | None = None) -> None:
        block = block_of(shell, error, trace, broken)
        if block is None:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
            return
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace  # for %debug
        shell._showtraceback(kind, error, [shown(block)])

    shell.set_custom_exc((Exception, KeyboardInterrupt), tell)
    script = files("course_utils.notebook").joinpath("outputs.js").read_text(encoding="utf-8")
    display({"text/html": f"<script>{script}</script>", "text/plain": ""}, raw=True)
