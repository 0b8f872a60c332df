"""A kernel that runs strangers' cells: every wait is bounded, every output counted, every message doubted."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.manager import KernelManager

from autograder.limits import CellLimits, SandboxLimits
from autograder.sandbox.cell import CellEnd, CellMessages, CellRun
from autograder.sandbox.channels import bounded_context, drain, poll
from autograder.sandbox.clock import FairClock
from autograder.sandbox.last_words import not_started, reason
from autograder.sandbox.provisioner import GradingProvisioner
from course_utils.errors import CourseError

log = logging.getLogger(__name__)
_TICK_MS = 250
_CAPPED = "--IPKernelApp.outstream_class=course_utils.grading.kernel_output.CappedStream"


class KernelSession:
    """One kernel, from start to end; use as a context manager.

    Args:
        kernel_name: the kernel spec.
        folder: working directory.
        env: environment handed to the provisioner.
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
        kernel_name: str,
        folder: Path,
        env: dict[str, str],
        *,
        limits: SandboxLimits | None = None,
        hidden: Iterable[Path] = (),
        unsandboxed: bool = False,
        cold: bool = False,
        start_seconds: float = 60.0,
    ):
        self.dead = self.disturbed = ""
        self._client: Any = None
        self._deaf = False
        self._context = bounded_context()
        self._manager = KernelManager(kernel_name=kernel_name, context=self._context)
        try:
            self._manager.start_kernel(
                cwd=str(folder),
                env=env,
                extra_arguments=["--HistoryManager.enabled=False", _CAPPED],
                limits=limits or SandboxLimits(),
                hidden=tuple(hidden),
                unsandboxed=unsandboxed,
                cold=cold,
            )
            self._client = self._manager.client(context=self._context)
            self._client.start_channels(stdin=False, hb=False, control=False)
            self._wait_until_ready(start_seconds)
            self.clock = FairClock(self._provisioner.kernel_pid())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> KernelSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the kernel and close its channels."""
        if self._client:
            # Not `stop_channels`, which would open those that were never started.
            self._client.shell_channel.stop()
            self._client.iopub_channel.stop()
        self._shut_down()
        provisioner = self._manager.provisioner
        self._manager.cleanup_resources()
        if isinstance(provisioner, GradingProvisioner):
            self.disturbed = provisioner.disturbed()
        self._context.destroy(linger=0)

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
            silent: a line of the grader's own: IPython neither counts nor announces it, and calls nobody's hooks.
            is_over: asked now and then; once it says True the cell has nothing more to do and is interrupted
                unless it ends by itself.
        """
        if self.dead:
            return CellRun(CellEnd.DEAD, reason=self.dead)
        try:
            run = CellMessages(self._client, source, limits, self._deaf, silent)
        except zmq.Again:  # it died between two cells
            self.dead = self._cause()
            self._shut_down()
            return CellRun(CellEnd.DEAD, reason=self.dead)
        deadline = self.clock() + limits.seconds
        over_since: float | None = None
        replied_since: float | None = None
        while not run.finished:
            run.take_messages(_TICK_MS)
            now = self.clock()
            over_since = over_since or (now if is_over() else None)
            replied_since = replied_since or (now if run.replied else None)
            if run.finished:
                break
            if not self._is_alive():
                self._die(run, self._cause())
            elif run.flooded:
                self._stop(run, run.flooded)
            elif replied_since:
                if now > replied_since + limits.grace_seconds:
                    # The word that it is done was lost among too many outputs, or the channel was cut by one too large.
                    self._deaf, run.finished = not run.heard, True
            elif now > deadline:
                self._stop(run, f"it did not finish within {limits.seconds:g} s")
            elif over_since and now > over_since + 1:
                self._stop(run, "it did not return")
        return run.result

    def _wait_until_ready(self, seconds: float) -> None:
        """Wait until the kernel answers on both channels, so that no output can be missed."""
        deadline = time.monotonic() + seconds
        seen: set[str] = set()
        while {"shell", "iopub"} - seen:
            self._client.kernel_info()
            until = time.monotonic() + 1
            while {"shell", "iopub"} - seen and time.monotonic() < until and self._is_alive():
                seen |= set(poll(self._client, 50))
                for name in seen:
                    drain(self._client, name)
            if not self._is_alive():
                why, errors = self._provisioner.why(), self._provisioner.errors()
                log.info("the kernel did not start (%s); its last words: %s", why, errors)
                raise CourseError(not_started("kernel", reason(errors, why)))
            if time.monotonic() > deadline:
                raise CourseError(
                    f"the kernel did not start within {seconds:g} s: try again when the machine has less to do"
                )

    def _stop(self, run: CellMessages, reason: str) -> None:
        """Interrupt the cell; kill its kernel when that does not help."""
        with contextlib.suppress(zmq.Again):  # a kernel that died just now takes no message
            self._manager.interrupt_kernel()
        patience = time.monotonic() + run.limits.grace_seconds
        while not run.finished and time.monotonic() < patience and self._is_alive():
            run.take_messages(_TICK_MS)
        # An interrupt that comes between a cell's last line and its reply takes the reply with it.
        ended = run.replied or run.idle
        run.end(CellEnd.TIMEOUT, reason)
        if not self._is_alive():
            self._die(run, self._cause())
        elif not ended:
            self._die(run, f"{reason} and could not be interrupted, so the kernel was stopped")

    def _die(self, run: CellMessages, reason: str) -> None:
        self.dead = reason
        self._shut_down()
        run.end(CellEnd.DEAD, reason)

    @property
    def _provisioner(self) -> GradingProvisioner:
        provisioner = self._manager.provisioner
        if not isinstance(provisioner, GradingProvisioner):
            raise RuntimeError("the kernel spec names another provisioner than the grader's")
        return provisioner

    def _is_alive(self) -> bool:
        """As the manager would say, without its loop of events."""
        process = self._provisioner.process
        return process is not None and process.poll() is None

    def _shut_down(self) -> None:
        # The public way sends an interrupt first, which a dead kernel never takes.
        if self._manager.has_kernel:
            self._provisioner.end()
            self._manager._kill_kernel()

    def _cause(self) -> str:
        reason = self._provisioner.why()
        log.info("the kernel died (%s); its last words: %s", reason, self._provisioner.errors())
        return f"the kernel died ({reason})" if reason else "the kernel died"
