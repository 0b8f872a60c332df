"""Wrong versions of a statement: dropped, written to a copy, with another result or another expression."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from benchmarks.mutants.expressions import OPERATORS, expression_changes
from benchmarks.mutants.names import Names
from course_utils.gradcheck.lines.syntax import as_store, call, changed, expressions, replaced


def statement_changes(statement: ast.stmt, names: Names) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Each kind of mistake with the statements that make it."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return
    if not isinstance(statement, ast.Return) and not _is_docstring(statement):
        yield "statement dropped", [ast.Pass()]
    if isinstance(statement, ast.AugAssign):
        for operator in OPERATORS.get(type(statement.op), ()):
            yield "operator swapped", [changed(statement, op=operator())]
        yield "accumulation dropped", [ast.Assign([as_store(statement.target)], statement.value, lineno=0)]
        yield "written to a copy", _out_of_place(statement)
    if isinstance(statement, ast.If | ast.While):
        yield "branches swapped", [changed(statement, test=ast.UnaryOp(ast.Not(), statement.test))]
    if isinstance(statement, ast.If) and statement.orelse:
        yield "branches swapped", [changed(statement, body=statement.orelse, orelse=statement.body)]
    if isinstance(statement, ast.Return) and statement.value is not None:
        yield from _return_changes(statement, names)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        if "cache" in statement.targets[0].id:
            yield "stale cache", [changed(statement, value=call("_stale_", statement.value))]
        else:
            yield "sign flipped", [changed(statement, value=ast.UnaryOp(ast.USub(), statement.value))]
    for node_path, node in expressions(statement):
        for kind, replacement in expression_changes(node, names):
            yield kind, [replaced(statement, node_path, replacement)]


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _out_of_place(statement: ast.AugAssign) -> list[ast.stmt]:
    if not isinstance(statement.target, ast.Name):
        return [copy.deepcopy(statement)]
    load = ast.Name(statement.target.id, ast.Load())
    return [
        ast.Assign([as_store(statement.target)], ast.BinOp(load, statement.op, statement.value), lineno=0)
    ]


def _return_changes(statement: ast.Return, names: Names) -> Iterator[tuple[str, list[ast.stmt]]]:
    value = statement.value
    elements = value.elts if isinstance(value, ast.Tuple) else [value]

    def with_elements(new_ones: list[ast.expr]) -> list[ast.stmt]:
        new = ast.Tuple(new_ones, ast.Load()) if isinstance(value, ast.Tuple) else new_ones[0]
        return [changed(statement, value=new)]

    for i, element in enumerate(elements):
        if isinstance(element, ast.Name) and "cache" in element.id:
            yield "stale cache", with_elements([*elements[:i], call("_stale_", element), *elements[i + 1 :]])
            continue
        rest = lambda new, i=i: [*elements[:i], new, *elements[i + 1 :]]  # noqa: E731
        yield "sign flipped", with_elements(rest(call("_negative_", element)))
        yield "single precision", with_elements(rest(call("_single_", element)))
        yield "rounded to single precision", with_elements(rest(call("_rounded_", element)))
        if isinstance(value, ast.Tuple):
            yield "result dropped", with_elements([*elements[:i], *elements[i + 1 :]])
        if i + 1 < len(elements):
            swapped = [*elements[:i], elements[i + 1], element, *elements[i + 2 :]]
            yield "results swapped", with_elements(swapped)
    # Damage is done after the result is computed: what was handed in, and what came out of the cache.
    keep = ast.Assign([ast.Name("_result_", ast.Store())], value, lineno=0)
    for name in names.given:
        damage = ast.Expr(call("_damage_", ast.Name(name, ast.Load()), ast.Name("_result_", ast.Load())))
        yield "input damaged", [copy.deepcopy(keep), damage, ast.Return(ast.Name("_result_", ast.Load()))]
