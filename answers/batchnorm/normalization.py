"""Planted answers: first weights, activation statistics, batch and layer normalization."""

import numpy as np

from answers import right, wrong

# Every mistake is one knob of a plain implementation, turned the wrong way.


def _plant(question, reason, name, answer, earns=(0.0, 0.985), **also):
    """Plant a wrong answer, or with reason None a right one, under a name that says what it does."""
    answer.__name__, answer.__module__ = name, __name__
    (wrong(question, reason, earns=earns, **also) if reason else right(question, **also))(answer)


# init_weights


def _weights(std=None, draw=None, shape=lambda D, M: (D, M), unknown="raise", generator=lambda rng: rng):
    scales = {"small": lambda D, M: 0.01, "xavier": lambda D, M: D**-0.5, "he": lambda D, M: (2 / D) ** 0.5}

    def init_weights(fan_in, fan_out, scheme, rng=None):
        if scheme not in scales and unknown == "raise":
            raise ValueError(f"no scheme {scheme}")
        rng = np.random.default_rng() if rng is None else rng
        rng = np.random.default_rng() if generator(rng) is None else generator(rng)
        scale = (std or {}).get(scheme, scales.get(scheme, scales["he"]))(fan_in, fan_out)
        size = shape(fan_in, fan_out)
        return scale * (draw(rng, size) if draw else rng.standard_normal(size))

    return init_weights


for _name, _reason, _knobs in (
    ("small_is_0_1", "small weights: .*standard deviation", {"std": {"small": lambda D, M: 0.1}}),
    ("he_takes_the_fan_out", "He weights: .*fan_in 50", {"std": {"he": lambda D, M: (2 / M) ** 0.5}}),
    ("he_without_the_two", "He weights: .*standard deviation", {"std": {"he": lambda D, M: D**-0.5}}),
    ("he_without_the_root", "He weights: .*standard deviation", {"std": {"he": lambda D, M: 2 / D}}),
    ("he_upside_down", "He weights: .*standard deviation", {"std": {"he": lambda D, M: (D / 2) ** 0.5}}),
    ("xavier_without_the_root", "Xavier weights: .*deviation", {"std": {"xavier": lambda D, M: 1 / D}}),
    (
        "xavier_averages_the_fans",
        "Xavier weights: .*deviation",
        {"std": {"xavier": lambda D, M: (2 / (D + M)) ** 0.5}},
    ),
    ("transposed_weights", "shape .*expected .fan_in, fan_out", {"shape": lambda D, M: (M, D)}),
    ("all_positive", "have mean", {"draw": lambda rng, size: 1 + rng.standard_normal(size)}),
    (
        "uniform",
        "is this a normal distribution",
        {"draw": lambda rng, size: 3**0.5 * rng.uniform(-1, 1, size)},
    ),
    ("ignores_the_generator", "generator, started twice", {"generator": lambda rng: None}),
    ("always_the_same", "two different generators", {"generator": lambda rng: np.random.default_rng(0)}),
    ("takes_any_scheme", "should raise a ValueError", {"unknown": "he"}),
):
    _plant("init_weights", _reason, _name, _weights(**_knobs))

_plant(
    "init_weights", None, "init_weights_by_normal", _weights(draw=lambda rng, size: rng.normal(0, 1, size))
)


@right("init_weights")
def init_weights_with_branches(fan_in, fan_out, scheme, rng=None):
    rng = rng or np.random.default_rng()
    w = np.empty((fan_in, fan_out))
    for column in range(fan_out):
        w[:, column] = rng.normal(size=fan_in)
    if scheme == "small":
        return 0.01 * w
    if scheme == "xavier":
        return w / np.sqrt(fan_in)
    if scheme == "he":
        return w / np.sqrt(fan_in / 2)
    raise ValueError("small, xavier or he")


@right("init_weights")
def init_weights_in_one_draw(fan_in, fan_out, scheme, rng=None):
    variances = {"small": 1e-4, "xavier": 1 / fan_in, "he": 2 / fan_in}
    try:
        variance = variances[scheme]
    except KeyError:
        raise ValueError(scheme) from None
    rng = rng if rng is not None else np.random.default_rng()
    return rng.normal(0.0, variance**0.5, fan_in * fan_out).reshape(fan_in, fan_out)


# activation_statistics


def _statistics(
    tanh=np.tanh,
    relu=lambda s: np.maximum(s, 0),
    chain=lambda x, h: h,
    mean=np.mean,
    std=np.std,
    keep=lambda s, h: h,
):
    def activation_statistics(x, weights, nonlinearity):
        f, kept = {"tanh": tanh, "relu": relu}[nonlinearity], []
        current = x
        for w in weights:
            s = current @ w
            h = f(s)
            kept.append(keep(s, h))
            current = chain(s, h)
        return kept, np.array([mean(h) for h in kept]), np.array([std(h) for h in kept])

    return activation_statistics


def _swapped(x, weights, nonlinearity):
    activations, means, stds = _statistics()(x, weights, nonlinearity)
    return activations, stds, means


def _squares_the_input(x, weights, nonlinearity):
    result = _statistics()(x, weights, nonlinearity)
    x *= x
    return result


for _name, _reason, _answer in (
    ("tanh_for_everything", "ReLU: activations", _statistics(relu=np.tanh)),
    ("relu_for_everything", "tanh: activations", _statistics(tanh=lambda s: np.maximum(s, 0))),
    ("no_nonlinearity_between", "three layers: activations", _statistics(chain=lambda s, h: s)),
    ("keeps_the_sums", "activations", _statistics(keep=lambda s, h: s)),
    ("std_with_n_minus_one", "stds is wrong", _statistics(std=lambda h: h.std(ddof=1))),
    ("variance_for_std", "stds is wrong", _statistics(std=np.var)),
    ("mean_of_absolute_values", "means is wrong", _statistics(mean=lambda h: np.abs(h).mean())),
    (
        "one_mean_for_each_unit",
        "must return|means|could not|raised",
        lambda x, w, n: (
            _statistics()(x, w, n)[0],
            [h.mean(axis=0) for h in _statistics()(x, w, n)[0]],
            _statistics()(x, w, n)[2],
        ),
    ),
    ("means_and_stds_swapped", "means is wrong", _swapped),
    ("changes_the_input", "changed in place", _squares_the_input),
):
    _plant("activation_statistics", _reason, _name, _answer)

_plant(
    "activation_statistics",
    None,
    "statistics_by_hand",
    _statistics(std=lambda h: np.sqrt(np.mean((h - h.mean()) ** 2))),
)
_plant(
    "activation_statistics",
    None,
    "statistics_with_where",
    _statistics(relu=lambda s: np.where(s > 0, s, 0.0)),
)
_plant(
    "activation_statistics",
    None,
    "statistics_as_lists",
    lambda x, w, n: (
        _statistics()(x, w, n)[0],
        [float(m) for m in _statistics()(x, w, n)[1]],
        _statistics()(x, w, n)[2].tolist(),
    ),
)


# batch normalization forwards


def _bn(
    axis=0,
    ddof=0,
    root=lambda var, eps: np.sqrt(var + eps),
    eps_default=1e-5,
    read_eps=True,
    mix=lambda old, new, m: m * old + (1 - m) * new,
    momentum_default=0.9,
    running_ddof=0,
    write=("running_mean", "running_var"),
    test=lambda x, mean, var, param: (mean, var),
    write_in_test=False,
    unknown="raise",
    variance=None,
    affine=lambda x_hat, gamma, beta: gamma * x_hat + beta,
    before=lambda x: x,
    add_to_running_var=0.0,
    swap_running=False,
):
    def batchnorm_forward(x, gamma, beta, bn_param):
        mode = bn_param["mode"]
        eps = bn_param.get("eps", eps_default) if read_eps else eps_default
        momentum = bn_param.get("momentum", momentum_default)
        running = {
            name: bn_param.get(name, np.zeros(x.shape[1], x.dtype))
            for name in ("running_mean", "running_var")
        }
        x = before(x)
        keep = {"axis": axis, "keepdims": axis != 0}
        mean = x.mean(**keep)
        var = variance(x) if variance else x.var(**keep, ddof=ddof)
        new = {
            "running_mean": x.mean(axis=0),
            "running_var": x.var(axis=0, ddof=min(running_ddof, len(x) - 1)) + add_to_running_var,
        }
        if mode not in ("train", "test") and unknown == "raise":
            raise ValueError(mode)
        if mode == "test":
            mean, var = test(x, running["running_mean"], running["running_var"], bn_param)
        if swap_running:
            new = dict(zip(new, reversed(new.values()), strict=True))
        if mode == "train" or write_in_test:
            for name in write:
                bn_param[name] = mix(running[name], new[name], momentum)
        x_hat = (x - mean) / root(var, eps)
        return affine(x_hat, gamma, beta), (x, gamma, beta, mean, var, eps)

    return batchnorm_forward


def _centres_in_place(x, gamma, beta, bn_param):
    result = _bn()(x, gamma, beta, bn_param)
    if bn_param["mode"] == "train":
        x -= x.mean(axis=0)
    return result


for _name, _reason, _knobs in (
    ("over_the_features", "Here each example was normalized by itself", {"axis": 1}),
    ("over_everything", "Here all numbers were normalized together", {"axis": None}),
    ("unbiased_variance", "Here the variance was divided by one less", {"ddof": 1}),
    (
        "eps_outside_the_root",
        "Here eps stands outside the root",
        {"root": lambda var, eps: np.sqrt(var) + eps},
    ),
    (
        "eps_forgotten",
        "Here eps is missing, or far too small",
        {"root": lambda var, eps: np.sqrt(np.maximum(var, 1e-30))},
    ),
    ("eps_of_its_own", "Here eps is 1e-5 whatever is passed in", {"read_eps": False}),
    ("eps_too_large_by_default", "Here eps is 0.001 where none is passed in", {"eps_default": 1e-3}),
    ("variance_without_a_root", "Here the root was forgotten", {"root": lambda var, eps: var + eps}),
    (
        "momentum_the_other_way",
        "one step.*Here momentum and .1 - momentum. were swapped",
        {"mix": lambda old, new, m: (1 - m) * old + m * new},
    ),
    (
        "momentum_0_99",
        "Here momentum is 0.99 where bn_param does not say, and should be 0.9",
        {"momentum_default": 0.99},
    ),
    ("running_variance_unbiased", "one step.*Here the variance was divided by N - 1", {"running_ddof": 1}),
    ("no_running_variance", "one step.*running_var", {"write": ("running_mean",)}),
    ("nothing_kept", "one step.*running_mean", {"write": ()}),
    ("running_averages_swapped", "Here mean and variance were swapped", {"swap_running": True}),
    ("overwrites_the_averages", "Here the old average was forgotten", {"mix": lambda old, new, m: new}),
    (
        "sums_the_averages",
        "Here the old average was not multiplied by momentum",
        {"mix": lambda old, new, m: old + (1 - m) * new},
    ),
    (
        "test_mode_by_the_batch",
        "Here the batch was normalized by its own mean and variance; test mode goes by running_mean",
        {"test": lambda x, mean, var, param: (x.mean(axis=0), x.var(axis=0))},
    ),
    (
        "test_mode_centres_by_the_batch",
        "Here the batch's own mean was subtracted; test mode",
        {"test": lambda x, mean, var, param: (x.mean(axis=0), var)},
    ),
    (
        "test_mode_takes_a_root_too_many",
        "test mode.*Here the root was taken twice: running_var is a variance",
        {"test": lambda x, mean, var, param: (mean, np.sqrt(var))},
    ),
    ("test_mode_updates", "test mode leaves", {"write_in_test": True}),
    (
        "test_mode_without_eps",
        "test mode.*Here eps is missing, or far too small: it is sqrt.running_var",
        {"test": lambda x, mean, var, param: (mean, var - param.get("eps", 1e-5))},
    ),
    ("any_mode_will_do", "should raise a ValueError", {"unknown": "train"}),
    (
        "difference_of_squares",
        "far from zero.*loses",
        {"variance": lambda x: np.abs((x**2).mean(0) - x.mean(0) ** 2)},
    ),
    (
        "gamma_forgotten",
        "gamma and beta: out.*Here gamma was forgotten",
        {"affine": lambda x_hat, gamma, beta: x_hat + beta},
    ),
    (
        "beta_forgotten",
        "gamma and beta: out.*Here beta was forgotten",
        {"affine": lambda x_hat, gamma, beta: gamma * x_hat},
    ),
    (
        "gamma_times_beta_too",
        "Here beta was multiplied by gamma, too",
        {"affine": lambda x_hat, gamma, beta: gamma * (x_hat + beta)},
    ),
    ("in_half_precision", "precision", {"before": lambda x: x.astype(np.float32)}),
):
    _plant("batchnorm_forward", _reason, _name, _bn(**_knobs))
_plant("batchnorm_forward", "changed in place", "centres_in_place", _centres_in_place)
for _name, _reason, _knobs in (
    (
        "variance_summed",
        "Here the variance was not divided by the number of values",
        {"variance": lambda x: len(x) * x.var(axis=0)},
    ),
    ("eps_1e_8", "Here eps is 1e-08 where none is passed in", {"eps_default": 1e-8}),
    ("eps_in_the_running_variance", "Here eps went into the running average", {"add_to_running_var": 1e-5}),
    (
        "momentum_forgets_one_minus",
        "Here the batch's statistic was not multiplied",
        {"mix": lambda old, new, m: m * old + new},
    ),
):
    _plant("batchnorm_forward", _reason, _name, _bn(**_knobs))


# test mode


def _in_test_mode(out):
    """Right in training mode; in test mode what `out` makes of x, gamma, beta, both averages and eps."""

    def batchnorm_forward(x, gamma, beta, bn_param):
        if bn_param["mode"] != "test":
            return _bn()(x, gamma, beta, bn_param)
        averages = (bn_param.get(name, np.zeros(x.shape[1])) for name in ("running_mean", "running_var"))
        return out(x, gamma, beta, *averages, bn_param.get("eps", 1e-5)), None

    return batchnorm_forward


for _name, _reason, _out in (
    (
        "with_eps_outside",
        "Here eps stands outside the root.*running_var",
        lambda x, g, b, m, v, eps: g * (x - m) / (np.sqrt(v) + eps) + b,
    ),
    ("without_gamma", "Here gamma was forgotten$", lambda x, g, b, m, v, eps: (x - m) / np.sqrt(v + eps) + b),
    ("without_beta", "Here beta was forgotten$", lambda x, g, b, m, v, eps: g * (x - m) / np.sqrt(v + eps)),
    (
        "without_gamma_and_beta",
        "Here gamma and beta were forgotten$",
        lambda x, g, b, m, v, eps: (x - m) / np.sqrt(v + eps),
    ),
    (
        "without_gamma_beta_and_eps",
        "Here gamma and beta were forgotten, and eps is missing",
        lambda x, g, b, m, v, eps: (x - m) / np.sqrt(v),
    ),
    (
        "without_gamma_and_beta_eps_outside",
        "Here gamma and beta were forgotten, and eps stands outside",
        lambda x, g, b, m, v, eps: (x - m) / (np.sqrt(v) + eps),
    ),
    ("without_a_root", "Here the root was forgotten", lambda x, g, b, m, v, eps: g * (x - m) / (v + eps) + b),
    ("not_normalized", "Here nothing was normalized; test mode", lambda x, g, b, m, v, eps: g * x + b),
):
    _plant("batchnorm_forward", _reason, f"test_mode_{_name}", _in_test_mode(_out))


@wrong("batchnorm_forward", r"The dict need not hold 'eps': read it with \.get", earns=(0.6, 0.8))
def test_mode_demands_eps(x, gamma, beta, bn_param):
    if bn_param["mode"] == "test":
        bn_param["eps"]
    return _bn()(x, gamma, beta, bn_param)


@wrong(
    "batchnorm_forward", r"takes 1 positional .* given\. The arguments stay as they stand[^.]*$", earns=(0, 0)
)
def takes_x_alone(x):
    return x, None


# forward and backward passes, written in other ways


@right("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt")
class batchnorm_with_loops:
    def batchnorm_forward(x, gamma, beta, bn_param):
        N, D = x.shape
        eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        means = np.array(bn_param.get("running_mean", np.zeros(D)), dtype=float)
        variances = np.array(bn_param.get("running_var", np.zeros(D)), dtype=float)
        out = np.zeros((N, D))
        if bn_param["mode"] == "test":
            for d in range(D):
                out[:, d] = gamma[d] * (x[:, d] - means[d]) / (variances[d] + eps) ** 0.5 + beta[d]
            return out, None
        if bn_param["mode"] != "train":
            raise ValueError("train or test")
        for d in range(D):
            column = x[:, d].astype(float)
            mean = sum(column) / N
            var = sum((v - mean) ** 2 for v in column) / N
            out[:, d] = gamma[d] * (column - mean) / (var + eps) ** 0.5 + beta[d]
            means[d] = momentum * means[d] + (1 - momentum) * mean
            variances[d] = momentum * variances[d] + (1 - momentum) * var
        bn_param["running_mean"], bn_param["running_var"] = means, variances
        return out, (x.copy(), gamma.copy(), eps)

    def batchnorm_backward(dout, cache):
        x, gamma, eps = cache
        x, N = x.astype(float), len(x)
        dx, dgamma, dbeta = np.zeros(x.shape), np.zeros(x.shape[1]), np.zeros(x.shape[1])
        for d in range(x.shape[1]):
            std = (x[:, d].var() + eps) ** 0.5
            x_hat = (x[:, d] - x[:, d].mean()) / std
            dgamma[d], dbeta[d] = dout[:, d] @ x_hat, dout[:, d].sum()
            for n in range(N):
                dx[n, d] = gamma[d] / std * (dout[n, d] - dbeta[d] / N - x_hat[n] * dgamma[d] / N)
        return dx, dgamma, dbeta

    def batchnorm_backward_alt(dout, cache):
        x, gamma, eps = cache
        c = (x - x.mean(axis=0)).astype(float)
        var = np.einsum("nd,nd->d", c, c) / len(x) + eps
        dgamma = np.einsum("nd,nd->d", dout, c) / np.sqrt(var)
        dx = dout - dout.mean(axis=0) - c / var * (dout * c).mean(axis=0)
        return gamma / np.sqrt(var) * dx, dgamma, np.einsum("nd->d", dout)


@right("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt")
class batchnorm_of_the_convention:
    """As it is usually written down, with all intermediate results in a cache."""

    def batchnorm_forward(x, gamma, beta, bn_param):
        mode = bn_param["mode"]
        eps = bn_param.get("eps", 1e-5)
        momentum = bn_param.get("momentum", 0.9)
        D = x.shape[1]
        running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
        running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
        out, cache = None, None
        if mode == "train":
            mu = np.mean(x, axis=0)
            xmu = x - mu
            sq = xmu**2
            var = np.mean(sq, axis=0)
            sqrtvar = np.sqrt(var + eps)
            ivar = 1.0 / sqrtvar
            xhat = xmu * ivar
            out = gamma * xhat + beta
            cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
            running_mean = momentum * running_mean + (1 - momentum) * mu
            running_var = momentum * running_var + (1 - momentum) * var
        elif mode == "test":
            out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
        else:
            raise ValueError(f'Invalid forward batchnorm mode "{mode}"')
        bn_param["running_mean"] = running_mean
        bn_param["running_var"] = running_var
        return out, cache

    def batchnorm_backward(dout, cache):
        xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
        N, D = dout.shape
        dbeta = np.sum(dout, axis=0)
        dgamma = np.sum(dout * xhat, axis=0)
        dxhat = dout * gamma
        divar = np.sum(dxhat * xmu, axis=0)
        dxmu1 = dxhat * ivar
        dsqrtvar = -1.0 / (sqrtvar**2) * divar
        dvar = 0.5 / np.sqrt(var + eps) * dsqrtvar
        dsq = np.ones((N, D)) / N * dvar
        dxmu2 = 2 * xmu * dsq
        dx1 = dxmu1 + dxmu2
        dmu = -np.sum(dx1, axis=0)
        return dx1 + np.ones((N, D)) / N * dmu, dgamma, dbeta

    def batchnorm_backward_alt(dout, cache):
        xhat, gamma, _, ivar, *_ = cache
        N = len(dout)
        dbeta, dgamma = dout.sum(axis=0), (dout * xhat).sum(axis=0)
        return ivar * gamma / N * (N * dout - dbeta - xhat * dgamma), dgamma, dbeta


@right("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt")
class batchnorm_in_double_with_updates_in_place:
    def batchnorm_forward(x, gamma, beta, bn_param):
        x = x.astype(np.float64)
        if bn_param["mode"] not in ("train", "test"):
            raise ValueError(bn_param["mode"])
        m, eps = bn_param.get("momentum", 0.9), bn_param.get("eps", 1e-5)
        for name in ("running_mean", "running_var"):
            bn_param[name] = np.array(bn_param.get(name, np.zeros(x.shape[1])), dtype=np.float64)
        if bn_param["mode"] == "test":
            mean, var = bn_param["running_mean"], bn_param["running_var"]
        else:
            mean, var = x.mean(0), x.var(0)
            for name, value in (("running_mean", mean), ("running_var", var)):
                bn_param[name] *= m
                bn_param[name] += (1 - m) * value
        inverse = (var + eps) ** -0.5
        x_hat = (x - mean) * inverse
        return x_hat * gamma + beta, {"x_hat": x_hat, "scale": gamma * inverse}

    def batchnorm_backward(dout, cache):
        dout = dout.astype(np.float64)
        x_hat = cache["x_hat"]
        # The Jacobian of a column, as a matrix.
        dx = np.empty_like(dout)
        N = len(dout)
        for d in range(dout.shape[1]):
            J = np.eye(N) - 1 / N - np.outer(x_hat[:, d], x_hat[:, d]) / N
            dx[:, d] = cache["scale"][d] * (J @ dout[:, d])
        return dx, np.einsum("nd,nd->d", dout, x_hat), dout.sum(0)

    def batchnorm_backward_alt(dout, cache):
        dx = dout - dout.mean(0) - cache["x_hat"] * (dout * cache["x_hat"]).mean(0)
        return cache["scale"] * dx, (dout * cache["x_hat"]).sum(0), dout.sum(0)


# the way back


def _parts(x, axis, eps):
    centred = x - x.mean(axis=axis, keepdims=True)
    var = (centred**2).mean(axis=axis, keepdims=True)
    return centred, np.sqrt(var + eps)


def _layer(axis):
    """A plain forward pass whose cache the wrong backward passes take apart."""

    def forward(x, gamma, beta, param):
        eps = param.get("eps", 1e-5)
        centred, std = _parts(x, axis, eps)
        return gamma * centred / std + beta, (x, gamma, eps)

    return forward


# How many numbers a mean is taken of.
_COUNT = object()


def _back(
    axis,
    upstream=lambda dout, gamma: dout * gamma,
    dgamma=lambda dout, x_hat: (dout * x_hat).sum(axis=0),
    dbeta=lambda dout: dout.sum(axis=0),
    shift=1.0,
    stretch=1.0,
    over=lambda std, eps: std,
    eps_used=lambda eps: eps,
    order=lambda dx, dgamma, dbeta: (dx, dgamma, dbeta),
    after=lambda dx: dx,
):
    def backward(dout, cache):
        x, gamma, eps = cache
        centred, std = _parts(x, axis, eps_used(eps))
        x_hat = centred / std
        g = upstream(dout, gamma)
        keep = {"axis": axis, "keepdims": True}
        weights = [dout.shape[axis] if weight is _COUNT else weight for weight in (shift, stretch)]
        dx = g - weights[0] * g.mean(**keep) - weights[1] * x_hat * (g * x_hat).mean(**keep)
        return order(after(dx / over(std, eps)), dgamma(dout, x_hat), dbeta(dout))

    return backward


def _doubles_dout(backward):
    def doubles(dout, cache):
        result = backward(dout, cache)
        dout *= 2
        return result

    return doubles


_latest = []


def _remembers(forward):
    def remembering(*args):
        out, cache = forward(*args)
        _latest[:] = [cache]
        return out, cache

    return remembering


def _goes_by_the_latest(backward):
    return lambda dout, cache: backward(dout, _latest[0])


def _spoils_its_cache(backward):
    def spoils(dout, cache):
        result = backward(dout, cache)
        cache[0][...] += dout
        return result

    return spoils


_BACKWARDS = {"batchnorm_backward": 0, "batchnorm_backward_alt": 0, "layernorm_backward": 1}
for _question, _axis in _BACKWARDS.items():
    _forward_name = _question.replace("_alt", "").replace("backward", "forward")
    _forward = _layer(_axis)
    for _name, _reason, _knobs in (
        ("mean_path_forgotten", "Here the path through the mean was forgotten", {"shift": 0.0}),
        ("variance_path_forgotten", "Here the path through the variance was forgotten", {"stretch": 0.0}),
        (
            "both_paths_forgotten",
            "Here the paths through the mean and the variance",
            {"shift": 0.0, "stretch": 0.0},
        ),
        (
            "mean_path_with_the_wrong_sign",
            "Here the path through the mean has the wrong sign",
            {"shift": -1.0},
        ),
        ("variance_path_doubled", "Here the path through the variance counts twice", {"stretch": 2.0}),
        ("gamma_ignored_on_the_way_back", "Here gamma was forgotten", {"upstream": lambda dout, gamma: dout}),
        ("divides_by_the_variance", "Here it was divided by the variance", {"over": lambda std, eps: std**2}),
        (
            "multiplies_by_std",
            "Here it was multiplied by the standard deviation",
            {"over": lambda std, eps: 1 / std},
        ),
        ("default_eps_on_the_way_back", "eps = 0.1.*inside", {"eps_used": lambda eps: 1e-5}),
        (
            "no_eps_on_the_way_back",
            "Here eps is missing in what dx is divided by",
            {"eps_used": lambda eps: 1e-30},
        ),
        (
            "eps_outside_on_the_way_back",
            "Here eps stands outside the root in the last division",
            {"over": lambda std, eps: np.sqrt(std**2 - eps) + eps},
        ),
        ("dgamma_averaged", "dgamma is wrong", {"dgamma": lambda dout, x_hat: (dout * x_hat).mean(axis=0)}),
        ("dgamma_without_x_hat", "Here it is dbeta", {"dgamma": lambda dout, x_hat: dout.sum(axis=0)}),
        (
            "dgamma_as_a_row",
            "dgamma has shape.*keepdims",
            {"dgamma": lambda dout, x_hat: (dout * x_hat).sum(0, keepdims=True)},
        ),
        (
            "dgamma_over_the_features",
            r"dgamma has shape .*Here it was summed over the features \(axis 1\): dgamma sums over the batch",
            {"dgamma": lambda dout, x_hat: (dout * x_hat).sum(1)},
        ),
        (
            "dgamma_as_a_column_over_the_features",
            r"dgamma has shape \(5, 1\).*Here it was summed over the features",
            {"dgamma": lambda dout, x_hat: (dout * x_hat).sum(1, keepdims=True)},
        ),
        (
            "dgamma_as_one_number",
            "dgamma is a single number.*Here everything was summed up",
            {"dgamma": lambda dout, x_hat: (dout * x_hat).sum()},
        ),
        (
            "mean_path_not_divided",
            "Here the path through the mean was not divided by the number of values",
            {"shift": _COUNT},
        ),
        (
            "variance_path_not_divided",
            "Here the path through the variance was not divided by the number of values",
            {"stretch": _COUNT},
        ),
        (
            "variance_path_halved",
            "Here the path through the variance counts half",
            {"stretch": 0.5},
        ),
        ("dbeta_averaged", "dbeta is wrong", {"dbeta": lambda dout: dout.mean(axis=0)}),
        (
            "dbeta_over_the_features",
            "dbeta has shape.*Here it was summed over the features",
            {"dbeta": lambda dout: dout.sum(axis=1)},
        ),
        (
            "gradients_in_another_order",
            "Here it is dgamma; backward returns",
            {"order": lambda dx, dgamma, dbeta: (dx, dbeta, dgamma)},
        ),
        ("dx_alone", r"must return \(dx, dgamma, dbeta\)", {"order": lambda dx, dgamma, dbeta: dx}),
        ("dx_in_single_precision", "precision", {"after": lambda dx: dx.astype(np.float32)}),
    ):
        _name = f"{_name}_{_question}"
        _plant(_question, _reason, _name, _back(_axis, **_knobs), **{_forward_name: _forward})
    _good = _back(_axis)
    _plant(
        _question,
        "changed in place",
        f"doubles_dout_{_question}",
        _doubles_dout(_good),
        **{_forward_name: _forward},
    )
    _plant(
        _question,
        "go by its cache alone",
        f"goes_by_the_latest_{_question}",
        _goes_by_the_latest(_good),
        **{_forward_name: _remembers(_forward)},
    )
    _plant(
        _question,
        "first call was right",
        f"spoils_its_cache_{_question}",
        _spoils_its_cache(_good),
        **{_forward_name: lambda x, *more, f=_forward: f(x.copy(), *more)},
    )

# Who calls the way by the graph has not simplified it, whatever the call is named.
_by_the_graph, _by_another_name = _back(0), _back(0)
for _name, _answer, _graph in (
    ("calls_the_graph", lambda dout, cache: _by_the_graph(dout, cache), _by_the_graph),
    ("is_the_graph", _by_another_name, _by_another_name),
):
    _plant(
        "batchnorm_backward_alt",
        "batchnorm_backward may not stand in",
        _name,
        _answer,
        earns=(0.0, 0.0),
        batchnorm_forward=_layer(0),
        batchnorm_backward=_graph,
    )


# layer normalization


def _ln(
    axis=1,
    ddof=0,
    root=lambda var, eps: np.sqrt(var + eps),
    eps=None,
    affine=None,
    variance=None,
    strict=False,
):
    affine = affine or (lambda x_hat, gamma, beta: gamma * x_hat + beta)

    def layernorm_forward(x, gamma, beta, ln_param):
        if strict and set(ln_param) - {"eps"}:
            raise KeyError("unknown key")
        used = ln_param.get("eps", 1e-5) if eps is None else eps
        mean = x.mean(axis=axis, keepdims=True)
        var = variance(x) if variance else x.var(axis=axis, keepdims=True, ddof=min(ddof, x.shape[1] - 1))
        return affine((x - mean) / root(var, used), gamma, beta), (x, gamma, used)

    return layernorm_forward


def _test_mode_does_nothing(x, gamma, beta, ln_param):
    if ln_param.get("mode") == "test":
        return gamma * x + beta, None
    return _ln()(x, gamma, beta, ln_param)


def _scales_x_in_place(x, gamma, beta, ln_param):
    result = _ln()(x, gamma, beta, ln_param)
    x /= 2
    return result


def _by_rows(x_hat, gamma, beta):
    rows = np.resize(gamma, len(x_hat))[:, None]
    return rows * x_hat + np.resize(beta, len(x_hat))[:, None]


for _name, _reason, _answer in (
    ("layernorm_over_the_batch", "Here each feature was normalized over the batch", _ln(axis=0)),
    ("layernorm_over_everything", "Here all numbers were normalized together", _ln(axis=None)),
    ("layernorm_unbiased", "Here the variance was divided by one less", _ln(ddof=1)),
    (
        "layernorm_eps_outside",
        "Here eps stands outside the root",
        _ln(root=lambda var, eps: np.sqrt(var) + eps),
    ),
    (
        "layernorm_variance_by_the_batch",
        "Here the variance was divided by the length of the other axis: it is the mean over axis 1",
        _ln(variance=lambda x: x.shape[1] / len(x) * x.var(axis=1, keepdims=True)),
    ),
    ("layernorm_eps_of_its_own", "Here eps is 1e-5 whatever is passed in", _ln(eps=1e-5)),
    ("layernorm_without_root", "Here the root was forgotten", _ln(root=lambda var, eps: var + eps)),
    (
        "layernorm_without_gamma",
        "Here gamma was forgotten",
        _ln(affine=lambda x_hat, gamma, beta: x_hat + beta),
    ),
    ("layernorm_gamma_by_example", "gamma and beta.*out", _ln(affine=_by_rows)),
    (
        "layernorm_has_modes",
        "a mode makes no difference: .*x itself was scaled and shifted",
        _test_mode_does_nothing,
    ),
    ("layernorm_minds_other_keys", "ignored", _ln(strict=True)),
    (
        "layernorm_difference_of_squares",
        "far from zero.*loses",
        _ln(variance=lambda x: np.abs((x**2).mean(1, keepdims=True) - x.mean(1, keepdims=True) ** 2)),
    ),
    ("layernorm_changes_x", "changed in place", _scales_x_in_place),
):
    _plant("layernorm_forward", _reason, _name, _answer)


@right("layernorm_forward", "layernorm_backward")
class layernorm_with_loops:
    def layernorm_forward(x, gamma, beta, ln_param):
        out, caches = np.zeros(x.shape), []
        for n, row in enumerate(x.astype(float)):
            std = (row.var() + ln_param.get("eps", 1e-5)) ** 0.5
            x_hat = (row - row.mean()) / std
            out[n] = gamma * x_hat + beta
            caches.append((x_hat, std))
        return out, (caches, gamma.copy())

    def layernorm_backward(dout, cache):
        caches, gamma = cache
        dx, dgamma = np.zeros(dout.shape), np.zeros(len(gamma))
        for n, (x_hat, std) in enumerate(caches):
            g = gamma * dout[n]
            dx[n] = (g - g.mean() - x_hat * (g @ x_hat) / len(g)) / std
            dgamma += dout[n] * x_hat
        return dx, dgamma, sum(dout)


@right("layernorm_forward", "layernorm_backward")
class layernorm_by_transposing:
    def layernorm_forward(x, gamma, beta, ln_param):
        xt = x.T
        mean, var = xt.mean(axis=0), xt.var(axis=0)
        std = np.sqrt(var + ln_param.get("eps", 1e-5))
        x_hat = (xt - mean) / std
        return x_hat.T * gamma + beta, (x_hat, std, gamma)

    def layernorm_backward(dout, cache):
        x_hat, std, gamma = cache
        g = (dout * gamma).T
        D = len(g)
        dx = (D * g - g.sum(axis=0) - x_hat * (g * x_hat).sum(axis=0)) / (D * std)
        return dx.T, (dout.T * x_hat).sum(axis=1), dout.T.sum(axis=1)


@right("layernorm_forward", "layernorm_backward")
class layernorm_by_the_graph:
    def layernorm_forward(x, gamma, beta, ln_param):
        centred = x - np.mean(x, axis=1)[:, None]
        std = np.sqrt(np.mean(centred**2, axis=1) + ln_param.get("eps", 1e-5))[:, None]
        return centred / std * gamma + beta, [centred, std, gamma, x.shape[1]]

    def layernorm_backward(dout, cache):
        centred, std, gamma, D = cache
        g = dout * gamma
        dstd = -np.sum(g * centred, axis=1, keepdims=True) / std**2
        dc = g / std + centred * dstd / std / D
        dx = dc - dc.mean(axis=1, keepdims=True)
        return dx, np.einsum("nd,nd->d", dout, centred / std), np.einsum("nd->d", dout)
