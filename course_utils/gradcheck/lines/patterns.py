"""Formulas that are often taken for others: slopes, the softmax's Jacobian, sums of products, reshapes for transposes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from course_utils.gradcheck.lines.expressions import EXCHANGED, MADE, Change
from course_utils.gradcheck.lines.syntax import changed
from course_utils.gradcheck.lines.variables import Variables


def other_formulas(node: ast.AST, variables: Variables) -> Iterator[Change]:
    """Other formulas that may have been meant.

    Args:
        variables: those that may be named.
    """
    match node:
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            yield from _slopes(left, right)
            yield from _jacobians(left, right, variables)
            yield from _sums(left, right)
        case ast.BinOp(op=ast.Sub(), left=ast.Constant(value=1), right=squared):
            name = _root(squared)
            if name:
                yield "another slope", EXCHANGED, _parsed(f"{name} * (1 - {name})")
        case ast.Call(func=ast.Attribute(attr="reshape", value=value), args=sizes) if 2 <= len(sizes) <= 4:
            yield from _turned(node, sizes)
            for order in ("0, 2, 3, 1", "0, 2, 1"):
                turned = _parsed(f"_.transpose({order})")
                turned = changed(turned, func=changed(turned.func, value=value))  # type: ignore[attr-defined]
                yield (
                    "a transpose before the reshape",
                    EXCHANGED,
                    changed(node, func=changed(node.func, value=turned)),
                )


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _root(node: ast.expr) -> str | None:
    """The name of which an expression is the square."""
    match node:
        case ast.BinOp(op=ast.Pow(), left=ast.Name(id=name), right=ast.Constant(value=2)):
            return name
        case ast.BinOp(op=ast.Mult(), left=ast.Name(id=name), right=ast.Name(id=other)) if name == other:
            return name
    return None


def _complement(node: ast.expr) -> str | None:
    """The name of which an expression is what it leaves of 1."""
    match node:
        case ast.BinOp(op=ast.Sub(), left=ast.Constant(value=1), right=ast.Name(id=name)):
            return name
    return None


def _before_slope(left: ast.expr, right: ast.expr) -> tuple[str, ast.expr | None] | None:
    """Of dp * p * (1 - p) the name p and dp; None of anything else."""
    name = _complement(right)
    match left:
        case ast.Name(id=same) if same == name:
            return same, None
        case ast.BinOp(op=ast.Mult(), left=flowing, right=ast.Name(id=same)) if same == name:
            return same, flowing
    return None


def _slopes(left: ast.expr, right: ast.expr) -> Iterator[Change]:
    """The slope of tanh for that of the sigmoid."""
    found = _before_slope(left, right)
    if found:
        name, flowing = found
        slope = _parsed(f"1 - {name} ** 2")
        yield "another slope", EXCHANGED, ast.BinOp(flowing, ast.Mult(), slope) if flowing else slope


def _jacobians(left: ast.expr, right: ast.expr, variables: Variables) -> Iterator[Change]:
    """All of the softmax's Jacobian for its diagonal, or for its first term."""
    found = _before_slope(left, right)
    pairs = [found] if found and found[1] else []
    pairs += [(p.id, other) for p, other in ((left, right), (right, left)) if isinstance(p, ast.Name)]
    for name, flowing in pairs:
        if flowing is not None and variables.is_distribution(name):
            flow = ast.unparse(flowing)
            text = f"{name} * (({flow}) - (({flow}) * {name}).sum(axis=-1, keepdims=True))"
            yield "the softmax's whole Jacobian", MADE, _parsed(text)


def _sums(left: ast.expr, right: ast.expr) -> Iterator[Change]:
    """The sum of products for the product of sums."""
    if not (isinstance(left, ast.Call) and isinstance(right, ast.Call) and left.args and right.args):
        return
    same = ast.unparse(changed(left, args=[])) == ast.unparse(changed(right, args=[]))
    if same and ast.unparse(left.func).endswith(("sum", "mean")):
        product = ast.BinOp(left.args[0], ast.Mult(), right.args[0])
        yield "a sum of products", EXCHANGED, changed(left, args=[product, *left.args[1:]])


def _turned(node: ast.Call, sizes: list[ast.expr]) -> Iterator[Change]:
    """A reshape whose axes are then exchanged, or whose last one is brought to the second place."""
    if len(sizes) == 4:
        n, c, *rest = sizes
        turned = _parsed("_.transpose(0, 3, 1, 2)")
        rows = changed(node, args=[n, *rest, c])
        turned = changed(turned, func=changed(turned.func, value=rows))  # type: ignore[attr-defined]
        yield "a transpose beside the reshape", EXCHANGED, turned
    for i in range(len(sizes) - 1):
        order = list(sizes)
        order[i], order[i + 1] = order[i + 1], order[i]
        turn = ast.Attribute(changed(node, args=order), "swapaxes", ast.Load())
        yield (
            "a transpose beside the reshape",
            EXCHANGED,
            ast.Call(turn, [ast.Constant(i), ast.Constant(i + 1)], []),
        )
