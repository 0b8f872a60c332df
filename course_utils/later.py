"""Modules that are loaded at their first use, not at their first mention."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def build_no_grammars() -> None:
    """Let those of internationalized addresses be built when one is checked.

    Jupyter and nbformat ask jsonschema, which asks for them: a second and more of processor time in every process,
    and no schema of a notebook has such an address.
    """
    load_later("rfc3987_syntax", "is_valid_syntax")


def load_later(name: str, *functions: str) -> None:
    """Let a module that others import be loaded only when one of its functions is called, or anything of its own is asked of it.

    Args:
        name: of the module; nothing happens where it is loaded already, or is not installed.
        functions: names that others import from it.
    """
    if name not in sys.modules and (spec := find_spec(name)):
        sys.modules[name] = _Later(spec, functions)


class _Later(ModuleType):
    """Stands in for a module until it is used."""

    def __init__(self, spec: ModuleSpec, functions: tuple[str, ...]):
        super().__init__(spec.name)
        # Whoever imports a function, or looks over all modules as a starting kernel does, asks for these.
        self.__spec__, self.__loader__, self.__package__ = spec, spec.loader, spec.parent
        self.__file__ = spec.origin
        self.__path__ = spec.submodule_search_locations or []
        for function in functions:
            setattr(self, function, self._calling(function))

    def _calling(self, function: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: getattr(self._load(), function)(*args, **kwargs)

    def _load(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # a question that is asked of every module
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} before it is used")
        return getattr(self._load(), name)
