"""What a kernel prints and displays, taken over as plain data: known types, well-formed text, nothing else."""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from course_utils.text import well_formed

_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_TEXT_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")
_IMAGE_TYPES = ("image/png", "image/jpeg")


def clean_output(kind: Any, content: Any) -> NotebookNode | None:
    """A cell output made of a kernel's message, or None when the message is no proper output.

    Args:
        kind: the message's type.
        content: the message's content; anything at all.
    """
    if not isinstance(content, dict):
        return None
    match kind:
        case "stream" if isinstance(content.get("text"), str):
            name = "stderr" if content.get("name") == "stderr" else "stdout"
            return new_output("stream", name=name, text=well_formed(content["text"]))
        case "display_data" | "execute_result":
            data = _data(content.get("data"))
            return new_output("display_data", data=data) if data else None
        case "error":
            name, value = (text_of(content.get(key)) for key in ("ename", "evalue"))
            lines = content.get("traceback")
            traceback = [text_of(line) for line in lines] if isinstance(lines, list) else []
            return new_output("error", ename=name, evalue=value, traceback=traceback)
    return None


def _data(bundle: Any) -> dict[str, str]:
    if not isinstance(bundle, dict):
        return {}
    texts = {kind: well_formed(bundle[kind]) for kind in _TEXT_TYPES if isinstance(bundle.get(kind), str)}
    images = {
        kind: bundle[kind]
        for kind in _IMAGE_TYPES
        if isinstance(bundle.get(kind), str) and _BASE64.fullmatch(bundle[kind])
    }
    return texts | images


def text_of(value: Any) -> str:
    """Well-formed text, and "" for anything that is none."""
    return well_formed(value) if isinstance(value, str) else ""
