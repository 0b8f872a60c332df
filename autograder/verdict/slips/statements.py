"""Slips in statements: one left out, = for +=, two shares exchanged."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.verdict.slips.expressions import Things, expression_slips
from autograder.verdict.slips.slip import Likelihood, Slip
from autograder.verdict.slips.words import called, shown
from course_utils.gradcheck.lines.syntax import Path, as_store, changed, expressions, replaced

_NOT_LOOKED_AT = ("annotation", "returns", "decorator_list", "targets", "target")


def statement_slips(statement: ast.stmt, things: Things) -> Iterator[Slip]:
    """Slips in a statement, not in those inside it; what stands in each is a statement.

    Args:
        things: what may be mixed up, by name.
    """
    if isinstance(statement, ast.ClassDef) or _is_docstring(statement):
        return
    yield from _whole(statement)
    if isinstance(statement, ast.Assign):
        yield from _one_of_several(statement)
    told = _told_elsewhere(statement)
    for path, node in expressions(statement):
        fields = [field for field, _ in path]
        if (
            id(node) in told
            or any(field in _NOT_LOOKED_AT for field in fields)
            or isinstance(getattr(node, "ctx", None), ast.Store)
        ):
            continue
        if isinstance(statement, ast.FunctionDef):
            yield from _default_slips(statement, path, node)
            continue
        for slip in expression_slips(node, things, is_index="slice" in fields):
            yield Slip(slip.clause, replaced(statement, path, slip.instead), slip.likelihood)
    yield from _exchanged_shares(statement)


def _told_elsewhere(statement: ast.stmt) -> set[int]:
    """Parts of calls that are looked at with the whole call: axes, and what stands for a missing key."""
    found: set[int] = set()
    for call in (each for _, each in expressions(statement) if isinstance(each, ast.Call)):
        parts = [keyword.value for keyword in call.keywords if keyword.arg in ("axis", "keepdims", "dtype")]
        parts += call.args[1:] if called(call) == "get" else []
        found |= {id(node) for part in parts for node in ast.walk(part)} | {id(call.func)}
    return found


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _whole(statement: ast.stmt) -> Iterator[Slip]:
    match statement:
        case ast.AugAssign(target=target, op=operator, value=value):
            stored = ast.Assign([as_store(target)], value, lineno=0)
            did = "each share overwrote the one before (=): add them with +="
            yield Slip(
                did if isinstance(operator, ast.Add) else "= stood where an operation belongs",
                stored,
                Likelihood.TYPICAL,
            )
            for other, sign in ((ast.Add, "+="), (ast.Sub, "-="), (ast.Mult, "*=")):
                if not isinstance(operator, other):
                    yield Slip(
                        f"{sign} stood where another operation belongs", changed(statement, op=other())
                    )
            yield Slip(f"{_what(target)} was not changed{_by(value)}", ast.Pass(), Likelihood.LEFT_OUT)
        case ast.Assign(targets=[ast.Tuple(elts=[_, cache])], value=ast.Call(args=[given, *_]) as call) if (
            "cache" in ast.unparse(cache)
        ):
            kept = ast.Subscript(call, ast.Constant(1), ast.Load())
            clause = f"{called(call)} was left out: what should go into it went on to the next step"
            passed_on = changed(statement, value=ast.Tuple([given, kept], ast.Load()))
            yield Slip(clause, passed_on, Likelihood.LEFT_OUT)
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name() as one, ast.Name() as other])]):
            swapped = ast.Tuple([other, one], ast.Store())
            yield Slip(f"{one.id} and {other.id} were swapped", changed(statement, targets=[swapped]))
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute() as target]):
            yield Slip(f"{_what(target)} was not set", ast.Pass(), Likelihood.LEFT_OUT)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            yield Slip(f"{name} was not called", ast.Pass(), Likelihood.LEFT_OUT)
        case ast.If():
            yield from _case_slips(statement)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Tuple):
            yield Slip("the sign was flipped", changed(statement, value=ast.UnaryOp(ast.USub(), value)))


def _one_of_several(statement: ast.Assign) -> Iterator[Slip]:
    """Assignments of several things at once, of which one is not made."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            for i, target in enumerate(targets):
                if len(targets) == len(values) and isinstance(target, ast.Attribute | ast.Subscript):
                    rest = [
                        ast.Tuple([*each[:i], *each[i + 1 :]], ctx)
                        for each, ctx in ((targets, ast.Store()), (values, ast.Load()))
                    ]
                    others = changed(statement, targets=rest[:1], value=rest[1])
                    yield Slip(f"{_what(target)} was not set", others, Likelihood.LEFT_OUT)


def _what(target: ast.expr) -> str:
    return shown(target) or (shown(target.value) if isinstance(target, ast.Subscript) else "") or "something"


def _by(value: ast.expr) -> str:
    return f" by {shown(value)}" if shown(value) else ""


def _case_slips(statement: ast.If) -> Iterator[Slip]:
    case = f" {shown(statement.test)}" if shown(statement.test) else " of one condition"
    yield Slip(
        f"the case{case} was forgotten", changed(statement, test=ast.Constant(False)), Likelihood.LEFT_OUT
    )
    yield Slip(
        f"the case{case} was taken always", changed(statement, test=ast.Constant(True)), Likelihood.LEFT_OUT
    )
    yield Slip("two cases were exchanged", changed(statement, test=ast.UnaryOp(ast.Not(), statement.test)))


def _default_slips(statement: ast.FunctionDef, path: Path, node: ast.expr) -> Iterator[Slip]:
    """Another default of an argument."""
    arguments = statement.args
    if path[:2] == (("args", None), path[1]) and path[1][0] == "defaults" and len(path) == 2:
        named = arguments.args[len(arguments.args) - len(arguments.defaults) + path[1][1]].arg
    elif len(path) == 2 and path[1][0] == "kw_defaults":
        named = arguments.kwonlyargs[path[1][1]].arg
    else:
        return
    for slip in expression_slips(node, {}, is_index=False):
        if isinstance(slip.instead, ast.Constant) and isinstance(node, ast.Constant):
            clause = (
                f"{named} was {slip.instead.value!r} where none is passed in; its default is {node.value!r}"
            )
            yield Slip(clause, replaced(statement, path, slip.instead), Likelihood.TYPICAL)


def _exchanged_shares(statement: ast.stmt) -> Iterator[Slip]:
    """p and 1 - p the other way round, wherever both stand in a statement."""
    if isinstance(statement, ast.FunctionDef):
        return
    rests = {
        shown(node.right): node
        for _, node in expressions(statement)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and _is_one(node.left)
        and shown(node.right)
    }
    for name, rest in rests.items():
        exchanged = _Exchange(name, rest).visit(ast.parse(ast.unparse(statement)).body[0])
        clause = f"{name} and 1 - {name} were exchanged"
        yield Slip(clause, exchanged, Likelihood.TYPICAL)


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


class _Exchange(ast.NodeTransformer):
    """Writes 1 - p for p and p for 1 - p."""

    def __init__(self, name: str, rest: ast.BinOp):
        self._name, self._rest = name, rest

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.BinOp) and ast.unparse(node) == ast.unparse(self._rest):
            return node.right
        is_loaded = not isinstance(getattr(node, "ctx", None), ast.Store)
        if isinstance(node, ast.Name | ast.Subscript) and shown(node) == self._name and is_loaded:
            return self._rest
        return self.generic_visit(node)
