"""Right notebooks that differ: for each question another one of the planted right answers, or the solution's."""

from __future__ import annotations

import builtins
import dis
import inspect
import random
import re
import textwrap
import types
from collections import defaultdict

from answers import planted

# What every notebook has imported by the time that it is asked.
_GIVEN = {"np"}
_DEFINED = re.compile(r"^(?:def|class) ", re.MULTILINE)


def varied(checks: str, solutions: dict[str, str], number: int) -> dict[str, str]:
    """Sources of answer cells by grade id: the solutions, some of which are replaced by what `number` draws.

    Args:
        checks: the room of the assignment's checks.
        solutions: sources of all answer cells.
    """
    draw = random.Random(number)
    alone = {name for name, source in solutions.items() if len(_DEFINED.findall(source)) == 1}
    choices: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for answer in planted(checks):
        sources = {name: _source(name, value, solutions) for name, value in answer.definitions.items()}
        if answer.reason is None and set(sources) <= alone and all(sources.values()):
            found = choices[tuple(sorted(sources))]
            if sources not in found:  # a pair of functions is planted once for each of its questions
                found.append({name: source for name, source in sources.items() if source})
    drawn = dict(solutions)
    for name in sorted(choices):
        drawn |= draw.choice([{}, *choices[name]])
    return drawn


def _source(name: str, value: object, solutions: dict[str, str]) -> str | None:
    """A function's source under another name, where it needs nothing but what a notebook has."""
    if not isinstance(value, types.FunctionType) or value.__closure__:
        return None
    used = {each.argval for each in dis.get_instructions(value) if each.opname == "LOAD_GLOBAL"}
    inner = [each for each in value.__code__.co_consts if isinstance(each, types.CodeType)]
    used |= {
        each.argval for code in inner for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"
    }
    if used - _GIVEN - set(dir(builtins)) - set(solutions):
        return None
    source = textwrap.dedent(inspect.getsource(value))
    head = re.search(rf"^def {value.__name__}\(", source, re.MULTILINE)
    return f"def {name}({source[head.end() :]}" if head else None
