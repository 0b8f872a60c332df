"""Whether the page that figures appear on is dark, as far as a kernel can know."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import json5
from jupyter_core.paths import jupyter_config_dir

_THEMES = "@jupyterlab/apputils-extension/themes.jupyterlab-settings"


def is_dark() -> bool:
    """Whether a dark theme is chosen in JupyterLab or Notebook 7, whose settings are a file.

    One that follows the system's, or that of another program, is not known here: figures are then white, which is
    legible on every page.
    """
    folder = os.environ.get("JUPYTERLAB_SETTINGS_DIR") or Path(jupyter_config_dir(), "lab", "user-settings")
    path = Path(folder, _THEMES)
    try:
        return _names_a_dark_theme(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return False


@functools.lru_cache(maxsize=8)
def _names_a_dark_theme(path: Path, _written: int) -> bool:
    settings = json5.loads(path.read_text(encoding="utf-8"))
    if not isinstance(settings, dict) or settings.get("adaptive-theme"):
        return False
    return "dark" in str(settings.get("theme", "")).lower()
