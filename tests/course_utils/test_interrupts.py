"""Ctrl-C, a closed terminal and a polite kill are heard wherever they strike, and end in a sentence."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a Ctrl-C reaches a whole console")

_DROPPED = """
import signal, time
from course_utils import interrupts

class Struck:
    def __del__(self):
        if {here}:
            signal.raise_signal(signal.SIGINT)
        raise ValueError("said as ever")

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with interrupts.heard():
        Struck()
        time.sleep(30)
    print("not heard")
except KeyboardInterrupt:
    print("heard")
"""


def run(here: bool) -> subprocess.CompletedProcess[str]:
    code = _DROPPED.format(here=here).replace("sleep(30)", "sleep(30)" if here else "sleep(0)")
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_a_ctrl_c_that_python_drops_strikes_again():
    done = run(True)
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_what_else_python_drops_is_said_as_ever():
    done = run(False)
    assert done.stdout == "not heard\n"
    assert "said as ever" in done.stderr


def test_the_hook_is_taken_back():
    code = "import sys\nfrom course_utils import interrupts\nbefore = sys.unraisablehook\nwith interrupts.heard(): pass\nprint(sys.unraisablehook is before)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "True\n"


# A command that has begun something, and clears it away; `course` itself, but for what it does.
_BUSY = """
import signal, sys, time
import typer
from course_utils import cli, interrupts

def work():
    try:
        print("begun", flush=True)
        time.sleep(60)
    finally:
        print("cleared away", flush=True)

signal.signal(signal.SIGINT, signal.default_int_handler)  # which tests that run in the background ignore
for name in ("SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_DFL)  # and under nohup this
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(work)
with interrupts.told():
    cli.run(app)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_whatever_stops_a_command_lets_it_clear_away(number):
    with subprocess.Popen(
        [sys.executable, "-c", _BUSY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "cleared away\n")
    assert errors == "stopped; what was finished is kept\n"


def test_who_runs_a_command_under_nohup_is_not_stopped_by_a_closed_terminal():
    code = (
        "import signal, os\nfrom course_utils import interrupts\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with interrupts.heard():\n    os.kill(os.getpid(), signal.SIGHUP)\nprint('goes on')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "goes on\n"


@pytest.mark.parametrize("door", ["autograder.door", "course_utils.door"])
def test_who_stops_a_command_while_it_loads_is_told_so_in_a_sentence(door):
    code = (
        "import builtins, signal\nload = builtins.__import__\n"
        "def slow(name, *rest):\n    if name == 'typer': signal.raise_signal(signal.SIGINT)\n    return load(name, *rest)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"from {door} import main\nbuiltins.__import__ = slow\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "stopped; what was finished is kept\n")
