"""The constant by which an answer is off, and what it may be, in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

# How closely a factor must be a known number.
_RTOL = 1e-5
# What is called so is a probability, of keeping or of dropping.
_PROBABILITY = re.compile(r"^[pq]$|keep|drop|rate|prob")


@dataclass(frozen=True)
class Known:
    """A number that a factor may be.

    Attributes:
        name: what it is called: "N", "√D", "1 - p"; of a division by N - 1 instead of N that N.
        value: the number.
        use: "larger" where the factor is this number, "smaller" where it is one over it, "less one" where N - 1 stood for N.
        is_plain: whether it is a size itself, not what was made of one.
    """

    name: str
    value: float
    use: str
    is_plain: bool = True

    def same_as(self, other: Known) -> bool:
        """Whether it is the same number by name, whatever its value."""
        return (self.name, self.use) == (other.name, other.use)


def known_factors(factor: float, sizes: Mapping[str, float]) -> list[Known]:
    """Everything that a factor may be.

    Args:
        factor: what the answer is multiplied with, not 0; its sign is left aside.
        sizes: names of numbers, e.g. {"N": 10}.
    """
    found = []
    for use, ratio in (("larger", abs(factor)), ("smaller", 1 / abs(factor))):
        for name, value in sizes.items():
            found += [
                Known(form, number, use, form == name)
                for form, number in _forms(name, value)
                if math.isclose(ratio, number, rel_tol=_RTOL)
            ]
    return sorted(found, key=lambda each: not each.is_plain) or list(_less_one(abs(factor), sizes))


def _forms(name: str, value: float) -> Iterator[tuple[str, float]]:
    """A size and what is often made of it: its root; of a probability what is left of it, its square, its odds."""
    yield name, value
    if value <= 0 or value == 1 or " " in name:
        return
    yield f"√({name})" if "·" in name else f"√{name}", math.sqrt(value)
    if value < 1:
        yield f"{name}²", value**2
    if value < 1 and _PROBABILITY.search(name):
        yield f"1 - {name}", 1 - value
        yield f"(1 - {name})/{name}", (1 - value) / value


def _less_one(factor: float, sizes: Mapping[str, float]) -> Iterator[Known]:
    """Sizes of what is summed over, where no two other sizes have the same ratio."""
    ratios = [a / b for a in sizes.values() for b in sizes.values() if a > b > 0]
    if any(math.isclose(factor, ratio, rel_tol=_RTOL) for ratio in ratios):
        return
    for name, value in sizes.items():
        # Settings, in small letters, are not what is summed over.
        summed = not name[:1].islower() or name == "the group's size"
        if summed and value > 2 and math.isclose(factor, value / (value - 1), rel_tol=1e-6):
            yield Known(name, value, "less one")


def most_direct(factor: float, known: Sequence[Known]) -> list[Known]:
    """Those to be told where nothing tells them apart: what was made of a size only where no size and no plain 2 has the value."""
    plain = [each for each in known if each.is_plain]
    two = any(math.isclose(abs(factor), number, rel_tol=_RTOL) for number in (2.0, 0.5))
    return plain or ([] if two else list(known))


def factor_in_words(factor: float, known: Sequence[Known]) -> str:
    """What is said of a factor, by the names it may have."""
    size, sign = abs(factor), ", with the sign flipped" if factor < 0 else ""
    if known and known[0].use == "less one":
        name, value = known[0].name, known[0].value
        return f"it was divided by {name} - 1 = {value - 1:g} instead of {name} = {value:g}{sign}"
    uses = [[each for each in known if each.use == use] for use in ("larger", "smaller")]
    told = [_in_words(group) for group in uses if group]
    if told:
        return f"it is {', or it is '.join(told)}{sign}"
    for number, word in ((2.0, "doubled"), (0.5, "halved")):
        if math.isclose(size, number, rel_tol=_RTOL):
            return f"it is {word}{sign}"
    if size < 1 and math.isclose(1 / size, round(1 / size), rel_tol=_RTOL):
        return f"it is {round(1 / size)} times too small everywhere{sign}"
    return f"it is {size:.6g} times what it should be everywhere{sign}"


def _in_words(known: Sequence[Known]) -> str:
    """Several names of one number, or of one over it."""
    names, value, is_larger = [each.name for each in known], known[0].value, known[0].use == "larger"
    equal, either = f"{' = '.join(names)} = {value:.6g}", " or ".join(names)
    if value < 1 or any("/" in name for name in names):
        done, undone = ("multiplied", "divided") if is_larger else ("divided", "multiplied")
        return f"{done} by {equal} once too often (or not {undone} by it)"
    plain = {True: "doubled, ", False: "halved, "}[is_larger] if math.isclose(value, 2, rel_tol=_RTOL) else ""
    if is_larger:
        return f"{plain}{equal} times too large (is a division by {either} missing?)"
    return f"{plain}{equal} times too small (divided by {either} once too often?)"
