"""What a student's code defines and adds, found without running it: by its syntax, or line by line where it has none."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from course_utils.course import sources

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


def tidy(source: str) -> str:
    """The text without what editors add and take away: spaces at the ends of lines, empty lines at both ends."""
    return "\n".join(line.rstrip() for line in source.strip().split("\n"))


def defined_names(source: str) -> set[str]:
    """Names that code defines or assigns at its top level; guessed from its lines where it is no Python."""
    tree = _parsed(source)
    return set(_names_by_line(source) if tree is None else _names(tree))


def may_define(source: str, names: set[str]) -> bool:
    """Whether a line begins as a definition of one of these would; a quick look before the syntax is asked."""
    return not names.isdisjoint(_names_by_line(source))


def added_code(source: str, original: str, *, definitions_only: bool = False) -> str:
    """What `source` has at its top level that `original` has not; all of it where it is no Python.

    Args:
        definitions_only: only imports, functions and classes of it.
    """
    tree = _parsed(source)
    if tree is None:
        return "" if definitions_only else source
    known = {tidy(text) for text, _ in _statements(original, _parsed(original) or ast.Module([], []))}
    return "\n".join(
        text
        for text, statement in _statements(source, tree)
        if tidy(text) not in known
        and (isinstance(statement, (*_DEFINITIONS, *_IMPORTS)) or not definitions_only)
    )


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(sources.without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _names(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, _DEFINITIONS):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def _names_by_line(source: str) -> Iterator[str]:
    for line in source.split("\n"):
        words = line[:200].replace("(", " ").replace(":", " ").replace("=", " = ").split()
        if words[:1] == ["async"]:
            words = words[1:]
        if len(words) > 1 and line[0] not in " \t":
            if words[0] in ("def", "class"):
                yield words[1]
            elif words[1] == "=":
                yield words[0]


def _statements(source: str, tree: ast.Module) -> Iterator[tuple[str, ast.stmt | None]]:
    """Each top-level statement's lines, and each line between that only a kernel understands."""
    lines = source.split("\n")
    done = 0
    for statement in tree.body:
        first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
        yield from _magics(lines[done : first - 1])
        end = statement.end_lineno or first
        if end > done:  # a line may hold several
            yield "\n".join(lines[max(done, first - 1) : end]), statement
        done = end
    yield from _magics(lines[done:])


def _magics(lines: Iterable[str]) -> Iterator[tuple[str, None]]:
    yield from ((line, None) for line in lines if line.startswith(("%", "!")))
