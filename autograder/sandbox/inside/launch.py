"""The first program in a cold sandbox: sets limits that no later program can lift, and becomes the kernel.

Run as `python launch.py <settings as JSON> <command...>`, before any of the student's code; the settings are made by
`autograder.sandbox.bubblewrap`. Needs the standard library only, since the rest of the grader is out of its sight.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from typing import Any


def furnish(settings: dict[str, Any]) -> None:
    """Make the folders, with what was handed in."""
    for folder in (os.environ["HOME"], settings["work"]):
        os.makedirs(folder)
    if settings["files"]:
        shutil.copytree(settings["files"], settings["work"], dirs_exist_ok=True)


def limit(settings: dict[str, Any]) -> None:
    """Go to the working folder and set the limits."""
    os.chdir(settings["work"])
    # The grader that watches must get the processor before what it watches.
    os.nice(5)
    for name, value in settings["rlimits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))


def main() -> None:
    """Arrange what the kernel finds and become it."""
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    furnish(settings)
    limit(settings)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
