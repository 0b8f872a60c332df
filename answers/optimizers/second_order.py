"""Planted answers: Newton's step, L-BFGS, and the average of parameters."""

import copy

import numpy as np

from answers import right, wrong

PART = (0.0, 0.985)


def _plant(question, *answers):
    for name, reason, answer in answers:
        answer.__name__, answer.__module__ = name, __name__
        (wrong(question, reason, earns=PART) if reason else right(question))(answer)


def _damped(H, damping):
    return H + damping * np.eye(len(H))


def _newton_damages_H(w, dw, H, damping=0.0):
    H[np.diag_indices_from(H)] += damping
    return w - np.linalg.solve(H, dw)


def _newton_damages_dw(w, dw, H, damping=0.0):
    dw[:] = np.linalg.solve(_damped(H, damping), dw)
    return w - dw


def _newton_by_eigenvectors(w, dw, H, damping=0.0):
    values, vectors = np.linalg.eigh(H)
    return w - vectors @ ((vectors.T @ dw) / (values + damping))


def _newton_in_place(w, dw, H, damping=0.0):
    A = H.copy()
    A.flat[:: len(A) + 1] += damping
    w -= np.linalg.solve(A, dw)
    return w


_plant(
    "newton_step",
    (
        "uphill",
        "the step went uphill",
        lambda w, dw, H, damping=0.0: w + np.linalg.solve(_damped(H, damping), dw),
    ),
    ("not_inverted", "solves", lambda w, dw, H, damping=0.0: w - _damped(H, damping) @ dw),
    ("diagonal_alone", "solves", lambda w, dw, H, damping=0.0: w - dw / (np.diag(H) + damping)),
    ("step_alone", "solves|bottom", lambda w, dw, H, damping=0.0: -np.linalg.solve(_damped(H, damping), dw)),
    ("undamped", "damping", lambda w, dw, H, damping=0.0: w - np.linalg.solve(H, dw)),
    (
        "damping_everywhere",
        "damping was added to every number of H",
        lambda w, dw, H, damping=0.0: w - np.linalg.solve(H + damping, dw),
    ),
    ("damps_the_step", "damping", lambda w, dw, H, damping=0.0: w - np.linalg.solve(H, dw) / (1 + damping)),
    (
        "damping_subtracted",
        "damping",
        lambda w, dw, H, damping=0.0: w - np.linalg.solve(_damped(H, -damping), dw),
    ),
    ("solves_for_w", "solves", lambda w, dw, H, damping=0.0: np.linalg.solve(_damped(H, damping), w - dw)),
    (
        "takes_absolute_curvatures",
        "saddle",
        lambda w, dw, H, damping=0.0: (
            w
            - np.linalg.eigh(H)[1]
            @ ((np.linalg.eigh(H)[1].T @ dw) / (np.abs(np.linalg.eigvalsh(H)) + damping))
        ),
    ),
    (
        "as_a_column",
        "next_w has shape",
        lambda w, dw, H, damping=0.0: w[:, None] - np.linalg.solve(_damped(H, damping), dw[:, None]),
    ),
    ("damages_H", "changed in place", _newton_damages_H),
    ("damages_dw", "changed in place", _newton_damages_dw),
    ("newton_by_inverse", None, lambda w, dw, H, damping=0.0: w - np.linalg.inv(_damped(H, damping)) @ dw),
    ("newton_by_eigenvectors", None, _newton_by_eigenvectors),
    ("newton_in_place", None, _newton_in_place),
)


def _two_loops(
    first=lambda pairs: pairs[::-1],
    second=lambda pairs: pairs,
    scale=lambda pairs: (pairs[-1][0] @ pairs[-1][1]) / (pairs[-1][1] @ pairs[-1][1]),
    beta_of=lambda s, y, q: (y @ q) / (s @ y),
    sign=-1.0,
    add=lambda alpha, beta: alpha - beta,
    alpha_of=lambda s, y, q: (s @ q) / (s @ y),
    copies=True,
    empty=lambda dw: -dw,
):
    def lbfgs_direction(dw, s_history, y_history):
        pairs = list(zip(s_history, y_history, strict=True))
        if not pairs:
            return empty(dw)
        q = dw.copy() if copies else dw
        alphas = {}
        for s, y in first(pairs):
            alphas[id(s)] = alpha_of(s, y, q)
            q -= alphas[id(s)] * y
        q *= scale(pairs)
        for s, y in second(pairs):
            q += add(alphas.get(id(s), 0.0), beta_of(s, y, q)) * s
        return sign * q

    return lbfgs_direction


def _lbfgs_pops(dw, s_history, y_history):
    pairs = list(zip(s_history, y_history, strict=True))
    direction = _two_loops()(dw, s_history, y_history)
    while pairs:
        pairs.pop()
        s_history.pop()
        y_history.pop()
    return direction


def _lbfgs_as_a_matrix(dw, s_history, y_history):
    H = np.eye(len(dw))
    if s_history:
        H *= (s_history[-1] @ y_history[-1]) / (y_history[-1] @ y_history[-1])
    for s, y in zip(s_history, y_history, strict=True):
        rho = 1 / (y @ s)
        left = np.eye(len(dw)) - rho * np.outer(s, y)
        H = left @ H @ left.T + rho * np.outer(s, s)
    return -(H @ dw)


def _lbfgs_recursive(dw, s_history, y_history):
    def apply(q, k):
        if k < 0:
            s, y = s_history[-1], y_history[-1]
            return q * (s @ y) / (y @ y)
        s, y = s_history[k], y_history[k]
        alpha = (s @ q) / (s @ y)
        r = apply(q - alpha * y, k - 1)
        return r + s * (alpha - (y @ r) / (s @ y))

    return -apply(dw, len(s_history) - 1) if s_history else -dw


def _lbfgs_aliases(dw, s_history, y_history):
    q = dw
    q *= -1
    return q if not s_history else _two_loops(sign=1.0)(q, s_history, y_history)


_plant(
    "lbfgs_direction",
    ("lbfgs_uphill", "sign is (missing|flipped)", _two_loops(sign=1.0)),
    ("lbfgs_other_order", "wrong order", _two_loops(first=lambda p: p, second=lambda p: p[::-1])),
    ("lbfgs_both_forward", "the direction", _two_loops(first=lambda p: p)),
    ("lbfgs_both_backward", "the direction", _two_loops(second=lambda p: p[::-1])),
    ("lbfgs_unscaled", "scaling .* was missing", _two_loops(scale=lambda p: 1.0)),
    (
        "lbfgs_scaled_by_the_oldest",
        "the direction",
        _two_loops(scale=lambda p: (p[0][0] @ p[0][1]) / (p[0][1] @ p[0][1])),
    ),
    (
        "lbfgs_scaled_upside_down",
        "the direction",
        _two_loops(scale=lambda p: (p[-1][1] @ p[-1][1]) / (p[-1][0] @ p[-1][1])),
    ),
    (
        "lbfgs_scaled_by_s",
        "the direction",
        _two_loops(scale=lambda p: (p[-1][0] @ p[-1][0]) / (p[-1][0] @ p[-1][1])),
    ),
    ("lbfgs_beta_of_s", "the direction", _two_loops(beta_of=lambda s, y, q: (s @ q) / (s @ y))),
    ("lbfgs_alpha_of_y", "the direction", _two_loops(alpha_of=lambda s, y, q: (y @ q) / (s @ y))),
    ("lbfgs_adds_beta", "the direction", _two_loops(add=lambda alpha, beta: alpha + beta)),
    ("lbfgs_beta_forgotten", "the direction", _two_loops(add=lambda alpha, beta: alpha)),
    ("lbfgs_newest_only", "newest pair", _two_loops(first=lambda p: p[-1:], second=lambda p: p[-1:])),
    ("lbfgs_without_loops", "only the scaling", _two_loops(first=lambda p: (), second=lambda p: ())),
    ("lbfgs_plain_descent", "plain descent", lambda dw, s_history, y_history: -dw),
    ("lbfgs_needs_a_pair", "no pair yet", _two_loops(empty=lambda dw: None)),
    ("lbfgs_damages_dw", "changed in place", _two_loops(copies=False)),
    ("lbfgs_turns_dw", "changed in place", _lbfgs_aliases),
    ("lbfgs_empties_the_lists", "changed in place", _lbfgs_pops),
    ("lbfgs_as_a_matrix", None, _lbfgs_as_a_matrix),
    ("lbfgs_recursive", None, _lbfgs_recursive),
    ("lbfgs_two_loops_on_a_copy", None, _two_loops()),
)


def _ema(
    first=lambda params: {k: v.copy() for k, v in params.items()},
    mix=lambda a, w, d: d * a + (1 - d) * w,
    default=0.995,
):
    def ema_update(average, params, decay=default):
        if average is None:
            return first(params)
        return {name: mix(average[name], params[name], decay) for name in params}

    return ema_update


def _written_into_empty_arrays(params):
    average = {name: np.empty(value.shape, np.float64) for name, value in params.items()}
    for name, value in params.items():
        np.copyto(average[name], value)
    return average


def _ema_moves_params(average, params, decay=0.995):
    if average is None:
        return copy.deepcopy(params)
    for name, value in params.items():
        value *= 1 - decay
        value += decay * average[name]
    return {name: value.copy() for name, value in params.items()}


def _ema_in_place(average, params, decay=0.995):
    if average is None:
        return copy.deepcopy(params)
    for name, value in average.items():
        value *= decay
        value += (1 - decay) * params[name]
    return average


def _ema_first_key_only(average, params, decay=0.995):
    if average is None:
        return copy.deepcopy(params)
    for name, value in params.items():
        return average | {name: decay * average[name] + (1 - decay) * value}


_plant(
    "ema_update",
    ("ema_swapped", "average becomes", _ema(mix=lambda a, w, d: (1 - d) * a + d * w)),
    ("ema_aliases_the_dict", "copy every array", _ema(first=lambda params: params)),
    ("ema_aliases_the_arrays", "copy every array", _ema(first=dict)),
    (
        "ema_starts_at_zero",
        "nothing to decay",
        _ema(first=lambda p: {k: np.zeros_like(v) for k, v in p.items()}),
    ),
    (
        "ema_decays_the_first",
        "nothing to decay",
        lambda average, params, decay=0.995: _ema()(
            {k: np.zeros_like(v) for k, v in params.items()} if average is None else average, params, decay
        ),
    ),
    ("ema_plain_mean", "average becomes", _ema(mix=lambda a, w, d: (a + w) / 2)),
    ("ema_sum", "average becomes", _ema(mix=lambda a, w, d: d * a + w)),
    ("ema_no_average", "average becomes", _ema(mix=lambda a, w, d: w.copy())),
    ("ema_never_moves", "average becomes", _ema(mix=lambda a, w, d: a.copy())),
    ("ema_other_default", "none is given", _ema(default=0.99)),
    ("ema_in_single", "precision", _ema(mix=lambda a, w, d: (d * a + (1 - d) * w).astype(np.float32))),
    ("ema_moves_params", "changed in place", _ema_moves_params),
    ("ema_first_key_only", "average", _ema_first_key_only),
    ("ema_list", "expected a dict", lambda average, params, decay=0.995: list(params.values())),
    ("ema_in_place", None, _ema_in_place),
    ("ema_by_the_difference", None, _ema(mix=lambda a, w, d: a + (1 - d) * (w - a))),
    (
        "ema_in_double",
        None,
        _ema(
            lambda params: {k: np.array(v, dtype=np.float64) for k, v in params.items()},
            lambda a, w, d: d * a.astype(np.float64) + (1 - d) * w,
        ),
    ),
    (
        "ema_added_to_zeros",
        None,
        _ema(lambda params: {name: np.zeros(v.shape, v.dtype) + v for name, v in params.items()}),
    ),
    ("ema_written_into_empty_arrays", None, _ema(_written_into_empty_arrays)),
    ("ema_by_deepcopy", None, _ema(copy.deepcopy)),
)
