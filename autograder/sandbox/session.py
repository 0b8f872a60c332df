"""A kernel that runs strangers' cells: every wait is bounded, every output counted, every message doubted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from autograder.limits import CellLimits, SandboxLimits
from autograder.sandbox.cell import CellEnd, CellMessages, CellRun
from autograder.sandbox.channels import Line, LineLost
from autograder.sandbox.clock import FairClock
from autograder.sandbox.kernel_process import KernelProcess
from autograder.sandbox.last_words import not_started, reason
from course_utils.errors import CourseError

log = logging.getLogger(__name__)
_TICK_SECONDS = 0.25
# How long a process may take to end after its line did.
_FAREWELL_SECONDS = 1.0


class KernelSession:
    """One kernel, from start to end; use as a context manager.

    Args:
        folder: whose content the kernel finds, as a copy, in its working directory; without a sandbox, that directory.
        env: the grader's environment, of which a few harmless variables are handed on.
        limits: what the kernel and all it starts may cost.
        hidden: folders that stay out of its sight.
        unsandboxed: accept by name that there is no sandbox.
        cold: start a sandbox of its own, not one that is forked from a source.

    Attributes:
        dead: why the kernel is dead, or "".
        disturbed: why what was seen of this kernel is not to be trusted, or ""; known once it is closed.

    Raises:
        CourseError: the kernel did not start, a fault of the machine and never the student's; or there is no sandbox
            here, and that was not accepted.
    """

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        limits: SandboxLimits | None = None,
        hidden: Iterable[Path] = (),
        unsandboxed: bool = False,
        cold: bool = False,
        start_seconds: float = 60.0,
    ):
        self.dead = self.disturbed = ""
        self._process = KernelProcess(
            folder,
            env,
            limits=limits or SandboxLimits(),
            hidden=hidden,
            unsandboxed=unsandboxed,
            cold=cold,
        )
        try:
            self._line = Line(self._process.line)
            self._wait_until_ready(start_seconds)
            self.clock = FairClock(self._process.kernel_pid())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> KernelSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the kernel and close its line."""
        self._process.close()
        self.disturbed = self._process.disturbed()

    def run(
        self,
        source: str,
        limits: CellLimits,
        is_over: Callable[[], bool] = lambda: False,
        *,
        silent: bool = False,
    ) -> CellRun:
        """Run a cell to its end, or to the end of its limits.

        Args:
            silent: a line of the grader's own, in which IPython has no part: it is not counted, and nobody's hooks are called.
            is_over: asked now and then; once it says True the cell has nothing more to do and is interrupted
                unless it ends by itself.
        """
        if self.dead:
            return CellRun(CellEnd.DEAD, reason=self.dead)
        try:
            run = CellMessages(self._line, source, limits, silent)
        except LineLost:  # it died between two cells
            self.dead = self._cause()
            self._process.end()
            return CellRun(CellEnd.DEAD, reason=self.dead)
        deadline = self.clock() + limits.seconds
        over_since: float | None = None
        while True:
            run.take_messages(_TICK_SECONDS)
            if run.replied:
                return run.result
            now = self.clock()
            over_since = over_since or (now if is_over() else None)
            if self._line.lost or not self._process.is_alive():
                self._die(run, self._cause())
            elif run.flooded:
                self._stop(run, run.flooded)
            elif now > deadline:
                self._stop(run, f"it did not finish within {limits.seconds:g} s")
            elif over_since and now > over_since + 1:
                self._stop(run, "it did not return")

    def _wait_until_ready(self, seconds: float) -> None:
        """Wait for the kernel's first word."""
        deadline = time.monotonic() + seconds
        while not ((message := self._line.receive(_TICK_SECONDS, 0)) and message.kind == "ready"):
            if self._line.lost or not self._process.is_alive():
                self._farewell()
                why, errors = self._process.why(), self._process.errors()
                log.info("the kernel did not start (%s); its last words: %s", why, errors)
                raise CourseError(not_started("kernel", reason(errors, why)))
            if time.monotonic() > deadline:
                raise CourseError(
                    f"the kernel did not start within {seconds:g} s: try again when the machine has less to do"
                )

    def _stop(self, run: CellMessages, reason: str) -> None:
        """Interrupt the cell; kill its kernel when that does not help."""
        self._process.interrupt()
        patience = self.clock() + run.limits.grace_seconds
        while not run.replied and self.clock() < patience and self._is_there():
            run.take_messages(_TICK_SECONDS, past_limits=True)
        ended = run.replied
        run.end(CellEnd.TIMEOUT, reason)
        if ended:
            return
        if not self._is_there():
            self._die(run, self._cause())
        else:
            self._die(run, f"{reason} and could not be interrupted, so the kernel was stopped")

    def _is_there(self) -> bool:
        return not self._line.lost and self._process.is_alive()

    def _die(self, run: CellMessages, reason: str) -> None:
        self.dead = reason
        self._process.end()
        run.end(CellEnd.DEAD, reason)

    def _farewell(self) -> None:
        """Wait a moment for the end of a process whose line has ended."""
        until = time.monotonic() + _FAREWELL_SECONDS
        while self._process.is_alive() and time.monotonic() < until:
            time.sleep(0.01)

    def _cause(self) -> str:
        self._farewell()
        reason = self._process.why() or self._line.lost
        log.info("the kernel died (%s); its last words: %s", reason, self._process.errors())
        return f"the kernel died ({reason})" if reason else "the kernel died"
