"""A kernel that runs strangers' cells: every wait is bounded, every output counted, every message doubted."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zmq
from jupyter_client import KernelManager
from nbformat import NotebookNode

from autograder.limits import MIB, CellLimits, SandboxLimits
from autograder.sandbox.clock import FairClock
from autograder.sandbox.outputs import clean_output
from autograder.text import plain

log = logging.getLogger(__name__)

_OUTPUTS = {"stream", "display_data", "execute_result", "error"}
_TICK_MS = 250
_SEND_MS = 2_000
# One frame of a message; libzmq cuts the connection of a kernel that sends more.
_FRAME_BYTES = 64 * MIB
# Of all messages of a cell, read or not.
_CELL_BYTES = 256 * MIB
# Messages that wait to be read; the kernel keeps the rest, in memory of its own.
_WAITING_MESSAGES = 100
# A cell's code seems to come from a file of the kernel's, which nobody can open.
_CELLS_FILE = re.compile(r"\(\d+\.py, (line \d+)\)")
_CAPPED = "--IPKernelApp.outstream_class=course_utils.grading.kernel_output.CappedStream"


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
        self._client: Any = None
        self._deaf = False
        self._context = _context()
        self._manager = KernelManager(kernel_name=kernel_name, context=self._context)
        try:
            self._manager.start_kernel(
                cwd=str(folder),
                env=env,
                extra_arguments=["--HistoryManager.hist_file=:memory:", _CAPPED],
                limits=limits or SandboxLimits(),
                hidden=tuple(hidden),
                unsandboxed=unsandboxed,
            )
            self._client = self._manager.client(context=self._context)
            self._client.start_channels(stdin=False, hb=False, control=False)
            self._wait_until_ready(start_seconds)
            self.clock = FairClock(self._manager.provisioner.kernel_pid())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> KernelSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        if self._client:
            # Not `stop_channels`, which would open those that were never started.
            self._client.shell_channel.stop()
            self._client.iopub_channel.stop()
        self._shut_down()
        self._manager.cleanup_resources()
        self._context.destroy(linger=0)

    def run(self, source: str, limits: CellLimits, is_over: Callable[[], bool] = lambda: False) -> CellRun:
        """Run a cell to its end, or to the end of its limits.

        Args:
            is_over: asked now and then; once it says True the cell has nothing more to do and is interrupted
                unless it ends by itself.
        """
        if self.dead:
            return CellRun("dead", reason=self.dead)
        try:
            run = _Run(self._client, source, limits, self._deaf)
        except zmq.Again:  # it died between two cells
            self.dead = self._cause()
            self._shut_down()
            return CellRun("dead", reason=self.dead)
        deadline = self.clock() + limits.seconds
        over_since = replied_since = None
        while not run.finished:
            run.take_messages(_TICK_MS)
            now = self.clock()
            over_since = over_since or (now if is_over() else None)
            replied_since = replied_since or (now if run.replied else None)
            if run.finished:
                break
            if not self._manager.is_alive():
                self._die(run, self._cause())
            elif run.flooded:
                self._stop(run, run.flooded)
            elif run.replied:
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
            while {"shell", "iopub"} - seen and time.monotonic() < until and self._manager.is_alive():
                seen |= set(_poll(self._client, 50))
                for name in seen:
                    _drain(self._client, name)
            if not self._manager.is_alive() or time.monotonic() > deadline:
                provisioner = self._manager.provisioner
                raise RuntimeError(
                    f"the kernel did not start within {seconds:g} s: {provisioner.why()} {provisioner.errors()}"
                )

    def _stop(self, run: _Run, reason: str) -> None:
        """Interrupt the cell; kill its kernel when that does not help."""
        with contextlib.suppress(zmq.Again):  # a kernel that died just now takes no message
            self._manager.interrupt_kernel()
        patience = time.monotonic() + run.limits.grace_seconds
        while not run.finished and time.monotonic() < patience and self._manager.is_alive():
            run.take_messages(_TICK_MS)
        ended = run.replied
        run.end("timeout", reason)
        if not self._manager.is_alive():
            self._die(run, self._cause())
        elif not ended:
            self._die(run, f"{reason} and could not be interrupted, so the kernel was stopped")

    def _die(self, run: _Run, reason: str) -> None:
        self.dead = reason
        self._shut_down()
        run.end("dead", reason)

    def _shut_down(self) -> None:
        # The public way sends an interrupt first, which a dead kernel never takes.
        if self._manager.has_kernel:
            self._manager._kill_kernel()

    def _cause(self) -> str:
        provisioner = self._manager.provisioner
        reason = provisioner.why()
        log.info("the kernel died (%s); its last words: %s", reason, provisioner.errors())
        return f"the kernel died ({reason})" if reason else "the kernel died"


class _Run:
    """The messages of one cell's execution, collected within limits.

    Args:
        deaf: the channel of outputs is lost, and with it the word that the cell is done; its reply says so too.

    Attributes:
        finished: nothing more is waited for.
        replied: the cell has ended.
        heard: something came on the channel of outputs.
        flooded: why no more messages are taken, or "".
    """

    def __init__(self, client: Any, source: str, limits: CellLimits, deaf: bool):
        self._client, self.limits = client, limits
        self.result = CellRun()
        self.finished = self.replied = self.heard = False
        self.flooded = ""
        self._idle = deaf
        self._bytes = self._messages = self._output_bytes = 0
        self._id = client.execute(source, store_history=True, allow_stdin=False, stop_on_error=False)

    def end(self, status: str, reason: str) -> None:
        self.finished = True
        self.result.status, self.result.reason = status, reason

    def take_messages(self, milliseconds: int) -> None:
        """Take what has arrived, waiting for the first message at most so long."""
        until = time.monotonic() + milliseconds / 1000
        ready = _poll(self._client, milliseconds)
        for name in ready:
            while time.monotonic() < until:
                frames = _receive(self._client, name)
                if frames is None:
                    break
                self._take(name, frames)
        if self.replied and self._idle:
            self.finished = True

    def _take(self, channel: str, frames: list[bytes]) -> None:
        size = sum(map(len, frames))
        self._messages += 1
        self._bytes += size
        self.heard = self.heard or channel == "iopub"
        if self._messages > 10 * self.limits.output_messages:
            self.flooded = f"it sent more than {10 * self.limits.output_messages:,} messages"
        elif self._bytes > _CELL_BYTES:
            self.flooded = f"it sent more than {_CELL_BYTES // MIB} MiB"
        # What is too long to be kept need not be read; replies and states are short.
        if size > max(self.limits.output_bytes, MIB):
            return
        message = _parse(self._client, frames)
        if message is None or message["parent_header"].get("msg_id") != self._id:
            return
        kind, content = message["msg_type"], message["content"]
        if channel == "shell":
            self._take_reply(content)
        elif kind == "status":
            self._idle = self._idle or content.get("execution_state") == "idle"
        elif kind in _OUTPUTS:
            self._take_output(kind, content, size)

    def _take_reply(self, content: dict) -> None:
        self.replied = True
        if content.get("status") == "error" and self.result.status == "ok":
            self.result.status = "error"
            evalue = _CELLS_FILE.sub(r"(\1)", str(content.get("evalue")))
            self.result.reason = plain(f"{content.get('ename')}: {evalue}"[:500])

    def _take_output(self, kind: str, content: dict, size: int) -> None:
        self._output_bytes += size
        if self._messages > self.limits.output_messages or self._output_bytes > self.limits.output_bytes:
            return
        output = clean_output(kind, content)
        if output is None:
            log.info("ignored a malformed output")
            return
        before = self.result.outputs[-1] if self.result.outputs else None
        if before and before.output_type == output.output_type == "stream" and before.name == output.name:
            before.text += output.text
        else:
            self.result.outputs.append(output)


def _context() -> zmq.Context:
    """Sockets that take messages of a bounded size and never connect twice.

    By the time a connection is lost the student's code has had its say, and the path of the socket may lead anywhere.
    """
    context = zmq.Context()
    context.setsockopt(zmq.MAXMSGSIZE, _FRAME_BYTES)
    context.setsockopt(zmq.RCVHWM, _WAITING_MESSAGES)
    context.setsockopt(zmq.RECONNECT_IVL, -1)
    context.setsockopt(zmq.LINGER, 0)
    # Without a connection a message would wait for ever to be sent.
    context.setsockopt(zmq.SNDTIMEO, _SEND_MS)
    return context


def _channels(client: Any) -> dict[str, zmq.Socket]:
    return {"shell": client.shell_channel.socket, "iopub": client.iopub_channel.socket}


def _poll(client: Any, milliseconds: int) -> list[str]:
    """The channels on which a message waits, waiting for one at most so long."""
    poller = zmq.Poller()
    channels = _channels(client)
    for socket in channels.values():
        poller.register(socket, zmq.POLLIN)
    ready = dict(poller.poll(milliseconds))
    return [name for name, socket in channels.items() if socket in ready]


def _receive(client: Any, name: str) -> list[bytes] | None:
    try:
        return _channels(client)[name].recv_multipart(zmq.NOBLOCK)
    except zmq.ZMQError:
        return None


def _drain(client: Any, name: str) -> None:
    while _receive(client, name) is not None:
        pass


def _parse(client: Any, frames: list[bytes]) -> dict | None:
    """A message whose parts have the types they should have, or None."""
    try:
        _, rest = client.session.feed_identities(frames)
        message = client.session.deserialize(rest)
        parts = (message["header"], message["parent_header"], message["content"])
    except Exception as error:  # malformed or badly signed: the kernel's own doing, and of any kind
        log.info("ignored a malformed message: %s", type(error).__name__)
        return None
    if all(isinstance(part, dict) for part in parts) and isinstance(message["msg_type"], str):
        return message
    return None
