"""A program that is imported once and forked for each run: importing takes longer than most of what it is asked to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

# Reads a run from its input, forks, and writes how the run ended; the child goes on below as the program itself would.
_SERVER = """
import gc, json, os, signal, sys
{imports}
gc.collect()
gc.freeze()
for line in sys.stdin:
    run = json.loads(line)
    child = os.fork()
    if not child:
        break
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(run["seconds"])
    _, status = os.waitpid(child, 0)
    signal.alarm(0)
    print(os.waitstatus_to_exitcode(status), flush=True)
else:
    sys.exit()
os.chdir(run["folder"])
os.environ.clear()
os.environ.update(run["env"])
for number, path in enumerate([os.devnull, run["out"], run["err"]]):
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    os.dup2(handle, number)
    os.close(handle)
sys.argv[1:] = run["arguments"]
{main}
"""


class ForkedProgram:
    """Starts with the first run and ends with `close`.

    Args:
        imports: what the program needs, as statements.
        main: the statement that is the program.
    """

    def __init__(self, imports: str, main: str):
        self._source = _SERVER.format(imports=imports, main=main)
        self._server: subprocess.Popen[str] | None = None

    def run(
        self, *arguments: str, folder: Path, env: dict[str, str], output: Path, seconds: int
    ) -> subprocess.CompletedProcess[str]:
        """Run the program once in a folder.

        Args:
            arguments: after the program's name.
            env: all its variables.
            output: a folder for what it says.
            seconds: it is killed after these.
        """
        out, err = output / "stdout", output / "stderr"
        run = {"arguments": arguments, "folder": str(folder), "env": env, "seconds": seconds}
        server = self._started()
        print(json.dumps(run | {"out": str(out), "err": str(err)}), file=server.stdin, flush=True)
        code = int(server.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())

    def close(self) -> None:
        """End the process that runs are forked from."""
        if self._server:
            self._server.communicate()
            self._server = None

    def _started(self) -> subprocess.Popen[str]:
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, "-P", "-c", self._source],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "OPENBLAS_NUM_THREADS": "1"},
            )
        return self._server
