"""The first program in a sandbox: sets limits that no later program can lift, and becomes the kernel.

Run as `python launch.py <settings as JSON> <command...>`, before any of the student's code; the settings are made by
`autograder.sandbox.bubblewrap`. Needs the standard library only, since the rest of the grader is out of its sight.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys


def main() -> None:
    """Make the folders, set the limits and become the command."""
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    for folder in (os.environ["HOME"], settings["work"]):
        os.makedirs(folder)
    if settings["files"]:
        shutil.copytree(settings["files"], settings["work"], dirs_exist_ok=True)
    os.chdir(settings["work"])
    # The grader that watches must get the processor before what it watches.
    os.nice(5)
    for name, value in settings["rlimits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
