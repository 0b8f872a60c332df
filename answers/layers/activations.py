"""Planted answers: the affine layer, the activations, maxout."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.
# ruff: noqa: RUF059

import numpy as np

from answers import plain, right, wrong
from course_utils import gradcheck

_last = {}


def _rows(x):
    return x.reshape(x.shape[0], -1)


# the affine layer


@plain
def affine_forward(x, w, b):
    return _rows(x) @ w + b, (x, w, b)


@wrong("affine_forward", "Here the bias was forgotten")
def forgets_the_bias(x, w, b):
    return _rows(x) @ w, None


@wrong("affine_forward", "Here the bias was subtracted")
def subtracts_the_bias(x, w, b):
    return _rows(x) @ w - b, None


@wrong(
    "affine_forward", "a batch of images: affine_forward raised ValueError|out has shape", earns=(0.3, 0.65)
)
def forgets_to_flatten(x, w, b):
    return x @ w + b, None


@wrong(
    "affine_forward",
    "a batch of images: out is wrong.*Here the numbers of an example were flattened in",
    earns=(0.3, 0.65),
)
def flattens_column_by_column(x, w, b):
    return x.reshape(x.shape[0], -1, order="F") @ w + b, None


@wrong("affine_forward", "out is transposed|it is transposed|out has shape")
def examples_in_columns(x, w, b):
    return (_rows(x) @ w + b).T, None


@wrong("affine_forward", "changed in place", earns=(0.8, 0.95))
def reshapes_x_itself(x, w, b):
    x.shape = (x.shape[0], -1)
    return x @ w + b, None


@wrong("affine_forward", "changed in place", earns=(0.8, 0.95))
def adds_into_b(x, w, b):
    out = _rows(x) @ w
    for row in out:
        row += b
    b += 1
    return out, None


@wrong("affine_forward", "precision", earns=(0.0, 0.1))
def affine_in_single_precision(x, w, b):
    return (_rows(x) @ w + b).astype(np.float32), None


@wrong("affine_forward", r"one example \(N = 1\): out has shape", earns=(0.8, 0.95))
def squeezes_the_batch(x, w, b):
    return np.squeeze(_rows(x) @ w + b), None


@right("affine_forward", "affine_backward")
class affine_with_loops:
    def affine_forward(x, w, b):
        flat = x.reshape(x.shape[0], w.shape[0])
        out = np.zeros((flat.shape[0], w.shape[1]))
        for n in range(out.shape[0]):
            for m in range(out.shape[1]):
                out[n, m] = b[m]
                for d in range(w.shape[0]):
                    out[n, m] += flat[n, d] * w[d, m]
        return out, (x, w, b)

    def affine_backward(dout, cache):
        x, w, b = cache
        flat = x.reshape(x.shape[0], w.shape[0])
        dx, dw, db = np.zeros(flat.shape), np.zeros(w.shape), np.zeros(b.shape)
        for n in range(dout.shape[0]):
            for m in range(dout.shape[1]):
                db[m] += dout[n, m]
                for d in range(w.shape[0]):
                    dx[n, d] += dout[n, m] * w[d, m]
                    dw[d, m] += dout[n, m] * flat[n, d]
        return dx.reshape(x.shape), dw, db


@right("affine_forward", "affine_backward")
class affine_by_einsum:
    def affine_forward(x, w, b):
        flat = np.array(x, dtype=np.float64).reshape(len(x), -1)
        out = np.einsum("nd,dm->nm", flat, w)
        out += b
        return out, {"flat": flat, "w": w.copy(), "shape": x.shape}

    def affine_backward(dout, cache):
        dx = np.einsum("nm,dm->nd", dout, cache["w"]).reshape(cache["shape"])
        return [dx, np.einsum("nd,nm->dm", cache["flat"], dout), np.einsum("nm->m", dout)]


@right("affine_forward", "affine_backward")
class affine_in_one_matrix:
    def affine_forward(x, w, b):
        extended = np.hstack([x.reshape(len(x), -1), np.ones((len(x), 1), dtype=x.dtype)])
        both = np.vstack([w, b])
        return extended @ both, (extended, both, x.shape)

    def affine_backward(dout, cache):
        extended, both, shape = cache
        dboth = extended.T @ dout
        return (dout @ both.T)[:, :-1].reshape(shape), dboth[:-1], dboth[-1]


@right("affine_forward", "affine_backward")
class affine_tensordot:
    def affine_forward(x, w, b):
        w_like_x = w.reshape(*x.shape[1:], -1)
        return np.tensordot(x, w_like_x, axes=x.ndim - 1) + b, (x, w_like_x, w.shape)

    def affine_backward(dout, cache):
        x, w_like_x, shape = cache
        dx = np.tensordot(dout, w_like_x, axes=(1, -1))
        return dx, np.tensordot(x, dout, axes=(0, 0)).reshape(shape), np.ones(len(dout)) @ dout


@wrong(
    "affine_backward",
    r"db has shape \(4, 5\), expected \(5,\): it looks like the sum over the batch",
    earns=(0.1, 0.4),
)
def bias_gradient_not_summed(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout, dout


@wrong("affine_backward", "db is wrong.*N = 4 times too small", earns=(0.1, 0.45))
def bias_gradient_averaged(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout, dout.mean(axis=0)


@wrong("affine_backward", r"M = 1.*db has shape \(1, 1\), expected \(1,\): .*keepdims", earns=(0.1, 0.4))
def bias_gradient_keeps_its_axis(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout, dout.sum(axis=0, keepdims=True)


@wrong("affine_backward", r"db has shape \(4,\).*Here dout was summed over the outputs", earns=(0.1, 0.4))
def bias_gradient_over_the_outputs(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout, dout.sum(axis=1)


@wrong("affine_backward", r"db has shape \(1, 1\).*Here dout was summed up to one number", earns=(0.1, 0.4))
def bias_gradient_as_one_number(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout, dout.sum(keepdims=True)


@wrong("affine_backward", "dx has shape", earns=(0.3, 0.75))
def dx_stays_flat(dout, cache):
    x, w, b = cache
    return dout @ w.T, _rows(x).T @ dout, dout.sum(axis=0)


@wrong("affine_backward", "Here it is dw; backward returns dx, dw, db", earns=(0.0, 0.4))
def dw_comes_first(dout, cache):
    x, w, b = cache
    return _rows(x).T @ dout, (dout @ w.T).reshape(x.shape), dout.sum(axis=0)


@wrong(
    "affine_forward",
    "a batch of vectors: out has dtype float32.*single precision .float32.$",
    earns=(0.0, 0.2),
)
def affine_in_single(x, w, b):
    return (_rows(x) @ w + b).astype(np.float32), (x, w, b)


@wrong("affine_forward", "Here negative numbers became 0", earns=(0.0, 0.2))
def affine_with_a_relu(x, w, b):
    return np.maximum(_rows(x) @ w + b, 0), (x, w, b)


@wrong("affine_backward", "dw has shape .* transposed", earns=(0.1, 0.4))
def dw_transposed(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), dout.T @ _rows(x), dout.sum(axis=0)


@wrong("affine_backward", "dw is wrong.*N = 4 times too small", earns=(0.1, 0.45))
def dw_averaged(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout / len(x), dout.sum(axis=0)


@wrong("affine_backward", "the sign is flipped", earns=(0.0, 0.05))
def sign_flipped(dout, cache):
    x, w, b = cache
    return -(dout @ w.T).reshape(x.shape), -_rows(x).T @ dout, -dout.sum(axis=0)


@wrong("affine_backward", "Here dout was forgotten", earns=(0.0, 0.05))
def ignores_dout(dout, cache):
    x, w, b = cache
    ones = np.ones_like(dout)
    return (ones @ w.T).reshape(x.shape), _rows(x).T @ ones, ones.sum(axis=0)


@wrong("affine_backward", "dx is wrong|has shape", earns=(0.0, 0.1))
def right_shapes_only(dout, cache):
    x, w, b = cache
    return np.ones_like(x), np.ones_like(w), np.ones_like(b)


@wrong(
    "affine_backward",
    "dout and forward's arguments are left as they were: .*changed in place",
    earns=(0.8, 0.98),
)
def scales_dout_in_place(dout, cache):
    x, w, b = cache
    dx, dw, db = (dout @ w.T).reshape(x.shape), _rows(x).T @ dout, dout.sum(axis=0)
    dout /= len(dout)
    return dx, dw, db


@wrong("affine_backward", "backward called twice", earns=(0.8, 0.98))
def damages_the_cached_weights(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    w -= 0.1
    return dx, _rows(x).T @ dout, dout.sum(axis=0)


def affine_forward_by_the_way(x, w, b):
    _last["affine"] = (x, w, b)
    return _rows(x) @ w + b, None


@wrong(
    "affine_backward",
    "must go by its cache alone",
    earns=(0.0, 0.0),
    affine_forward=affine_forward_by_the_way,
)
def goes_by_the_last_call(dout, cache):
    x, w, b = _last["affine"]
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout, dout.sum(axis=0)


@wrong("affine_backward", "write this one yourself", earns=(0.0, 0.01))
def differentiates_numerically(dout, cache):
    x, w, b = cache
    return tuple(
        gradcheck.numeric_gradient_array(f, v, dout)
        for f, v in (
            (lambda v: _rows(v) @ w + b, x),
            (lambda v: _rows(x) @ v + b, w),
            (lambda v: _rows(x) @ w + v, b),
        )
    )


@wrong("affine_backward", "write this one yourself", earns=(0.0, 0.01))
def reads_the_report(dout, cache):
    report = gradcheck.gradient_check(
        affine_forward, lambda dout, cache: (None, None, None), *cache, dout=dout
    )
    return tuple(result.numeric for result in report.results)


@wrong("affine_backward", r"must return \(dx, dw, db\), but returned 2 values", earns=(0.0, 0.01))
def forgets_db(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout


# ReLU


@plain
def relu_forward(x):
    return np.maximum(0, x), x


@wrong("relu_forward", "Here it is the absolute value", earns=(0.0, 0.01))
def takes_the_absolute_value(x):
    return np.abs(x), x


@wrong("relu_forward", "Here the negative side was kept instead of the", earns=(0.0, 0.01))
def keeps_the_negative_side(x):
    return np.minimum(0, x), x


@wrong("relu_forward", "Here x came back as it was", earns=(0.0, 0.01))
def lets_everything_through(x):
    return x.copy(), x


@wrong("relu_forward", "booleans|out holds", earns=(0.0, 0.01))
def returns_the_mask(x):
    return x > 0, x


@wrong("relu_forward", "Here negative numbers leak through", earns=(0.0, 0.01))
def leaks(x):
    return np.maximum(0.01 * x, x), x


@wrong("relu_forward", "Here numbers up to 1 became 0", earns=(0.0, 0.2))
def opens_at_one(x):
    return x * (x > 1), x


@wrong("relu_forward", "the first argument of relu_forward changed in place", earns=(0.7, 0.95))
def clips_x_in_place(x):
    x[x < 0] = 0
    return x, x


@wrong("relu_forward", "whole numbers", earns=(0.0, 0.01))
def rounds(x):
    return np.maximum(0, x).astype(int), x


@wrong("relu_forward", "out is a single number", earns=(0.0, 0.01))
def takes_the_largest(x):
    return x.max(), x


@right("relu_forward", "relu_backward")
class relu_with_loops:
    def relu_forward(x):
        out = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            if x[index] > 0:
                out[index] = x[index]
        return out, out

    def relu_backward(dout, cache):
        dx = np.zeros(cache.shape)
        for index in np.ndindex(cache.shape):
            if cache[index] > 0:
                dx[index] = dout[index]
        return dx


@right("relu_forward", "relu_backward")
class relu_on_a_copy:
    def relu_forward(x):
        out = x.copy()
        out[out < 0] = 0
        return out, {"shut": x <= 0}

    def relu_backward(dout, cache):
        dx = dout.copy()
        dx[cache["shut"]] = 0
        return dx


@right("relu_forward", "relu_backward")
class relu_by_arithmetic:
    def relu_forward(x):
        x = x.astype(np.float64)
        return (x + np.abs(x)) / 2, np.sign(x)

    def relu_backward(dout, cache):
        return np.where(cache == 1, dout, 0.0)


@wrong("relu_backward", "Here the slope was taken at dout", earns=(0.0, 0.01))
def masks_by_dout(dout, cache):
    return dout * (dout > 0)


@wrong("relu_backward", "Here dout came back as it was", earns=(0.0, 0.01))
def passes_everything_back(dout, cache):
    return dout.copy()


@wrong("relu_backward", "by agreement: dx is wrong.*Here dout passes where x is 0", earns=(0.8, 0.95))
def open_at_zero(dout, cache):
    return dout * (cache >= 0)


@wrong("relu_backward", "booleans|dx is wrong|whole numbers", earns=(0.0, 0.01))
def gives_the_mask(dout, cache):
    return (cache > 0).astype(float)


@wrong("relu_backward", "Here dout passes where x is negative", earns=(0.0, 0.01))
def mask_upside_down(dout, cache):
    return dout * (cache < 0)


@wrong("relu_backward", "Here the output is a factor too many", earns=(0.0, 0.01))
def multiplies_by_the_output(dout, cache):
    return dout * np.maximum(0, cache)


@wrong(
    "relu_backward",
    "dout and forward's arguments are left as they were: .*changed in place",
    earns=(0.7, 0.95),
)
def clips_dout_in_place(dout, cache):
    dout[cache <= 0] = 0
    return dout


@wrong("relu_backward", "backward called twice", earns=(0.8, 0.98))
def overwrites_its_cache(dout, cache):
    mask = cache > 0
    cache[...] = -1
    return dout * mask


def relu_forward_by_the_way(x):
    _last["relu"] = x
    return np.maximum(0, x), None


@wrong("relu_backward", "must go by its cache alone", earns=(0.0, 0.0), relu_forward=relu_forward_by_the_way)
def relu_goes_by_the_last_call(dout, cache):
    return dout * (_last["relu"] > 0)


@wrong("relu_backward", r"first argument of relu_forward \(during relu_backward\) changed", earns=(0.8, 0.95))
def relu_shuts_the_gates_in_its_input(dout, cache):
    cache[cache <= 0] = 0
    return dout * (cache > 0)


# leaky ReLU


@plain
def leaky_relu_forward(x, alpha=0.1):
    return np.where(x > 0, x, alpha * x), (x, alpha)


@wrong("leaky_relu_forward", "another alpha: out is wrong.*Here alpha was not used", earns=(0.4, 0.75))
def has_an_alpha_of_its_own(x, alpha=0.1):
    return np.where(x > 0, x, 0.1 * x), None


@wrong(
    "leaky_relu_forward",
    "a batch of vectors: out is wrong.*Here alpha is 0.01 where none is passed in",
    earns=(0.0, 0.4),
)
def smaller_default_alpha(x, alpha=0.01):
    return np.where(x > 0, x, alpha * x), None


@wrong("leaky_relu_forward", "Here the wrong side leaks", earns=(0.0, 0.01))
def leaks_on_the_wrong_side(x, alpha=0.1):
    return np.where(x > 0, alpha * x, x), None


@wrong("leaky_relu_forward", "Here nothing leaks", earns=(0.0, 0.01))
def does_not_leak(x, alpha=0.1):
    return np.maximum(0, x), None


@wrong("leaky_relu_forward", "Here alpha was not multiplied with x", earns=(0.0, 0.01))
def at_least_alpha(x, alpha=0.1):
    return np.maximum(x, alpha), None


@wrong("leaky_relu_forward", "Here the negative side has the wrong sign", earns=(0.0, 0.01))
def leaks_upwards(x, alpha=0.1):
    return np.where(x > 0, x, -alpha * x), None


@wrong("leaky_relu_forward", "changed in place", earns=(0.7, 0.95))
def scales_x_in_place(x, alpha=0.1):
    x[x < 0] *= alpha
    return x, None


@wrong("leaky_relu_forward", "unexpected keyword|raised TypeError", earns=(0.4, 0.75))
def takes_no_alpha(x):
    return np.where(x > 0, x, 0.1 * x), None


@right("leaky_relu_forward", "leaky_relu_backward")
class leaky_relu_by_maximum:
    def leaky_relu_forward(x, alpha=0.1):
        return np.maximum(x, alpha * x), {"slope": np.where(x > 0, 1.0, alpha)}

    def leaky_relu_backward(dout, cache):
        return dout * cache["slope"]


@right("leaky_relu_forward", "leaky_relu_backward")
class leaky_relu_with_loops:
    def leaky_relu_forward(x, alpha=0.1):
        out = np.empty(x.shape)
        for index, value in np.ndenumerate(x):
            out[index] = value if value > 0 else value * alpha
        return out, [x.copy(), float(alpha)]

    def leaky_relu_backward(dout, cache):
        x, alpha = cache
        dx = np.empty(x.shape)
        for index, value in np.ndenumerate(x):
            dx[index] = dout[index] if value > 0 else dout[index] * alpha
        return dx


@right("leaky_relu_forward", "leaky_relu_backward")
class leaky_relu_on_copies:
    def leaky_relu_forward(x, alpha=0.1):
        out, negative = x.copy(), x < 0
        out[negative] *= alpha
        return out, (negative, alpha)

    def leaky_relu_backward(dout, cache):
        negative, alpha = cache
        dx = np.array(dout, dtype=np.float64)
        dx[negative] *= alpha
        return dx


@wrong("leaky_relu_backward", "another alpha: dx is wrong.*Here alpha was not used", earns=(0.5, 0.85))
def goes_by_the_default_alpha(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, 0.1 * dout)


@wrong("leaky_relu_backward", "Here alpha·x came back where x is negative", earns=(0.0, 0.01))
def leaks_the_input_back(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, alpha * x)


@wrong("leaky_relu_backward", "Here nothing leaks back", earns=(0.0, 0.01))
def nothing_leaks_back(dout, cache):
    x, alpha = cache
    return dout * (x > 0)


@wrong("leaky_relu_backward", "Here the slope was taken at dout", earns=(0.0, 0.01))
def leaky_masks_by_dout(dout, cache):
    x, alpha = cache
    return np.where(dout > 0, dout, alpha * dout)


@wrong("leaky_relu_backward", "Here dout was forgotten", earns=(0.0, 0.01))
def leaky_forgets_dout(dout, cache):
    x, alpha = cache
    return np.where(x > 0, 1.0, alpha)


@wrong("leaky_relu_backward", "Here alpha itself came back where x is negative", earns=(0.0, 0.01))
def gives_alpha_itself(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, alpha)


@wrong("leaky_relu_backward", "Here the sides are swapped", earns=(0.0, 0.01))
def sides_swapped(dout, cache):
    x, alpha = cache
    return np.where(x > 0, alpha * dout, dout)


@wrong(
    "leaky_relu_backward",
    "dout and forward's arguments are left as they were: .*changed in place",
    earns=(0.7, 0.95),
)
def leaky_scales_dout_in_place(dout, cache):
    x, alpha = cache
    dout[x < 0] *= alpha
    return dout


def leaky_relu_forward_by_the_way(x, alpha=0.1):
    _last["alpha"] = alpha
    return np.where(x > 0, x, alpha * x), x


@wrong(
    "leaky_relu_backward",
    "two layers with different alpha",
    earns=(0.8, 0.98),
    leaky_relu_forward=leaky_relu_forward_by_the_way,
)
def goes_by_the_last_alpha(dout, cache):
    return np.where(cache > 0, dout, _last["alpha"] * dout)


# ELU


@plain
def elu_forward(x, alpha=1.0):
    out = np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    return out, (x, alpha, out)


@wrong("elu_forward", "Here the - 1 was forgotten", earns=(0.0, 0.2))
def forgets_minus_one(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0))), None


@wrong("elu_forward", "another alpha: out is wrong.*Here alpha was not used", earns=(0.4, 0.75))
def elu_has_an_alpha_of_its_own(x, alpha=1.0):
    return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1), None


@wrong("elu_forward", "another alpha: out is wrong.*Here alpha multiplies exp", earns=(0.4, 0.75))
def alpha_inside_the_brackets(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)) - 1), None


@wrong("elu_forward", "another alpha: out is wrong.*Here alpha stands in the exponent", earns=(0.4, 0.75))
def alpha_in_the_exponent(x, alpha=1.0):
    return np.where(x > 0, x, np.exp(alpha * np.minimum(x, 0)) - 1), None


@wrong("elu_forward", "Here the negative side has the wrong sign", earns=(0.0, 0.01))
def upside_down(x, alpha=1.0):
    return np.where(x > 0, x, alpha * (1 - np.exp(np.minimum(x, 0)))), None


@wrong("elu_forward", "from -1000 to 1000: out is nan", earns=(0.6, 0.95))
def multiplies_inf_by_zero(x, alpha=1.0):
    return x * (x > 0) + (x <= 0) * alpha * (np.exp(x) - 1), None


@wrong(
    "elu_forward",
    "a batch of vectors: out is wrong.*Here alpha is 0.1 where none is passed in",
    earns=(0.0, 0.4),
)
def other_default_alpha(x, alpha=0.1):
    return elu_forward(x, alpha)


@wrong("elu_forward", "changed in place", earns=(0.7, 0.95))
def bends_x_in_place(x, alpha=1.0):
    x[x < 0] = alpha * (np.exp(x[x < 0]) - 1)
    return x, None


@right("elu_forward", "elu_backward")
class elu_with_loops:
    def elu_forward(x, alpha=1.0):
        out = np.empty(x.shape)
        for index in np.ndindex(x.shape):
            out[index] = x[index] if x[index] > 0 else alpha * (np.exp(x[index]) - 1)
        return out, (out, alpha)

    def elu_backward(dout, cache):
        out, alpha = cache
        dx = np.empty(out.shape)
        for index in np.ndindex(out.shape):
            dx[index] = dout[index] * (1 if out[index] > 0 else out[index] + alpha)
        return dx


@right("elu_forward", "elu_backward")
class elu_in_two_parts:
    def elu_forward(x, alpha=1.0):
        positive, negative = np.maximum(x, 0), np.minimum(x, 0)
        return positive + alpha * np.expm1(negative), {"open": x > 0, "slope": alpha * np.exp(negative)}

    def elu_backward(dout, cache):
        dx = cache["slope"] * dout
        dx[cache["open"]] = dout[cache["open"]]
        return dx


@right("elu_forward", "elu_backward")
class elu_on_copies:
    def elu_forward(x, alpha=1.0):
        out = np.array(x, dtype=np.float64)
        shut = out <= 0
        out[shut] = alpha * (np.exp(out[shut]) - 1)
        return out, [shut, out.copy(), alpha]

    def elu_backward(dout, cache):
        shut, out, alpha = cache
        dx = np.array(dout, dtype=np.float64)
        dx[shut] *= out[shut] + alpha
        return dx


@wrong("elu_backward", "Here out was taken for the slope", earns=(0.0, 0.1))
def slope_is_the_output(dout, cache):
    x, alpha, out = cache
    return dout * np.where(x > 0, 1, out)


@wrong("elu_backward", "another alpha: dx is wrong.*Here alpha was not used", earns=(0.4, 0.85))
def elu_goes_by_the_default_alpha(dout, cache):
    x, alpha, out = cache
    return dout * np.where(x > 0, 1, np.exp(np.minimum(x, 0)))


@wrong("elu_backward", "another alpha: dx is wrong.*Here 1 was added to out", earns=(0.4, 0.85))
def adds_one_to_the_output(dout, cache):
    x, alpha, out = cache
    return dout * np.where(x > 0, 1, out + 1)


@wrong("elu_backward", "Here alpha was taken for the slope", earns=(0.0, 0.1))
def elu_as_if_leaky(dout, cache):
    x, alpha, out = cache
    return dout * np.where(x > 0, 1, alpha)


@wrong("elu_backward", "Here dout was forgotten", earns=(0.0, 0.1))
def elu_forgets_dout(dout, cache):
    x, alpha, out = cache
    return np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))


@wrong("elu_backward", "from -1000 to 1000: dx is nan", earns=(0.7, 0.95))
def elu_multiplies_inf_by_zero(dout, cache):
    x, alpha, out = cache
    return dout * ((x > 0) + (x <= 0) * alpha * np.exp(x))


@wrong("elu_backward", "Here the sign of dout chose the side", earns=(0.0, 0.1))
def elu_masks_by_dout(dout, cache):
    x, alpha, out = cache
    return np.where(dout > 0, dout, dout * alpha * np.exp(np.minimum(x, 0)))


@wrong(
    "elu_backward",
    "dout and forward's arguments are left as they were: .*changed in place",
    earns=(0.7, 0.95),
)
def elu_scales_dout_in_place(dout, cache):
    x, alpha, out = cache
    dout *= np.where(x > 0, 1, out + alpha)
    return dout


# tanh


@plain
def tanh_forward(x):
    out = np.tanh(x)
    return out, (x, out)


@wrong("tanh_forward", "Here it is the sigmoid", earns=(0.0, 0.01))
def squashes_to_zero_one(x):
    return 1 / (1 + np.exp(-x)), None


@wrong("tanh_forward", "from -1000 to 1000: out is nan", earns=(0.7, 0.95))
def divides_inf_by_inf(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), None


@wrong("tanh_forward", "Here the exponent lacks a 2", earns=(0.0, 0.01))
def forgets_to_double(x):
    return 2 / (1 + np.exp(-x)) - 1, None


@wrong("tanh_forward", "sign is flipped", earns=(0.0, 0.01))
def falls_instead_of_rising(x):
    return np.tanh(-x), None


@wrong("tanh_forward", "Here x was cut off at -1 and 1", earns=(0.0, 0.01))
def clips(x):
    return np.clip(x, -1, 1), None


@wrong("tanh_forward", "Here it is the hyperbolic sine", earns=(0.0, 0.01))
def hyperbolic_sine(x):
    return np.sinh(x), None


@wrong("tanh_forward", "changed in place", earns=(0.7, 0.95))
def squashes_x_itself(x):
    return np.tanh(x, out=x), None


@wrong("tanh_forward", "precision", earns=(0.0, 0.1))
def tanh_in_single_precision(x):
    return np.tanh(x.astype(np.float32)), None


@right("tanh_forward", "tanh_backward")
class tanh_by_the_sigmoid:
    def tanh_forward(x):
        out = 2 / (1 + np.exp(-2 * x)) - 1
        return out, {"out": out}

    def tanh_backward(dout, cache):
        return dout - dout * cache["out"] * cache["out"]


@right("tanh_forward", "tanh_backward")
class tanh_with_loops:
    def tanh_forward(x):
        out = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            out[index] = np.tanh(x[index])
        return out, x.copy()

    def tanh_backward(dout, cache):
        dx = np.zeros(cache.shape)
        for index in np.ndindex(cache.shape):
            dx[index] = dout[index] * (1 - np.tanh(cache[index]) ** 2)
        return dx


@right("tanh_forward", "tanh_backward")
class tanh_by_its_sign:
    def tanh_forward(x):
        e = np.exp(-2 * np.abs(x.astype(np.float64)))
        return np.sign(x) * (1 - e) / (1 + e), [e]

    def tanh_backward(dout, cache):
        (e,) = cache
        return dout * 4 * e / (1 + e) ** 2


@wrong("tanh_backward", "Here x was squared", earns=(0.0, 0.01))
def squares_the_input(dout, cache):
    x, out = cache
    return dout * (1 - x**2)


@wrong("tanh_backward", "Here the square was forgotten", earns=(0.0, 0.01))
def forgets_the_square(dout, cache):
    x, out = cache
    return dout * (1 - out)


@wrong("tanh_backward", "Here it is the slope of the sigmoid", earns=(0.0, 0.01))
def slope_of_the_sigmoid(dout, cache):
    x, out = cache
    return dout * out * (1 - out)


@wrong("tanh_backward", "Here dout was forgotten", earns=(0.0, 0.01))
def tanh_forgets_dout(dout, cache):
    x, out = cache
    return 1 - out**2


@wrong("tanh_backward", "Here the slope was taken at out", earns=(0.0, 0.01))
def squashes_twice(dout, cache):
    x, out = cache
    return dout * (1 - np.tanh(out) ** 2)


@wrong("tanh_backward", "Here dout was squared", earns=(0.0, 0.01))
def squares_dout_too(dout, cache):
    x, out = cache
    return dout**2 * (1 - out**2)


@wrong("tanh_backward", "backward called twice", earns=(0.8, 0.98))
def squares_its_cache(dout, cache):
    x, out = cache
    out *= out
    return dout * (1 - out)


@wrong(
    "tanh_backward",
    "dout and forward's arguments are left as they were: .*changed in place",
    earns=(0.7, 0.95),
)
def tanh_scales_dout_in_place(dout, cache):
    x, out = cache
    dout *= 1 - out**2
    return dout


# sigmoid


@plain
def sigmoid_forward(x):
    e = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, e) / (1 + e)
    return out, (x, out)


@wrong("sigmoid_forward", "from -1000 to 1000: out is nan.*exp", earns=(0.6, 0.85))
def overflows(x):
    return np.exp(x) / (1 + np.exp(x)), None


@wrong("sigmoid_forward", "Here it falls", earns=(0.0, 0.01))
def falls(x):
    return 1 / (1 + np.exp(np.minimum(x, 700))), None


@wrong("sigmoid_forward", "Here it never lies below a half", earns=(0.0, 0.01))
def always_above_a_half(x):
    return 1 / (1 + np.exp(-np.abs(x))), None


@wrong("sigmoid_forward", "Here it is tanh", earns=(0.0, 0.01))
def between_minus_one_and_one(x):
    return np.tanh(x), None


@wrong("sigmoid_forward", "from -1000 to 1000: out is wrong", earns=(0.6, 0.85))
def clips_at_ten(x):
    return 1 / (1 + np.exp(-np.clip(x, -10, 10))), None


@wrong("sigmoid_forward", "Here the 1 . under the fraction was forgotten", earns=(0.0, 0.01))
def forgets_the_one(x):
    return 1 / np.exp(-np.clip(x, -700, 700)), None


@wrong("sigmoid_forward", "changed in place", earns=(0.7, 0.95))
def flips_x_in_place(x):
    x *= -1
    return 1 / (1 + np.exp(np.minimum(x, 700))), None


@wrong("sigmoid_forward", "precision", earns=(0.0, 0.1))
def sigmoid_in_single_precision(x):
    return sigmoid_forward(x)[0].astype(np.float32), None


@right("sigmoid_forward", "sigmoid_backward")
class sigmoid_by_tanh:
    def sigmoid_forward(x):
        half = np.tanh(x / 2)
        return 0.5 * (1 + half), half

    def sigmoid_backward(dout, cache):
        return dout * (1 - cache**2) / 4


@right("sigmoid_forward", "sigmoid_backward")
class sigmoid_with_loops:
    def sigmoid_forward(x):
        out = np.zeros(x.shape)
        for index, value in np.ndenumerate(x):
            out[index] = 1 / (1 + np.exp(-value)) if value >= 0 else np.exp(value) / (1 + np.exp(value))
        return out, {"out": out}

    def sigmoid_backward(dout, cache):
        dx = np.zeros(dout.shape)
        for index, s in np.ndenumerate(cache["out"]):
            dx[index] = dout[index] * s * (1 - s)
        return dx


@right("sigmoid_forward", "sigmoid_backward")
class sigmoid_on_two_masks:
    def sigmoid_forward(x):
        x = np.array(x, dtype=np.float64)
        out, positive = np.empty_like(x), x >= 0
        out[positive] = 1 / (1 + np.exp(-x[positive]))
        e = np.exp(x[~positive])
        out[~positive] = e / (1 + e)
        return out, [out.copy()]

    def sigmoid_backward(dout, cache):
        (out,) = cache
        return dout * (out - out**2)


@right("sigmoid_forward", "sigmoid_backward")
class sigmoid_that_only_warns:
    def sigmoid_forward(x):
        out = 1 / (1 + np.exp(-x))
        return out, lambda dout: out * (1 - out) * dout

    def sigmoid_backward(dout, cache):
        return cache(dout)


@wrong("sigmoid_backward", "Here the slope has a plus for a minus", earns=(0.0, 0.05))
def plus_instead_of_minus(dout, cache):
    x, out = cache
    return dout * out * (1 + out)


@wrong("sigmoid_backward", "Here x was taken for out", earns=(0.0, 0.05))
def goes_by_the_input(dout, cache):
    x, out = cache
    return dout * x * (1 - x)


@wrong("sigmoid_backward", "Here it is the slope of tanh", earns=(0.0, 0.05))
def slope_of_tanh(dout, cache):
    x, out = cache
    return dout * (1 - out**2)


@wrong("sigmoid_backward", "Here dout was forgotten", earns=(0.0, 0.05))
def sigmoid_forgets_dout(dout, cache):
    x, out = cache
    return out * (1 - out)


@wrong("sigmoid_backward", "Here half of the slope is missing", earns=(0.0, 0.05))
def half_a_slope(dout, cache):
    x, out = cache
    return dout * (1 - out)


@wrong("sigmoid_backward", "Here the slope was taken at out", earns=(0.0, 0.05))
def squashes_the_output_again(dout, cache):
    x, out = cache
    s = 1 / (1 + np.exp(-out))
    return dout * s * (1 - s)


@wrong("sigmoid_backward", "from -1000 to 1000: dx is nan", earns=(0.7, 0.95))
def slope_overflows(dout, cache):
    x, out = cache
    return dout * np.exp(-x) / (1 + np.exp(-x)) ** 2


@wrong(
    "sigmoid_backward",
    "dout and forward's arguments are left as they were: .*changed in place",
    earns=(0.7, 0.95),
)
def sigmoid_scales_dout_in_place(dout, cache):
    x, out = cache
    dout *= out * (1 - out)
    return dout


# maxout


@plain
def maxout_forward(x, w1, b1, w2, b2):
    first, second = _rows(x) @ w1 + b1, _rows(x) @ w2 + b2
    return np.maximum(first, second), (x, w1, w2, first > second)


@wrong("maxout_forward", "Here the smaller piece was taken", earns=(0.0, 0.01))
def takes_the_smaller(x, w1, b1, w2, b2):
    return np.minimum(_rows(x) @ w1 + b1, _rows(x) @ w2 + b2), None


@wrong("maxout_forward", "Here the pieces were added", earns=(0.0, 0.01))
def adds_the_pieces(x, w1, b1, w2, b2):
    return _rows(x) @ w1 + b1 + _rows(x) @ w2 + b2, None


@wrong("maxout_forward", "Here the second piece was never looked at", earns=(0.0, 0.01))
def knows_one_piece(x, w1, b1, w2, b2):
    return _rows(x) @ w1 + b1, None


@wrong("maxout_forward", "Here the biases were added after the maximum", earns=(0.0, 0.2))
def biases_after_the_maximum(x, w1, b1, w2, b2):
    return np.maximum(_rows(x) @ w1, _rows(x) @ w2) + b1 + b2, None


@wrong("maxout_forward", "Here both pieces got b1", earns=(0.0, 0.2))
def first_bias_for_both_pieces(x, w1, b1, w2, b2):
    return np.maximum(_rows(x) @ w1 + b1, _rows(x) @ w2 + b1), None


@wrong("maxout_forward", "Here the second bias was forgotten", earns=(0.0, 0.2))
def forgets_the_second_bias(x, w1, b1, w2, b2):
    return np.maximum(_rows(x) @ w1 + b1, _rows(x) @ w2), None


@wrong("maxout_forward", "Here the larger piece was compared with 0", earns=(0.0, 0.2))
def rectifies_as_well(x, w1, b1, w2, b2):
    return np.maximum(0, np.maximum(_rows(x) @ w1 + b1, _rows(x) @ w2 + b2)), None


@wrong("maxout_forward", "out is a single number|out has shape", earns=(0.0, 0.01))
def maximum_over_everything(x, w1, b1, w2, b2):
    return np.max([_rows(x) @ w1 + b1, _rows(x) @ w2 + b2]), None


@wrong(
    "maxout_forward",
    "a batch of images: maxout_forward raised|a batch of images: out has shape",
    earns=(0.4, 0.8),
)
def maxout_forgets_to_flatten(x, w1, b1, w2, b2):
    return np.maximum(x @ w1 + b1, x @ w2 + b2), None


@wrong("maxout_forward", "changed in place", earns=(0.7, 0.95))
def maxout_reshapes_x_itself(x, w1, b1, w2, b2):
    x.shape = (len(x), -1)
    return np.maximum(x @ w1 + b1, x @ w2 + b2), None


@right("maxout_forward", "maxout_backward")
class maxout_stacked:
    def maxout_forward(x, w1, b1, w2, b2):
        pieces = np.einsum("nd,kdm->knm", x.reshape(len(x), -1), np.stack([w1, w2]))
        pieces += np.stack([b1, b2])[:, None]
        winner = pieces.argmax(axis=0)
        return pieces.max(axis=0), {"x": x, "w": np.stack([w1, w2]), "winner": winner}

    def maxout_backward(dout, cache):
        x, w = cache["x"], cache["w"]
        shares = np.stack([dout * (cache["winner"] == k) for k in range(2)])
        dx = np.einsum("knm,kdm->nd", shares, w).reshape(x.shape)
        dw = np.einsum("nd,knm->kdm", x.reshape(len(x), -1), shares)
        db = shares.sum(axis=1)
        return dx, dw[0], db[0], dw[1], db[1]


@right("maxout_forward", "maxout_backward")
class maxout_with_loops:
    def maxout_forward(x, w1, b1, w2, b2):
        flat = np.array(x, dtype=np.float64).reshape(len(x), -1)
        out = np.zeros((len(x), len(b1)))
        for n in range(len(x)):
            for m in range(len(b1)):
                out[n, m] = max(flat[n] @ w1[:, m] + b1[m], flat[n] @ w2[:, m] + b2[m])
        return out, (x, w1, b1, w2, b2)

    def maxout_backward(dout, cache):
        x, w1, b1, w2, b2 = cache
        flat = np.array(x, dtype=np.float64).reshape(len(x), -1)
        dflat = np.zeros(flat.shape)
        dw1, db1, dw2, db2 = (np.zeros(part.shape) for part in (w1, b1, w2, b2))
        for n in range(len(x)):
            for m in range(len(b1)):
                first = flat[n] @ w1[:, m] + b1[m] > flat[n] @ w2[:, m] + b2[m]
                w, dw, db = (w1, dw1, db1) if first else (w2, dw2, db2)
                dflat[n] += dout[n, m] * w[:, m]
                dw[:, m] += dout[n, m] * flat[n]
                db[m] += dout[n, m]
        return [dflat.reshape(x.shape), dw1, db1, dw2, db2]


@right("maxout_forward", "maxout_backward")
class maxout_by_relu:
    def maxout_forward(x, w1, b1, w2, b2):
        flat = x.reshape(len(x), -1)
        second = flat @ w2 + b2
        lead = flat @ (w1 - w2) + (b1 - b2)
        return second + np.maximum(lead, 0), (x.shape, flat, w1, w2, lead > 0)

    def maxout_backward(dout, cache):
        shape, flat, w1, w2, ahead = cache
        dlead = np.where(ahead, dout, 0)
        dsecond = dout - dlead
        dx = (dlead @ w1.T + dsecond @ w2.T).reshape(shape)
        return dx, flat.T @ dlead, dlead.sum(0), flat.T @ dsecond, dsecond.sum(0)


def _maxout_gradients(dout, cache, first, second):
    x, w1, w2, _ = cache
    d1, d2 = dout * first, dout * second
    dx = (d1 @ w1.T + d2 @ w2.T).reshape(x.shape)
    return dx, _rows(x).T @ d1, d1.sum(axis=0), _rows(x).T @ d2, d2.sum(axis=0)


@wrong("maxout_backward", "Here both pieces got the whole gradient", earns=(0.0, 0.01))
def both_pieces_hear_everything(dout, cache):
    return _maxout_gradients(dout, cache, 1, 1)


@wrong("maxout_backward", "Here the second piece got the whole gradient", earns=(0.0, 0.45))
def the_second_piece_hears_everything(dout, cache):
    return _maxout_gradients(dout, cache, cache[3], 1)


@wrong("maxout_backward", "Here the first piece got the whole gradient", earns=(0.0, 0.45))
def the_first_piece_hears_everything(dout, cache):
    return _maxout_gradients(dout, cache, 1, ~cache[3])


@wrong("maxout_backward", "Here the smaller piece got the gradient", earns=(0.0, 0.01))
def the_loser_hears(dout, cache):
    return _maxout_gradients(dout, cache, ~cache[3], cache[3])


@wrong("maxout_backward", "Here each piece got half of the gradient", earns=(0.0, 0.01))
def each_piece_hears_half(dout, cache):
    return _maxout_gradients(dout, cache, 0.5, 0.5)


@wrong("maxout_backward", "Here the second piece got nothing", earns=(0.0, 0.45))
def dx_of_one_piece(dout, cache):
    _, *rest = _maxout_gradients(dout, cache, cache[3], ~cache[3])
    x, w1, w2, won = cache
    return ((dout * won) @ w1.T).reshape(x.shape), *rest


@wrong("maxout_backward", "db1 has shape", earns=(0.0, 0.45))
def maxout_biases_not_summed(dout, cache):
    dx, dw1, _, dw2, _ = _maxout_gradients(dout, cache, cache[3], ~cache[3])
    return dx, dw1, dout * cache[3], dw2, dout * ~cache[3]


@wrong("maxout_backward", "db1 (has shape|is wrong)", earns=(0.0, 0.3))
def weights_before_biases(dout, cache):
    dx, dw1, db1, dw2, db2 = _maxout_gradients(dout, cache, cache[3], ~cache[3])
    return dx, dw1, dw2, db1, db2


@wrong("maxout_backward", "Here the sign of dout decided which piece gets", earns=(0.0, 0.01))
def maxout_masks_by_dout(dout, cache):
    return _maxout_gradients(dout, cache, dout > 0, dout <= 0)


@wrong(
    "maxout_backward",
    "dout and forward's arguments are left as they were: .*changed in place",
    earns=(0.8, 0.98),
)
def maxout_clears_dout(dout, cache):
    gradients = _maxout_gradients(dout, cache, cache[3], ~cache[3])
    dout[cache[3]] = 0
    return gradients


@wrong("maxout_backward", "a batch of images: dx has shape", earns=(0.5, 0.85))
def maxout_dx_stays_flat(dout, cache):
    dx, *rest = _maxout_gradients(dout, cache, cache[3], ~cache[3])
    return _rows(dx), *rest
