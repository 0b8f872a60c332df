"""Lines that may be missing: another path by which something flows back."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from course_utils.gradcheck.lines.location import ADDS
from course_utils.gradcheck.lines.variables import Variables


def missing_lines(statement: ast.stmt, variables: Variables) -> Iterator[tuple[str, ast.stmt]]:
    """What would be missing, and the statement with a line after it that adds to a part of the upstream gradient.

    The line adds another part of it times a variable, the slope of an activation, or both; each is tried behind the
    statement that makes the last of its names.
    """
    made = _made(statement)
    if not made:
        return
    for target, part in itertools.permutations(variables.parts, 2):
        if not variables.is_alike(target, part):
            continue
        factors = [name for name in variables.terms if variables.is_alike(target, name)]
        slopes = [
            text
            for text in variables.slopes
            if all(variables.is_alike(target, name) for name in _names(text))
        ]
        for factor, slope in itertools.product([None, *factors], [None, *slopes]):
            text = " * ".join([part, *([factor] if factor else []), *([f"({slope})"] if slope else [])])
            if factor not in variables.parts and made & {target, *_names(text)}:
                line = ast.parse(f"{target} = {target} + {text}").body
                yield f"{ADDS}`{target}`", ast.If(ast.Constant(True), [statement, *line], [])


def _made(statement: ast.stmt) -> set[str]:
    """The names that an assignment binds."""
    if not isinstance(statement, ast.Assign):
        return set()
    return {
        node.id
        for target in statement.targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
