"""What Python code says, whatever its comments and lines: looked at once, and kept in the user's cache by the text itself.

A course reaches some three hundred modules, and to read their syntax takes longer than to grade a notebook. All functions here
depend on the texts that they get and on nothing else.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from pathlib import Path

from autograder.course import kept
from autograder.course.digest import digest

# Where a statement holds others.
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
# So much is kept; what was not asked for by the process that writes goes first.
_MOST = 5000


class _Kept:
    """What has been found, in a file of the user's cache."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self._asked: dict[str, list[str]] = {}
        self._path: Path | None = None
        self._is_new = False

    def of(self, key: str, look: Callable[[], list[str]]) -> list[str]:
        """What was found before, or what looking finds."""
        self._read()
        if key not in self._asked:
            self._is_new |= key not in self._found
            self._asked[key] = self._found[key] if key in self._found else look()
        return self._asked[key]

    def write(self) -> None:
        """Keep what is new."""
        if self._path and self._is_new:
            self._is_new = False
            unasked = [item for item in self._found.items() if item[0] not in self._asked]
            most = self._asked | dict(unasked[: max(0, _MOST - len(self._asked))])
            kept.write(self._path, json.dumps(most))

    def _read(self) -> None:
        path = kept.cache() / "code.json"
        if path != self._path:
            self._path, self._asked = path, {}
            self._found = json.loads(kept.read(path) or "{}")


_kept = _Kept()
keep = _kept.write
# Another Python, or other code here, may see other things in the same text.
_BY = digest(sys.version, Path(__file__).read_bytes())


def _looked_at_once(look: Callable[..., Iterator[str]]) -> Callable[..., list[str]]:
    @wraps(look)
    def found(source: bytes, *more: str) -> list[str]:
        key = digest(_BY, look.__name__, source, *more)
        return _kept.of(key, lambda: list(look(source, *more)))

    return found


@_looked_at_once
def _digest_and_imports(source: bytes, *but: str) -> Iterator[str]:
    tree = ast.parse(source)
    left_out = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in but]
    rest = ast.Module([node for node in tree.body if node not in left_out], [])
    names = {node.id for node in ast.walk(rest) if isinstance(node, ast.Name)}
    rest.body += [node for node in left_out if node.name in names]
    yield digest(ast.dump(rest))
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def said(source: bytes, but: Collection[str] = ()) -> str:
    """Digest of what code says, comments left out.

    Args:
        but: functions that are left out, too, where nothing else in it names them.
    """
    return _digest_and_imports(source, *sorted(but))[0]


def imports(source: bytes) -> list[str]:
    """Names of modules that may be meant by the import statements of some code."""
    return _digest_and_imports(source)[1:]


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements, however deep; the expressions in them, most of a tree, are not looked at."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in _BLOCKS:
            waiting += getattr(node, block, ())


@_looked_at_once
def _words(source: bytes) -> Iterator[str]:
    yield from sorted(set(re.findall(r"\w+", ast.unparse(ast.parse(source)))))


def words(source: bytes) -> set[str]:
    """All names and words in some code, comments left out."""
    return set(_words(source))


@_looked_at_once
def _defined(source: bytes) -> Iterator[str]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def defined(source: bytes) -> list[str]:
    """Names of the functions, classes and variables that some code defines at its top."""
    return _defined(source)
