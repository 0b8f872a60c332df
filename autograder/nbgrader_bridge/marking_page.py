"""The page on which the formgrader shows one submission to whoever marks it."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbformat.notebooknode import NotebookNode


class MarkingExporter(HTMLExporter):
    """nbconvert's exporter without its last step, which takes longer than all others: it parses the whole page to describe pictures.

    The template `marking` and `markup.clean` describe them themselves.
    """

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Make the page's HTML."""
        page, resources = TemplateExporter.from_notebook_node(
            self, nb, self._init_resources(resources), **kwargs
        )
        return str(page), resources
