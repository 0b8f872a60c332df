"""Factors and terms that an expression may lack."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence

from course_utils.gradcheck.lines.expressions import ADDED, EXCHANGED, MADE, Change
from course_utils.gradcheck.lines.syntax import Path, changed, expressions
from course_utils.gradcheck.lines.variables import Variables

_PLAIN = (2, 0.5, -1)


def additions(statement: ast.stmt, variables: Variables) -> Iterator[tuple[Path, Change]]:
    """Factors and terms more, each with the way to the expression that they stand in for.

    Args:
        variables: those that may be missing.
    """
    for path, node in expressions(statement):
        if not isinstance(node, (ast.BinOp, ast.Name, ast.Call, ast.Subscript)):
            continue
        if isinstance(getattr(node, "ctx", None), ast.Store) or any(f in ("func", "slice") for f, _ in path):
            continue
        if any(isinstance(_parent(statement, path[:k]), ast.Compare) for k in range(2, len(path) + 1)):
            continue
        if not is_factor(statement, path):
            yield from ((path, change) for change in _factors(node, variables))
        if not _is_term(statement, path):
            yield from ((path, change) for change in _terms(node, variables))
    value = getattr(statement, "value", None)
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return)) and isinstance(value, ast.expr):
        whole = (*_products(value, variables), *_slopes(value, variables), *_sums(value))
        yield from (((("value", None),), change) for change in whole)


def _parent(statement: ast.stmt, path: Path) -> ast.AST:
    node: ast.AST = statement
    for field, index in path[:-1]:
        node = getattr(node, field) if index is None else getattr(node, field)[index]
    return node


def is_factor(statement: ast.stmt, path: Path) -> bool:
    """Whether the expression is part of a product, which a factor may as well be added to."""
    parent = _parent(statement, path)
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Mult, ast.Div))


def _is_term(statement: ast.stmt, path: Path) -> bool:
    """Whether the expression is part of a sum, which a term may as well be added to."""
    parent = _parent(statement, path)
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub))


def _weight(name: str, unused: Sequence[str]) -> int:
    """What was computed for nothing is what is missing."""
    return EXCHANGED if name in unused else ADDED


def _factors(node: ast.expr, variables: Variables) -> Iterator[Change]:
    for number in _PLAIN:
        what = "another sign" if number == -1 else "another number"
        yield what, ADDED, _joined(node, ast.Mult(), ast.Constant(number))
    operators = (ast.Mult(), ast.Div())
    yield from _with_each(node, variables.names, operators, "a factor more", variables.unused)
    sizes = [f"{name}.shape[{axis}]" for name in variables.terms[:1] for axis in (0, -1)]
    rests = (f"(1 - {name})" for name in variables.terms if variables.is_share(name))
    for text in (*sizes, *rests, *(f"{name} ** 2" for name in variables.terms)):
        size = ast.parse(text, mode="eval").body
        yield from (("a factor more", MADE, _joined(node, operator, size)) for operator in operators)


def _terms(node: ast.expr, variables: Variables) -> Iterator[Change]:
    return _with_each(node, variables.terms, (ast.Add(), ast.Sub()), "a term more", variables.unused)


def _with_each(
    node: ast.expr,
    names: Sequence[str],
    operators: Sequence[ast.operator],
    what: str,
    unused: Sequence[str],
) -> Iterator[Change]:
    for name in names:
        for operator in operators:
            yield what, _weight(name, unused), _joined(node, operator, ast.Name(name, ast.Load()))


def _products(value: ast.expr, variables: Variables) -> Iterator[Change]:
    """Terms that are a product of two variables, one of which nothing else uses or is what flows in; of any two where there are few."""
    names, unused = variables.terms, variables.unused
    flowing = names[:1]
    few = len(names) <= 8
    for i, one in enumerate(names):
        for other in names[i:]:
            if few or one in unused or other in unused or one in flowing:
                weight = min(_weight(one, unused), _weight(other, unused))
                for text in (
                    f"{one} * {other}",
                    f"{one} @ {other}",
                    f"{one} @ {other}.T",
                    f"{other} @ {one}.T",
                ):
                    term = ast.parse(text, mode="eval").body
                    for operator in (ast.Add(), ast.Sub()):
                        yield "a term more", weight, _joined(value, operator, term)
            elif one.startswith("d") != other.startswith("d"):
                # What flows back, times a slope.
                term = ast.parse(f"{one} * {other}", mode="eval").body
                yield from (("a term more", MADE, _joined(value, o, term)) for o in (ast.Add(), ast.Sub()))


def _slopes(value: ast.expr, variables: Variables) -> Iterator[Change]:
    """The slope of an activation as a factor of the whole."""
    for text in variables.slopes:
        yield "a slope more", MADE, _joined(value, ast.Mult(), ast.parse(text, mode="eval").body)


def _sums(value: ast.expr) -> Iterator[Change]:
    """The whole summed or averaged along an axis that is kept."""
    for function, axis in itertools.product(("sum", "mean"), (0, 1, -1)):
        reduced = ast.parse(f"_.{function}(axis={axis}, keepdims=True)", mode="eval").body
        assert isinstance(reduced, ast.Call)
        yield "a sum more", MADE, changed(reduced, func=changed(reduced.func, value=value))


def _joined(node: ast.expr, operator: ast.operator, other: ast.expr) -> ast.expr:
    return ast.BinOp(node, operator, other)
