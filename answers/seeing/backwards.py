"""Planted answers: ways back through ReLU, pool and convolution."""

import numpy as np

from answers import right, wrong


def _relu_forward(x):
    return np.maximum(x, 0), x


def _wrong_relu(reason, **more):
    return wrong("guided_relu_backward", reason, relu_forward=_relu_forward, **more)


@_wrong_relu("dx")
def the_plain_backward(dout, cache):
    return dout * (cache > 0)


@_wrong_relu("dx")
def the_deconvolution(dout, cache):
    return np.maximum(dout, 0)


@_wrong_relu("dx")
def either_is_enough(dout, cache):
    return dout * ((cache > 0) | (dout > 0))


@_wrong_relu("dx")
def sizes_pass(dout, cache):
    return np.abs(dout) * (cache > 0)


@_wrong_relu("dx")
def the_input_times_the_gradient(dout, cache):
    return np.maximum(dout * cache, 0)


@_wrong_relu("changed in place", earns=(0.6, 0.97))
def negatives_removed_in_place(dout, cache):
    dout[dout < 0] = 0
    return dout * (cache > 0)


@right("guided_relu_backward", relu_forward=_relu_forward)
def by_where(dout, cache):
    return np.where((cache > 0) & (dout > 0), dout, 0)


@right("guided_relu_backward", relu_forward=_relu_forward)
def by_a_mask(dout, cache):
    out = dout.copy()
    out[(cache <= 0) | (out < 0)] = 0
    return out


@right("guided_relu_backward", relu_forward=_relu_forward)
def clipped_afterwards(dout, cache):
    return np.clip(dout * (cache > 0), 0, None)


def _unpooled(x, switches, pool_param, add=True, rows_first=True):
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    N, C, OH, OW = x.shape
    out = np.zeros((N, C, (OH - 1) * stride + height, (OW - 1) * stride + width))
    for n, c, i, j in np.ndindex(x.shape):
        k = switches[n, c, i, j]
        p, q = divmod(int(k), width) if rows_first else (int(k) % height, int(k) // height)
        place = n, c, i * stride + p, j * stride + q
        out[place] = x[n, c, i, j] + (out[place] if add else 0)
    return out


@wrong("max_unpool", "the result", earns=(0.3, 0.95))
def the_last_one_wins(x, switches, pool_param):
    return _unpooled(x, switches, pool_param, add=False)


@wrong("max_unpool", "the result", earns=(0.3, 0.95))
def adds_with_an_index(x, switches, pool_param):
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    N, C, OH, OW = x.shape
    out = np.zeros((N, C, (OH - 1) * stride + height, (OW - 1) * stride + width))
    n, c, i, j = np.indices(x.shape)
    out[n, c, i * stride + switches // width, j * stride + switches % width] += x
    return out


@wrong("max_unpool", "the result")
def counts_down_the_columns(x, switches, pool_param):
    return _unpooled(x, switches, pool_param, rows_first=False)


@wrong("max_unpool", "the result")
def fills_the_window(x, switches, pool_param):
    return np.kron(x, np.ones((1, 1, pool_param["pool_height"], pool_param["pool_width"])))


@wrong("max_unpool", "the result")
def always_the_first_place(x, switches, pool_param):
    return _unpooled(x, np.zeros_like(switches), pool_param)


@wrong("max_unpool", "the result", earns=(0.0, 0.75))
def the_stride_is_the_width(x, switches, pool_param):
    square = {"pool_height": pool_param["pool_width"], "pool_width": pool_param["pool_width"]}
    return _unpooled(x, switches, square | {"stride": pool_param["pool_width"]})


@wrong("max_unpool", "the result")
def lets_only_positive_through(x, switches, pool_param):
    return _unpooled(np.maximum(x, 0), switches, pool_param)


@right("max_unpool")
def number_by_number(x, switches, pool_param):
    return _unpooled(x, switches, pool_param)


@right("max_unpool")
def place_by_place_of_the_window(x, switches, pool_param):
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    N, C, OH, OW = x.shape
    out = np.zeros((N, C, (OH - 1) * stride + height, (OW - 1) * stride + width))
    for k in range(height * width):
        p, q = divmod(k, width)
        rows = slice(p, p + (OH - 1) * stride + 1, stride)
        columns = slice(q, q + (OW - 1) * stride + 1, stride)
        out[:, :, rows, columns] += x * (switches == k)
    return out


@right("max_unpool")
def counted_in_one_row(x, switches, pool_param):
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    N, C, OH, OW = x.shape
    H, W = (OH - 1) * stride + height, (OW - 1) * stride + width
    rows = np.arange(OH)[:, None] * stride + switches // width
    columns = np.arange(OW) * stride + switches % width
    planes = np.arange(N * C).reshape(N, C, 1, 1)
    flat = (planes * H + rows) * W + columns
    return np.bincount(flat.ravel(), x.ravel(), N * C * H * W).reshape(N, C, H, W)


def _transposed(maps, w):
    """The filters laid down at each unit, times the unit."""
    N, _, H, W = maps.shape
    _, C, HH, WW = w.shape
    out = np.zeros((N, C, H + HH - 1, W + WW - 1))
    for p, q in np.ndindex(HH, WW):
        out[:, :, p : p + H, q : q + W] += np.einsum("nfhw,fc->nchw", maps, w[:, :, p, q])
    return out[:, :, HH // 2 : HH // 2 + H, WW // 2 : WW // 2 + W]


@wrong("deconv_layer", "the result")
def without_relu(x, w, switches, pool_param):
    return _transposed(_unpooled(x, switches, pool_param), w)


@wrong("deconv_layer", "the result")
def filters_not_turned(x, w, switches, pool_param):
    return _transposed(np.maximum(_unpooled(x, switches, pool_param), 0), w[:, :, ::-1, ::-1])


@wrong("deconv_layer", "the result")
def relu_at_the_end(x, w, switches, pool_param):
    return np.maximum(_transposed(_unpooled(x, switches, pool_param), w), 0)


@wrong("deconv_layer", "the result")
def only_rows_turned(x, w, switches, pool_param):
    return _transposed(np.maximum(_unpooled(x, switches, pool_param), 0), w[:, :, :, ::-1])


@wrong("deconv_layer", "the result.*shape")
def larger_by_the_padding(x, w, switches, pool_param):
    maps = np.maximum(_unpooled(x, switches, pool_param), 0)
    HH, WW = w.shape[2:]
    return _transposed(np.pad(maps, ((0, 0), (0, 0), (HH // 2, HH // 2), (WW // 2, WW // 2))), w)


@wrong("deconv_layer", "the result", earns=(0.3, 0.95))
def where_windows_meet_the_last_wins(x, w, switches, pool_param):
    return _transposed(np.maximum(_unpooled(x, switches, pool_param, add=False), 0), w)


@wrong("deconv_layer", "the result", earns=(0.3, 0.95))
def relu_before_the_windows_add(x, w, switches, pool_param):
    return _transposed(_unpooled(np.maximum(x, 0), switches, pool_param), w)


@right("deconv_layer")
def filters_laid_down(x, w, switches, pool_param):
    return _transposed(np.maximum(_unpooled(x, switches, pool_param), 0), w)


@right("deconv_layer")
def as_a_convolution(x, w, switches, pool_param):
    maps = np.maximum(_unpooled(x, switches, pool_param), 0)
    HH, WW = w.shape[2:]
    padded = np.pad(maps, ((0, 0), (0, 0), (HH // 2, HH // 2), (WW // 2, WW // 2)))
    H, W = maps.shape[2:]
    out = np.zeros((len(x), w.shape[1], H, W))
    for i, j in np.ndindex(H, W):
        window = padded[:, :, i : i + HH, j : j + WW][:, :, ::-1, ::-1]
        out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [0, 2, 3]))
    return out


@right("deconv_layer")
def unit_by_unit(x, w, switches, pool_param):
    maps = np.maximum(_unpooled(x, switches, pool_param), 0)
    N, _, H, W = maps.shape
    _, C, HH, WW = w.shape
    out = np.zeros((N, C, H + HH - 1, W + WW - 1))
    for n, f, i, j in zip(*np.nonzero(maps), strict=True):
        out[n, :, i : i + HH, j : j + WW] += maps[n, f, i, j] * w[f]
    return out[:, :, HH // 2 : HH // 2 + H, WW // 2 : WW // 2 + W]
