"""Functions that may not stand in for a student's answer: while a question is asked, calling them raises.

A function's code is swapped, which reaches it under every name. In a graded kernel so are functions that somebody made
of the same code before, and making more of it, or loading its module anew, is refused while the question lasts.
"""

from __future__ import annotations

import functools
import gc
import importlib
import itertools
import operator
import sys
import types
from collections.abc import Iterator
from typing import Any

# The file that the grader's own code seems to come from.
GRADER = "<grader>"


# Made after what is the course's own was frozen: whoever freezes more takes it out of sight, too.
_witness: list[object] = []


def freeze_what_is_there() -> None:
    """Leave what exists by now out of all searches; it must be the course's own."""
    global _witness
    gc.freeze()
    _witness = []


def _all_functions() -> list[types.FunctionType]:
    """All plain functions that the collector knows of, but for what the course has frozen itself."""
    functions, is_all = _functions()
    if not is_all:
        gc.unfreeze()
        functions, _ = _functions()
    return functions


def _functions() -> tuple[list[types.FunctionType], bool]:
    """The functions that are in sight, and whether nobody has frozen more than the course."""
    found: list[Any] = gc.get_objects()
    functions = [each for each in found if type(each) is types.FunctionType]
    return functions, any(map(operator.is_, found, itertools.repeat(_witness)))


class Forbidden:
    """What is forbidden in one namespace, until it is given back.

    Args:
        namespace: where bare names are looked up.
        everywhere: look through all objects of the process for functions of the same code, and watch for new ones.
    """

    def __init__(self, namespace: dict[str, Any], everywhere: bool = False):
        self._namespace, self._everywhere = namespace, everywhere
        self._held: dict[int, tuple[types.FunctionType, types.CodeType]] = {}
        self._own: set[str] = set()

    def forbid(self, paths: list[str]) -> None:
        """Let functions raise: a library's by dotted names, the namespace's own by bare ones, where it defines them."""
        self._own |= {path for path in paths if "." not in path}
        for path in paths:
            module_name, _, name = path.rpartition(".")
            # What the kernel never imported, nobody can have in hand; import it so that nobody will.
            library = importlib.import_module(module_name) if module_name else None
            thing = getattr(library, name) if library else self._namespace.get(name)
            for function in _behind(thing, name, self._namespace.get("__name__")):
                self._swap(function, name)
                if module_name and self._everywhere:
                    _WATCHED.files.add(self._held[id(function)][1].co_filename)
        if self._everywhere:
            self._forbid_copies()

    def give_back(self) -> None:
        """Let all of them be called again."""
        _WATCHED.clear()
        for function, code in self._held.values():
            function.__code__ = code
        self._held.clear()

    def _swap(self, function: types.FunctionType, name: str) -> None:
        if id(function) not in self._held:
            self._held[id(function)] = (function, function.__code__)
            function.__code__ = _stand_in_code(name, function.__code__.co_freevars)

    def _forbid_copies(self) -> None:
        # Functions that hold something of an outer one may share their code with others that are the student's own.
        codes = {_mark(code): f.__name__ for f, code in self._held.values() if not code.co_freevars}
        lines = {line for _, _, line in codes}
        for function in _all_functions():
            # Few begin at such a line, and code is copied to be looked at.
            is_near = function.__code__.co_firstlineno in lines
            if name := (is_near and codes.get(_mark(function.__code__))) or self._was(function):
                self._swap(function, name)
        _WATCHED.codes |= {code for code, _, _ in codes}
        _WATCHED.begin()

    def _was(self, function: types.FunctionType) -> str:
        """The forbidden name under which the namespace defined a function that may have another one by now, or ""."""
        if not self._own or function.__globals__ is not self._namespace:
            return ""
        name = function.__code__.co_qualname
        return name if name in self._own else ""


def _mark(code: types.CodeType) -> tuple[bytes, str, int]:
    """What copies of a code have in common, whatever they are called."""
    return code.co_code, code.co_filename, code.co_firstlineno


def _behind(thing: Any, name: str, home: str | None, depth: int = 5) -> Iterator[types.FunctionType]:
    """The functions that calling `thing` calls: itself, or what a wrapper, a partial or an object of the notebook holds."""
    if depth == 0 or thing is None:
        return
    inner: list[Any] = []
    if isinstance(thing, types.FunctionType):
        yield thing
        held = [cell.cell_contents for cell in thing.__closure__ or () if cell != types.CellType()]
        inner = [each for each in held if getattr(each, "__name__", None) == name]
    elif isinstance(thing, functools.partial):
        inner = [thing.func]
    elif isinstance(thing, types.MethodType | staticmethod):
        inner = [thing.__func__]
    elif type(thing).__module__ == home and hasattr(thing, "__dict__"):
        inner = [vars(type(thing)).get("__call__"), *vars(thing).values()]
    inner.append(getattr(thing, "__wrapped__", None))
    inner.append(getattr(thing, "pyfunc", None))  # NumPy's vectorize
    for each in inner:
        yield from _behind(each, name, home, depth - 1)


@functools.cache
def _stand_in_code(name: str, cells: tuple[str, ...]) -> types.CodeType:
    """Code that raises for any call; swapped into a function, it reaches every name the function was imported by.

    Args:
        cells: names of what the function holds of an outer one.
    """
    outer = "".join(f"    {cell} = None\n" for cell in cells)
    uses = "".join(f"        {cell}\n" for cell in cells)
    source = (
        f"def outer():\n{outer}    def stand_in(*args, **kwargs):\n"
        f"        raise RuntimeError('write this one yourself: {name} may not stand in for your answer')\n{uses}"
        "    return stand_in\n"
    )
    scope: dict[str, Any] = {}
    exec(compile(source, GRADER, "exec"), scope)
    return scope["outer"]().__code__


class _Watched:
    """Code that no new function may be made of, and files that may not be run again; Python never forgets a hook."""

    def __init__(self) -> None:
        self.codes: set[bytes] = set()
        self.files: set[str] = set()
        self._begun = False

    def begin(self) -> None:
        if not self._begun:
            self._begun = True
            sys.addaudithook(self._hear)

    def clear(self) -> None:
        self.codes.clear()
        self.files.clear()

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        match event:
            case "function.__new__":
                refused = args[0].co_code in self.codes
            case "code.__new__":
                refused = args[0] in self.codes
            case "object.__setattr__":
                refused = args[1] == "__code__" and args[2].co_code in self.codes
            case "exec":
                refused = getattr(args[0], "co_filename", "") in self.files
            case _:
                refused = False
        if refused:
            raise RuntimeError(
                "write this one yourself: no function may be made of one that is forbidden here"
            )


_WATCHED = _Watched()
