"""The progress bar of a training, on a terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

from places import TESTS

TRAINING = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from models_for_training import DATA, SmallNet, Solver

def stop(solver):
    if solver.epoch == 2:
        solver.stop("Seen enough.")

Solver(SmallNet(), DATA, batch_size=30, num_epochs=3, print_every=2, progress=True, callbacks=[stop]).train()
"""


def shown_on_a_terminal(program: str) -> list[str]:
    """The lines that somebody sees at a terminal of 100 columns after a Python program has ended."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with subprocess.Popen([sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return [_overwritten(line) for line in written.decode().split("\n")]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that nobody writes any more
        return b""


def _overwritten(line: str) -> str:
    """What is left of a line whose carriage returns began it anew."""
    left = ""
    for part in line.split("\r"):
        left = part + left[len(part) :]
    return left.rstrip()


def test_printed_lines_stand_above_the_bar():
    *lines, bar, end = shown_on_a_terminal(TRAINING)
    expected = [
        "(Iteration 1 / 9) loss: ",
        "(Epoch 0 / 3) train acc: ",
        "(Iteration 3 / 9) loss: ",
        "(Epoch 1 / 3)",
    ]
    expected += [
        "(Iteration 5 / 9) loss: ",
        "(Epoch 2 / 3) train acc: ",
        "(Iteration 7 / 9) loss: ",
        "Seen enough.",
    ]
    assert [line[: len(words)] for line, words in zip(lines, expected, strict=False)] == expected
    assert [line for line in lines if "step/s" in line or "|" in line] == []
    assert "7/9 [" in bar
    assert end == ""
