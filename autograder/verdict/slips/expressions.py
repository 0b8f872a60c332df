"""Slips in expressions of all kinds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from autograder.verdict.slips.calls import call_slips, numbers_instead_of
from autograder.verdict.slips.operations import comparison_slips, operation_slips
from autograder.verdict.slips.slip import Likelihood, Slip
from autograder.verdict.slips.words import of, shown
from course_utils.gradcheck.lines.syntax import changed

# Expressions that may be taken for one another, by name.
Things = Mapping[str, ast.expr]


def expression_slips(node: ast.expr, things: Things, *, is_index: bool) -> Iterator[Slip]:
    """Slips in one expression, not in those inside it.

    Args:
        things: what may be mixed up, by name.
        is_index: whether the expression says which part of an array.
    """
    match node:
        case ast.BinOp():
            yield from operation_slips(node)
        case ast.Compare():
            yield from comparison_slips(node)
        case ast.Call():
            yield from call_slips(node)
        case ast.UnaryOp():
            what = "a sign was flipped" if isinstance(node.op, ast.USub) else "a condition was the opposite"
            yield Slip(what, node.operand)
        case ast.BoolOp():
            yield from _condition_slips(node)
        case ast.IfExp():
            yield from _branch_slips(node)
        case ast.Constant():
            yield from _number_slips(node)
        case ast.Attribute(attr="T", value=value):
            yield Slip(f"a transpose{of(value)} was forgotten", value, Likelihood.TYPICAL)
        case ast.Subscript():
            yield from _subscript_slips(node)
        case ast.Name(id=name, ctx=ast.Load()) if name in things:
            yield from _thing_slips(node, things)
        case ast.Tuple() | ast.List() if not is_index:
            yield from _element_slips(node)
    if not is_index and isinstance(node, ast.Name | ast.Subscript | ast.Call) and shown(node):
        yield from _added(node)
        if not isinstance(node, ast.Name):
            yield from _thing_slips(node, things)


def _condition_slips(node: ast.BoolOp) -> Iterator[Slip]:
    is_and = isinstance(node.op, ast.And)
    took, right = ("or", "and") if is_and else ("and", "or")
    yield Slip(
        f'"{took}" joined conditions where "{right}" belongs',
        changed(node, op=ast.Or() if is_and else ast.And()),
    )
    for i, value in enumerate(node.values):
        rest = [*node.values[:i], *node.values[i + 1 :]]
        clause = (
            f"the condition on {_subject(value)} was forgotten"
            if _subject(value)
            else "a condition was forgotten"
        )
        yield Slip(clause, rest[0] if len(rest) == 1 else changed(node, values=rest), Likelihood.LEFT_OUT)


def _subject(condition: ast.expr) -> str:
    match condition:
        case ast.Compare(left=left):
            return shown(left)
        case ast.UnaryOp(operand=operand):
            return _subject(operand)
        case ast.Call(args=[first, *_]):
            return shown(first)
    return shown(condition)


def _branch_slips(node: ast.IfExp) -> Iterator[Slip]:
    case = f" {shown(node.test)}" if shown(node.test) else " of one condition"
    for branch in (node.body, node.orelse):
        took = f"; {shown(branch)} was taken always" if shown(branch) else ""
        yield Slip(f"the case{case} was not told apart{took}", branch, Likelihood.LEFT_OUT)
    yield Slip("two cases were exchanged", changed(node, body=node.orelse, orelse=node.body))


def _number_slips(node: ast.Constant) -> Iterator[Slip]:
    if isinstance(node.value, bool):
        yield Slip(f"{not node.value} stood where {node.value} belongs", ast.Constant(not node.value))
    elif isinstance(node.value, int | float):
        for other in numbers_instead_of(node.value):
            clause = f"the number {other:g} stood where {node.value:g} belongs"
            yield Slip(clause, ast.Constant(other))


def _subscript_slips(node: ast.Subscript) -> Iterator[Slip]:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for i, part in enumerate(parts):
        if not isinstance(part, ast.Slice):
            continue
        for clause, other in _slice_slips(part):
            yield Slip(clause, _with_part(node, parts, i, other), Likelihood.TYPICAL)
        if part.step is not None:
            for k, place in enumerate(parts):
                if isinstance(place, ast.Slice) and k != i:
                    moved = list(parts)
                    moved[i], moved[k] = place, part
                    clause = f"it ran backwards along axis {k}; it is axis {i}"
                    yield Slip(clause, changed(node, slice=ast.Tuple(moved, ast.Load())), Likelihood.TYPICAL)
    if isinstance(node.slice, ast.Slice):
        yield Slip("all of them were taken where a part belongs", node.value, Likelihood.LEFT_OUT)


def _with_part(node: ast.Subscript, parts: list[ast.expr], i: int, other: ast.expr) -> ast.Subscript:
    if not isinstance(node.slice, ast.Tuple):
        return changed(node, slice=other)
    return changed(node, slice=changed(node.slice, elts=[*parts[:i], other, *parts[i + 1 :]]))


def _slice_slips(part: ast.Slice) -> Iterator[tuple[str, ast.expr]]:
    lower, upper, step = part.lower, part.upper, part.step
    if step is not None:
        yield "the order was not reversed", ast.Slice(lower, upper, None)
        return
    if lower is None and upper is not None:
        last = ast.UnaryOp(ast.USub(), upper)
        yield f"the last ones were taken; it is the first{_many(upper)}", ast.Slice(last, None, None)
        yield (
            f"those after the first{_many(upper)} were taken; it is these",
            ast.Slice(upper, None, None),
        )
    if upper is None and isinstance(lower, ast.UnaryOp):
        yield (
            f"the first ones were taken; it is the last{_many(lower.operand)}",
            ast.Slice(None, lower.operand, None),
        )
    if lower is not None and upper is not None:
        yield (
            f"the part began at the start; it begins at{_many(lower) or ' another place'}",
            ast.Slice(None, upper, None),
        )
        yield (
            f"the part ran to the end; it ends at{_many(upper) or ' another place'}",
            ast.Slice(lower, None, None),
        )


def _many(node: ast.expr) -> str:
    return f" {shown(node)}" if shown(node) else ""


def _thing_slips(node: ast.expr, things: Things) -> Iterator[Slip]:
    for name, other in things.items():
        if name != shown(node):
            yield Slip(f"{name} stood where {shown(node)} belongs", other)


def _element_slips(node: ast.Tuple | ast.List) -> Iterator[Slip]:
    for i, element in enumerate(node.elts):
        rest = [*node.elts[:i], *node.elts[i + 1 :]]
        what = shown(element).strip('"')
        clause = f"{what} was left out" if what else "one thing of several was left out"
        yield Slip(clause, changed(node, elts=rest), Likelihood.LEFT_OUT)
        if i + 1 < len(node.elts):
            other = node.elts[i + 1]
            swapped = [*node.elts[:i], other, element, *node.elts[i + 2 :]]
            names = (
                f"{shown(element)} and {shown(other)}" if shown(element) and shown(other) else "two things"
            )
            yield Slip(f"{names} were swapped", changed(node, elts=swapped))


def _added(node: ast.expr) -> Iterator[Slip]:
    """What was done to a thing that is taken as it is."""
    name = shown(node)

    def instead(what: str, other: ast.expr) -> Slip:
        return Slip(f"{what} stood where {name} belongs", other, Likelihood.ADDED)

    one = ast.Constant(1)
    yield instead(f"1 - {name}", ast.BinOp(one, ast.Sub(), node))
    yield instead(f"{name} + 1", ast.BinOp(node, ast.Add(), one))
    yield instead(f"{name} - 1", ast.BinOp(node, ast.Sub(), one))
    yield instead(f"2 · {name}", ast.BinOp(ast.Constant(2), ast.Mult(), node))
    yield instead(f"half of {name}", ast.BinOp(node, ast.Div(), ast.Constant(2)))
    yield instead(f"-{name}", ast.UnaryOp(ast.USub(), node))
    yield instead(f"1 / {name}", ast.BinOp(ast.Constant(1.0), ast.Div(), node))
    yield instead(f"the square of {name}", ast.BinOp(node, ast.Pow(), ast.Constant(2)))
    yield instead(f"the transpose of {name}", ast.Attribute(node, "T", ast.Load()))
    for function, what in (("sqrt", "root"), ("abs", "size"), ("log", "logarithm"), ("exp", "exponential")):
        func = ast.Attribute(ast.Name("np", ast.Load()), function, ast.Load())
        yield instead(f"the {what} of {name}", ast.Call(func, [node], []))
