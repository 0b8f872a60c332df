"""Tables as benchmarks print them."""

from __future__ import annotations


def as_text(header: tuple, rows: list[tuple]) -> None:
    """Print a table with columns in line."""
    widths = [max(len(str(row[k])) for row in (header, *rows)) for k in range(len(header))]
    for row in (header, *rows):
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()


def as_markdown(header: tuple, rows: list[tuple]) -> None:
    """Print a table in Markdown."""
    for row in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()
