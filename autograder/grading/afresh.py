"""A question asked in a new kernel: the cells above it ran there, and no file that was handed in lies beside them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable

from autograder.limits import CellLimits
from autograder.sandbox.cell import CellEnd
from autograder.sandbox.session import KernelSession


def run_above(
    session: KernelSession, prepare: str, cells: Iterable[str], limits: Callable[[float], CellLimits]
) -> None:
    """Run cells in a new kernel; of one that raised or took too long the other statements still count.

    Args:
        prepare: source text that runs first.
        cells: their source texts.
        limits: makes the limits of the next cell, which may take this part of a cell's time.
    """
    session.run(prepare, limits(1))
    for source in cells:
        # Definitions take no time; what takes longer trains, and is worth nothing here.
        if session.run(source, limits(1 / 3)).status is not CellEnd.OK:
            session.run(_in_pieces(source), limits(1))


def _run_in_pieces(source: str, seconds: float = 2.0) -> None:
    """Run a cell's statements one by one, past those that raise or take too long; its text is sent to the kernel."""
    import ast
    import contextlib
    import signal
    import sys

    from IPython import get_ipython

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    for statement in ast.parse(get_ipython().transform_cell(source)).body:
        with contextlib.suppress(Exception):
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                exec(compile(ast.Module([statement], []), "<cell>", "exec"), sys.modules["__main__"].__dict__)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)


def _in_pieces(source: str) -> str:
    return f"{inspect.getsource(_run_in_pieces)}\n_run_in_pieces({source!r})\ndel _run_in_pieces"
