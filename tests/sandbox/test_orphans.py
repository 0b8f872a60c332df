"""What a worker has started ends with it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers grade on Linux")

# A process whose parent dies at once, as bubblewrap's first one may, and one that nobody has a note of.
_LEFT = """
import subprocess, sys, threading, time
from pathlib import Path
from autograder.sandbox import orphans

orphans.adopt()
parent = subprocess.run(["sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True)
started = []
thread = threading.Thread(target=lambda: started.append(subprocess.Popen(["sleep", "300"])))
thread.start()
thread.join()
pids = [int(parent.stdout), started[0].pid]
assert all(Path(f"/proc/{pid}").exists() for pid in pids), pids
orphans.end_all()
print([pid for pid in pids if Path(f"/proc/{pid}").exists()])
"""


def test_orphans_and_what_nobody_knows_of_are_ended():
    done = subprocess.run([sys.executable, "-c", _LEFT], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr
