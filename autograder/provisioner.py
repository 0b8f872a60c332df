"""How the kernel of a graded notebook is started: the one place where a sandbox goes.

Jupyter finds this class by the kernel spec "course-grader", so that `course grade`, `nbgrader autograde` and the
formgrader all start student code in the same way.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from course_utils.grading import SOCKET_VARIABLE

# What a kernel needs from the grader's environment; everything else (tokens, database urls, paths) stays out of it.
_ALLOWED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV", SOCKET_VARIABLE)


class GradingProvisioner(LocalProvisioner):
    """Starts a kernel with a cleared environment, an empty home and channels that only its own folder can reach."""

    _folder: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        self._folder = Path(tempfile.mkdtemp(prefix="kernel-"))
        manager = self.parent
        manager.transport = "ipc"
        manager.ip = str(self._folder / "channel")
        manager.connection_file = str(self._folder / "connection.json")
        kwargs["env"] = self._environment(kwargs.get("env") or os.environ)
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        if self._folder and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _environment(self, env: dict[str, str]) -> dict[str, str]:
        home = self._folder / "home"
        home.mkdir()
        return {name: env[name] for name in _ALLOWED if name in env} | {
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "MPLCONFIGDIR": str(home / "matplotlib"),
            # A grader runs one submission a core.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
