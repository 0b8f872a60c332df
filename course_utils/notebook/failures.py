"""From an error in a notebook to the block that tells it; errors that are not the course's business have none."""

from __future__ import annotations

import ast
import dataclasses
import linecache
import re
import traceback
from pathlib import Path
from types import FunctionType
from typing import Any

from course_utils.compare import CheckFailed
from course_utils.gradcheck import GradientCheckFailed
from course_utils.notebook.blocks import Block, Look
from course_utils.notebook.broken_cells import BrokenCells
from course_utils.study import StudyError
from course_utils.study.attempts import is_not_written, question_tested
from course_utils.study.desk import desk_here
from course_utils.study.layout import GIVEN, solution_path
from course_utils.study.offers import offer
from course_utils.study.questions import TEST_FILE

_LIBRARY = str(Path(__file__).parents[1])
_TEST_NAME = re.compile(re.escape(TEST_FILE).replace(r"\{\}", r"(\w+)"))
_LINES_AROUND = 2


def block_of(shell: Any, error: BaseException, trace: Any, broken: BrokenCells) -> Block | None:
    """What to tell of an error, or None where the kernel's own traceback tells it best.

    Args:
        shell: of IPython.
        trace: the error's traceback.
        broken: cells that did not run to their end.
    """
    frames = traceback.extract_tb(trace)
    places = [frame for frame in frames if _cell(shell, frame.filename)]
    # Where a question is asked by name, its test says more than the cell that asked.
    tests = [number for number, frame in enumerate(places) if _TEST_NAME.fullmatch(frame.filename)]
    places = places[tests[0] :] if tests else places
    block = _block(shell, error, frames, places, broken)
    told = block and not isinstance(error, StudyError | KeyboardInterrupt)
    question = _question(shell, error, places) if told else ""
    return dataclasses.replace(block, offer=offer(question)) if block and question else block


def _question(shell: Any, error: BaseException, places: list[traceback.FrameSummary]) -> str:
    """The name of the question that an error is about, or ""."""
    if is_not_written(error):
        return str(error).split()[0].partition(".")[0]
    if not places:
        return ""
    if found := _TEST_NAME.fullmatch(places[0].filename):
        return found[1]
    tested = question_tested(desk_here(), "".join(linecache.getlines(places[0].filename)))
    return tested[1].name if tested else (_own_names(shell, places) or [""])[-1]


def _block(
    shell: Any,
    error: BaseException,
    frames: traceback.StackSummary,
    places: list[traceback.FrameSummary],
    broken: BrokenCells,
) -> Block | None:
    if isinstance(error, StudyError):
        return Block(Look.NOT_WRITTEN, (str(error),))
    if is_not_written(error):
        cell = f"its cell is {_cell(shell, places[-1].filename)}" if places else ""
        return Block(Look.NOT_WRITTEN, (str(error),), places=(cell,) if cell else ())
    if isinstance(error, GradientCheckFailed):
        return _gradient_block(error, _answers(shell, places, broken))
    if isinstance(error, CheckFailed):
        evidence = error.failure.cause.evidence if error.failure.cause else ()
        here = (*_places(shell, places[:1]), *_answers(shell, places, broken))
        return Block(Look.WRONG, (str(error).removeprefix("✗ "),), {0: evidence}, here)
    if isinstance(error, KeyboardInterrupt):
        return Block(Look.STOPPED, ("stopped by you, while it was here",), places=_places(shell, places))
    if isinstance(error, ModuleNotFoundError) and error.name == Path(GIVEN).stem:
        return _not_given_block(_places(shell, places))
    if isinstance(error, NameError) and error.name and len(places) == 1:
        return _undefined_block(shell, str(error.name), places, broken)
    if places and any(frame.filename.startswith(_LIBRARY) for frame in frames):
        return Block(Look.CRASHED, (f"{type(error).__name__}: {error}",), places=_places(shell, places))
    return None


def _not_given_block(places: tuple[str, ...]) -> Block:
    desk = desk_here()
    command = f"course given {desk.here.name}" if desk.here else "course given"
    sentence = (
        f"{GIVEN}, with the functions of earlier notebooks, is handed out when those are due: "
        f"until then `{command}`, in a terminal, makes it of your own"
    )
    if desk.root and desk.here and solution_path(desk.root, desk.here.name).is_file():
        sentence += f", and `{command} --ours` of the course's"
    return Block(Look.NOT_WRITTEN, (sentence,), places=places)


def _undefined_block(
    shell: Any, name: str, places: list[traceback.FrameSummary], broken: BrokenCells
) -> Block:
    why = broken.why(name)
    sentence = (
        f"{name} is not defined, since its cell, {why}: mend that cell and run it first"
        if why
        else f"{name} is not defined: run the cell that defines it first, or mend its name"
    )
    return Block(Look.NOT_WRITTEN, (sentence,), places=_places(shell, places))


def _gradient_block(error: GradientCheckFailed, answers: tuple[str, ...]) -> Block:
    results = error.report.results
    lines = tuple(str(result).removeprefix("✗ ") for result in results)
    evidence = {number: result.evidence for number, result in enumerate(results) if not result.passed}
    return Block(Look.WRONG, lines, evidence, answers)


def _places(shell: Any, frames: list[traceback.FrameSummary]) -> tuple[str, ...]:
    """Lines of cells with what stands around them; the last one, where it happened, with more."""
    found = []
    for frame in frames:
        around = _LINES_AROUND if frame is frames[-1] and frame.name != "<module>" else 0
        name = "" if frame.name == "<module>" else f", in {frame.name}"
        lines = [f"{_cell(shell, frame.filename)}, line {frame.lineno}{name}"]
        first = max(1, (frame.lineno or 1) - around)
        for number in range(first, (frame.lineno or 1) + around + 1):
            source = linecache.getline(frame.filename, number).rstrip()
            if source or number == frame.lineno:
                lines.append(f"{'→' if number == frame.lineno else ' '} {number:3}  {source}")
        found.append("\n".join(lines))
    return tuple(found)


def _answers(shell: Any, frames: list[traceback.FrameSummary], broken: BrokenCells) -> tuple[str, ...]:
    """Where the functions of the learner's own stand that the failed cell calls."""
    cells: dict[str, list[str]] = {}
    for name in _own_names(shell, frames):
        later = f" (an older one: {why})" if (why := broken.why(name)) else ""
        cell = _cell(shell, shell.user_ns[name].__code__.co_filename)
        cells.setdefault(cell, []).append(name + later)
    places = ", ".join(f"{' and '.join(found)} in {cell}" for cell, found in cells.items())
    return (f"look at {places}",) if places else ()


def _own_names(shell: Any, frames: list[traceback.FrameSummary]) -> list[str]:
    """Names of the functions of the learner's own that the failed cell calls, in its order."""
    source = "".join(linecache.getlines(frames[0].filename)) if frames else ""
    try:
        nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    except SyntaxError:  # a cell with magics
        return []
    names = dict.fromkeys(node.id for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)))
    return [name for name in names if _is_own(shell, shell.user_ns.get(name), frames[0].filename)]


def _is_own(shell: Any, value: Any, but: str) -> bool:
    code = value.__code__ if isinstance(value, FunctionType) else None
    return bool(code and code.co_filename != but and _cell(shell, code.co_filename))


def _cell(shell: Any, filename: str) -> str:
    """The cell that a file's name stands for, as "In[3]", or the test that has no cell; "" where it is neither."""
    if found := _TEST_NAME.fullmatch(filename):
        return f"the test of {found[1]}"
    named = shell.compile.format_code_name(filename)
    return named[1] if named else ""
