"""nbgrader's formgrader as this course has it: lists in words that fit, and a page to mark on that comes soon."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment

# Where a Jupyter server runs the formgrader; elsewhere nobody loads it.
_FORMGRADER = "nbgrader.server_extensions.formgrader.formgrader"
_ADDED = Path(__file__).parent / "formgrader" / "lists"


def prepare_formgrader() -> None:
    """Let the formgrader of this process, if it is a Jupyter server, make its lists and pages as this course has them."""
    extension = getattr(sys.modules.get(_FORMGRADER), "FormgradeExtension", None)
    if extension is None or hasattr(extension, "prepared"):
        return
    begin = extension.init_tornado_settings

    def begin_prepared(self: Any, server: Any) -> None:
        begin(self, server)
        pages = server.settings["nbgrader_jinja2_env"]
        pages.loader = _Prepared(pages.loader)
        # Loaded here, where nbconvert is already: nobody but such a server needs it.
        from autograder.nbgrader_bridge.marking_page import MarkingExporter

        server.settings["nbgrader_exporter"] = MarkingExporter(config=self.config)

    extension.init_tornado_settings, extension.prepared = begin_prepared, True


class _Prepared(BaseLoader):
    """nbgrader's templates, with more at the end of the one that all its lists extend."""

    def __init__(self, loader: BaseLoader):
        self._loader = loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, path, is_fresh = self._loader.get_source(environment, template)
        if template == "base.tpl":
            source = source.replace("</body>", f"{{% raw %}}{_added()}{{% endraw %}}</body>")
        return source, path, is_fresh


def _added() -> str:
    style, theme, words = (
        _ADDED.joinpath(name).read_text(encoding="utf-8") for name in ("theme.css", "theme.js", "lists.js")
    )
    return f"<style>{style}</style><script>{theme}</script><script>{words}</script>"
