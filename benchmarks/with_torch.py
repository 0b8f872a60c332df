"""PyTorch, JAX and autograd for comparisons, in an environment of its own under build/: the course does not depend on them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("torch==2.13.0", "jax==0.10.2", "autograd==1.9.1", "numpy")


def torch_python() -> str:
    """The interpreter of an environment with all of them, which is made the first time."""
    folder = ROOT / "build" / "bench-torch"
    python, made = folder / "bin" / "python", folder / "installed"
    if not made.exists() or made.read_text() != "\n".join(PACKAGES):
        print(f"installing {', '.join(PACKAGES)} into {folder.relative_to(ROOT)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        made.write_text("\n".join(PACKAGES))
    return str(python)


def torch_packages() -> str:
    """The folder of that environment's packages, for `sys.path`."""
    question = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return subprocess.run(
        [torch_python(), "-c", question], check=True, capture_output=True, text=True
    ).stdout.strip()
