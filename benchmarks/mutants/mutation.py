"""Wrong versions of a function, made from its source: one small change to the syntax tree each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from benchmarks.mutants.names import names_of
from benchmarks.mutants.statements import statement_changes
from benchmarks.mutants.unread import without_cache
from course_utils.gradcheck.lines.syntax import at, first_line, statements

_MARKS = re.compile(r"### (BEGIN|END) SOLUTION")


@dataclass(frozen=True)
class Mutant:
    """One wrong version of a solution cell.

    Attributes:
        question: the graded function or class.
        kind: which operator made it.
        change: the statement before and after, which names the mutant as long as that statement stands.
        source: the whole cell with the change in it.
    """

    question: str
    kind: str
    change: str
    source: str


@lru_cache
def mutants(question: str, source: str, *, cache_is_read: bool = True) -> tuple[Mutant, ...]:
    """All mutants of a solution cell, each different from the original and from the others.

    Args:
        source: the cell with its solution marks; only what stands between them is changed.
        cache_is_read: whether anything asks for the cache of a forward pass; where nothing does, what goes into it
            alone is not changed.
    """
    tree = ast.parse(source)
    inside = _solution_lines(source)
    kept = None if cache_is_read else without_cache(tree)
    seen, found, used = {ast.unparse(tree)}, [], {}
    for kind, text, before, after in _all_changes(tree, inside):
        if text in seen or (kept is not None and without_cache(ast.parse(text)) == kept):
            continue
        seen.add(text)
        change = f"{before}  →  {after}"
        used[change] = used.get(change, 0) + 1
        name = change if used[change] == 1 else f"{change}  (#{used[change]})"
        found.append(Mutant(question, kind, name, text))
    return tuple(found)


def _solution_lines(source: str) -> set[int]:
    inside, lines = False, set()
    for number, line in enumerate(source.splitlines(), start=1):
        if found := _MARKS.search(line):
            inside = found.group(1) == "BEGIN"
        elif inside:
            lines.add(number)
    return lines


def _all_changes(tree: ast.Module, inside: set[int]) -> Iterator[tuple[str, str, str, str]]:
    """(kind, mutated source, statement before, statement after) for each change at each place."""
    for path, statement in list(statements(tree)):
        if statement.lineno not in inside:
            continue
        before = first_line(statement)
        names = names_of(tree, path, statement.lineno)
        for kind, replacement in statement_changes(statement, names):
            body, index = at(tree, path)
            body[index : index + 1] = replacement
            source = ast.unparse(tree)
            after = " ; ".join(map(first_line, replacement))
            body[index : index + len(replacement)] = [statement]
            yield kind, source, before, after
