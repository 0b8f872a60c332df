"""Slips in calls: another axis, another function, a function forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.verdict.slips.slip import Likelihood, Slip
from autograder.verdict.slips.words import GIVES, along, called, is_module, of, operand, shown
from course_utils.gradcheck.lines.syntax import changed

_REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "argmax", "argmin", "any", "all", "prod", "norm")
_AXES: tuple[object, ...] = (
    None, 0, 1, 2, 3, (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (0, 1, 2), (0, 2, 3), (1, 2, 3), (0, 3, 4), (1, 3, 4), (2, 3, 4),
)  # fmt: skip
_FAMILIES = (
    ("sum", "mean", "max", "min", "median", "prod"),
    ("var", "std"),
    ("argmax", "argmin"),
    ("exp", "expm1"),
    ("log", "log10", "log2", "log1p"),
    ("sin", "cos"),
    ("maximum", "minimum"),
    ("sqrt", "square"),
)
_ORDER = {
    "reversed": "the order was not reversed",
    "sorted": "nothing was sorted",
    "copy": "the array itself was handed on, not a copy",
    "transpose": "the axes{of} were not moved with transpose",
    "reshape": "reshape was forgotten",
    "deg2rad": "degrees were taken for radians",
    "maximum": "the bound was forgotten: it is a maximum of two numbers",
    "minimum": "the bound was forgotten: it is a minimum of two numbers",
    "max": "the bound was forgotten: it is the larger of two numbers",
    "rint": "nothing was rounded to the nearest whole number",
    "permutation": "nothing was shuffled",
}


def call_slips(node: ast.Call) -> Iterator[Slip]:
    """Slips in one call."""
    name = called(node)
    if name in _REDUCTIONS:
        yield from _reduction_slips(node, name)
    yield from _of_kinds(node, name)
    yield from _exchanged(node, name)
    yield from _forgotten(node, name)
    yield from _keyword_slips(node)
    yield from _argument_slips(node, name)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        yield from _drawn_slips(node, name)


def _reduction_slips(node: ast.Call, name: str) -> Iterator[Slip]:
    what = f"the {GIVES.get(name, name)}{of(operand(node))}"
    axes = [keyword for keyword in node.keywords if keyword.arg == "axis"]
    if axes or not _is_pythons_own(node):
        yield from _other_axes(node, what, axes[0].value if axes else None)
    if name in ("var", "std"):
        ddof = ast.keyword("ddof", ast.Constant(1))
        clause = f"{what} was divided by one less than the number of values (ddof=1): divide by all"
        yield Slip(clause, changed(node, keywords=[*node.keywords, ddof]), Likelihood.TYPICAL)


def _of_kinds(node: ast.Call, name: str) -> Iterator[Slip]:
    """Slips that one function alone invites."""
    match name, node.args:
        case "log", [ast.BinOp(op=ast.Div(), left=one, right=other)]:
            clause = (
                f"the logarithm{of(other)} was forgotten: {shown(other) or 'a number'} itself was subtracted"
            )
            yield Slip(clause, ast.BinOp(changed(node, args=[one]), ast.Sub(), other), Likelihood.TYPICAL)
        case "maximum" | "minimum", [_, _] if isinstance(node.func, ast.Attribute):
            over = name.removesuffix("imum")
            clause = f"np.{over} was called, which goes along an axis; np.{name} compares two numbers"
            yield Slip(clause, changed(node, func=changed(node.func, attr=over)), Likelihood.TYPICAL)
        case "reshape", [one, other]:
            turned = ast.Attribute(changed(node, args=[other, one]), "T", ast.Load())
            clause = f"the numbers{of(operand(node))} were mixed up by reshape and a transpose: reshape alone keeps their order"
            yield Slip(clause, turned, Likelihood.TYPICAL)
        case "isfinite", [_]:
            is_nan = changed(node, func=changed(node.func, attr="isnan"))
            clause = "nan alone was asked for; inf is not finite, either"
            yield Slip(clause, ast.UnaryOp(ast.Not(), is_nan), Likelihood.TYPICAL)


def _is_pythons_own(node: ast.Call) -> bool:
    """Whether a call is of a function such as max(0, x), which has no axes."""
    return isinstance(node.func, ast.Name)


def _other_axes(node: ast.Call, what: str, value: ast.expr | None) -> Iterator[Slip]:
    try:
        right = ast.literal_eval(value) if value is not None else None
    except ValueError:
        return
    rest = [keyword for keyword in node.keywords if keyword.arg not in ("axis", "keepdims")]
    kept = [keyword for keyword in node.keywords if keyword.arg == "keepdims"]
    always = [ast.keyword("keepdims", ast.Constant(True))]
    for axes in _AXES:
        if axes == right:
            continue
        axis = ast.keyword("axis", ast.parse(repr(axes), mode="eval").body)
        clause = f"{what} ran over {along(axes)}; it runs over {along(right)}"
        for kept_too in [kept, *([] if kept else [always])]:
            keywords = [axis, *kept_too, *rest]
            yield Slip(clause, changed(node, keywords=keywords), Likelihood.TYPICAL)
    if not kept and right is not None:
        yield Slip(
            f"{what} kept an axis of length 1 (keepdims)", changed(node, keywords=[*node.keywords, *always])
        )


def _exchanged(node: ast.Call, name: str) -> Iterator[Slip]:
    for family in _FAMILIES:
        for other in family if name in family else ():
            if other == name or (isinstance(node.func, ast.Name) and other not in ("max", "min", "sum")):
                continue
            func = (
                changed(node.func, attr=other)
                if isinstance(node.func, ast.Attribute)
                else ast.Name(other, ast.Load())
            )
            took, right = GIVES.get(other, other), GIVES.get(name, name)
            clause = f"the {took}{of(operand(node))} was taken; it is the {right}"
            yield Slip(clause, changed(node, func=func), Likelihood.TYPICAL)


def _forgotten(node: ast.Call, name: str) -> Iterator[Slip]:
    of_method = isinstance(node.func, ast.Attribute) and not is_module(node.func.value)
    kept = [node.func.value] if of_method and isinstance(node.func, ast.Attribute) else []
    if not of_method:
        kept = [argument for argument in node.args[:2] if not isinstance(argument, ast.Starred)]
    for argument in kept:
        if name in _ORDER:
            clause = _ORDER[name].format(of=of(argument))
        elif name in GIVES and argument is operand(node):
            clause = f"the {GIVES[name]}{of(argument)} was forgotten"
        else:
            clause = f"{name} was forgotten" if name else ""
        if clause:
            yield Slip(clause, argument, Likelihood.LEFT_OUT)


def _keyword_slips(node: ast.Call) -> Iterator[Slip]:
    for i, keyword in enumerate(node.keywords):
        rest = node.keywords[:i] + node.keywords[i + 1 :]
        if keyword.arg == "reverse":
            yield Slip("the order was the wrong way round", changed(node, keywords=rest), Likelihood.TYPICAL)
        elif keyword.arg not in (None, "axis", "keepdims", "dtype"):
            yield Slip(f"{keyword.arg} was not handed on to {called(node)}", changed(node, keywords=rest))


def _argument_slips(node: ast.Call, name: str) -> Iterator[Slip]:
    if name == "transpose":
        yield from _transpose_slips(node)
        return
    for i in range(len(node.args) - 1):
        one, other = node.args[i], node.args[i + 1]
        swapped = [*node.args[:i], other, one, *node.args[i + 2 :]]
        names = (
            f"{shown(one)} and {shown(other)}" if shown(one) and shown(other) else f"the arguments of {name}"
        )
        yield Slip(f"{names} were swapped", changed(node, args=swapped))
    if name == "range" and len(node.args) == 1:
        [stop] = node.args
        less = ast.BinOp(stop, ast.Sub(), ast.Constant(1))
        yield Slip("the loop left out its last round", changed(node, args=[less]))
        yield Slip("the loop left out its first round", changed(node, args=[ast.Constant(1), stop]))
        backwards = ast.Call(ast.Name("reversed", ast.Load()), [node], [])
        yield Slip("the loop ran backwards", backwards)
    if name == "get" and len(node.args) == 2 and isinstance(node.args[0], ast.Constant):
        yield from _default_slips(node)


def _default_slips(node: ast.Call) -> Iterator[Slip]:
    key, default = node.args
    if not isinstance(default, ast.Constant) or not isinstance(default.value, int | float):
        return
    for other in numbers_instead_of(default.value):
        clause = f"{shown(node)} was {other:g} where none is passed in; its default is {default.value:g}"
        yield Slip(clause, changed(node, args=[key, ast.Constant(other)]), Likelihood.TYPICAL)
    fixed = f"{shown(node)} was {default.value:g} whatever is passed in"
    yield Slip(fixed, default, Likelihood.TYPICAL)


def numbers_instead_of(value: float) -> list[float]:
    """Other numbers that are written by mistake, or by habit."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        others: list[float] = [value + 1, value - 1, 2 * value, -value, 10]
    else:
        habits = (0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0, 0.0) if value > 1e-2 else (0.0,)
        powers = [10.0**-k for k in range(3, 13)] if 0 < value <= 1e-2 else []
        others = [2 * value, value / 2, 1 - value, -value, *habits, *powers]
    return [other for other in dict.fromkeys(others) if other != value]


def _transpose_slips(node: ast.Call) -> Iterator[Slip]:
    axes = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    if len(axes) != len(node.args) or len(axes) < 3:
        return
    for i in range(len(axes)):
        for k in range(i + 1, len(axes)):
            order = list(axes)
            order[i], order[k] = order[k], order[i]
            clause = f"the axes were moved by transpose{tuple(order)}; it is another order"
            yield Slip(clause, changed(node, args=list(map(ast.Constant, order))))


def _drawn_slips(node: ast.Call, name: str) -> Iterator[Slip]:
    """Slips in what is drawn at random."""
    if name == "normal":
        uniform = changed(node, func=changed(node.func, attr="uniform"))
        yield Slip("numbers were drawn uniformly; they are normal", uniform, Likelihood.TYPICAL)
    for i, argument in enumerate(node.args):
        for clause, shape in _shared(argument) if name in ("random", "normal", "uniform", "integers") else ():
            args = [*node.args[:i], shape, *node.args[i + 1 :]]
            yield Slip(clause, changed(node, args=args), Likelihood.TYPICAL)


def _shared(shape: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Shapes with an axis of length 1, so that one draw serves many."""
    if not isinstance(shape, ast.Tuple):
        return
    for i, size in enumerate(shape.elts):
        elements = [*shape.elts[:i], ast.Constant(1), *shape.elts[i + 1 :]]
        yield f"one draw served all of axis {i}{of(size)}: each needs its own", changed(shape, elts=elements)
