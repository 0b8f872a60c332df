"""What an attack may reach for: a course folder with secrets, listeners on loopback, and traces to look for."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import string
import threading
from dataclasses import dataclass, field
from pathlib import Path

from autograder.sandbox import warm
from hostile.course import make_course

TOKEN = "token-51c0de"


@dataclass
class World:
    """A course on a machine that attacks run on.

    Attributes:
        root: the course folder.
        tmp: where the grader keeps its temporary files.
        mark: letters in the environment of every process that the grader starts.
        tcp, udp: ports of listeners on 127.0.0.1.
        abstract: name of a listening abstract Unix socket.
        named: path of a listening Unix socket.
        hits: what the listeners heard.
        neighbours: sources out of which honest work was graded last; empty where an attack came after it.
    """

    root: Path
    tmp: Path
    mark: str
    tcp: int = 0
    udp: int = 0
    abstract: str = ""
    named: Path | None = None
    hits: list[str] = field(default_factory=list)
    neighbours: set[int] = field(default_factory=set)
    _sockets: list[socket.socket] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path) -> World:
        mark = "".join(secrets.choice(string.ascii_uppercase) for _ in range(12))
        world = cls(folder / "course", folder / "tmp", mark)
        world.tmp.mkdir(parents=True)
        make_course(world.root)
        (world.root / "gradebook.db").write_text(TOKEN)
        for folder_name in ("submitted/bob/01_small", "autograded/bob/01_small"):
            path = world.root / folder_name
            path.mkdir(parents=True)
            (path / "01_small.ipynb").write_text(json.dumps({"secret": TOKEN}))
        world._listen()
        return world

    def traces(self) -> dict[str, str]:
        """Everything that an attack could have changed: the course folder, temporary files, what was heard."""
        found = {"heard": repr(self.hits), "tmp": repr(sorted(os.listdir(self.tmp)))}
        for path in sorted(self.root.rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = f"{path.lstat().st_mode} {hashlib.sha256(content).hexdigest()}"
        return found

    def processes(self) -> list[int]:
        """The processes of this world that the grader did not start to use again."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if f"TZ={self.mark}".encode() in Path("/proc", name, "environ").read_bytes():
                    found.append(int(name))
            except OSError:  # it has ended, or belongs to someone else
                continue
        kept = warm.processes() | {os.getpid()}
        return [pid for pid in found if pid not in kept and not _is_a_reader(pid)]

    def close(self) -> None:
        warm.close_all()
        for listener in self._sockets:
            listener.close()

    def _listen(self) -> None:
        tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        for each in (tcp, udp):
            each.bind(("127.0.0.1", 0))
        self.tcp, self.udp = tcp.getsockname()[1], udp.getsockname()[1]
        self.abstract = f"course-test-{secrets.token_hex(8)}"
        abstract, named = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        abstract.bind(f"\0{self.abstract}")
        self.named = self.tmp / "a-socket"
        named.bind(str(self.named))
        for name, listener in (("tcp", tcp), ("abstract", abstract), ("named", named)):
            listener.listen()
            threading.Thread(target=self._accept, args=(name, listener), daemon=True).start()
        threading.Thread(target=self._read, args=(udp,), daemon=True).start()
        self._sockets = [tcp, udp, abstract, named]

    def _accept(self, name: str, listener: socket.socket) -> None:
        try:
            while True:
                listener.accept()[0].close()
                self.hits.append(name)
        except OSError:  # closed
            return

    def _read(self, listener: socket.socket) -> None:
        try:
            while listener.recv(100):
                self.hits.append("udp")
        except OSError:  # closed
            return


def _is_a_reader(pid: int) -> bool:
    """Whether it is the process in which this one reads submissions."""
    try:
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
    return int(parent) == os.getpid() and "bounded_worker" in command
