"""A class graded by a scheduler and two workers, each in a network namespace of its own, joined to the coordinator's by a bridge.

unshare --user --map-root-user --net python -m benchmarks.machines COURSE_FOLDER NOTEBOOK

What `benchmarks.grading --marks` compares with the other ways of grading. Needs iproute2, util-linux and openssl.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
NETWORK, PORT = "10.77.0", 8786
ADDRESS = f"tls://{NETWORK}.2:{PORT}"  # the first that joins is the scheduler
INSIDE = ("unshare", "--user", "--map-root-user", "--net")
WORKERS = 2


def grade_apart(course: Path, name: str) -> None:
    """Grade what was handed in, from a namespace of its own, whatever becomes of single submissions."""
    command = [*INSIDE, sys.executable, "-m", "benchmarks.machines", str(course), name]
    subprocess.run(command, cwd=ROOT, check=True)


def certificates(folder: Path) -> dict[str, str]:
    """Files made by the very commands of docs/cluster.md, by the name of the option that takes them."""
    text = (ROOT / "docs" / "cluster.md").read_text()
    found = re.search(r"```sh certificates\n(.*?)```", text, re.DOTALL)
    assert found, "docs/cluster.md has no commands for certificates"
    subprocess.run(["sh", "-ec", found[1]], cwd=folder, check=True, capture_output=True, timeout=120)
    return {"ca": f"{folder}/ca.pem", "cert": f"{folder}/course.pem", "key": f"{folder}/course.key"}


def ip(*arguments: str, at: int | None = None) -> None:
    """Change the network of this namespace, or of that of a process."""
    enter = ["nsenter", "--target", str(at), "--net"] if at else []
    subprocess.run([*enter, "ip", *arguments], check=True)


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a namespace and a folder of its own, which does nothing before `go`."""
    folder.mkdir()
    waiting = ["unshare", "--net", "sh", "-c", 'read -r go; exec "$@"', "sh", *command]
    env = os.environ | {"XDG_CACHE_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            waiting, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        while os.readlink(f"/proc/{process.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def go(process: subprocess.Popen[bytes]) -> None:
    """Let a process start."""
    assert process.stdin
    process.stdin.write(b"\n")
    process.stdin.close()


def join(number: int, pid: int) -> None:
    """Join a process's namespace to the bridge."""
    ip("link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", str(pid))
    ip("link", "set", f"port{number}", "master", "bridge", "up")
    for arguments in (
        ("addr", "add", f"{NETWORK}.{number + 2}/24", "dev", "eth0"),
        ("link", "set", "eth0", "up"),
        ("link", "set", "lo", "up"),
    ):
        ip(*arguments, at=pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("course", type=Path)
    parser.add_argument("notebook")
    options = parser.parse_args()
    ip("link", "set", "lo", "up")
    ip("link", "add", "bridge", "type", "bridge")
    ip("addr", "add", f"{NETWORK}.1/24", "dev", "bridge")
    ip("link", "set", "bridge", "up")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        tls = [part for kind, path in certificates(folder).items() for part in (f"--tls-{kind}", path)]
        dask = ["dask", "scheduler", "--protocol", "tls", "--port", str(PORT), "--no-dashboard"]
        worker = ["course", "worker", ADDRESS, "--slots", "1", *tls]
        commands = [[*dask, "--tls-ca-file", *tls[1:]], *[worker] * WORKERS]
        for number, (program, *arguments) in enumerate(commands):
            process = stack.enter_context(
                running([str(PROGRAMS / program), *arguments], folder / str(number))
            )
            join(number, process.pid)
            go(process)
        grade = ["course", "grade", options.notebook, "--scheduler", ADDRESS, *tls]
        subprocess.run([PROGRAMS / grade[0], *grade[1:]], cwd=options.course, check=False)


if __name__ == "__main__":
    main()
