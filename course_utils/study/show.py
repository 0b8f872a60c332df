"""Showing a text where it is asked for: as Markdown in a notebook, in plain characters in a terminal."""

from __future__ import annotations

import sys
from typing import Any

from course_utils.study.formulas import plain


def show(markdown: str, html: str = "") -> None:
    """Show a text, with its formulas set where that is possible.

    Args:
        html: what a notebook shows in its place.
    """
    text = plain(markdown)
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if not hasattr(shell, "kernel"):
        print(text)
        return
    from IPython.display import display

    rich = {"text/html": html} if html else {"text/markdown": markdown}
    display({"text/plain": text, **rich}, raw=True)
