"""A kernel that runs strangers' cells: every wait is bounded, every output counted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
from jupyter_client import KernelManager
from nbformat import NotebookNode
from nbformat.v4 import output_from_msg

from autograder.limits import CellLimits, SandboxLimits

log = logging.getLogger(__name__)

_OUTPUTS = {"stream", "display_data", "execute_result", "error"}
_TICK_MS = 250


@dataclass
class CellRun:
    """How the run of a cell ended: "ok", "error", "timeout" or "dead", with its outputs and a sentence."""

    status: str = "ok"
    outputs: list[NotebookNode] = field(default_factory=list)
    reason: str = ""


class KernelSession:
    """One kernel, from start to end; use as a context manager.

    Args:
        kernel_name: the kernel spec.
        folder: working directory.
        env: environment handed to the provisioner.
        limits: what the kernel and all it starts may cost.
        hidden: folders that stay out of its sight.
        unsandboxed: accept by name that there is no sandbox.

    Attributes:
        dead: why the kernel is dead, or "".

    Raises:
        RuntimeError: the kernel did not start; a fault of the machine, never the student's.
        CourseError: there is no sandbox here, and that was not accepted.
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
        start_seconds: float = 60.0,
    ):
        self.dead = ""
        self._manager = KernelManager(kernel_name=kernel_name)
        self._client: Any = None
        try:
            self._manager.start_kernel(
                cwd=str(folder),
                env=env,
                extra_arguments=["--HistoryManager.hist_file=:memory:"],
                limits=limits or SandboxLimits(),
                hidden=tuple(hidden),
                unsandboxed=unsandboxed,
            )
            self._client = self._manager.client()
            self._client.start_channels()
            self._wait_until_ready(start_seconds)
        except BaseException:
            self.close()
            raise

    def _wait_until_ready(self, seconds: float) -> None:
        try:
            self._client.wait_for_ready(timeout=seconds)
        except RuntimeError as error:
            provisioner = self._manager.provisioner
            raise RuntimeError(f"{error}: {provisioner.why()} {provisioner.errors()}") from error

    def __enter__(self) -> KernelSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        if self._client:
            self._client.stop_channels()
        self._shut_down()
        self._manager.cleanup_resources()

    def run(self, source: str, limits: CellLimits, is_over: Callable[[], bool] = lambda: False) -> CellRun:
        """Run a cell to its end, or to the end of its limits.

        Args:
            is_over: asked now and then; once it says True the cell has nothing more to do and is interrupted
                unless it ends by itself.
        """
        if self.dead:
            return CellRun("dead", reason=self.dead)
        run = _Run(self._client, source, limits)
        deadline = time.monotonic() + limits.seconds
        over_since: float | None = None
        while not run.finished:
            run.take_messages(_TICK_MS)
            now = time.monotonic()
            over_since = over_since or (now if is_over() else None)
            if run.finished:
                break
            if not self._manager.is_alive():
                self._die(run, self._cause())
            elif run.flooded:
                self._stop(run, "it printed more than the limit allows")
            elif now > deadline:
                self._stop(run, f"it did not finish within {limits.seconds:g} s")
            elif over_since and now > over_since + 1:
                self._stop(run, "it did not return")
        return run.result

    def _stop(self, run: _Run, reason: str) -> None:
        """Interrupt the cell; kill its kernel when that does not help."""
        self._manager.interrupt_kernel()
        patience = time.monotonic() + run.limits.grace_seconds
        while not run.finished and time.monotonic() < patience and self._manager.is_alive():
            run.take_messages(_TICK_MS)
        run.end("timeout", reason)
        if not run.idle:
            self._die(run, f"{reason} and could not be interrupted, so the kernel was stopped")

    def _die(self, run: _Run, reason: str) -> None:
        self.dead = reason
        self._shut_down()
        run.end("dead", reason)

    def _shut_down(self) -> None:
        if self._manager.has_kernel:
            self._manager.shutdown_kernel(now=True)

    def _cause(self) -> str:
        provisioner = self._manager.provisioner
        reason = provisioner.why()
        log.info("the kernel died (%s); its last words: %s", reason, provisioner.errors())
        return f"the kernel died ({reason})" if reason else "the kernel died"


class _Run:
    """The messages of one cell's execution, collected within limits."""

    def __init__(self, client: Any, source: str, limits: CellLimits):
        self._client, self.limits = client, limits
        self.result = CellRun()
        self.finished = self.idle = self.flooded = False
        self._replied = False
        self._bytes = self._messages = 0
        self._poller = zmq.Poller()
        for channel in (client.iopub_channel, client.shell_channel):
            self._poller.register(channel.socket, zmq.POLLIN)
        self._id = client.execute(source, store_history=True, allow_stdin=False, stop_on_error=False)

    def end(self, status: str, reason: str) -> None:
        self.finished = True
        self.result.status, self.result.reason = status, reason

    def take_messages(self, milliseconds: int) -> None:
        """Take what has arrived, waiting for the first message at most so long."""
        self._poller.poll(milliseconds)
        until = time.monotonic() + milliseconds / 1000
        for channel, take in (
            (self._client.shell_channel, self._take_reply),
            (self._client.iopub_channel, self._take),
        ):
            while time.monotonic() < until and not self.finished:
                try:
                    message = channel.get_msg(timeout=0)
                except Empty:
                    break
                except Exception as error:  # malformed or badly signed: the kernel's own doing
                    log.info("ignored a malformed message: %s", error)
                    self._count(0)
                    continue
                if message["parent_header"].get("msg_id") == self._id:
                    take(message)
        if self._replied and self.idle and not self.finished:
            self.finished = True

    def _take_reply(self, message: dict) -> None:
        self._replied = True
        if message["content"].get("status") == "error" and self.result.status == "ok":
            self.result.status = "error"
            name, value = message["content"].get("ename"), message["content"].get("evalue")
            self.result.reason = f"{name}: {value}"[:500]

    def _take(self, message: dict) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "status":
            self.idle = self.idle or content.get("execution_state") == "idle"
        elif kind in _OUTPUTS and self._count(len(repr(content))):
            try:
                self._add(output_from_msg(message))
            except (KeyError, ValueError, TypeError) as error:
                log.info("ignored a malformed output: %s", error)

    def _count(self, size: int) -> bool:
        self._messages += 1
        self._bytes += size
        fits = self._messages <= self.limits.output_messages and self._bytes <= self.limits.output_bytes
        self.flooded = self.flooded or self._messages > 10 * self.limits.output_messages
        return fits

    def _add(self, output: NotebookNode) -> None:
        before = self.result.outputs[-1] if self.result.outputs else None
        if (
            before
            and output.output_type == "stream"
            and before.output_type == "stream"
            and before.name == output.name
        ):
            before.text += output.text
        else:
            self.result.outputs.append(output)
