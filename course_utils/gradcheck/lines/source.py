"""The source of a function, and other versions of it, in a copy of the namespace that it lives in."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

# What a version is called in a traceback.
TRIED = "<a changed version>"
# Names that reach beyond the function: nothing of it is tried then.
_REACHES_OUT = frozenset(
    ("open", "exec", "eval", "input", "os", "sys", "subprocess", "shutil", "pathlib", "Path", "socket", "requests", "setattr")
)  # fmt: skip
_LONGEST = 200


class Source:
    """A function as a syntax tree.

    Attributes:
        tree: a module that holds the function alone; changed and put back between two calls of `compiled`.
        body: the function's statements.
    """

    def __init__(self, function: FunctionType, text: str, first_line: int) -> None:
        self._function, self._offset = function, first_line - 1
        self.tree = ast.parse(text)
        definition = self.tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list = []
        self._definition = definition
        self._space: dict[str, Any] = {}

    @property
    def definition(self) -> ast.FunctionDef:
        """The function's own statement."""
        return self._definition

    def line(self, statement: ast.stmt) -> int:
        """The statement's line in its file or cell."""
        return statement.lineno + self._offset

    def compiled(self) -> Callable[..., Any]:
        """The function that the tree makes now.

        Raises:
            SyntaxError, ValueError: the tree makes none.
        """
        cells = dict(zip(self._function.__code__.co_freevars, self._function.__closure__ or (), strict=True))
        module = self.tree
        if cells:
            module = ast.fix_missing_locations(_inside(self._definition, list(cells)))
        # Its numbers and lists are copied anew each time, so that no version sees what another one did.
        space = _copied(self._function)
        exec(compile(module, TRIED, "exec"), space)
        if not cells:
            return space[self._definition.name]
        return space["_outer_"](**{name: _own(cell.cell_contents) for name, cell in cells.items()})


def source_of(function: Callable[..., Any]) -> Source | None:
    """A function's source; None where it cannot be had, is long, or reaches beyond its arguments."""
    function = inspect.unwrap(function)
    if isinstance(function, MethodType) or not isinstance(function, FunctionType):
        return None
    try:
        lines, first = inspect.getsourcelines(function)
        text = textwrap.dedent("".join(lines))
        tree = ast.parse(text)
        if not (len(tree.body) == 1 and isinstance(tree.body[0], ast.FunctionDef) and len(lines) <= _LONGEST):
            return None
        if _reaches_out(tree) or any(_is_empty(cell) for cell in function.__closure__ or ()):
            return None
        return Source(function, text, first)
    except (OSError, TypeError, SyntaxError, ValueError):
        return None


def source_text(function: Callable[..., Any]) -> str:
    """A function's source as text; "" where it cannot be had."""
    try:
        return inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError):
        return ""


def _reaches_out(tree: ast.Module) -> bool:
    """Whether running a changed version could touch something besides its own values."""
    kinds = (ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.Await, ast.Yield, ast.YieldFrom)
    return any(
        isinstance(node, kinds) or (isinstance(node, ast.Name) and node.id in _REACHES_OUT)
        for node in ast.walk(tree)
    )


def _is_empty(cell: CellType) -> bool:
    """Whether a variable that the function closes over has no value yet."""
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return True
    return False


def _inside(definition: ast.FunctionDef, names: list[str]) -> ast.Module:
    """The function inside another one whose arguments are what it closes over."""
    arguments = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
    result = ast.Return(ast.Name(definition.name, ast.Load()))
    return ast.Module([ast.FunctionDef("_outer_", arguments, [definition, result], [], None)], [])


def _copied(function: FunctionType) -> dict[str, Any]:
    """The namespace, with copies of the data that the function names."""
    space = dict(function.__globals__)
    for name in function.__code__.co_names:
        if name in space:
            space[name] = _own(space[name])
    return space


def _own(value: Any) -> Any:
    if isinstance(value, (ModuleType, FunctionType, type)) or callable(value):
        return value
    return value.copy() if isinstance(value, np.ndarray) else copy.deepcopy(value)
