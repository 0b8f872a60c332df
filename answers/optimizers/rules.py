"""Planted answers: update rules."""

import numpy as np

from answers import right, wrong

PART = (0.0, 0.985)


def _plant(question, reason, name, answer):
    answer.__name__, answer.__module__ = name, __name__
    (wrong(question, reason, earns=PART) if reason else right(question))(answer)


def _settings(config, **defaults):
    config = {} if config is None else config
    for key, value in defaults.items():
        config.setdefault(key, value)
    return config


def _returns_w_alone(rule):
    return lambda w, dw, config=None: rule(w, dw, config)[0]


def _config_lost(rule):
    return lambda w, dw, config=None: (rule(w, dw, config)[0], None)


def _in_single(rule):
    def answer(w, dw, config=None):
        next_w, config = rule(w, dw, config)
        return next_w.astype(np.float32), config

    return answer


def _scales_dw(rule):
    """Damages the gradient it was handed."""

    def answer(w, dw, config=None):
        result = rule(w, dw.copy(), config)
        dw *= 0.1
        return result

    return answer


def _forgets(rule, key, value):
    """Goes by a default whatever the config says."""

    def answer(w, dw, config=None):
        config = {} if config is None else config
        given = config.get(key)
        next_w, config = rule(w, dw, config | {key: value})
        return next_w, config if given is None else config | {key: given}

    return answer


def _remembers_globally(rule):
    kept = {}

    def answer(w, dw, config=None):
        state = kept.setdefault("state", {})
        next_w, after = rule(w, dw, state | (config or {}))
        kept["state"] = {k: v for k, v in after.items() if k in ("velocity", "cache", "m", "v", "t")}
        return next_w, after

    return answer


def _shared(question, rule, key, value):
    """Mistakes that can be made with every rule."""
    for name, reason, answer in (
        ("returns_w_alone", r"must return \(next_w, config\)", _returns_w_alone(rule)),
        ("config_lost", "is no dict", _config_lost(rule)),
        ("in_single", "precision", _in_single(rule)),
        ("scales_dw", "dw, changed in place", _scales_dw(rule)),
        (f"forgets_{key}", f"only {key} is given|other hyperparameters", _forgets(rule, key, value)),
    ):
        _plant(question, reason, f"{question}_{name}", answer)


# sgd


def _sgd(move=lambda w, dw, rate: w - rate * dw, rate=1e-2):
    def sgd(w, dw, config=None):
        config = _settings(config, learning_rate=rate)
        return move(w, dw, config["learning_rate"]), config

    return sgd


for _name, _reason, _answer in (
    ("sgd_uphill", "went uphill", _sgd(lambda w, dw, rate: w + rate * dw)),
    ("sgd_without_rate", "learning rate was left out", _sgd(lambda w, dw, rate: w - dw)),
    ("sgd_step_alone", "only the step was returned", _sgd(lambda w, dw, rate: -rate * dw)),
    ("sgd_by_the_sign", "Compare your formula", _sgd(lambda w, dw, rate: w - rate * np.sign(dw))),
    (
        "sgd_another_default",
        "learning_rate was 0.001; where the config does not say, it is 0.01",
        _sgd(rate=1e-3),
    ),
    (
        "sgd_takes_zero_for_nothing",
        "only learning_rate is given",
        _sgd(lambda w, dw, rate: w - (rate or 1e-2) * dw),
    ),
    ("sgd_weight_decay", "next_w after step", _sgd(lambda w, dw, rate: (1 - rate) * w - rate * dw)),
    ("sgd_nothing_moves", "w did not move", _sgd(lambda w, dw, rate: w)),
    ("sgd_normalizes", "next_w after step", _sgd(lambda w, dw, rate: w - rate * dw / np.linalg.norm(dw))),
):
    _plant("sgd", _reason, _name, _answer)
_shared("sgd", _sgd(), "learning_rate", 1e-2)


@right("sgd")
def sgd_in_place(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


@right("sgd")
def sgd_with_a_loop(w, dw, config=None):
    rate = (config or {}).get("learning_rate", 1e-2)
    out = w.astype(np.float64)
    for index in np.ndindex(w.shape):
        out[index] = w[index] - rate * dw[index]
    return out, {"learning_rate": rate}


@right("sgd")
def sgd_on_a_new_config(w, dw, config=None):
    config = {"learning_rate": 1e-2, **(config or {})}
    return np.subtract(w, np.multiply(dw, config["learning_rate"])), config


# momentum and Nesterov


def _ball(
    velocity=lambda mu, v, step: mu * v + step,
    move=lambda mu, before, v, step: v,
    keep=None,
    mu=0.9,
    rate=1e-2,
):
    """A rule from the new velocity and from the move of w; step is -learning_rate · dw."""

    def ball(w, dw, config=None):
        config = _settings(config, learning_rate=rate, momentum=mu)
        before, step = config.get("velocity", np.zeros_like(w)), -config["learning_rate"] * dw
        after = velocity(config["momentum"], before, step)
        if keep is None:
            config["velocity"] = after
        else:
            keep(config, before, after)
        return w + move(config["momentum"], before, after, step), config

    return ball


def _without_a_rate(w, dw, config):
    config = _settings(config, learning_rate=1e-2, momentum=0.9)
    config["velocity"] = config["momentum"] * config.get("velocity", np.zeros_like(w)) - dw
    return w + config["velocity"], config


def _averages_gradients(w, dw, config):
    config = _settings(config, learning_rate=1e-2, momentum=0.9)
    mu = config["momentum"]
    config["velocity"] = mu * config.get("velocity", np.zeros_like(w)) + (1 - mu) * dw
    return w - config["learning_rate"] * config["velocity"], config


def _nesterov(mu, before, v, step):
    return -mu * before + (1 + mu) * v


def _keep_before(config, before, after):
    config["velocity"] = before


def _keep_nothing(config, before, after):
    pass


def _keep_negative(config, before, after):
    config["velocity"] = -after


for _question, _move in (("sgd_momentum", lambda mu, before, v, step: v), ("nesterov_momentum", _nesterov)):
    for _name, _reason, _answer in (
        ("uphill", "went uphill", _ball(lambda mu, v, step: mu * v - step, None)),
        ("velocity_not_kept", "has no key 'velocity'", _ball(move=_move, keep=_keep_nothing)),
        ("old_velocity_kept", "velocity", _ball(move=_move, keep=_keep_before)),
        ("velocity_of_the_other_sign", "sign is flipped", _ball(move=_move, keep=_keep_negative)),
        ("without_friction", "velocity", _ball(lambda mu, v, step: v + step, _move)),
        ("averages", "velocity", _ball(lambda mu, v, step: mu * v + (1 - mu) * step, _move)),
        ("gradient_not_scaled", "velocity|next_w", _ball(lambda mu, v, step: mu * (v + step), _move)),
        ("half_the_momentum", "default hyperparameters", _ball(move=_move, mu=0.5)),
    ):
        if _name == "uphill":
            _nest = _question == "nesterov_momentum"
            _answer = _ball(
                lambda mu, v, step: mu * v - step,
                (lambda mu, before, v, step: mu * v - step) if _nest else _move,
            )
        _plant(_question, _reason, f"{_question}_{_name}", _answer)
    _shared(_question, _ball(move=_move), "momentum", 0.9)
    _plant(
        _question,
        "belongs into the config alone|next_w",
        f"{_question}_remembers_globally",
        _remembers_globally(_ball(move=_move)),
    )

for _name, _reason, _answer in (
    ("momentum_moves_by_the_old", "from before this step", _ball(move=lambda mu, before, v, step: before)),
    (
        "momentum_gradient_twice",
        "already holds the gradient",
        _ball(move=lambda mu, before, v, step: v + step),
    ),
    ("momentum_is_nesterov", "Nesterov's rule", _ball(move=_nesterov)),
    (
        "momentum_with_a_smaller_rate",
        "learning_rate was 0.001; where the config does not say",
        _ball(rate=1e-3),
    ),
    ("momentum_with_another_rate", "learning_rate was 0.03; where the config does not say", _ball(rate=0.03)),
    (
        "momentum_with_more_momentum",
        "Here momentum has another default: where the config does not say, it is 0.9",
        _ball(mu=0.99),
    ),
    (
        "momentum_without_a_rate",
        "the learning rate was left out",
        lambda w, dw, config=None: _without_a_rate(w, dw, config),
    ),
    (
        "momentum_averages_gradients",
        "the velocity averaged gradients",
        lambda w, dw, config=None: _averages_gradients(w, dw, config),
    ),
    ("momentum_subtracts", "the velocity was subtracted", _ball(move=lambda mu, before, v, step: -v)),
):
    _plant("sgd_momentum", _reason, _name, _answer)
for _name, _reason, _answer in (
    ("nesterov_is_momentum", "look-ahead is missing", _ball()),
    (
        "nesterov_adds_the_old",
        "old velocity was added",
        _ball(move=lambda mu, before, v, step: mu * before + (1 + mu) * v),
    ),
    (
        "nesterov_old_overwritten",
        "overwritten before it was used",
        _ball(move=lambda mu, before, v, step: -mu * v + (1 + mu) * v),
    ),
    (
        "nesterov_mu_for_one_plus_mu",
        r"its factor is 1 \+ momentum",
        _ball(move=lambda mu, before, v, step: -mu * before + mu * v),
    ),
    ("nesterov_one_too_many", "next_w", _ball(move=lambda mu, before, v, step: mu * v + v)),
):
    _plant("nesterov_momentum", _reason, _name, _answer)


@right("sgd_momentum")
def momentum_in_place(w, dw, config=None):
    config = _settings(config, learning_rate=1e-2, momentum=0.9)
    if "velocity" not in config:
        config["velocity"] = np.zeros_like(w)
    v = config["velocity"]
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    w += v
    return w, config


@right("sgd_momentum")
def momentum_in_double(w, dw, config=None):
    config = dict(config or {})
    mu, rate = config.setdefault("momentum", 0.9), config.setdefault("learning_rate", 1e-2)
    v = np.zeros(w.shape) if config.get("velocity") is None else config["velocity"]
    config["velocity"] = np.asarray(v, dtype=np.float64) * mu - rate * dw
    config["steps"] = config.get("steps", 0) + 1
    return w + config["velocity"], config


@right("sgd_momentum")
def momentum_with_a_loop(w, dw, config=None):
    config = _settings(config, learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w))
    v, next_w = config["velocity"].copy(), w.copy()
    for i in np.ndindex(w.shape):
        v[i] = config["momentum"] * v[i] - config["learning_rate"] * dw[i]
        next_w[i] += v[i]
    config["velocity"] = v
    return next_w, config


_plant(
    "nesterov_momentum",
    None,
    "nesterov_as_others_write_it",
    _ball(move=lambda mu, before, v, step: mu * v + step),
)
_plant(
    "nesterov_momentum",
    None,
    "nesterov_by_the_difference",
    _ball(move=lambda mu, before, v, step: v + mu * (v - before)),
)


@right("nesterov_momentum")
def nesterov_in_place(w, dw, config=None):
    config = _settings(config, learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w))
    mu, v = config["momentum"], config["velocity"]
    w -= mu * v
    v *= mu
    v -= config["learning_rate"] * dw
    w += (1 + mu) * v
    return w, config


# AdaGrad and RMSProp


def _outside(dw, cache, epsilon):
    return dw / (np.sqrt(cache) + epsilon)


def _scaled(grow, divide=_outside, keep=True, epsilon=1e-8, decay=None, old=False):
    def scaled(w, dw, config=None):
        config = _settings(config, learning_rate=1e-2, epsilon=epsilon)
        if decay is not None:
            config.setdefault("decay_rate", decay)
        before = config.get("cache", np.zeros_like(w))
        after = grow(before, dw, config.get("decay_rate"))
        if keep:
            config["cache"] = after
        step = config["learning_rate"] * divide(dw, before if old else after, config["epsilon"])
        return w - step, config

    return scaled


def _sum_up(cache, dw, decay):
    return cache + dw**2


def _leak(cache, dw, decay):
    return decay * cache + (1 - decay) * dw**2


for _question, _grow, _decay in (("adagrad", _sum_up, None), ("rmsprop", _leak, 0.99)):
    for _name, _reason, _divide in (
        ("epsilon_inside", "epsilon stood inside the root", lambda dw, c, eps: dw / np.sqrt(c + eps)),
        ("epsilon_squared_inside", "epsilon stood inside", lambda dw, c, eps: dw / np.sqrt(c + eps**2)),
        (
            "epsilon_missing",
            "epsilon was missing|exactly zero|hyperparameters",
            lambda dw, c, eps: dw / np.sqrt(c),
        ),
        ("epsilon_as_a_floor", "next_w", lambda dw, c, eps: dw / np.maximum(np.sqrt(c), eps)),
        ("root_missing", "root was missing", lambda dw, c, eps: dw / (c + eps)),
        ("multiplies", "multiplied by the root", lambda dw, c, eps: dw * (np.sqrt(c) + eps)),
        ("uphill", "went uphill", lambda dw, c, eps: -dw / (np.sqrt(c) + eps)),
        ("undivided", "not divided by anything", lambda dw, c, eps: dw),
        ("of_the_whole_array", "next_w", lambda dw, c, eps: dw / (np.sqrt(c.sum()) + eps)),
    ):
        _plant(_question, _reason, f"{_question}_{_name}", _scaled(_grow, _divide, decay=_decay))
    for _name, _reason, _answer in (
        ("cache_not_kept", "has no key 'cache'", _scaled(_grow, keep=False, decay=_decay)),
        ("old_cache", "next_w", _scaled(_grow, old=True, decay=_decay)),
        ("larger_epsilon", "1e-6", _scaled(_grow, epsilon=1e-7, decay=_decay)),
        (
            "remembers_globally",
            "belongs into the config alone|next_w",
            _remembers_globally(_scaled(_grow, decay=_decay)),
        ),
    ):
        _plant(_question, _reason, f"{_question}_{_name}", _answer)
    _shared(_question, _scaled(_grow, decay=_decay), "learning_rate", 1e-2)

for _name, _reason, _grow in (
    ("adagrad_last_gradient_only", "only the last gradient's squares", lambda c, dw, decay: dw**2),
    ("adagrad_sums_sizes", "added up the sizes of the gradients", lambda c, dw, decay: c + np.abs(dw)),
    ("adagrad_averages", "cache", lambda c, dw, decay: 0.5 * (c + dw**2)),
):
    _plant("adagrad", _reason, _name, _scaled(_grow))
for _name, _reason, _grow in (
    ("rmsprop_swapped", "were swapped", lambda c, dw, decay: (1 - decay) * c + decay * dw**2),
    ("rmsprop_is_adagrad", "this were AdaGrad", _sum_up),
    (
        "rmsprop_without_the_share",
        r"factor \(1 - decay_rate\)",
        lambda c, dw, decay: decay * c + dw**2,
    ),
    ("rmsprop_of_sizes", "not their squares", lambda c, dw, decay: decay * c + (1 - decay) * np.abs(dw)),
    ("rmsprop_past_lost", "only the last gradient", lambda c, dw, decay: (1 - decay) * dw**2),
):
    _plant("rmsprop", _reason, _name, _scaled(_grow, decay=0.99))
_plant("rmsprop", "default|from no config", "rmsprop_keeps_less", _scaled(_leak, decay=0.9))
_plant(
    "rmsprop",
    "decay_rate",
    "rmsprop_forgets_its_decay",
    _forgets(_scaled(_leak, decay=0.99), "decay_rate", 0.99),
)


def _squares_with_a_loop(keep, add):
    def answer(w, dw, config=None):
        config = _settings(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
        cache = np.array(config.get("cache", np.zeros_like(w)))
        next_w = w.copy()
        for i in np.ndindex(w.shape):
            cache[i] = keep(config["decay_rate"]) * cache[i] + add(config["decay_rate"]) * dw[i] * dw[i]
            next_w[i] -= config["learning_rate"] * dw[i] / (cache[i] ** 0.5 + config["epsilon"])
        config["cache"] = cache
        return next_w, config

    return answer


def _squares_in_place(grow):
    def answer(w, dw, config=None):
        config = _settings(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
        cache = config.setdefault("cache", np.zeros_like(w))
        grow(cache, dw, config["decay_rate"])
        w -= config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"])
        return w, config

    return answer


def _squares_in_double(grow):
    def answer(w, dw, config=None):
        config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": 0.0} | (config or {})
        dw = np.asarray(dw, dtype=np.float64)
        config["cache"] = grow(np.asarray(config["cache"], dtype=np.float64), dw, config["decay_rate"])
        rates = config["learning_rate"] / (config["cache"] ** 0.5 + config["epsilon"])
        return w - rates * dw, config

    return answer


def _add_squares(cache, dw, decay):
    cache += np.square(dw)


def _leak_in_place(cache, dw, decay):
    cache *= decay
    cache += (1 - decay) * np.square(dw)


_plant("adagrad", None, "adagrad_with_a_loop", _squares_with_a_loop(lambda d: 1, lambda d: 1))
_plant("adagrad", None, "adagrad_in_place", _squares_in_place(_add_squares))
_plant("adagrad", None, "adagrad_in_double", _squares_in_double(_sum_up))
_plant("rmsprop", None, "rmsprop_with_a_loop", _squares_with_a_loop(lambda d: d, lambda d: 1 - d))
_plant("rmsprop", None, "rmsprop_in_place", _squares_in_place(_leak_in_place))
_plant("rmsprop", None, "rmsprop_in_double", _squares_in_double(_leak))
_plant(
    "rmsprop",
    None,
    "rmsprop_by_the_difference",
    _scaled(lambda c, dw, decay: c + (1 - decay) * (dw * dw - c), decay=0.99),
)


# Adam


def _adam(
    count=lambda t: (t + 1, t + 1),
    correct=lambda m, v, beta1, beta2, t: (m / (1 - beta1**t), v / (1 - beta2**t)),
    step=lambda m, v, epsilon, correction: m / (np.sqrt(v) + epsilon),
    square=np.square,
    keep=lambda config, m, v, m_hat, v_hat: config.update(m=m, v=v),
    **defaults,
):
    """count(t) gives the t that is used and the one that is kept."""

    def adam(w, dw, config=None):
        settings = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8} | defaults
        config = _settings(config, **settings)
        beta1, beta2 = config["beta1"], config["beta2"]
        t, config["t"] = count(config.get("t", 0))
        m = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw
        v = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * square(dw)
        m_hat, v_hat = correct(m, v, beta1, beta2, t)
        keep(config, m, v, m_hat, v_hat)
        return w - config["learning_rate"] * step(m_hat, v_hat, config["epsilon"], 1 - beta2**t), config

    return adam


def _keep_hats(config, m, v, m_hat, v_hat):
    config.update(m=m_hat, v=v_hat)


def _swapped_betas(w, dw, config=None):
    config = _settings(config, beta1=0.9, beta2=0.999)
    config["beta1"], config["beta2"] = config["beta2"], config["beta1"]
    next_w, config = _adam()(w, dw, config)
    config["beta1"], config["beta2"] = config["beta2"], config["beta1"]
    return next_w, config


for _name, _reason, _answer in (
    (
        "adam_uncorrected",
        "bias correction was missing",
        _adam(correct=lambda m, v, beta1, beta2, t: (m, v)),
    ),
    (
        "adam_v_uncorrected",
        "v was not corrected",
        _adam(correct=lambda m, v, beta1, beta2, t: (m / (1 - beta1**t), v)),
    ),
    (
        "adam_m_uncorrected",
        "m was not corrected",
        _adam(correct=lambda m, v, beta1, beta2, t: (m, v / (1 - beta2**t))),
    ),
    (
        "adam_multiplies_the_betas",
        r"beta \* t stood for",
        _adam(correct=lambda m, v, beta1, beta2, t: (m / (1 - beta1 * t), v / (1 - beta2 * t))),
    ),
    (
        "adam_takes_the_power_of_the_rest",
        r"1 - \(1 - beta\)\*\*t stood for 1 - beta\*\*t",
        _adam(correct=lambda m, v, beta1, beta2, t: (m / (1 - (1 - beta1) ** t), v / (1 - (1 - beta2) ** t))),
    ),
    (
        "adam_takes_the_power_of_the_rest_for_m",
        r"1 - \(1 - beta1\)\*\*t stood for 1 - beta1\*\*t in the correction of m",
        _adam(correct=lambda m, v, beta1, beta2, t: (m / (1 - (1 - beta1) ** t), v / (1 - beta2**t))),
    ),
    (
        "adam_takes_the_power_of_the_rest_for_v",
        r"1 - \(1 - beta2\)\*\*t stood for 1 - beta2\*\*t in the correction of v",
        _adam(correct=lambda m, v, beta1, beta2, t: (m / (1 - beta1**t), v / (1 - (1 - beta2) ** t))),
    ),
    (
        "adam_multiplies_by_the_correction",
        "multiplied by their corrections",
        _adam(correct=lambda m, v, beta1, beta2, t: (m * (1 - beta1**t), v * (1 - beta2**t))),
    ),
    ("adam_of_signed_gradients", "v averaged the gradients as they are", _adam(square=lambda dw: dw)),
    (
        "adam_corrects_crosswise",
        "next_w",
        _adam(correct=lambda m, v, beta1, beta2, t: (m / (1 - beta2**t), v / (1 - beta1**t))),
    ),
    (
        "adam_counts_afterwards",
        "t was used before it was counted up",
        _adam(count=lambda t: (np.float64(t), t + 1)),
    ),
    ("adam_counts_twice", "counted twice", _adam(count=lambda t: (t + 2, t + 1))),
    ("adam_t_starts_at_one", "t starts at 0", _adam(count=lambda t: (t + (t == 0) + 1, t + (t == 0) + 1))),
    ("adam_t_stands_still", "config\\['t'\\] after step", _adam(count=lambda t: (t + 1, t))),
    ("adam_t_always_one", "config\\['t'\\] after step|next_w", _adam(count=lambda t: (1, 1))),
    (
        "adam_epsilon_inside",
        "epsilon stood inside the root",
        _adam(step=lambda m, v, epsilon, c: m / np.sqrt(v + epsilon)),
    ),
    (
        "adam_epsilon_before_the_correction",
        "epsilon was added before the bias correction",
        _adam(step=lambda m, v, epsilon, c: m / (np.sqrt(v) + epsilon / np.sqrt(c))),
    ),
    (
        "adam_epsilon_missing",
        "epsilon was missing|exactly zero|hyperparameters",
        _adam(step=lambda m, v, epsilon, c: m / np.sqrt(v)),
    ),
    (
        "adam_root_of_a_negative_number",
        "Every number is nan",
        _adam(step=lambda m, v, epsilon, c: m / np.sqrt(-v)),
    ),
    ("adam_root_missing", "root was missing", _adam(step=lambda m, v, epsilon, c: m / (v + epsilon))),
    ("adam_uphill", "went uphill", _adam(step=lambda m, v, epsilon, c: -m / (np.sqrt(v) + epsilon))),
    ("adam_of_sizes", "not their squares", _adam(square=np.abs)),
    ("adam_keeps_the_hats", "config holds the uncorrected ones", _adam(keep=_keep_hats)),
    ("adam_v_not_kept", "has no key 'v'", _adam(keep=lambda config, m, v, mh, vh: config.update(m=m))),
    ("adam_m_not_kept", "has no key 'm'", _adam(keep=lambda config, m, v, mh, vh: config.update(v=v))),
    ("adam_swapped", "beta1 and beta2 were swapped|config", _swapped_betas),
    ("adam_rate_of_the_others", "default", _adam(learning_rate=1e-2)),
    ("adam_other_beta2", "default", _adam(beta2=0.99)),
    ("adam_larger_epsilon", "1e-6", _adam(epsilon=1e-7)),
    ("adam_remembers_globally", "belongs into the config alone|next_w", _remembers_globally(_adam())),
    ("adam_forgets_beta1", "beta1", _forgets(_adam(), "beta1", 0.9)),
    ("adam_forgets_beta2", "beta2", _forgets(_adam(), "beta2", 0.999)),
    ("adam_forgets_epsilon", "epsilon", _forgets(_adam(), "epsilon", 1e-8)),
):
    _plant("adam", _reason, _name, _answer)
_shared("adam", _adam(), "learning_rate", 1e-3)


@right("adam")
def adam_in_place(w, dw, config=None):
    config = _settings(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)
    m = config.setdefault("m", np.zeros_like(w))
    v = config.setdefault("v", np.zeros_like(w))
    config["t"] += 1
    m += (1 - config["beta1"]) * (dw - m)
    v += (1 - config["beta2"]) * (dw * dw - v)
    rate = config["learning_rate"] / (1 - config["beta1"] ** config["t"])
    w -= rate * m / (np.sqrt(v / (1 - config["beta2"] ** config["t"])) + config["epsilon"])
    return w, config


@right("adam")
def adam_with_one_rate(w, dw, config=None):
    """The paper's faster form, with an epsilon that makes it the same."""
    config = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "m": 0.0, "v": 0.0} | (
        config or {}
    )
    t = config["t"] = config.get("t", 0) + 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw * dw
    root = np.sqrt(1 - config["beta2"] ** t)
    rate = config["learning_rate"] * root / (1 - config["beta1"] ** t)
    return w - rate * config["m"] / (np.sqrt(config["v"]) + config["epsilon"] * root), config


@right("adam")
def adam_with_a_loop(w, dw, config=None):
    config = _settings(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8)
    m, v = (np.array(config.get(key, np.zeros_like(w)), dtype=np.float64) for key in "mv")
    t = config["t"] = int(config.get("t", 0)) + 1
    next_w = w.astype(np.float64)
    for i in np.ndindex(w.shape):
        m[i] = config["beta1"] * m[i] + (1 - config["beta1"]) * dw[i]
        v[i] = config["beta2"] * v[i] + (1 - config["beta2"]) * float(dw[i]) ** 2
        m_hat, v_hat = m[i] / (1 - config["beta1"] ** t), v[i] / (1 - config["beta2"] ** t)
        next_w[i] -= config["learning_rate"] * m_hat / (v_hat**0.5 + config["epsilon"])
    config["m"], config["v"] = m, v
    return next_w, config


def _momentum_by_share(w, dw, config=None):
    config = _settings(config, learning_rate=1e-2, momentum=0.9)
    mu = config["momentum"]
    config["velocity"] = mu * config.get("velocity", np.zeros_like(w)) - (1 - mu) * dw
    return w + config["velocity"], config


def _momentum_with_the_rate_twice(w, dw, config=None):
    config = _settings(config, learning_rate=1e-2, momentum=0.9)
    rate = config["learning_rate"]
    config["velocity"] = config["momentum"] * config.get("velocity", np.zeros_like(w)) - rate * dw
    return w + rate * config["velocity"], config


def _nesterov_of_gradients(w, dw, config=None):
    config = _settings(config, learning_rate=1e-2, momentum=0.9)
    mu = config["momentum"]
    config["velocity"] = mu * config.get("velocity", np.zeros_like(w)) + dw
    return w - config["learning_rate"] * (dw + mu * config["velocity"]), config


def _adam_of_whole_gradients(w, dw, config=None):
    config = _settings(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8)
    beta1, beta2 = config["beta1"], config["beta2"]
    t = config["t"] = config.get("t", 0) + 1
    m = config["m"] = beta1 * config.get("m", np.zeros_like(w)) + dw
    v = config["v"] = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2
    step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + config["epsilon"])
    return w - config["learning_rate"] * step, config


# None of these may be taken for another default of the learning rate, which moves w just as far.
_plant(
    "sgd_momentum",
    r"\(1 - momentum\) stands where the learning rate belongs",
    "momentum_by_share",
    _momentum_by_share,
)
_plant(
    "sgd_momentum",
    "the learning rate is a factor too many",
    "momentum_with_the_rate_twice",
    _momentum_with_the_rate_twice,
)
_plant("nesterov_momentum", "the velocity held gradients", "nesterov_of_gradients", _nesterov_of_gradients)
_plant(
    "adam",
    r"the factor \(1 - beta1\) of the new gradient was missing in m",
    "adam_of_whole_gradients",
    _adam_of_whole_gradients,
)
