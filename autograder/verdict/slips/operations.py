"""Slips in formulas: a term or a factor forgotten, another operator, the wrong way round."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.verdict.slips.slip import Likelihood, Slip
from autograder.verdict.slips.words import of, shown
from course_utils.gradcheck.lines.syntax import changed

_TYPICAL, _LEFT_OUT = Likelihood.TYPICAL, Likelihood.LEFT_OUT


def operation_slips(node: ast.BinOp) -> Iterator[Slip]:
    """Slips in one operation on two things."""
    one, other = node.left, node.right
    match node.op:
        case ast.Add() | ast.Sub():
            yield from _sum_slips(node)
        case ast.Mult():
            yield from _product_slips(node)
        case ast.Div():
            yield Slip(_missing("the division by", other), one, _LEFT_OUT)
            yield Slip(
                _done("multiplied by", other, "divided by"),
                changed(node, op=ast.Mult()),
                Likelihood.EXCHANGED,
            )
            yield Slip("the fraction was upside down", changed(node, left=other, right=one))
            yield Slip("a division with // was made where / belongs", changed(node, op=ast.FloorDiv()))
            yield Slip(
                _missing("what is divided by", other, "the reciprocal alone was taken"),
                ast.BinOp(ast.Constant(1.0), ast.Div(), other),
                _LEFT_OUT,
            )
        case ast.FloorDiv():
            yield Slip(
                "the fraction was kept (/); it is a whole number (//)", changed(node, op=ast.Div()), _TYPICAL
            )
            yield Slip(_missing("the division by", other), one, _LEFT_OUT)
            up = ast.UnaryOp(ast.USub(), ast.BinOp(ast.UnaryOp(ast.USub(), one), ast.FloorDiv(), other))
            yield Slip("the fraction was rounded up; it is rounded down (//)", up, _TYPICAL)
        case ast.Pow():
            yield from _power_slips(node)
        case ast.MatMult():
            yield Slip(
                "the two factors of a matrix product were swapped", changed(node, left=other, right=one)
            )
            turned = ast.Attribute(other, "T", ast.Load())
            yield Slip(f"{_name(other)} was transposed", changed(node, right=turned))
            turned = ast.Attribute(one, "T", ast.Load())
            yield Slip(f"{_name(one)} was transposed", changed(node, left=turned))
            yield Slip(
                "it was multiplied number by number (*) where the matrix product (@) belongs",
                changed(node, op=ast.Mult()),
            )


def _name(node: ast.expr) -> str:
    return shown(node) or "a factor"


def _missing(what: str, node: ast.expr, otherwise: str = "") -> str:
    name = shown(node)
    return f"{what} {name} was forgotten" if name else otherwise or f"{what} a number was forgotten"


def _done(did: str, node: ast.expr, right: str) -> str:
    name = shown(node) or "a factor"
    return f"it was {did} {name}; it is {right} {name}"


def _sum_slips(node: ast.BinOp) -> Iterator[Slip]:
    one, other = node.left, node.right
    minus = isinstance(node.op, ast.Sub)
    whole = f"{shown(one)} stood where {shown(node)} belongs" if shown(node) else ""
    clause = whole or _missing("the term", other, "a term was forgotten")
    yield Slip(clause, one, _TYPICAL if isinstance(other, ast.Constant) else _LEFT_OUT)
    if isinstance(one, ast.Constant) and shown(node):
        yield Slip(f"{shown(other)} stood where {shown(node)} belongs", other, _TYPICAL)
    else:
        alone = ast.UnaryOp(ast.USub(), other) if minus else other
        yield Slip(_missing("the term", one, "the first term was forgotten"), alone, _LEFT_OUT)
        if minus:
            yield Slip(_missing("the term", one, "the first term was forgotten"), other, _LEFT_OUT)
    did = ("added", "subtracted") if minus else ("subtracted", "added")
    clause = f"{shown(other) or 'a term'} was {did[0]}; it is {did[1]}"
    yield Slip(clause, changed(node, op=ast.Add() if minus else ast.Sub()), _TYPICAL)
    if minus:
        yield Slip(
            "the difference was taken the wrong way round",
            changed(node, left=other, right=one),
            _TYPICAL,
        )
    else:
        larger = ast.Attribute(ast.Name("np", ast.Load()), "maximum", ast.Load())
        yield Slip("the larger of two terms was taken; they are added", ast.Call(larger, [one, other], []))
    if isinstance(other, ast.Name):
        one_more = changed(node, right=ast.Constant(1))
        yield Slip(f"1 was {did[1]}; it is {shown(other)}", one_more)
    if not isinstance(other, ast.Constant):
        yield Slip(
            f"a product was taken; {shown(other) or 'a term'} is {did[1]}", changed(node, op=ast.Mult())
        )


def _product_slips(node: ast.BinOp) -> Iterator[Slip]:
    one, other = node.left, node.right
    for kept, left_out in ((other, one), (one, other)):
        if isinstance(left_out, ast.Constant) and shown(kept):
            yield Slip(f"the factor {shown(left_out)} of {shown(kept)} was forgotten", kept, _TYPICAL)
        else:
            yield Slip(_missing("the factor", left_out, "a factor was forgotten"), kept, _LEFT_OUT)
    yield Slip(_done("divided by", other, "multiplied by"), changed(node, op=ast.Div()))
    yield Slip(f"{shown(other) or 'a factor'} was added; it multiplies", changed(node, op=ast.Add()))
    if isinstance(other, ast.Name | ast.Call):
        yield Slip(
            f"{_name(other)} was multiplied by twice", ast.BinOp(node, ast.Mult(), other), Likelihood.ADDED
        )


def _power_slips(node: ast.BinOp) -> Iterator[Slip]:
    one, other = node.left, node.right
    if isinstance(other, ast.Constant) and other.value == 2:
        name = shown(one)
        clause = f"{name} stood where its square belongs" if name else "the square was forgotten"
        yield Slip(clause, one, _TYPICAL)
        yield Slip(
            f"{shown(one) or 'it'} was doubled; it is squared", ast.BinOp(ast.Constant(2), ast.Mult(), one)
        )
        size = ast.Call(ast.Name("abs", ast.Load()), [one], [])
        yield Slip(f"the size{of(one)} was taken; it is the square", size, Likelihood.ADDED)
    else:
        yield Slip(_missing("the power", other, "the power was forgotten"), one, _LEFT_OUT)
        yield Slip(
            f"it was multiplied by {shown(other) or 'the exponent'}; that is the power",
            changed(node, op=ast.Mult()),
        )
        yield Slip("base and exponent were swapped", changed(node, left=other, right=one))


_SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_STRICT: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_ROUND: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}


def comparison_slips(node: ast.Compare) -> Iterator[Slip]:
    """Slips in a comparison: the equal case, and which side is the larger one."""
    for i, operator in enumerate(node.ops):
        kind = type(operator)
        if kind not in _SIGNS:
            continue
        place = f" {shown(node.comparators[i])}" if shown(node.comparators[i]) else ""
        for others, why in ((_STRICT, "the equal case"), (_ROUND, "the wrong way round")):
            other = others[kind]
            clause = f"{_SIGNS[other]}{place} was asked; it is {_SIGNS[kind]}{place} ({why})"
            ops = [*node.ops[:i], other(), *node.ops[i + 1 :]]
            yield Slip(clause, changed(node, ops=ops), _TYPICAL)
        for number in _numbers_near(node.comparators[i]):
            clause = f"it was compared with {number:g}; it is{place}"
            bounds = [*node.comparators[:i], ast.Constant(number), *node.comparators[i + 1 :]]
            yield Slip(clause, changed(node, comparators=bounds), _TYPICAL)


def _numbers_near(bound: ast.expr) -> list[int]:
    match bound:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return [number - 1, number + 1]
    return []
