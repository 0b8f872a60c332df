"""Ctrl-C is heard wherever it strikes."""

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
