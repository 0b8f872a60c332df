"""Whoever connects to the oracle's socket: kernels, and what students' code makes of them. None is trusted."""

from __future__ import annotations

import logging
import selectors
import socket
import time
from contextlib import suppress
from pathlib import Path

from course_utils.grading.stream import Frames
from course_utils.grading.wire import Limits, WireError

log = logging.getLogger(__name__)

_CONNECTIONS = 256
PATIENCE_SECONDS = 5.0


class Client:
    """One connection, and what has arrived on it."""

    def __init__(self, connection: socket.socket, limits: Limits):
        self.socket = connection
        self.frames = Frames(limits)


class Clients:
    """Listens on a socket and takes whole messages of a bounded size, one at a time.

    Args:
        path: of the socket, which goes when this is closed.
        limits: what one message may cost; all that wait together may cost twice as much.
    """

    def __init__(self, path: Path, limits: Limits):
        self.path, self._limits = path, limits
        self._clients: list[Client] = []
        self._unread: list[Client] = []
        self._selector = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen(64)
        self._listening.setblocking(False)
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._bell, self._button = socket.socketpair()
        self._selector.register(self._bell, selectors.EVENT_READ, self._bell)

    def receive(self, seconds: float) -> tuple[Client, list[bytes] | WireError] | None:
        """The next message of anyone, waiting for one at most so long, or until woken; an error stands for one that is none."""
        while self._unread:
            client = self._unread.pop()
            if (message := self._taken(client)) is not None:
                return client, message
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                if key.data is self._bell:
                    self._bell.recv(1)
                    return None
                if key.data is None:
                    self._accept()
                elif (message := self._read(key.data)) is not None:
                    return key.data, message
        return None

    def wake(self) -> None:
        """Let the thread that waits for a message go on without one, or the next one that would wait."""
        with suppress(OSError):  # closed meanwhile: nobody waits
            self._button.send(b"!")

    def send(self, client: Client, message: bytes, patience: float = PATIENCE_SECONDS) -> None:
        """Send a framed message to a client, who loses the connection when it does not read within so many seconds."""
        try:
            with suppress(BlockingIOError):
                message = message[client.socket.send(message) :]
            if message:
                client.socket.settimeout(patience)
                client.socket.sendall(message)
                client.socket.setblocking(False)
        except OSError as error:
            log.info("could not reach the kernel: %s", error)
            self._drop(client)

    def close(self) -> None:
        """Hang up on all."""
        for client in list(self._clients):
            self._drop(client)
        self._selector.close()
        for each in (self._listening, self._bell, self._button):
            each.close()
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError as error:  # whoever it was is gone, or there is no room for more
            log.info("could not accept a connection: %s", error)
            return
        if len(self._clients) >= _CONNECTIONS:
            connection.close()
            return
        connection.setblocking(False)
        client = Client(connection, self._limits)
        self._clients.append(client)
        self._selector.register(connection, selectors.EVENT_READ, client)

    def _read(self, client: Client) -> list[bytes] | WireError | None:
        """A message of a client that has sent something, once it is whole."""
        try:
            there = client.frames.read(client.socket)
        except BlockingIOError:
            return None
        except OSError:
            there = False
        if not there:
            self._drop(client)
            return None
        return self._taken(client)

    def _taken(self, client: Client) -> list[bytes] | WireError | None:
        try:
            message = client.frames.take()
            if sum(len(each.frames) for each in self._clients) > 2 * self._limits.message_bytes:
                raise WireError("more messages wait than can be held")
        except WireError as error:
            self._drop(client)
            return error
        if message is not None and len(client.frames):
            self._unread.append(client)
        return message

    def _drop(self, client: Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._selector.unregister(client.socket)
            client.socket.close()
