"""Tries small changes of a function until one makes all of its gradients agree."""

from __future__ import annotations

import ast
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.gradcheck.lines.bounded import Clock, quietly, within
from course_utils.gradcheck.lines.edits import Edit, edits, insertions
from course_utils.gradcheck.lines.expressions import EXCHANGED, MADE, WEIGHTS
from course_utils.gradcheck.lines.flow import Place, Route, suspects
from course_utils.gradcheck.lines.location import ANYWHERE, TAKEN, Location, Way
from course_utils.gradcheck.lines.situations import Situation
from course_utils.gradcheck.lines.source import Source, source_of
from course_utils.gradcheck.lines.syntax import Path, at, first_line, statements
from course_utils.gradcheck.lines.variables import Variables, names_before, unused_names

# Longest time for one version, and how many times the function's own.
_SHORTEST, _TIMES = 0.05, 20
Changes = Callable[[ast.stmt, Variables], Iterator[Edit]]
# How large a change, of which statement, and which changes of it.
_Step = tuple[int, Place, Changes]


@dataclass(frozen=True)
class Known:
    """What is known of a gradient.

    Attributes:
        shape: of the gradient.
        places: an index array for each axis.
        values: numeric values there.
        tolerance: largest difference that counts as none.
    """

    shape: tuple[int, ...]
    places: tuple[np.ndarray, ...]
    values: np.ndarray
    tolerance: float

    def fits(self, gradient: np.ndarray) -> bool:
        """Whether a gradient has these values."""
        if gradient.shape != self.shape:
            return False
        used = gradient[self.places] if self.shape else np.atleast_1d(gradient)
        return bool(np.all(np.abs(used - self.values) <= self.tolerance))


@dataclass(frozen=True)
class Task:
    """A function with wrong gradients, and how to ask versions of it.

    Attributes:
        function: the function; its source is looked up.
        ask: ask(version, replaced arguments, dout) -> gradients by label; raises what the version raises.
        dout: the upstream gradient at hand.
        gradients: the gradients that it gives, by label, in the order in which it returns them.
        expected: what each wrong gradient should be.
        situations: the same at other numbers; asked when a version has passed here.
        routes: where each gradient lies in what the function returns, by label.
    """

    function: Callable[..., Any]
    ask: Callable[[Callable[..., Any], dict[str, Any], np.ndarray], Mapping[str, Any]]
    dout: np.ndarray
    gradients: Mapping[str, Any]
    expected: Mapping[str, Known]
    situations: Callable[[], Iterator[Situation]]
    routes: Mapping[str, Route]

    def fits_here(self, gradients: Mapping[str, Any]) -> bool:
        """Whether wrong gradients have become right, and right ones have stayed as they were."""
        return all(self._fits(label, gradients.get(label)) for label in self.gradients)

    def _fits(self, label: str, gradient: Any) -> bool:
        if not isinstance(gradient, (np.ndarray, np.generic, float)):
            return False
        array = np.asarray(gradient, dtype=np.float64)
        if label in self.expected:
            return self.expected[label].fits(array)
        before = np.asarray(self.gradients[label], dtype=np.float64)
        scale = float(np.max(np.abs(before), initial=0.0))
        return array.shape == before.shape and bool(np.all(np.abs(array - before) <= 1e-9 * scale))


def locate(task: Task, seconds: float = 2.0) -> Location | Way | None:
    """The only line where one small change makes all gradients agree; None where there is none, or no time.

    Where the same change of several lines would do, it is the kind of change alone.

    Args:
        task: the function and how to ask it.
        seconds: how long to look; a progress bar shows when it is more than two.
    """
    source = source_of(task.function)
    if source is None:
        return None
    found = _Search(task, source, seconds).run()
    if len(found) != 1:
        return _way(found, tuple(task.expected))
    statement, edit = found[0]
    if edit.kind == TAKEN:
        return Way(_exchanged(statement, edit.replacement), TAKEN, tuple(task.expected))
    new = edit.replacement.body[-1] if isinstance(edit.replacement, ast.If) else edit.replacement
    text, change = (first_line(each) for each in (statement, new))
    return Location(
        source.line(statement), _beginning(statement, text), edit.kind, change, tuple(task.expected)
    )


def _way(found: list[tuple[ast.stmt, Edit]], labels: tuple[str, ...]) -> Way | None:
    """What kind of change would do, where it is the same on several lines."""
    kinds = {edit.kind for _, edit in found}
    if len(kinds) != 1 or not kinds <= ANYWHERE.keys():
        return None
    names = (_target(statement) for statement, _ in found)
    return Way(tuple(name for name in names if name), kinds.pop(), labels)


def _exchanged(one: ast.stmt, other: ast.stmt) -> tuple[str, ...]:
    """The names that stand in each other's place in two assignments."""
    names = [[ast.unparse(each) for each in s.targets[0].elts] for s in (one, other)]  # type: ignore[attr-defined]
    return tuple(a for a, b in zip(*names, strict=True) if a != b)


def _target(statement: ast.stmt) -> str | None:
    """What a statement computes: the variable that it writes, or the result."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return name
        case ast.Return():
            return "return"
    return None


def _beginning(statement: ast.stmt, text: str) -> str:
    """How a line begins; what it says is left to the reader."""
    if isinstance(statement, ast.Return):
        return "return ..."
    if isinstance(statement, ast.AugAssign):
        return f"{ast.unparse(statement.target)} {text[len(ast.unparse(statement.target)) :].split('=')[0].strip()}= ..."
    if isinstance(statement, ast.Assign):
        return f"{' = '.join(ast.unparse(target) for target in statement.targets)} = ..."
    return f"{text.split(' ', 1)[0]} ..."


class _Search:
    """One search: its versions, its time."""

    def __init__(self, task: Task, source: Source, seconds: float) -> None:
        self._task, self._source = task, source
        self._unused = unused_names(source.definition)
        self._values: dict[str, Any] = {}
        self._situations: list[Situation] | None = None
        self._clock = Clock(seconds)
        self._each = _SHORTEST
        self._is_long = seconds > 2
        self._is_doubtful = False

    def run(self) -> list[tuple[ast.stmt, Edit]]:
        """The statements that can be changed by as little as any, each with the smallest change of it."""
        start = time.perf_counter()
        # A version that changes nothing must give the same, or others would tell nothing.
        with quietly():
            if not self._is_reproduced():
                return []
        self._each = max(_SHORTEST, _TIMES * (time.perf_counter() - start))
        found: list[tuple[ast.stmt, Edit]] = []
        least = EXCHANGED
        chosen = self._suspects()
        steps: list[_Step] = [(weight, place, edits) for weight in WEIGHTS for place in chosen]
        # A line that is missing may belong behind one that has no part in what is wrong.
        others = [place for place in statements(self._source.definition) if place not in chosen]
        steps += [(MADE, place, insertions) for place in others]
        for weight, place, changes in self._shown(steps):
            # Small changes of all lines come first: where one of them does, no larger one is asked for.
            if found and weight > least:
                break
            with quietly():
                edit = self._that_does(*place, weight, changes)
            if self._clock.is_over:
                return []
            if edit:
                found.append((place[1], edit))
                least = weight
        return [] if self._is_doubtful else found

    def _suspects(self) -> list[Place]:
        wrong = [self._task.routes[label] for label in self._task.expected]
        right = [route for label, route in self._task.routes.items() if label not in self._task.expected]
        return suspects(self._source.definition, wrong, right)

    def _shown(self, steps: list[_Step]) -> Iterator[_Step]:
        if not self._is_long:
            return iter(steps)
        from tqdm.auto import tqdm

        return iter(tqdm(steps, desc="looking for the line", unit="line", leave=False))

    def _that_does(self, path: Path, statement: ast.stmt, weight: int, changes: Changes) -> Edit | None:
        """The first change of one statement that is of this weight and does, with all kinds of those that do."""
        found: list[Edit] = []
        names, tried = names_before(self._source.definition, statement), {ast.unparse(statement)}
        variables = Variables(names, self._unused, self._values)
        body, index = at(self._source.definition, path)
        try:
            for edit in changes(statement, variables):
                text = ast.unparse(edit.replacement) if edit.weight == weight else ""
                if not text or text in tried:
                    continue
                tried.add(text)
                if self._clock.is_over:
                    break
                body[index] = _placed(edit.replacement, statement)
                if edit.kind not in {each.kind for each in found} and self._does():
                    found.append(edit)
                    self._is_doubtful |= self._leaves_unread()
        finally:
            body[index] = statement
        if not found:
            return None
        taken = [edit for edit in found if edit.kind == TAKEN]
        if taken:
            return taken[0]
        kinds = " or ".join(each.kind for each in found) if len(found) <= 2 else "a small change"
        return dataclasses.replace(found[0], kind=kinds)

    def _leaves_unread(self) -> bool:
        """Whether the version that stands in the tree reads no more what a line computes: that line may be the one to change."""
        unread = set(unused_names(self._source.definition)) - set(self._unused)
        return any(
            isinstance(each, ast.Assign)
            and isinstance(each.value, (ast.BinOp, ast.Call, ast.UnaryOp))
            and isinstance(each.targets[0], ast.Name)
            and each.targets[0].id in unread
            for _, each in statements(self._source.definition)
        )

    def _does(self) -> bool:
        """Whether the version that stands in the tree gives right gradients, here and elsewhere."""
        version = within(self._each, self._source.compiled)
        if version is None:
            return False
        task = self._task
        here = within(self._each, lambda: task.ask(version, {}, task.dout))
        if here is None or not task.fits_here(here):
            return False
        return self._does_elsewhere(version)

    def _does_elsewhere(self, version: Callable[..., Any]) -> bool:
        if self._situations is None:
            self._situations = list(self._task.situations())
        if not self._situations:
            return False
        return all(self._agrees(version, other) for other in self._situations)

    def _agrees(self, version: Callable[..., Any], other: Situation) -> bool:
        answer = within(4 * self._each, lambda: self._task.ask(version, other.replaced, other.dout))
        return answer is not None and other.agrees(answer)

    def _is_reproduced(self) -> bool:
        task = self._task
        version = within(1.0, self._source.compiled)
        again = within(1.0, lambda: task.ask(version, {}, task.dout), self._values) if version else None
        if again is None:
            return False
        return all(_same(again.get(label), gradient) for label, gradient in task.gradients.items())


def _placed(new: ast.stmt, old: ast.stmt) -> ast.stmt:
    """A statement without lines of its own, at those of another."""
    return ast.fix_missing_locations(ast.copy_location(new, old))


def _same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-9, atol=1e-300, equal_nan=True))
