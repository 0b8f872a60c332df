"""Expressions and axes in words: of an expression its name, where it has one, and never a formula."""

from __future__ import annotations

import ast

# What functions give, in words.
GIVES = {
    "sum": "sum",
    "mean": "mean",
    "average": "mean",
    "median": "median",
    "max": "largest number",
    "min": "smallest number",
    "amax": "largest number",
    "amin": "smallest number",
    "argmax": "place of the largest number",
    "argmin": "place of the smallest number",
    "var": "variance",
    "std": "standard deviation",
    "prod": "product",
    "sqrt": "root",
    "log": "logarithm",
    "log10": "logarithm to base 10",
    "log2": "logarithm to base 2",
    "log1p": "logarithm of 1 +",
    "exp": "exponential",
    "expm1": "exponential less 1",
    "square": "square",
    "abs": "size",
    "sign": "sign",
    "norm": "norm",
    "len": "length",
    "cos": "cosine",
    "sin": "sine",
    "diff": "steps",
}
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "·", ast.Div: "/", ast.FloorDiv: "//", ast.Pow: "**"}
_LONGEST = 32


def shown(node: ast.AST | None) -> str:
    """What an expression is called, or "" where it has no short name."""
    text = _atom(node) or _of_two(node) or _called(node)
    return text if len(text) <= _LONGEST else ""


def _atom(node: ast.AST | None) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=value) if isinstance(value, (int, float)):
            return f"{value:g}" if not isinstance(value, bool) else str(value)
        case ast.Constant(value=str(value)):
            return f'"{value}"'
        case ast.Attribute(value=ast.Name(id="self" | "model"), attr=name):
            return name
        case ast.Attribute(value=ast.Name(id="np"), attr=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner[0].isupper():
            return f"{owner}.{name}"
        case ast.Subscript(value=ast.Name(id=base), slice=index):
            return _entry(base, index)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_atom(operand)}" if _atom(operand) else ""
    return ""


def _entry(base: str, index: ast.expr) -> str:
    match index:
        case ast.Constant(value=str(key)):
            return key
        case ast.JoinedStr(values=[ast.Constant(value=str(key)), *_]):
            return key
        case ast.Name() | ast.Constant():
            return f"{base}[{_atom(index)}]"
        case ast.UnaryOp(operand=ast.Constant()):
            return f"{base}[{_atom(index)}]"
    return ""


def _of_two(node: ast.AST | None) -> str:
    match node:
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            one, other = _atom(left), _atom(right)
            return f"{one} {_OPERATORS[type(operator)]} {other}" if one and other else ""
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[right]):
            return f"{_atom(left)} is {ast.unparse(right)}" if _atom(left) else ""
    return ""


def _called(node: ast.AST | None) -> str:
    match node:
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(key)), *_]):
            return key
        case ast.Call() if called(node) in GIVES:
            of = shown(operand(node))
            return f"the {GIVES[called(node)]} of {of}" if of else ""
    return ""


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def is_module(node: ast.AST) -> bool:
    """Whether an expression names NumPy or a part of it."""
    match node:
        case ast.Name(id="np"):
            return True
        case ast.Attribute(value=ast.Name(id="np"), attr="linalg" | "random"):
            return True
    return False


def operand(node: ast.Call) -> ast.expr | None:
    """What a function or a method is taken of."""
    if isinstance(node.func, ast.Attribute) and not is_module(node.func.value):
        return node.func.value
    return node.args[0] if node.args else None


def of(node: ast.AST | None) -> str:
    """What follows a noun: " of x" where the expression is called x, else nothing."""
    return f" of {shown(node)}" if shown(node) else ""


def along(axes: object) -> str:
    """Which axes a reduction runs over."""
    if axes is None:
        return "all numbers"
    if isinstance(axes, tuple):
        *most, last = map(str, axes)
        return f"axes {', '.join(most)} and {last}" if most else f"axis {last}"
    return f"axis {axes}"
