"""What well-known mistakes in L-BFGS give, for a gradient and pairs (s, y), oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

Pairs = list[tuple[np.ndarray, np.ndarray]]


def inverse_hessian(D: int, pairs: Pairs, scale: float | None = None) -> np.ndarray:
    """The matrix that L-BFGS never forms: BFGS updates of a scaled identity (Nocedal and Wright 2006, 7.19).

    Args:
        scale: of the identity; that of the newest pair by default.

    Returns:
        (D, D), symmetric; the right direction is minus this matrix times the gradient.
    """
    H = np.eye(D) * (newest_scale(pairs) if scale is None else scale)
    for s, y in pairs:
        rho = 1 / (s @ y)
        V = np.eye(D) - rho * np.outer(y, s)
        H = V.T @ H @ V + rho * np.outer(s, s)
    return H


def newest_scale(pairs: Pairs) -> float:
    """(s·y) / (y·y) of the newest pair; 1 where there is none."""
    if not pairs:
        return 1.0
    s, y = pairs[-1]
    return (s @ y) / (y @ y)


def _two_loops(
    dw: np.ndarray,
    pairs: Pairs,
    scale: float | None = None,
    first: Iterable[int] | None = None,
    second: Iterable[int] | None = None,
    turn_alphas: bool = False,
    flipped: bool = False,
) -> np.ndarray:
    """The recursion as it is written (Nocedal and Wright 2006, algorithm 7.4), with one thing changed."""
    q, alphas = dw.copy(), np.zeros(len(pairs))
    for k in reversed(range(len(pairs))) if first is None else first:
        s, y = pairs[k]
        alphas[k] = (s @ q) / (s @ y)
        q = q - alphas[k] * y
    r = q * (newest_scale(pairs) if scale is None else scale)
    alphas = alphas[::-1] if turn_alphas else alphas
    for k in range(len(pairs)) if second is None else second:
        s, y = pairs[k]
        gap = alphas[k] - (y @ r) / (s @ y)
        r = r + s * (-gap if flipped else gap)
    return -r


LBFGS: dict[str, Callable[[np.ndarray, Pairs], np.ndarray]] = {
    "the sign is missing: the direction goes downhill": lambda dw, pairs: (
        inverse_hessian(len(dw), pairs) @ dw
    ),
    "the pairs were taken in the wrong order: the first loop starts with the newest, the second with the oldest": (
        lambda dw, pairs: -inverse_hessian(len(dw), pairs[::-1], newest_scale(pairs)) @ dw
    ),
    "the scaling (s·y) / (y·y) between the two loops was missing": lambda dw, pairs: (
        -inverse_hessian(len(dw), pairs, 1.0) @ dw
    ),
    "only the newest pair was used": lambda dw, pairs: -inverse_hessian(len(dw), pairs[-1:]) @ dw,
    "this were plain descent: the pairs were not used": lambda dw, pairs: -dw,
    "the two loops were not there, only the scaling": lambda dw, pairs: -newest_scale(pairs) * dw,
    "the scaling was turned round: it is (s·y) / (y·y) of the newest pair": lambda dw, pairs: _two_loops(
        dw, pairs, scale=1 / newest_scale(pairs)
    ),
    "the scaling was taken from the oldest pair: it is that of the newest": lambda dw, pairs: _two_loops(
        dw, pairs, scale=newest_scale(pairs[:1])
    ),
    "the second loop took another pair's alpha: keep alpha[k] with pair k": (
        lambda dw, pairs: _two_loops(dw, pairs, turn_alphas=True)
    ),
    "both loops started with the newest pair: the second one starts with the oldest": (
        lambda dw, pairs: _two_loops(dw, pairs, second=reversed(range(len(pairs))))
    ),
    "both loops started with the oldest pair: the first one starts with the newest": (
        lambda dw, pairs: _two_loops(dw, pairs, first=range(len(pairs)))
    ),
    "beta was subtracted from alpha the wrong way round: s·(alpha - beta) is added": (
        lambda dw, pairs: _two_loops(dw, pairs, flipped=True)
    ),
}


def newton_mistakes(
    w: np.ndarray, dw: np.ndarray, H: np.ndarray, damping: float = 0.0
) -> dict[str, np.ndarray]:
    """What comes instead of Newton's next w; arguments as of the student's function."""
    damped = H + damping * np.eye(len(w))
    rule = "the step p solves (H + damping · I) p = dw"
    step = np.linalg.solve(damped, dw)
    mistakes = {
        "the step went uphill: p is subtracted": w + step,
        "the step alone came back: it is subtracted from w": -step,
        f"dw was multiplied with H: {rule}": w - damped @ dw,
        f"dw was divided by the diagonal of H alone: {rule}": w - dw / np.diag(damped),
        f"1 / H divides number by number: {rule}": w - (1 / damped) @ dw,
    }
    if damping:
        others = {
            "damping was not used": H,
            "damping was added to every number of H: it is added to the diagonal": H + damping,
            "damping was subtracted: it is added to the diagonal": H - damping * np.eye(len(w)),
        }
        mistakes |= {did: w - np.linalg.lstsq(matrix, dw, rcond=None)[0] for did, matrix in others.items()}
    return mistakes
