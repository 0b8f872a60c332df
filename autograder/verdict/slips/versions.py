"""Other versions of the cell that a reference's function stands in, each with one slip."""

from __future__ import annotations

import ast
import itertools
import linecache
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from autograder.verdict.slips.expressions import Things
from autograder.verdict.slips.slip import Slip
from autograder.verdict.slips.statements import statement_slips
from autograder.verdict.slips.words import shown
from course_utils.gradcheck.lines.source import TRIED
from course_utils.gradcheck.lines.syntax import Path, at, statements

# Variables that a slip takes one for another, and parts of them, at most so many.
_MOST_NAMES = 12
_MOST_PARTS = 6
_NO_THINGS = ("self", "cache", "rng")


@dataclass(frozen=True)
class Version:
    """A cell with one slip in it.

    Attributes:
        slip: what is said of it.
        codes: the cell's statements.
    """

    slip: Slip
    codes: tuple[CodeType, ...]

    def namespace(self, reference: dict[str, Any]) -> dict[str, Any]:
        """The reference's namespace, with this cell in place of its own."""
        space = dict(reference)
        for code in self.codes:
            exec(code, space)
        return space


class Cell:
    """A cell of the reference, as statements that can be changed one at a time.

    Args:
        text: of the cell.

    Attributes:
        codes: its statements as they are.
    """

    def __init__(self, text: str):
        self._tree = ast.parse(text)
        self.codes = [_compiled(statement) for statement in self._tree.body]
        self._slips = sorted(self._all_slips(), key=lambda found: found[1].likelihood)
        self._made: dict[int, Version | None] = {}

    def versions(self) -> Iterator[Version]:
        """All versions that can be compiled, the likeliest slips first."""
        for number, (path, slip) in enumerate(self._slips):
            if number not in self._made:
                self._made[number] = self._version(path, slip)
            version = self._made[number]
            if version is not None:
                yield version

    def _version(self, path: Path, slip: Slip) -> Version | None:
        assert isinstance(slip.instead, ast.stmt)
        code, place = self._changed(path, slip.instead), path[0][1]
        return Version(slip, (*self.codes[:place], code, *self.codes[place + 1 :])) if code else None

    def _all_slips(self) -> list[tuple[Path, Slip]]:
        found: dict[tuple[Path, str], tuple[Path, Slip]] = {}
        for path, statement in statements(self._tree):
            for slip in statement_slips(statement, _things_at(self._tree, path)):
                found.setdefault((path, ast.dump(slip.instead)), (path, slip))
        return list(found.values())

    def _changed(self, path: Path, instead: ast.stmt) -> CodeType | None:
        body, index = at(self._tree, path)
        kept = body[index]
        body[index] = instead
        try:
            return _compiled(self._tree.body[path[0][1]])
        except (SyntaxError, ValueError, TypeError):
            return None
        finally:
            body[index] = kept


def _compiled(statement: ast.stmt) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(ast.fix_missing_locations(ast.Module([statement], [])), TRIED, "exec")


def _things_at(tree: ast.Module, path: Path) -> Things:
    """What the function that a statement stands in works with: its arguments, what it sets, and parts of these."""
    node: Any = tree
    function: ast.FunctionDef | None = None
    for field, index in path[:-1]:
        node = getattr(node, field)[index]
        function = node if isinstance(node, ast.FunctionDef) else function
    if function is None:
        return {}
    arguments = [each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)]
    nodes = [each for statement in function.body for each in ast.walk(statement)]
    stored = [each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    names = [name for name in dict.fromkeys([*arguments, *stored]) if name not in _NO_THINGS]
    things: dict[str, ast.expr] = {name: ast.Name(name, ast.Load()) for name in names[:_MOST_NAMES]}
    parts = {
        shown(each): each
        for each in nodes
        if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Load) and shown(each)
    }
    return things | dict(itertools.islice(parts.items(), _MOST_PARTS))


def cell_of(reference: dict[str, Any], question: str) -> Cell | None:
    """The cell that defines a question's function or class; None where its text is not known."""
    code = code_of(reference.get(question))
    text = "".join(linecache.getlines(code.co_filename)) if code else ""
    return _cell(text) if text else None


def code_of(thing: object) -> CodeType | None:
    """Code of a function, or of a class's first method, whose file name is its cell; None for anything else."""
    if isinstance(thing, FunctionType):
        return thing.__code__
    methods = vars(thing).values() if isinstance(thing, type) else ()
    return next((each.__code__ for each in methods if isinstance(each, FunctionType)), None)


@lru_cache(maxsize=128)
def _cell(text: str) -> Cell:
    return Cell(text)
