"""Well-known mistakes about what is kept and what becomes of it."""

from __future__ import annotations

DROPS_WITH_P = "p were the probability of dropping; here p is the probability of KEEPING"


def factors_of_the_kept(p: float) -> dict[float, str]:
    """What may have been done with numbers that were kept, by what they were multiplied by."""
    return {1.0: "left as it was", p: f"multiplied by p = {p:g}", 1 / p: f"divided by p = {p:g}"}
