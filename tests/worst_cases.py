"""Texts that send a search which looks twice at the same place over its square, and a process to try functions on them."""

from __future__ import annotations

import subprocess
import sys

# Each is repeated until the text has the size that is asked for.
WORST = {
    "newlines": "\n",
    "spaces and newlines": " \n",
    "begin marks": "### BEGIN HIDDEN TESTS\n",
    "solution marks": "### BEGIN SOLUTION\n",
    "calls that never end": "grade(\n",
    "calls": 'grade("f")\n',
    "parentheses": "(",
    "minus signs": "-",
    "quotes": '"""\n',
    "escapes": "\x1b[",
    "environments": "\\begin{a}",
    "definitions": "def f(\n",
    "tags": "<a><b>",
}

_RUN = """
import importlib, resource, sys
module, function, unit, size = sys.argv[1:]
text = (unit.encode().decode("unicode_escape") * (int(size) // 2))[: int(size)]
function = getattr(importlib.import_module(module), function)
used = resource.getrusage(resource.RUSAGE_SELF).ru_utime
resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 4, int(used) + 4))
function(text)
"""


def ends_in_time(module: str, function: str, unit: str, size: int) -> bool:
    """Whether a function of a text ends within about four seconds of processor time, in a process that is stopped after them.

    What is linear takes hundredths of a second for a megabyte; what is quadratic takes minutes.
    """
    escaped = unit.encode("unicode_escape").decode()
    command = [sys.executable, "-c", _RUN, module, function, escaped, str(size)]
    return subprocess.run(command, check=False, capture_output=True, timeout=120).returncode == 0
