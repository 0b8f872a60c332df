"""Which names a piece of code reads that it does not bind itself."""

from __future__ import annotations

import builtins
import symtable
from collections.abc import Container, Iterator


def unknown_names(source: str, known: Container[str]) -> list[str]:
    """Names that the code reads, at the top or inside its functions, and that are neither known nor built in.

    Args:
        source: Python that compiles.
        known: the names that are there when it runs.
    """
    table = symtable.symtable(source, "<cell>", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    read = dict.fromkeys(_globals_read(table))
    return [name for name in read if name not in known and name not in bound and not hasattr(builtins, name)]


def _globals_read(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (top or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals_read(child)
