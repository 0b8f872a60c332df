"""Time limits on a busy machine: waiting for a processor is not charged, working and sleeping are."""

import contextlib
import os
import subprocess
import sys
import time

import pytest

from autograder.limits import CellLimits
from autograder.sandbox import bubblewrap
from autograder.sandbox.clock import FairClock, wall_seconds
from autograder.sandbox.session import KernelSession

BURN = """
import sys, time
sys.stdin.readline()
begun = time.process_time()
while time.process_time() - begun < 0.4: pass
print("done", flush=True)
sys.stdin.readline()
"""
SLEEP = BURN.replace("while time.process_time() - begun < 0.4: pass", "time.sleep(0.4)")
CROWD = "import time\nbegun = time.time()\nwhile time.time() - begun < 30: pass"


@contextlib.contextmanager
def started(source, *, cpu):
    pinned = f"import os; os.sched_setaffinity(0, {{{cpu}}})\n{source}"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-S", "-c", pinned], **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def charged_and_wall(source, crowd):
    """Seconds on a process's fair clock and on the wall while it does its work beside `crowd` others."""
    cpu = min(os.sched_getaffinity(0))
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(started(source, cpu=cpu))
        for _ in range(crowd):
            stack.enter_context(started(CROWD, cpu=cpu))
        clock, begun = FairClock(process.pid), time.monotonic()
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
        return clock(), time.monotonic() - begun


@pytest.mark.skipif(
    not os.path.exists("/proc/self/schedstat"), reason="this system does not say how long a process waits"
)
def test_waiting_behind_others_is_not_charged():
    charged, wall = charged_and_wall(BURN, crowd=4)
    assert 0.19 * wall < charged < 0.6 * wall


def test_sleeping_is_charged_in_full():
    charged, wall = charged_and_wall(SLEEP, crowd=0)
    assert charged > 0.9 * min(wall, 0.4)


def test_a_process_that_has_ended_keeps_being_charged():
    with started(BURN, cpu=min(os.sched_getaffinity(0))) as process:
        clock = FairClock(process.pid)
        process.kill()
        process.wait()
        first = clock()
        assert clock() > first


def test_wall_time_is_bounded_by_fair_time():
    assert wall_seconds(60) == 300


STUBBORN = """
import time
try:
    time.sleep(30)
except KeyboardInterrupt:
    time.sleep(1.5)
"""


@pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason)
@pytest.mark.parametrize(("speed", "dies"), [(1.0, True), (0.4, False)])
def test_waiting_while_it_is_interrupted_is_not_charged_either(tmp_path, speed, dies):
    with KernelSession(tmp_path, dict(os.environ)) as kernel:
        fair = kernel.clock
        kernel.clock = lambda: speed * fair()  # as one that waits for a processor most of the time
        kernel.run(STUBBORN, CellLimits(seconds=0.5, grace_seconds=0.9))
        assert bool(kernel.dead) is dies
