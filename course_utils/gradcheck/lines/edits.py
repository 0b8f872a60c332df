"""Small changes that would put a mistaken statement right: the mistakes people make, backwards."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from course_utils.gradcheck.lines.additions import additions, is_factor
from course_utils.gradcheck.lines.expressions import (
    ADDED,
    DROPPED,
    EXCHANGED,
    MADE,
    Change,
    expression_changes,
)
from course_utils.gradcheck.lines.insertions import missing_lines
from course_utils.gradcheck.lines.location import TAKEN
from course_utils.gradcheck.lines.orders import exchanged, other_orders
from course_utils.gradcheck.lines.patterns import other_formulas
from course_utils.gradcheck.lines.syntax import Path, as_store, changed, expressions, replaced
from course_utils.gradcheck.lines.variables import Variables


@dataclass(frozen=True)
class Edit:
    """A changed version of one statement.

    Attributes:
        kind: what is changed, completes "... there".
        weight: EXCHANGED, DROPPED, ADDED or MADE.
        replacement: what stands in the statement's place.
    """

    kind: str
    weight: int
    replacement: ast.stmt


def edits(statement: ast.stmt, variables: Variables) -> Iterator[Edit]:
    """All small changes of a statement, not of those inside it; those that add something last.

    Args:
        variables: what it may name.
    """
    yield from _whole(statement, variables.names)
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return)):
        yield from _renamed(statement, variables)
        yield from _by_row(statement, variables)
    for path, (kind, weight, replacement) in _changes(statement, variables):
        yield Edit(kind, weight, replaced(statement, path, replacement))
    yield from insertions(statement, variables)


def insertions(statement: ast.stmt, variables: Variables) -> Iterator[Edit]:
    """The statement with a line behind it that may be missing."""
    for kind, behind in missing_lines(statement, variables):
        yield Edit(kind, MADE, behind)


def _changes(statement: ast.stmt, variables: Variables) -> Iterator[tuple[Path, Change]]:
    for path, node in expressions(statement):
        if isinstance(getattr(node, "ctx", None), ast.Store):
            continue
        # A number that multiplies can as well be put right on another line.
        scales = isinstance(node, ast.Constant) and is_factor(statement, path)
        is_index = _is_index(path)
        others = (
            *expression_changes(node, variables, is_index=is_index),
            *other_orders(node, variables, is_index=is_index),
            *(other_formulas(node, variables) if not is_index else ()),
        )
        for kind, weight, other in others:
            yield path, (kind, ADDED if scales else weight, other)
    yield from additions(statement, variables)


def _whole(statement: ast.stmt, names: Sequence[str]) -> Iterator[Edit]:
    """Changes of the statement itself."""
    match statement:
        case ast.Assign(targets=[target], value=value):
            yield from _of_assignment(target, value, names)
        case ast.AugAssign(target=target, op=operator, value=value):
            yield Edit(
                "an assignment = for the operator", EXCHANGED, ast.Assign([as_store(target)], value, lineno=0)
            )
            for other in (ast.Add, ast.Sub, ast.Mult, ast.Div):
                if not isinstance(operator, other):
                    yield Edit("another operator", EXCHANGED, changed(statement, op=other()))
            yield Edit("this line left out", DROPPED, ast.Pass())
            yield from _added_at(target, value)
        case ast.Return(value=ast.Tuple(elts=elements)):
            yield from _of_results(statement, elements)


def _renamed(statement: ast.stmt, variables: Variables) -> Iterator[Edit]:
    """Another variable wherever one stands that a statement reads more than once."""
    places: dict[str, list[Path]] = {}
    for path, node in expressions(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            places.setdefault(node.id, []).append(path)
    for name, paths in places.items():
        for other in variables.instead_of(name) if len(paths) > 1 else ():
            renamed = statement
            for path in paths:
                renamed = replaced(renamed, path, ast.Name(other, ast.Load()))
            yield Edit("another variable", ADDED, renamed)


def _of_assignment(target: ast.expr, value: ast.expr, names: Sequence[str]) -> Iterator[Edit]:
    if isinstance(target, ast.Tuple):
        for order in exchanged(target.elts):
            yield Edit(TAKEN, EXCHANGED, ast.Assign([changed(target, elts=order)], value, lineno=0))
    is_stored = isinstance(target, ast.Subscript)
    if is_stored or (isinstance(target, ast.Name) and target.id in names):
        yield Edit("+= for =", EXCHANGED, ast.AugAssign(as_store(target), ast.Add(), value))
        yield Edit("-= for =", ADDED, ast.AugAssign(as_store(target), ast.Sub(), value))
    if is_stored:
        yield Edit("this line left out", DROPPED, ast.Pass())
        yield from _added_at(target, value)


def _by_row(statement: ast.stmt, variables: Variables) -> Iterator[Edit]:
    """One place of each row, x[np.arange(N), y], for the same places of all rows, x[:, y]."""
    for path, node in expressions(statement):
        match node:
            case ast.Subscript(slice=ast.Tuple(elts=[ast.Slice(lower=None, upper=None), ast.Name(id=name)])):
                if variables.is_index(name):
                    rows = ast.parse(f"range(len({name}))", mode="eval").body
                    places = ast.Tuple([rows, ast.Name(name, ast.Load())], ast.Load())
                    yield Edit(
                        "another index", EXCHANGED, replaced(statement, path, changed(node, slice=places))
                    )


def _added_at(target: ast.expr, value: ast.expr) -> Iterator[Edit]:
    """Numbers written to an index that may name a place twice."""
    if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
        add = ast.parse("__import__('numpy').add.at", mode="eval").body
        array = changed(target.value, ctx=ast.Load()) if hasattr(target.value, "ctx") else target.value
        called = ast.Call(add, [array, target.slice, value], [])
        yield Edit("np.add.at, since indices repeat,", DROPPED, ast.Expr(called))


def _of_results(statement: ast.Return, elements: list[ast.expr]) -> Iterator[Edit]:
    for i in range(len(elements)):
        for k in range(i + 1, len(elements)):
            order = list(elements)
            order[i], order[k] = order[k], order[i]
            yield Edit("another order", EXCHANGED, changed(statement, value=ast.Tuple(order, ast.Load())))


def _is_index(path: Path) -> bool:
    """Whether an expression says which part of an array, not what is computed."""
    return any(field == "slice" for field, _ in path)
