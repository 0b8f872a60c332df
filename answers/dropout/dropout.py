"""Planted answers: dropout and its relatives."""

import numpy as np

from answers import right, wrong

_fresh = np.random.default_rng


def _plant(function, reason, name, answer, earns=(0.0, 0.985), **also):
    answer.__name__, answer.__module__ = name, __name__
    also["function"] = function
    question = "dropout_vanilla_predict" if "vanilla" in function else function
    (wrong(question, reason, earns=earns, **also) if reason else right(question, **also))(answer)


# vanilla


def _vanilla(keep=lambda u, p: u < p, scale=lambda p: 1.0, shape=lambda x: x.shape, seed=None):
    def dropout_vanilla_train(x, p, rng=None):
        rng = _fresh(seed) if rng is None else rng
        return x * (keep(rng.random(shape(x)), p) * scale(p))

    return dropout_vanilla_train


def _drops_in_place(x, p, rng=None):
    x *= _fresh().random(x.shape) < p
    return x.copy()


for _name, _reason, _answer in (
    (
        "vanilla_p_drops",
        "p is the probability of keeping: .*probability of KEEPING",
        _vanilla(lambda u, p: u > p),
    ),
    (
        "vanilla_p_drops_and_is_scaled",
        "what is kept is not scaled: .*probability of KEEPING",
        _vanilla(lambda u, p: u > p, lambda p: 1 / (1 - p) if p < 1 else 1.0),
    ),
    ("vanilla_divides", "divided|multiplied by", _vanilla(scale=lambda p: 1 / p)),
    ("vanilla_multiplies", "multiplied by|where a number was kept", _vanilla(scale=lambda p: p)),
    ("vanilla_half_whatever_p", "share of", _vanilla(lambda u, p: u < 0.5)),
    (
        "vanilla_drops_rows",
        "not dropped independently",
        _vanilla(shape=lambda x: (len(x),) + (1,) * (x.ndim - 1)),
    ),
    ("vanilla_same_for_all_rows", "not dropped independently", _vanilla(shape=lambda x: x.shape[1:])),
    ("vanilla_always_the_same", "very same numbers", _vanilla(seed=0)),
    ("vanilla_in_place", "changed in place", _drops_in_place),
    ("vanilla_exactly_the_share", "KEEPING|share|divided|kept", _vanilla(lambda u, p: u < p * p)),
):
    _plant("dropout_vanilla_train", _reason, _name, _answer)
_plant(
    "dropout_vanilla_train",
    None,
    "vanilla_by_where",
    lambda x, p, rng=None: np.where((rng or _fresh()).random(x.shape) < p, x, 0.0),
)
_plant(
    "dropout_vanilla_train",
    None,
    "vanilla_by_binomial",
    lambda x, p, rng=None: x * np.random.binomial(1, p, x.shape),  # noqa: NPY002
)
_plant("dropout_vanilla_train", None, "vanilla_by_rand", lambda x, p: x * (np.random.rand(*x.shape) < p))  # noqa: NPY002

for _name, _reason, _answer in (
    ("predict_unscaled", "Here nothing was scaled", lambda x, p: x.copy()),
    ("predict_divides", "Here everything was divided by p", lambda x, p: x / p),
    ("predict_by_the_other_p", "Here p was taken for the probability of dropping", lambda x, p: x * (1 - p)),
    ("predict_drops", "multiplied by p", lambda x, p: x * (_fresh().random(x.shape) < p)),
    ("predict_halves", "multiplied by p", lambda x, p: 0.5 * x),
    ("predict_root", "multiplied by p", lambda x, p: np.sqrt(p) * x),
    ("predict_in_single", "precision", lambda x, p: (p * x).astype(np.float32)),
):
    _plant("dropout_vanilla_predict", _reason, _name, _answer)


def _predicts_in_place(x, p):
    x *= p
    return x


_plant("dropout_vanilla_predict", "changed in place", "predict_in_place", _predicts_in_place)
_plant("dropout_vanilla_predict", None, "predict_multiply", lambda x, p: np.multiply(x, p))
_plant("dropout_vanilla_predict", None, "predict_in_double", lambda x, p: x.astype(np.float64) * p)
_plant("dropout_vanilla_predict", None, "predict_by_parts", lambda x, p: x - (1 - p) * x)


# inverted


def _inverted(
    keep=lambda u, p: u < p,
    scale=lambda p: 1 / p,
    shape=lambda x: x.shape,
    test=lambda x, p: x,
    seed=lambda param: param.get("seed"),
    unknown="raise",
):
    def dropout_forward(x, dropout_param):
        p, mode = dropout_param["p"], dropout_param["mode"]
        if mode not in ("train", "test") and unknown == "raise":
            raise ValueError(mode)
        if mode == "test":
            return test(x, p), (dropout_param, None)
        mask = keep(_fresh(seed(dropout_param)).random(shape(x)), p) * scale(p)
        return x * mask, (dropout_param, np.broadcast_to(mask, x.shape))

    return dropout_forward


def _back(dout, cache):
    return dout if cache[1] is None else dout * cache[1]


def _inverted_in_place(x, dropout_param):
    result = _inverted()(x, dropout_param)
    if dropout_param["mode"] == "train":
        x *= result[1][1]
    return result


for _name, _reason, _answer in (
    (
        "inverted_p_drops",
        "what is kept is divided by p: with p = .*It looks as if p were .*KEEPING",
        _inverted(lambda u, p: u > p, lambda p: 1 / (1 - p) if p < 1 else 1.0),
    ),
    (
        "inverted_p_drops_but_divides_by_p",
        "p is the probability of keeping: .*probability of KEEPING",
        _inverted(lambda u, p: u >= p),
    ),
    ("inverted_not_scaled", "left as it was; here it has to be divided", _inverted(scale=lambda p: 1.0)),
    ("inverted_multiplies", "multiplied by", _inverted(scale=lambda p: p)),
    (
        "inverted_scaled_by_the_other_p",
        "what is kept is divided by 1 - p = 0.75; here it has to be divided by p = 0.25",
        _inverted(scale=lambda p: 1 / (1 - p + 1e-9)),
    ),
    ("inverted_scaled_at_test_time_too", "test mode", _inverted(test=lambda x, p: p * x)),
    (
        "inverted_drops_at_test_time",
        "test mode",
        _inverted(test=lambda x, p: _inverted()(x, {"p": p, "mode": "train"})[0]),
    ),
    (
        "inverted_compares_normal_numbers",
        "normal numbers were compared with p",
        lambda x, param: (x * (_fresh().standard_normal(x.shape) < param["p"]) / param["p"], (param, None)),
    ),
    ("inverted_ignores_the_seed", "same seed gave different", _inverted(seed=lambda param: None)),
    (
        "inverted_always_the_same",
        "without a seed gave the same",
        _inverted(seed=lambda param: param.get("seed") or 0),
    ),
    (
        "inverted_one_seed_for_all",
        "two different seeds",
        _inverted(seed=lambda param: 1 if param.get("seed") else None),
    ),
    ("inverted_drops_columns", "not dropped independently", _inverted(shape=lambda x: (1, *x.shape[1:]))),
    (
        "inverted_drops_examples",
        "not dropped independently",
        _inverted(shape=lambda x: (len(x),) + (1,) * (x.ndim - 1)),
    ),
    ("inverted_in_place", "changed in place", _inverted_in_place),
):
    _plant("dropout_forward", _reason, _name, _answer)

# An unknown mode is nobody's question.
_takes_any_mode = _inverted(unknown="train")
_takes_any_mode.__name__ = "inverted_takes_any_mode"
right("dropout_forward")(_takes_any_mode)


def _scaled_twice(dout, cache):
    return dout if cache[1] is None else dout * cache[1] / cache[0]["p"]


def _at_test_time(change):
    return lambda dout, cache: change(dout, cache[0]["p"]) if cache[1] is None else dout * cache[1]


_latest = []


def _remembering(x, dropout_param):
    out, cache = _inverted()(x, dropout_param)
    _latest[:] = [cache]
    return out, cache


def _doubles(dout, cache):
    result = np.array(_back(dout, cache))
    dout *= 2
    return result


def _consumes(dout, cache):
    result = np.array(_back(dout, cache))
    if cache[1] is not None:
        cache[1][...] = 1
    return result


def _own_mask(x, dropout_param):
    out, (param, mask) = _inverted()(x, dropout_param)
    return out, (param, None if mask is None else mask.copy())


for _name, _reason, _answer, _forward in (
    ("back_without_mask", "Here dout came back as it was", lambda dout, cache: dout.copy(), _inverted()),
    (
        "back_not_scaled",
        "dx is dout times the mask",
        lambda dout, cache: dout if cache[1] is None else dout * (cache[1] > 0),
        _inverted(),
    ),
    ("back_scaled_twice", "dx is dout times the mask", _scaled_twice, _inverted()),
    (
        "back_divides_by_the_mask",
        "dx is",
        lambda dout, cache: (
            dout if cache[1] is None else np.where(cache[1] > 0, dout / np.maximum(cache[1], 1e-9), 0)
        ),
        _inverted(),
    ),
    (
        "back_draws_anew",
        "Here another mask was taken than on the way forward",
        lambda dout, cache: dout if cache[1] is None else _inverted()(dout, cache[0])[0],
        _inverted(),
    ),
    (
        "back_through_the_dropped",
        "Here another mask was taken than on the way forward",
        lambda dout, cache: dout if cache[1] is None else dout * (cache[1] == 0) / cache[0]["p"],
        _inverted(),
    ),
    (
        "back_only_divides",
        "Here nothing was dropped on the way back",
        lambda dout, cache: dout if cache[1] is None else dout / cache[0]["p"],
        _inverted(),
    ),
    ("back_scaled_at_test_time", "test mode", _at_test_time(lambda dout, p: p * dout), _inverted()),
    (
        "back_dropped_at_test_time",
        "test mode",
        _at_test_time(lambda dout, p: dout * (_fresh().random(dout.shape) < p)),
        _inverted(),
    ),
    (
        "back_masks_by_dout",
        "Here another mask|dx is",
        lambda dout, cache: dout if cache[1] is None else dout * (dout > 0) * cache[1],
        _inverted(),
    ),
    (
        "back_of_the_latest",
        "go by its cache alone",
        lambda dout, cache: (
            _back(dout, _latest[0])
            if _latest[0][1] is None or _latest[0][1].shape == dout.shape
            else _back(dout, cache)
        ),
        _remembering,
    ),
    ("back_doubles_dout", "changed in place", _doubles, _inverted()),
    ("back_consumes_its_cache", "twice", _consumes, _own_mask),
    ("back_in_single", "precision", lambda dout, cache: _back(dout, cache).astype(np.float32), _inverted()),
):
    _plant("dropout_backward", _reason, _name, _answer, dropout_forward=_forward)


@right("dropout_forward", "dropout_backward")
class dropout_of_the_convention:
    def dropout_forward(x, dropout_param):
        p, mode = dropout_param["p"], dropout_param["mode"]
        if "seed" in dropout_param:
            np.random.seed(dropout_param["seed"])  # noqa: NPY002
        mask, out = None, None
        if mode == "train":
            mask = (np.random.rand(*x.shape) < p) / p  # noqa: NPY002
            out = x * mask
        elif mode == "test":
            out = x
        else:
            raise ValueError("unknown mode")
        return out.astype(x.dtype, copy=False), (dropout_param, mask)

    def dropout_backward(dout, cache):
        dropout_param, mask = cache
        return dout * mask if dropout_param["mode"] == "train" else dout


@right("dropout_forward", "dropout_backward")
class dropout_with_indices:
    def dropout_forward(x, dropout_param):
        if dropout_param["mode"] == "test":
            return x + 0.0, np.ones(x.shape)
        if dropout_param["mode"] != "train":
            raise ValueError("train or test")
        factor = np.full(x.size, 1 / dropout_param["p"])
        factor[
            np.flatnonzero(_fresh(dropout_param.get("seed")).uniform(size=x.size) >= dropout_param["p"])
        ] = 0
        factor = factor.reshape(x.shape)
        return factor * x, factor

    def dropout_backward(dout, cache):
        return np.einsum("...,...->...", dout, cache)


@right("dropout_forward", "dropout_backward")
class dropout_with_a_closure:
    def dropout_forward(x, dropout_param):
        p, mode = float(dropout_param["p"]), dropout_param["mode"]
        if mode not in {"train", "test"}:
            raise ValueError(f"mode {mode}")
        kept = (
            _fresh(dropout_param.get("seed")).binomial(1, p, size=x.shape)
            if mode == "train"
            else np.ones(x.shape)
        )
        divisor = p if mode == "train" else 1.0
        return x * kept / divisor, lambda dout: dout * kept / divisor

    def dropout_backward(dout, cache):
        return cache(dout)


# Monte Carlo


def _mc(mean=lambda a: a.mean(axis=0), std=lambda a: a.std(axis=0), count=lambda n: n, given=lambda x: x):
    def mc_dropout_predict(predict, x, num_masks):
        answers = np.stack([predict(given(x)) for _ in range(count(num_masks))])
        return mean(answers), std(answers)

    return mc_dropout_predict


def _one_call(predict, x, num_masks):
    answer = predict(x)
    return answer, np.zeros_like(answer)


for _name, _reason, _answer in (
    ("mc_one_mask_too_many", "was called", _mc(count=lambda n: n + 1)),
    ("mc_one_call", "was called 1 times", _one_call),
    ("mc_sums", "mean is", _mc(mean=lambda a: a.sum(axis=0))),
    ("mc_median", "mean is", _mc(mean=lambda a: np.median(a, axis=0))),
    ("mc_mean_over_the_batch", "mean has shape|mean is", _mc(mean=lambda a: a.mean(axis=1))),
    ("mc_mean_of_everything", "mean (is|has)", _mc(mean=lambda a: a.mean())),
    ("mc_variance", "Here the root is missing", _mc(std=lambda a: a.var(axis=0))),
    (
        "mc_std_with_n_minus_one",
        "one less than the number of values",
        _mc(std=lambda a: a.std(axis=0, ddof=min(1, len(a) - 1))),
    ),
    (
        "mc_error_of_the_mean",
        "that is the error of the mean",
        _mc(std=lambda a: a.std(axis=0) / np.sqrt(len(a))),
    ),
    ("mc_std_over_the_classes", "std (is|has)", _mc(std=lambda a: a.std(axis=2))),
    ("mc_adds_noise", "what predict was given", _mc(given=lambda x: x + 0.01)),
    (
        "mc_mean_alone",
        r"must return \(mean, std\)",
        lambda f, x, n: np.mean([f(x) for _ in range(n)], axis=0),
    ),
):
    _plant("mc_dropout_predict", _reason, _name, _answer)


@right("mc_dropout_predict")
def mc_running(predict, x, num_masks):
    total, squares = 0.0, 0.0
    for k in range(1, num_masks + 1):
        answer = predict(x)
        step = answer - total
        total = total + step / k
        squares = squares + step * (answer - total)
    return total, np.sqrt(squares / num_masks)


_plant(
    "mc_dropout_predict",
    None,
    "mc_of_a_list",
    lambda f, x, n: (lambda a: [np.mean(a, 0), np.std(a, 0)])([f(x) for _ in range(n)]),
)
_plant(
    "mc_dropout_predict",
    None,
    "mc_last_axis",
    lambda f, x, n: (lambda a: (a.mean(-1), a.std(-1)))(np.stack([f(x) for _ in range(n)], axis=-1)),
)


# DropConnect


def _connect(
    keep=lambda u, p: u < p,
    scale=lambda p: 1 / p,
    bias=lambda b, rng, p: b,
    test=lambda x, w, b, p: x @ w + b,
    seed=lambda param: param.get("seed"),
    unknown="raise",
    out=lambda x, w, b, mask: x @ (w * mask) + b,
    shape=lambda x, w: w.shape,
):
    def dropconnect_forward(x, w, b, dropconnect_param):
        p, mode = dropconnect_param["p"], dropconnect_param["mode"]
        if mode not in ("train", "test") and unknown == "raise":
            raise ValueError(mode)
        if mode == "test":
            return test(x, w, b, p), (x, w, np.ones_like(w), 1.0)
        rng = _fresh(seed(dropconnect_param))
        mask = np.broadcast_to(keep(rng.random(shape(x, w)), p) * scale(p), w.shape)
        return out(x, w, bias(b, rng, p), mask), (x, w, mask, p)

    return dropconnect_forward


def _anew_for_each_example(x, w, b, dropconnect_param):
    if dropconnect_param["mode"] != "train":
        return _connect()(x, w, b, dropconnect_param)
    p, rng = dropconnect_param["p"], _fresh(dropconnect_param.get("seed"))
    masks = (rng.random((len(x), *w.shape)) < p) / p
    return np.einsum("nd,dm,ndm->nm", x, w, masks) + b, (x, w, masks[0], p)


def _masks_w_in_place(x, w, b, dropconnect_param):
    result = _connect()(x, w, b, dropconnect_param)
    w *= result[1][2]
    return result


for _name, _reason, _answer in (
    ("connect_p_drops", "KEEPING|share of", _connect(lambda u, p: u > p)),
    ("connect_not_scaled", "left as it was", _connect(scale=lambda p: 1.0)),
    ("connect_drops_outputs", "not dropped independently", _connect(shape=lambda x, w: (1, w.shape[1]))),
    ("connect_drops_inputs", "not dropped independently", _connect(shape=lambda x, w: (len(w), 1))),
    ("connect_a_mask_for_each_example", "whole batch: out is wrong", _anew_for_each_example),
    (
        "connect_drops_the_bias",
        "x·w with x the identity|bias is never dropped|out for x = 0",
        _connect(bias=lambda b, rng, p: b * (rng.random(b.shape) < p) / p),
    ),
    (
        "connect_forgets_the_bias",
        "out|share",
        _connect(out=lambda x, w, b, mask: x @ (w * mask), test=lambda x, w, b, p: x @ w),
    ),
    ("connect_scales_at_test_time", "test mode", _connect(test=lambda x, w, b, p: x @ (p * w) + b)),
    (
        "connect_drops_at_test_time",
        "test mode",
        _connect(test=lambda x, w, b, p: _connect()(x, w, b, {"p": p, "mode": "train"})[0]),
    ),
    ("connect_ignores_the_seed", "same seed gave different", _connect(seed=lambda param: None)),
    (
        "connect_always_the_same",
        "without a seed gave the same",
        _connect(seed=lambda param: param.get("seed") or 0),
    ),
    ("connect_takes_any_mode", "should raise a ValueError", _connect(unknown="train")),
    ("connect_masks_in_place", "changed in place", _masks_w_in_place),
):
    _plant("dropconnect_forward", _reason, _name, _answer)


def _connect_back(dx=None, dw=None, db=None):
    def dropconnect_backward(dout, cache):
        x, w, mask, p = cache
        found_dx = dx(dout, x, w, mask) if dx else dout @ (w * mask).T
        found_dw = dw(dout, x, w, mask, p) if dw else x.T @ dout * mask
        return found_dx, found_dw, db(dout, p) if db else dout.sum(axis=0)

    return dropconnect_backward


def _remembers_connect(x, w, b, param):
    out, cache = _connect()(x, w, b, param)
    _latest[:] = [cache]
    return out, cache


def _of_the_latest(dout, cache):
    x, w, *_ = cache
    mask = _latest[0][2]
    return _connect_back()(dout, (x, w, mask if mask.shape == w.shape else cache[2], 1.0))


def _connect_doubles(dout, cache):
    result = _connect_back()(dout, cache)
    dout *= 2
    return result


for _name, _reason, _answer, _forward in (
    (
        "connect_dx_by_all_weights",
        "dx: dx is.*masked weights",
        _connect_back(dx=lambda dout, x, w, mask: dout @ w.T),
        _connect(),
    ),
    (
        "connect_dw_not_masked",
        "dw: dw is.*dropped gets no gradient",
        _connect_back(dw=lambda dout, x, w, mask, p: x.T @ dout),
        _connect(),
    ),
    (
        "connect_dw_not_scaled",
        "dw: dw is",
        _connect_back(dw=lambda dout, x, w, mask, p: x.T @ dout * (mask > 0)),
        _connect(),
    ),
    (
        "connect_dw_scaled_twice",
        "dw: dw is",
        _connect_back(dw=lambda dout, x, w, mask, p: x.T @ dout * mask / p),
        _connect(),
    ),
    (
        "connect_dx_not_scaled",
        "dx: dx is",
        _connect_back(dx=lambda dout, x, w, mask: dout @ (w * (mask > 0)).T),
        _connect(),
    ),
    ("connect_db_scaled", "db: db is", _connect_back(db=lambda dout, p: dout.sum(axis=0) / p), _connect()),
    ("connect_db_averaged", "db: db is", _connect_back(db=lambda dout, p: dout.mean(axis=0)), _connect()),
    (
        "connect_db_keeps_its_axis",
        "db: db has shape",
        _connect_back(db=lambda dout, p: dout.sum(axis=0, keepdims=True)),
        _connect(),
    ),
    (
        "connect_dw_with_w",
        "dw: dw is",
        _connect_back(dw=lambda dout, x, w, mask, p: x.T @ dout * mask * w),
        _connect(),
    ),
    ("connect_back_of_the_latest", "go by its cache alone", _of_the_latest, _remembers_connect),
    ("connect_back_doubles_dout", "changed in place|twice", _connect_doubles, _connect()),
):
    _plant("dropconnect_backward", _reason, _name, _answer, dropconnect_forward=_forward)


@right("dropconnect_forward", "dropconnect_backward")
class dropconnect_of_the_convention:
    def dropconnect_forward(x, w, b, dropconnect_param):
        if dropconnect_param.get("seed") is not None:
            np.random.seed(dropconnect_param["seed"])  # noqa: NPY002
        mask = None
        if dropconnect_param["mode"] == "train":
            mask = (np.random.rand(*w.shape) < dropconnect_param["p"]) / dropconnect_param["p"]  # noqa: NPY002
        elif dropconnect_param["mode"] != "test":
            raise ValueError("mode")
        out = x.dot(w if mask is None else w * mask) + b
        return out, (x.copy(), w.copy(), mask)

    def dropconnect_backward(dout, cache):
        x, w, mask = cache
        dw = x.T.dot(dout)
        return (
            dout.dot((w if mask is None else w * mask).T),
            dw if mask is None else dw * mask,
            np.sum(dout, axis=0),
        )


@right("dropconnect_forward", "dropconnect_backward")
class dropconnect_with_loops:
    def dropconnect_forward(x, w, b, dropconnect_param):
        if dropconnect_param["mode"] not in ("train", "test"):
            raise ValueError("mode")
        used = w.astype(float)
        factor = np.ones(w.shape)
        if dropconnect_param["mode"] == "train":
            rng, p = _fresh(dropconnect_param.get("seed")), dropconnect_param["p"]
            for d in range(len(w)):
                factor[d] = [1 / p if rng.random() < p else 0.0 for _ in range(w.shape[1])]
        return np.array([row @ (used * factor) + b for row in x]), (x, used, factor)

    def dropconnect_backward(dout, cache):
        x, w, factor = cache
        dw = sum(np.outer(a, d) for a, d in zip(x, dout, strict=True))
        return np.array([(w * factor) @ d for d in dout]), dw * factor, sum(dout)


@right("dropconnect_forward", "dropconnect_backward")
class dropconnect_by_einsum:
    dropconnect_forward = _connect()

    def dropconnect_backward(dout, cache):
        x, w, mask, _ = cache
        return (
            np.einsum("nm,dm,dm->nd", dout, w, mask),
            np.einsum("nd,nm,dm->dm", x, dout, mask),
            np.einsum("nm->m", dout),
        )


# DropBlock


def _block(
    gamma=lambda p, b, H, W: (1 - p) / b**2 * H * W / ((H - b + 1) * (W - b + 1)),
    scale=lambda mask, p: mask / mask.mean(),
    draw=lambda shape, rng: rng.random(shape),
    seed=lambda rng: _fresh() if rng is None else rng,
    spare=lambda b, i, j: True,
    anywhere=False,
):
    def dropblock_mask(shape, p, block_size, rng=None):
        N, C, H, W = shape
        rows, columns = (H, W) if anywhere else (H - block_size + 1, W - block_size + 1)
        start = draw((N, C, rows, columns), seed(rng)) < gamma(p, block_size, H, W)
        start = np.broadcast_to(start, (N, C, rows, columns))
        mask = np.ones(shape)
        for k in range(block_size):
            for m in range(block_size):
                if spare(block_size, k, m):
                    places = mask[:, :, k : k + rows, m : m + columns]
                    places[start[:, :, : places.shape[2], : places.shape[3]]] = 0
        return scale(mask, p)

    return dropblock_mask


for _name, _reason, _answer in (
    ("block_not_scaled", "mean 1: the mask.*Here kept places are 1", _block(scale=lambda mask, p: mask)),
    (
        "block_scaled_by_p",
        "mean 1: the mask.*Here the mask was divided by p",
        _block(scale=lambda mask, p: mask / p),
    ),
    (
        "block_scaled_map_by_map",
        "mean 1: the mask",
        _block(scale=lambda mask, p: mask / np.maximum(mask.mean(axis=(2, 3), keepdims=True), 0.01)),
    ),
    ("block_of_single_places", "full 2 x 2 square", _block(spare=lambda b, i, j: i == j == 0)),
    ("block_with_a_hole", "full 3 x 3 square", _block(spare=lambda b, i, j: b < 3 or (i, j) != (1, 1))),
    ("block_cut_off_at_the_border", "may not be cut off", _block(anywhere=True)),
    (
        "block_without_gamma",
        "share that is kept: .*gamma was 1 - p itself",
        _block(gamma=lambda p, b, H, W: 1 - p),
    ),
    (
        "block_ignores_the_border",
        "share that is kept: .*It looks as if gamma lacked the factor H·W",
        _block(gamma=lambda p, b, H, W: (1 - p) / b**2),
    ),
    (
        "block_p_drops",
        "share that is kept.*It looks as if p were the probability of dropping",
        _block(gamma=lambda p, b, H, W: p / b**2 * H * W / ((H - b + 1) * (W - b + 1))),
    ),
    (
        "block_divides_by_b_once",
        "share that is kept.*It looks as if gamma was divided by b",
        _block(gamma=lambda p, b, H, W: (1 - p) / b * H * W / ((H - b + 1) * (W - b + 1))),
    ),
    (
        "block_shared_by_channels",
        "share their squares",
        _block(draw=lambda shape, rng: rng.random((shape[0], 1, *shape[2:]))),
    ),
    (
        "block_shared_by_images",
        "share their squares",
        _block(draw=lambda shape, rng: rng.random((1, *shape[1:]))),
    ),
    ("block_ignores_the_generator", "started twice", _block(seed=lambda rng: _fresh())),
    ("block_always_the_same", "two different generators", _block(seed=lambda rng: _fresh(0))),
    (
        "block_keeps_the_squares",
        "full 2 x 2|share",
        _block(scale=lambda mask, p: (1 - mask) / (1 - mask).mean()),
    ),
):
    _plant("dropblock_mask", _reason, _name, _answer)

_plant("dropblock_mask", None, "block_with_loops", _block())


@right("dropblock_mask")
def block_by_a_sliding_maximum(shape, p, block_size, rng=None):
    N, C, H, W = shape
    rng = np.random.default_rng() if rng is None else rng
    b, rows, columns = block_size, H - block_size + 1, W - block_size + 1
    gamma = (1 - p) * H * W / (b * b * rows * columns)
    seeds = np.zeros((N, C, H + b - 1, W + b - 1))
    seeds[:, :, b - 1 : H, b - 1 : W] = rng.random((N, C, rows, columns)) < gamma
    windows = np.lib.stride_tricks.sliding_window_view(seeds, (b, b), axis=(2, 3))
    kept = 1.0 - windows.max(axis=(-1, -2))
    return kept * kept.size / kept.sum()


@right("dropblock_mask")
def block_by_counting(shape, p, block_size, rng=None):
    N, C, H, W = shape
    rng = np.random.default_rng() if rng is None else rng
    rows, columns = H - block_size + 1, W - block_size + 1
    gamma = (1 - p) / block_size**2 * (H * W) / (rows * columns)
    hits = np.zeros(shape, dtype=int)
    start = rng.binomial(1, gamma, size=(N, C, rows, columns))
    for i in range(block_size):
        for j in range(block_size):
            hits[:, :, i : i + rows, j : j + columns] += start
    kept = (hits == 0).astype(float)
    return kept / kept.mean()
