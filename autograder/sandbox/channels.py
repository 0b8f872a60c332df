"""A kernel's channels as its grader uses them: messages of a bounded size, each of them doubted, and never a second connection."""

from __future__ import annotations

import hmac
import json
import logging
from typing import Any

import zmq

from autograder.limits import MIB

log = logging.getLogger(__name__)

_SEND_MS = 2_000
# One frame of a message; libzmq cuts the connection of a kernel that sends more.
_FRAME_BYTES = 64 * MIB
# Messages that wait to be read; the kernel keeps the rest, in memory of its own.
_WAITING_MESSAGES = 100


def bounded_context() -> zmq.Context[zmq.Socket[bytes]]:
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


def _channels(client: Any) -> dict[str, zmq.Socket[bytes]]:
    return {"shell": client.shell_channel.socket, "iopub": client.iopub_channel.socket}


def poll(client: Any, milliseconds: int) -> list[str]:
    """The channels on which a message waits, waiting for one at most so long."""
    poller = zmq.Poller()
    channels = _channels(client)
    for socket in channels.values():
        poller.register(socket, zmq.POLLIN)
    ready = dict(poller.poll(milliseconds))
    return [name for name, socket in channels.items() if socket in ready]


def receive(client: Any, name: str) -> list[bytes] | None:
    """The next message of a channel, or None when none waits."""
    try:
        return _channels(client)[name].recv_multipart(zmq.NOBLOCK)
    except zmq.ZMQError:
        return None


def drain(client: Any, name: str) -> None:
    """Throw away what waits on a channel."""
    while receive(client, name) is not None:
        pass


def parse(client: Any, frames: list[bytes]) -> dict[str, Any] | None:
    """A message's `msg_type`, `parent_header` and `content`, whose types are what they should be, or None.

    Dates and metadata, which nobody here asks for, are most of what `Session.deserialize` spends its time on.
    """
    try:
        _, (signature, *signed) = client.session.feed_identities(frames)
        if not hmac.compare_digest(signature, client.session.sign(signed[:4])):
            raise ValueError("badly signed")
        header, parent, content = (json.loads(signed[i]) for i in (0, 1, 3))
        kind = header["msg_type"]
    except Exception as error:  # the kernel's own doing, and of any kind
        log.info("ignored a malformed message: %s", type(error).__name__)
        return None
    if isinstance(parent, dict) and isinstance(content, dict) and isinstance(kind, str):
        return {"msg_type": kind, "parent_header": parent, "content": content}
    return None
