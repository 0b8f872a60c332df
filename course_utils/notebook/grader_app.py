"""IPython's kernel without Jupyter's channels: cells come from the grader's socket, and outputs go back over it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from ipykernel.displayhook import ZMQDisplayHook
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets import Any as Anything

from course_utils.grading.forbidding import GRADER
from course_utils.grading.kernel_output import CappedStream, GraderSession, Line
from course_utils.grading.stream import Connection


class GraderApp(IPKernelApp):
    """Everything as in a notebook's kernel but the sockets and the threads that serve them."""

    session = Anything()
    _line: Any = None
    _streams: Any = ()

    def init_connection_file(self) -> None:
        """Nothing: there is none."""
        self.session = GraderSession()

    def init_poller(self) -> None:
        """Nothing: the kernel ends with its sandbox."""

    def init_sockets(self) -> None:
        """Nothing: there are none."""

    init_heartbeat = log_connection_info = init_sockets

    def write_connection_file(self, **_: Any) -> None:
        """Nothing: who started this kernel has its socket."""

    def init_signal(self) -> None:
        """Nothing yet: who forks this kernel hears signals as before."""

    def init_io(self) -> None:
        """Have results shown; the streams come with the connection."""
        self.displayhook = sys.displayhook = ZMQDisplayHook(self.session, None)
        self.patch_io()

    def init_kernel(self) -> None:
        """Create the kernel itself."""
        kernel = IPythonKernel.instance(
            parent=self,
            session=self.session,
            # Who runs asynchronous cells asks for it.
            shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.kernel = kernel
        shell: Any = kernel.shell
        shell.transform_cell = _once_for_two(shell.transform_cell)
        shell.should_run_async = _once_for_two(shell.should_run_async)
        self.displayhook.get_execution_count = lambda: kernel.execution_count

    def connect(self, number: int) -> None:
        """Speak to the grader from now on.

        Args:
            number: of a connected socket.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        connected = socket.socket(fileno=number)
        connected.set_inheritable(False)
        self._line = self.session.line = Line(Connection(connected))
        self._streams = CappedStream(self.session, "stdout"), CappedStream(self.session, "stderr")
        sys.stdout, sys.stderr = self._streams
        if self.profile_dir:  # which lay in the file tree where this was forked
            os.makedirs(self.profile_dir.location, exist_ok=True)

    def serve(self) -> None:
        """Run cells until the grader hangs up."""
        loop = self._new_loop()
        self._line.say("ready", None, {})
        while True:
            try:
                header, (source,) = self._line.listen()
            except ConnectionError:
                return
            if loop.is_closed():
                loop = self._new_loop()
            asyncio.set_event_loop(loop)
            run = self._run_own if header["silent"] else partial(self._run, loop)
            reply = self._within(run, header["cell"], source.decode())
            for stream in self._streams:
                stream.send()
            self._line.say("reply", header["cell"], reply)

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        """An event loop for cells that wait for something, which the kernel's handler of SIGINT knows as well."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self.kernel.io_loop = SimpleNamespace(add_callback=loop.call_soon_threadsafe)
        return loop

    def _within(self, run: Callable[[str], dict[str, Any]], cell: str, source: str) -> dict[str, str]:
        """Run one cell, so that an interrupt reaches it; returns what became of it."""
        message = {
            "header": {"msg_id": cell, "msg_type": "execute_request"},
            "content": {},
            "metadata": {},
        }
        try:
            signal.signal(signal.SIGINT, self._line.interrupt)
            self.kernel.set_parent([], message, "shell")
            reply = run(source)
        except (
            BaseException
        ) as error:  # an interrupt while IPython was at work, a loop that the cell has stopped, ...
            reply = {"status": "error", "ename": type(error).__name__, "evalue": str(error)}
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self._line.forget_interrupt()
        return {name: str(reply.get(name, "")) for name in ("status", "ename", "evalue")}

    def _run(self, loop: asyncio.AbstractEventLoop, source: str) -> dict[str, Any]:
        """Run a cell of the notebook, as IPython does."""
        reply: dict[str, Any] = loop.run_until_complete(self.kernel.do_execute(source, False))
        return reply

    def _run_own(self, source: str) -> dict[str, Any]:
        """Run a line of the grader's own, which needs nothing of IPython's but its namespace."""
        shell = self.kernel.shell
        with shell.builtin_trap:
            exec(compile(source, GRADER, "exec"), shell.user_ns)
        return {"status": "ok"}


def _once_for_two(look: Callable[..., Any]) -> Callable[..., Any]:
    """What looks at a cell, for kernel and shell, which each have it looked at: the second has what the first was told."""
    last: tuple[str, Any] | None = None

    def looked(cell: str, **more: Any) -> Any:
        nonlocal last
        if last and last[0] == cell:
            found, last = last[1], None
            return found
        last = cell, look(cell, **more)
        return last[1]

    return looked
