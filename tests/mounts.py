"""Commands run where a folder cannot be written, not even by root: a read-only mount in a namespace of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

_READ_ONLY = """
set -e
mount --bind "$2" "$2"
mount -o remount,ro,bind "$2"
cd "$1"
shift 2
exec "$@"
"""


def run_read_only(
    place: Path, read_only: Path, command: list[str], *, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command at a place while a folder is read-only; skips the test where nothing can be mounted so."""
    prefix = ["unshare", "--mount", "sh", "-c", _READ_ONLY, "sh", str(place), str(read_only)]
    try:
        probe = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare here to make a read-only folder with")
    if probe.returncode:
        pytest.skip(f"no read-only folder can be mounted here: {probe.stderr.strip()}")
    return subprocess.run(
        [*prefix, *command],
        capture_output=True,
        text=True,
        timeout=seconds,
        env=os.environ | {"COLUMNS": "200"},
        check=False,
    )
