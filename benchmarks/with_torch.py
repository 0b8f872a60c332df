"""PyTorch for comparisons, in an environment of its own under build/: the course does not depend on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TORCH = "torch==2.13.0"


def torch_python() -> str:
    """The interpreter of an environment with PyTorch, which is made the first time."""
    folder = ROOT / "build" / "bench-torch"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        print(f"installing {TORCH} into {folder.relative_to(ROOT)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", TORCH, "numpy"], check=True)
        (folder / "installed").touch()
    return str(python)


def torch_packages() -> str:
    """The folder of that environment's packages, for `sys.path`."""
    question = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return subprocess.run(
        [torch_python(), "-c", question], check=True, capture_output=True, text=True
    ).stdout.strip()
