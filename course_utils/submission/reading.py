"""A file that should be a notebook, read down to what is believed of it: the kind, the text and the names of its cells.

Outputs, attachments and metadata are left behind here, and count for nothing. This module, like `matching`, runs in a
bounded process and imports little, so that such a process starts fast.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 100_000_000
"""What a notebook's file may have, in bytes, its outputs included."""
HANDED_IN_BYTES = 20_000_000
"""What the files beside it may have together, in bytes, where the course sets no other limit."""
MAX_TEXT = 20_000_000
"""What all its cells may have, in bytes as a notebook's file holds them, without their outputs."""
MAX_CELLS = 10_000


class Unreadable(Exception):
    """Nothing can be taken from a file; the text says why."""


@dataclass(frozen=True)
class Cell:
    """What is believed of a submitted cell: plain text, nothing else."""

    kind: str
    source: str
    grade_id: str | None = None
    id: str | None = None


def read_cells(submission: bytes) -> list[Cell]:
    """The cells of a notebook, line ends made one.

    Raises:
        ValueError: it is no notebook of format 4, or too large; the text says so.
    """
    if len(submission) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES:,} bytes; clear its outputs")
    data = _json(submission)
    if not isinstance(data, dict) or "nbformat" not in data:
        raise ValueError("it is not a notebook (no nbformat)")
    version = data["nbformat"]
    if type(version) is not int or version != 4:
        said = version if type(version) is int and abs(version) < 100 else "unknown"
        raise ValueError(
            f"it is a notebook of format {said}, not 4; open it in JupyterLab, save it and hand it in again"
        )
    if not isinstance(data.get("cells"), list):
        raise ValueError("it is a notebook without a list of cells")
    return _within_limits([cell for raw in data["cells"] if (cell := _cell(raw))])


def _json(submission: bytes) -> Any:
    """What the bytes say: UTF-8, UTF-16 or UTF-32 with or without a byte order mark, or an editor's 8-bit letters."""
    try:
        try:
            return json.loads(submission)
        except UnicodeDecodeError:
            return json.loads(submission.decode("latin-1"))
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not a notebook (no valid JSON)") from error


def _within_limits(cells: list[Cell]) -> list[Cell]:
    if len(cells) > MAX_CELLS:
        raise ValueError(f"it has {len(cells):,} cells, and a notebook may have {MAX_CELLS:,}")
    size = sum(_written_bytes(cell.source) for cell in cells)
    if size > MAX_TEXT:
        raise ValueError(
            f"its cells have {size:,} bytes of text, and those of a notebook may have {MAX_TEXT:,}"
        )
    return cells


def _written_bytes(source: str) -> int:
    """What a text takes in a file; one control character takes six bytes."""
    return len(json.dumps(source, ensure_ascii=False).encode())


def _cell(raw: Any) -> Cell | None:
    if not isinstance(raw, dict) or raw.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = raw.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    metadata = raw.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    settings = metadata.get("nbgrader")
    grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
    # Some editors move a cell's id into its metadata.
    ids = [name for name in (raw.get("id"), metadata.get("id")) if isinstance(name, str)]
    return Cell(
        raw["cell_type"],
        _text(source),
        grade_id if isinstance(grade_id, str) else None,
        next(iter(ids), None),
    )


def _text(source: str) -> str:
    """Text that can be written as UTF-8, with one kind of line end."""
    return source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
