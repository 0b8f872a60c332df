"""Planted answers: the graph, the neuron, copies, the numeric gradient."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.
# ruff: noqa: RUF059

import numpy as np

from answers import plain, right, wrong
from course_utils import gradcheck

# the graph f = (x + y) z


@plain
def graph_forward(x, y, z):
    return (x + y) * z, (x, y, z)


@wrong("graph_forward", "out is.*Here all three numbers were added")
def adds_all_three(x, y, z):
    return x + y + z, None


@wrong("graph_forward", "out is.*Here the brackets were forgotten")
def forgets_the_brackets(x, y, z):
    return x + y * z, None


@wrong("graph_forward", "out is.*Here x and y were multiplied and z was")
def multiplies_first(x, y, z):
    return x * y + z, None


@wrong("graph_forward", "out is.*Here y was subtracted")
def subtracts(x, y, z):
    return (x - y) * z, None


@wrong("graph_forward", r"must return \(out, cache\)")
def forgets_the_cache(x, y, z):
    return (x + y) * z


@wrong("graph_forward", "out is a tuple")
def gives_the_cache_first(x, y, z):
    return (x, y, z), (x + y) * z


@wrong("graph_forward", "out is|precision", earns=(0.0, 0.4))
def in_single_precision(x, y, z):
    return np.float32((x + y) * z), None


@right("graph_forward", "graph_backward")
class graph_multiplied_out:
    def graph_forward(x, y, z):
        return x * z + y * z, {"x": x, "y": y, "z": z}

    def graph_backward(df, cache):
        return df * cache["z"], df * cache["z"], df * cache["x"] + df * cache["y"]


@right("graph_forward", "graph_backward")
class graph_in_arrays:
    def graph_forward(x, y, z):
        return np.float64(np.add(x, y) * z), np.array([x, y, z])

    def graph_backward(df, cache):
        x, y, z = cache
        return list(df * np.array([z, z, x + y]))


@right("graph_forward", "graph_backward")
class graph_with_a_closure:
    def graph_forward(x, y, z):
        return np.asarray((x + y) * z), lambda df: (np.asarray(z * df), np.asarray(z * df), (x + y) * df)

    def graph_backward(df, cache):
        return cache(df)


@wrong("graph_backward", "df: dx is|df: d. is")
def ignores_df(df, cache):
    x, y, z = cache
    return z, z, x + y


@wrong("graph_backward", "dx is .*|the sign is flipped")
def graph_sign_flipped(df, cache):
    x, y, z = cache
    return -z * df, -z * df, -(x + y) * df


@wrong("graph_backward", "dz is.*Here it is df · z, which is dx", earns=(0.3, 0.55))
def dz_is_z(df, cache):
    x, y, z = cache
    return z * df, z * df, z * df


@wrong("graph_backward", "dx is.*Here z was forgotten")
def sum_passes_df_unscaled(df, cache):
    x, y, z = cache
    return df, df, (x + y) * df


@wrong("graph_backward", "dx is.*Here it is dz")
def graph_results_in_reverse(df, cache):
    x, y, z = cache
    return (x + y) * df, z * df, z * df


@wrong("graph_backward", r"must return \(dx, dy, dz\)")
def graph_forgets_dy(df, cache):
    x, y, z = cache
    return z * df, (x + y) * df


_seen = {}


def graph_forward_by_the_way(x, y, z):
    _seen["graph"] = (x, y, z)
    return (x + y) * z, None


@wrong(
    "graph_backward", "must go by its cache alone", earns=(0.0, 0.0), graph_forward=graph_forward_by_the_way
)
def graph_goes_by_the_last_call(df, cache):
    x, y, z = _seen["graph"]
    return z * df, z * df, (x + y) * df


@wrong("graph_backward", "write this one yourself")
def graph_by_the_library(df, cache):
    point = np.array(cache, dtype=float)
    return tuple(df * gradcheck.numeric_gradient(lambda v: (v[0] + v[1]) * v[2], point))


# the neuron


def _sigmoid(s):
    return np.exp(-np.logaddexp(0, -s))


@plain
def sigmoid_neuron_forward(w, x):
    f = _sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])
    return f, (w, x, f)


@wrong("sigmoid_neuron_forward", "out is.*Here the bias w")
def forgets_the_bias(w, x):
    return _sigmoid(w[0] * x[0] + w[1] * x[1]), None


@wrong("sigmoid_neuron_forward", "out is.*Here the sigmoid was forgotten")
def forgets_the_sigmoid(w, x):
    return w[0] * x[0] + w[1] * x[1] + w[2], None


@wrong("sigmoid_neuron_forward", "out is.*Here the sign of the exponent is wrong")
def exponent_without_minus(w, x):
    return 1 / (1 + np.exp(w[0] * x[0] + w[1] * x[1] + w[2])), None


@wrong("sigmoid_neuron_forward", "out is.*Here the first weight was taken for the bias")
def bias_comes_first(w, x):
    return _sigmoid(w[0] + w[1] * x[0] + w[2] * x[1]), None


@wrong("sigmoid_neuron_forward", r"out (is|has shape)")
def neuron_for_each_input(w, x):
    return _sigmoid(w[:2] * x + w[2]), None


@wrong("sigmoid_neuron_forward", "changed in place", earns=(0.8, 0.95))
def multiplies_in_place(w, x):
    x *= w[:2]
    return _sigmoid(x.sum() + w[2]), None


@wrong("sigmoid_neuron_forward", "precision", earns=(0.0, 0.4))
def neuron_in_single_precision(w, x):
    w, x = w.astype(np.float32), x.astype(np.float32)
    return _sigmoid(w[0] * x[0] + w[1] * x[1] + w[2]), None


@right("sigmoid_neuron_forward", "sigmoid_neuron_backward")
class neuron_by_a_dot_product:
    def sigmoid_neuron_forward(w, x):
        homogeneous = np.append(x, 1.0)
        f = 1 / (1 + np.exp(-(w @ homogeneous)))
        return f, {"w": w, "homogeneous": homogeneous, "f": f}

    def sigmoid_neuron_backward(df, cache):
        slope = df * cache["f"] * (1 - cache["f"])
        return slope * cache["homogeneous"], slope * cache["w"][:-1]


@right("sigmoid_neuron_forward", "sigmoid_neuron_backward")
class neuron_step_by_step:
    def sigmoid_neuron_forward(w, x):
        total = float(w[2])
        for i in range(2):
            total += float(w[i]) * float(x[i])
        e = np.exp(-total)
        return float(1 / (1 + e)), [w.copy(), x.copy(), e]

    def sigmoid_neuron_backward(df, cache):
        w, x, e = cache
        dtotal = df * e / (1 + e) ** 2
        dw, dx = np.zeros(3), np.zeros(2)
        for i in range(2):
            dw[i], dx[i] = dtotal * x[i], dtotal * w[i]
        dw[2] = dtotal
        return [dw, dx]


@right("sigmoid_neuron_forward", "sigmoid_neuron_backward")
class neuron_by_tanh:
    def sigmoid_neuron_forward(w, x):
        w, x = w.astype(np.float64), x.astype(np.float64)
        s = np.sum(w[:2] * x) + w[2]
        return np.asarray(0.5 * (1 + np.tanh(s / 2))), (w, x, s)

    def sigmoid_neuron_backward(df, cache):
        w, x, s = cache
        slope = df / (4 * np.cosh(s / 2) ** 2)
        return np.concatenate([slope * x, [slope]]), slope * w[:2]


@wrong("sigmoid_neuron_backward", "Here the sigmoid's slope out")
def passes_df_through_the_sigmoid(df, cache):
    w, x, f = cache
    return df * np.array([x[0], x[1], 1.0]), df * w[:2]


@wrong("sigmoid_neuron_backward", "Here the slope has a plus for a minus")
def slope_with_plus(df, cache):
    w, x, f = cache
    slope = df * f * (1 + f)
    return slope * np.array([x[0], x[1], 1.0]), slope * w[:2]


@wrong("sigmoid_neuron_backward", r"dw has shape \(2,\), expected \(3,\)")
def no_gradient_for_the_bias(df, cache):
    w, x, f = cache
    slope = df * f * (1 - f)
    return slope * x, slope * w[:2]


@wrong(
    "sigmoid_neuron_backward", r"dw is wrong in 1 of 3 values, at \[2\].*Here the bias got its own value as a"
)
def bias_gradient_is_the_bias(df, cache):
    w, x, f = cache
    slope = df * f * (1 - f)
    return slope * np.array([x[0], x[1], w[2]]), slope * w[:2]


@wrong("sigmoid_neuron_backward", "another df: dw is wrong.*Here df was forgotten", earns=(0.0, 0.4))
def neuron_ignores_df(df, cache):
    w, x, f = cache
    slope = f * (1 - f)
    return slope * np.array([x[0], x[1], 1.0]), slope * w[:2]


@wrong("sigmoid_neuron_backward", "dw has shape")
def neuron_results_swapped(df, cache):
    w, x, f = cache
    slope = df * f * (1 - f)
    return slope * w[:2], slope * np.array([x[0], x[1], 1.0])


@wrong("sigmoid_neuron_backward", "Here the wrong weights were taken")
def takes_the_wrong_weights(df, cache):
    w, x, f = cache
    slope = df * f * (1 - f)
    return slope * np.array([x[0], x[1], 1.0]), slope * w[1:]


@wrong("sigmoid_neuron_backward", "backward called twice", earns=(0.8, 0.95))
def damages_its_cache(df, cache):
    w, x, f = cache
    slope = df * f * (1 - f)
    dw = slope * np.array([x[0], x[1], 1.0])
    w *= slope
    return dw, w[:2].copy()


# copies

PART = (0.5, 0.985)  # of an answer whose other function is right


@wrong("copy_backward", "must return a list of 3 arrays, not one array", earns=PART, function="copy_forward")
def returns_x_itself(x, n):
    return x


@wrong("copy_backward", "copies has 2 entries, expected 3", earns=PART, function="copy_forward")
def one_too_few(x, n):
    return [x.copy() for _ in range(n - 1)]


@wrong("copy_backward", "must return a list of 3 arrays, not one array", earns=PART, function="copy_forward")
def stacks_the_copies(x, n):
    return np.stack([x] * n)


@wrong("copy_backward", "3 times too small", earns=PART, function="copy_forward")
def shares_x_out(x, n):
    return [x / n for _ in range(n)]


@wrong("copy_backward", "copies has 2 entries", earns=PART, function="copy_forward")
def always_two(x, n):
    return [x.copy(), x.copy()]


@wrong("copy_backward", "not one dict", earns=PART, function="copy_forward")
def copies_in_a_dict(x, n):
    return {i: x.copy() for i in range(n)}


@wrong("copy_backward", "precision", earns=PART, function="copy_forward")
def copies_in_single_precision(x, n):
    return [x.astype(np.float32) for _ in range(n)]


@wrong("copy_backward", "changed in place", earns=PART, function="copy_forward")
def clears_x_afterwards(x, n):
    copies = [x.copy() for _ in range(n)]
    x[...] = 0
    return copies


@right("copy_backward", function="copy_forward")
def the_same_array_n_times(x, n):
    return [x] * n


@right("copy_backward", function="copy_forward")
def copies_in_a_tuple(x, n):
    return tuple(np.array(x, dtype=np.float64) for _ in range(n))


@right("copy_backward", function="copy_forward")
def rows_of_a_broadcast_array(x, n):
    return list(np.broadcast_to(x, (n, *x.shape)))


@wrong("copy_backward", "Here the mean was taken", earns=(0.2, 0.35))
def averages_the_users(douts):
    return np.mean(douts, axis=0)


@wrong("copy_backward", "Here only the last user was heard", earns=(0.2, 0.35))
def hears_the_last_user_only(douts):
    return douts[-1].copy()


@wrong("copy_backward", "dx is a single number")
def adds_everything_up(douts):
    return np.sum(douts)


@wrong("copy_backward", "dx has shape|dx is wrong")
def adds_along_the_wrong_axis(douts):
    return np.sum(douts, axis=1)


@wrong("copy_backward", "Here the gradients were multiplied", earns=(0.2, 0.35))
def multiplies_the_users(douts):
    return np.prod(douts, axis=0)


@wrong("copy_backward", "douts|changed in place", earns=(0.7, 0.97))
def adds_into_the_first(douts):
    dx = douts[0]
    for dout in douts[1:]:
        dx += dout
    return dx


@wrong("copy_backward", "dx is a list|dx has shape", earns=(0.2, 0.35))
def returns_the_list(douts):
    return list(douts)


@wrong("copy_backward", "Here the largest gradient was taken", earns=(0.2, 0.35))
def hears_the_loudest_user(douts):
    return np.max(douts, axis=0)


@wrong("copy_backward", "precision", earns=(0.2, 0.35))
def adds_in_single_precision(douts):
    return np.sum(douts, axis=0, dtype=np.float32)


@right("copy_backward")
def adds_with_sum(douts):
    return sum(douts)


@right("copy_backward")
def adds_in_a_loop(douts):
    dx = np.zeros(douts[0].shape)
    for dout in douts:
        for index in np.ndindex(dx.shape):
            dx[index] += dout[index]
    return dx


@right("copy_backward")
def adds_into_a_copy(douts):
    dx = douts[0].copy()
    for dout in douts[1:]:
        dx += dout
    return dx


@right("copy_backward")
def adds_by_einsum(douts):
    return np.einsum("n...->...", np.array(douts))


# the numeric gradient


@wrong(
    "numeric_gradient",
    "centred differences.*(never called behind x|take a step to both sides)",
    earns=(0.0, 0.2),
)
def takes_one_side(f, x, h=1e-5):
    grad, fx = np.zeros_like(x), f(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        grad[i] = (f(x) - fx) / h
        x[i] = old
    return grad


@wrong("numeric_gradient", "divided by h alone", earns=(0.0, 0.01))
def divides_by_h(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        grad[i] = (above - f(x)) / h
        x[i] = old
    return grad


@wrong("numeric_gradient", "sign is flipped", earns=(0.0, 0.01))
def below_minus_above(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        grad[i] = (f(x) - above) / (2 * h)
        x[i] = old
    return grad


@wrong("numeric_gradient", r"x was moved by 1e-05, whatever h is: here it is 0\.25", earns=(0.3, 0.65))
def has_a_step_of_its_own(f, x, h=1e-5):
    return _centred(f, x, 1e-5)


@wrong("numeric_gradient", "the step h when none is asked for", earns=(0.8, 0.95))
def takes_a_coarser_step(f, x, h=1e-4):
    return _centred(f, x, h)


def _centred(f, x, h, places=None):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape) if places is None else places:
        old = x[i].copy()
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        below = f(x)
        x[i] = old
        grad[i] = (above - below) / (2 * h)
    return grad


@wrong("numeric_gradient", "x afterwards.*changed in place.*put it back", earns=(0.8, 0.95))
def steps_back_instead_of_restoring(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        below = f(x)
        x[i] += h
        grad[i] = (above - below) / (2 * h)
    return grad


@wrong("numeric_gradient", "more than one number of x had moved", earns=(0.0, 0.3))
def leaves_each_number_moved(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        grad[i] = (above - f(x)) / (2 * h)
    return grad


@wrong("numeric_gradient", "Several numbers of x moved at once", earns=(0.0, 0.1))
def moves_all_at_once(f, x, h=1e-5):
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@wrong("numeric_gradient", "the gradient has shape", earns=(0.0, 0.5))
def gives_a_flat_gradient(f, x, h=1e-5):
    return _centred(f, x, h).ravel()


@wrong("numeric_gradient", "write this one yourself", earns=(0.0, 0.01))
def hands_on_to_the_library(f, x, h=1e-5):
    return gradcheck.numeric_gradient(f, x, h)


@wrong("numeric_gradient", "write this one yourself", earns=(0.0, 0.01))
def hands_on_in_disguise(f, x, h=1e-5):
    return gradcheck.numeric_gradient_array(lambda v: np.array([f(v)]), x, np.ones(1), h)


@right("numeric_gradient")
def on_copies(f, x, h=1e-5):
    grad = np.empty(x.shape)
    for i in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        grad[i] = (f(x + step) - f(x - step)) / (2 * h)
    return grad


@right("numeric_gradient")
def with_nditer(f, x, h=1e-5):
    f(x)
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        i = it.multi_index
        old = x[i]
        x[i] = old - h
        below = f(x)
        x[i] = old + h
        above = f(x)
        x[i] = old
        grad[i] = (above - below) / h / 2
        it.iternext()
    return grad


@right("numeric_gradient")
def along_a_flat_view(f, x, h=1e-5):
    flat, slopes = x.reshape(-1), []
    for k, old in enumerate(flat.tolist()):
        values = []
        for sign in (1, -1):
            flat[k] = old + sign * h
            values.append(f(x))
        flat[k] = old
        slopes.append((values[0] - values[1]) / (2 * h))
    return np.array(slopes).reshape(x.shape)


@wrong("numeric_gradient", r"Here / 2 \* h divides by 2 and multiplies with h", earns=(0.0, 0.01))
def forgets_the_brackets_of_the_divisor(f, x, h=1e-5):
    return _centred(f, x, h) * h * h


@wrong("numeric_gradient", "Several numbers of x moved at once", earns=(0.0, 0.4))
def moves_whole_rows(f, x, h=1e-5):
    return _centred(f, x, h, range(len(x)))


@wrong("sigmoid_neuron_backward", "Here it is the slope of tanh")
class neuron_with_the_slope_of_tanh:
    def sigmoid_neuron_forward(w, x):
        f = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
        return f, (w, x, f)

    def sigmoid_neuron_backward(df, cache):
        w, x, f = cache
        ds = df * (1 - f**2)
        return ds * np.array([x[0], x[1], 1.0]), ds * w[:2]
