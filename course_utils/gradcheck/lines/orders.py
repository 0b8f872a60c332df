"""Things in another order, and others of what is looked up: elements, subscripts of einsum, keys, neighbouring places."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import Any

from course_utils.gradcheck.lines.expressions import ADDED, EXCHANGED, Change
from course_utils.gradcheck.lines.syntax import call, changed
from course_utils.gradcheck.lines.variables import Variables

# Longest list of elements of which two are exchanged.
_LONGEST = 6


def other_orders(node: ast.AST, variables: Variables, *, is_index: bool) -> Iterator[Change]:
    """Other expressions that may have been meant, made of the same parts.

    Args:
        variables: those that may have been meant.
        is_index: whether the expression says which part of an array.
    """
    match node:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            yield from (
                ("another order", EXCHANGED, changed(node, elts=order)) for order in exchanged(elements)
            )
        case ast.Call(args=[ast.Constant(value=str(text)), *operands]) if "->" in text:
            for other in _subscripts(text.replace(" ", "")):
                yield "other subscripts", EXCHANGED, changed(node, args=[ast.Constant(other), *operands])
        case ast.Call(func=ast.Name(id="range")):
            yield "the other way round", EXCHANGED, call("reversed", node)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))):
            for other in variables.keys(name):
                if other != key:
                    yield "another key", EXCHANGED, changed(node, slice=ast.Constant(other))
        case ast.Name(id=name, ctx=ast.Load()) if not is_index and variables.is_axis(name):
            yield "the other way round", ADDED, ast.parse(f"{name}[::-1]", mode="eval").body
        case ast.Name(id=name, ctx=ast.Load()) if is_index and name in variables.whole:
            for operator in (ast.Add(), ast.Sub()):
                yield "another index", EXCHANGED, ast.BinOp(node, operator, ast.Constant(1))


def exchanged(elements: list[Any]) -> Iterator[list[Any]]:
    """The elements with two of them exchanged, where they are few."""
    for i, k in itertools.combinations(range(len(elements) if len(elements) <= _LONGEST else 0), 2):
        order = list(elements)
        order[i], order[k] = order[k], order[i]
        yield order


def _subscripts(text: str) -> Iterator[str]:
    """Subscripts of einsum of which one term has two letters exchanged, or one letter for another."""
    letters = sorted({letter for letter in text if letter.isalpha()})
    terms = text.replace("->", ",").split(",")
    for k, term in enumerate(terms):
        orders = ["".join(order) for order in exchanged(list(term))]
        others = [
            term[:i] + letter + term[i + 1 :]
            for i in range(len(term))
            for letter in letters
            if letter not in term
        ]
        for other in (*orders, *others):
            every = [*terms[:k], other, *terms[k + 1 :]]
            yield f"{','.join(every[:-1])}->{every[-1]}"
