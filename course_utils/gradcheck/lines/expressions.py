"""Small changes of an expression, with what is changed in words and how much that is."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from course_utils.gradcheck.lines.syntax import changed
from course_utils.gradcheck.lines.variables import Variables

# (what is changed, weight, the other expression).
Change = tuple[str, int, ast.expr]
# A thing exchanged for another is the smallest change, then a thing left out, then a thing added. A sign and a number that
# multiplies count as added, whatever is done for it: they can as well be added on other lines.
# What is added and stands in no variable is the largest.
WEIGHTS = EXCHANGED, DROPPED, ADDED, MADE = range(4)
_OTHERS: dict[type, tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add, ast.MatMult),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.FloorDiv: (ast.Mult, ast.Div),
}
_COMPARISONS = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq)
_FUNCTIONS = (
    ("sum", "mean", "max", "min"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("ones_like", "zeros_like"),
    ("ones", "zeros"),
    ("exp", "log", "sqrt", "square", "abs"),
    ("sin", "cos"),
    ("tanh", "cosh", "sinh"),
    ("var", "std"),
    ("floor", "ceil"),
)
_REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "any", "all", "argmax", "prod", "cumsum")


def expression_changes(node: ast.AST, variables: Variables, *, is_index: bool) -> Iterator[Change]:
    """Other expressions that may have been meant.

    Args:
        variables: those that may have been meant.
        is_index: whether the expression says which part of an array.
    """
    match node:
        case ast.BinOp():
            yield from _of_operation(node)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "another sign", ADDED, operand
        case ast.UnaryOp(operand=operand):
            yield "the opposite", EXCHANGED, operand
        case ast.Compare(ops=[operator], left=left, comparators=[right]):
            for comparison in _COMPARISONS:
                if not isinstance(operator, comparison):
                    yield "another comparison", EXCHANGED, changed(node, ops=[comparison()])
            yield "another comparison", EXCHANGED, changed(node, left=right, comparators=[left])
        case ast.Constant(value=value):
            if is_index and isinstance(value, int):
                yield from (
                    ("another index", EXCHANGED, ast.Name(each, ast.Load())) for each in variables.whole
                )
            for number in _numbers(value):
                kind = (
                    "another sign"
                    if isinstance(value, int | float) and number == -value
                    else "another number"
                )
                yield kind, EXCHANGED, ast.Constant(number)
        case ast.Call():
            yield from _of_call(node)
        case ast.Attribute(attr="T", value=value):
            yield "a transpose less", EXCHANGED, value
        case ast.Subscript(value=value):
            yield "no index", DROPPED, value
        case ast.Name(id=name, ctx=ast.Load()):
            for other in variables.instead_of(name):
                yield "another variable", EXCHANGED, ast.Name(other, ast.Load())
            if variables.is_share(name):
                yield "a complement to one", ADDED, ast.BinOp(ast.Constant(1), ast.Sub(), node)
    if not is_index and isinstance(node, (ast.BinOp, ast.Name, ast.Call, ast.Subscript)):
        yield from _reshaped(node)


def _of_operation(node: ast.BinOp) -> Iterator[Change]:
    is_sum = isinstance(node.op, (ast.Add, ast.Sub))
    is_scaled = isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
    for operator in _OTHERS.get(type(node.op), ()):
        if is_scaled and operator in (ast.Add, ast.MatMult):
            continue
        if is_sum and operator in (ast.Add, ast.Sub):
            yield "another sign", ADDED, changed(node, op=operator())
        else:
            yield "another operator", EXCHANGED, changed(node, op=operator())
    if isinstance(node.op, ast.Sub):
        yield "another sign", ADDED, changed(node, left=node.right, right=node.left)
    if isinstance(node.op, ast.MatMult):
        # Of several products at once, where .T would turn all axes round.
        for side in ("left", "right"):
            turned = ast.parse("_.swapaxes(-1, -2)", mode="eval").body
            turned.func.value = getattr(node, side)  # type: ignore[attr-defined]
            yield "a transpose more", EXCHANGED, changed(node, **{side: turned})
    if isinstance(node.op, (ast.Div, ast.MatMult)):
        yield "another order", EXCHANGED, changed(node, left=node.right, right=node.left)
    what = "a term less" if is_sum else "a factor less"
    yield what, ADDED if isinstance(node.right, ast.Constant) and not is_sum else DROPPED, node.left
    if not isinstance(node.op, ast.Pow):
        yield what, ADDED if isinstance(node.left, ast.Constant) and not is_sum else DROPPED, node.right
        if isinstance(node.left, ast.BinOp) and not is_sum:
            yield "two factors less", DROPPED, node.left.left


def _reshaped(node: ast.expr) -> Iterator[Change]:
    """The expression with a transpose or a power that it has not."""
    yield "a transpose more", EXCHANGED, ast.Attribute(node, "T", ast.Load())
    for power in (2, 3, -1, 0.5):
        yield "another power", ADDED, ast.BinOp(node, ast.Pow(), ast.Constant(power))


def _numbers(value: object) -> list[int | float | bool]:
    if isinstance(value, bool):
        return [not value]
    others: list[int | float]
    if isinstance(value, int):
        others = [value + 1, value - 1, value + 2, value - 2, -value, 1 / value if value else 1]
    elif isinstance(value, float):
        others = [
            2 * value,
            value / 2,
            3 * value,
            value / 3,
            -value,
            1 - value,
            0.0,
            1.0,
            *((1 / value,) if value else ()),
        ]
    else:
        return []
    return [other for other in dict.fromkeys(others) if other != value]


def _of_call(node: ast.Call) -> Iterator[Change]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    for family in _FUNCTIONS:
        for other in family if name in family else ():
            if other != name:
                weight = ADDED if {name, other} == {"sum", "mean"} else EXCHANGED
                yield "another function", weight, changed(node, func=changed(node.func, attr=other))
    if name in _REDUCTIONS:
        yield from _axes(node)
    of_module = (
        isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "np"
    )
    if isinstance(node.func, ast.Attribute) and not of_module:
        yield f"no {name}", DROPPED, node.func.value
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield "no such call", DROPPED, node.args[0]
    for i, k in itertools.combinations(range(len(node.args)), 2):
        order = list(node.args)
        order[i], order[k] = order[k], order[i]
        yield "another order", EXCHANGED, changed(node, args=order)
    for i in range(len(node.keywords)):
        yield "a keyword less", DROPPED, changed(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])


def _axes(node: ast.Call) -> Iterator[Change]:
    """The same reduction along another axis."""
    rest = [keyword for keyword in node.keywords if keyword.arg != "axis"]
    for axis in (0, 1, -1, 2, 3, (0, 1), (0, 2), (1, 2), (0, 2, 3), (2, 3)):
        made = ast.parse(repr(axis), mode="eval").body
        yield "another axis", EXCHANGED, changed(node, keywords=[ast.keyword("axis", made), *rest])
    keeps = any(keyword.arg == "keepdims" for keyword in rest)
    if not keeps:
        yield (
            "keepdims",
            0,
            changed(node, keywords=[*node.keywords, ast.keyword("keepdims", ast.Constant(True))]),
        )
