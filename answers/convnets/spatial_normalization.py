"""Planted answers: normalization of images."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.
# ruff: noqa: RUF059

import numpy as np

from answers import plain, right, wrong
from course_utils import gradcheck

_last = {}
PLACES = (0, 2, 3)
EVERY_CHANNEL = (1, -1, 1, 1)


# one normalization with doors for mistakes: the statistics are taken over `axes` of x seen as `shape`


def _normalize(x, axes, eps, shape=None):
    """(x_hat, standard deviation) with statistics over axes of x reshaped to `shape`."""
    seen = x.reshape(shape or x.shape)
    mean = seen.mean(axis=axes, keepdims=True)
    std = np.sqrt(((seen - mean) ** 2).mean(axis=axes, keepdims=True) + eps)
    return ((seen - mean) / std).reshape(x.shape), std


def _dx(dx_hat, x_hat, std, axes, shape=None):
    d, h = (a.reshape(shape or a.shape) for a in (dx_hat, x_hat))
    dx = (d - d.mean(axis=axes, keepdims=True) - h * (d * h).mean(axis=axes, keepdims=True)) / std
    return dx.reshape(dx_hat.shape)


def _batchnorm(x, gamma, beta, bn_param, axes=PLACES, update=True, use_running=True):
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError("mode must be train or test")
    eps, momentum, C = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9), x.shape[1]
    scale, shift = gamma.reshape(EVERY_CHANNEL), beta.reshape(EVERY_CHANNEL)
    if bn_param["mode"] == "test" and use_running:
        mean = bn_param.get("running_mean", np.zeros(C)).reshape(EVERY_CHANNEL)
        var = bn_param.get("running_var", np.zeros(C)).reshape(EVERY_CHANNEL)
        return scale * (x - mean) / np.sqrt(var + eps) + shift, None
    x_hat, std = _normalize(x, axes, eps)
    if update and bn_param["mode"] == "train":
        for key, value in (("running_mean", x.mean(axis=PLACES)), ("running_var", x.var(axis=PLACES))):
            bn_param[key] = momentum * bn_param.get(key, np.zeros(C)) + (1 - momentum) * value
    return scale * x_hat + shift, (x_hat, std, gamma)


@plain
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    return _batchnorm(x, gamma, beta, bn_param)


@wrong("spatial_batchnorm_forward", "Here each image was normalized by itself")
def normalizes_each_image(x, gamma, beta, bn_param):
    return _batchnorm(x, gamma, beta, bn_param, axes=(2, 3))


@wrong("spatial_batchnorm_forward", "Here each place was normalized by itself")
def normalizes_each_pixel(x, gamma, beta, bn_param):
    return _batchnorm(x, gamma, beta, bn_param, axes=0)


@wrong("spatial_batchnorm_forward", "Here all channels were normalized together")
def normalizes_all_channels_together(x, gamma, beta, bn_param):
    return _batchnorm(x, gamma, beta, bn_param, axes=(0, 1, 2, 3))


@wrong("spatial_batchnorm_forward", "Here channels and places were mixed up")
def reshapes_without_transposing(x, gamma, beta, bn_param):
    rows = x.reshape(-1, x.shape[1])
    out, cache = _batchnorm(rows[:, :, None, None], gamma, beta, bn_param)
    return out.reshape(x.shape), cache


@wrong("spatial_batchnorm_forward", "Here the channels were not put back")
def reshapes_back_without_transposing(x, gamma, beta, bn_param):
    out, cache = _batchnorm(x, gamma, beta, bn_param)
    return out.transpose(0, 2, 3, 1).reshape(x.shape), cache


@wrong("spatial_batchnorm_forward", "own mean and variance: out has shape")
def leaves_channels_last(x, gamma, beta, bn_param):
    out, cache = _batchnorm(x, gamma, beta, bn_param)
    return out.transpose(0, 2, 3, 1), cache


@wrong("spatial_batchnorm_forward", "running averages, one of each", earns=(0.7, 0.95))
def keeps_no_averages(x, gamma, beta, bn_param):
    return _batchnorm(x, gamma, beta, bn_param, update=False)


@wrong("spatial_batchnorm_forward", "running averages, one of each", earns=(0.7, 0.95))
def averages_in_a_copy(x, gamma, beta, bn_param):
    return _batchnorm(x, gamma, beta, dict(bn_param))


@wrong("spatial_batchnorm_forward", "test mode: out", earns=(0.6, 0.95))
def tests_by_the_batch(x, gamma, beta, bn_param):
    return _batchnorm(x, gamma, beta, bn_param, use_running=False)


@wrong("spatial_batchnorm_forward", "gamma and beta: out is wrong", earns=(0.2, 0.6))
def forgets_gamma(x, gamma, beta, bn_param):
    return _batchnorm(x, np.ones_like(gamma), beta, bn_param)


@wrong("spatial_batchnorm_forward", "changed in place", earns=(0.9, 0.99))
def centres_x_itself(x, gamma, beta, bn_param):
    out, cache = _batchnorm(x, gamma, beta, bn_param)
    x -= 1
    return out, cache


def _batchnorm_gradients(dout, cache, axes=PLACES):
    x_hat, std, gamma = cache
    dx = _dx(dout * gamma.reshape(EVERY_CHANNEL), x_hat, std, axes)
    return dx, (dout * x_hat).sum(axis=PLACES), dout.sum(axis=PLACES)


@wrong("spatial_batchnorm_backward", "dx: dx is wrong", earns=(0.1, 0.5))
def dx_of_each_image(dout, cache):
    _, dgamma, dbeta = _batchnorm_gradients(dout, cache)
    return _batchnorm_gradients(dout, cache, axes=(2, 3))[0], dgamma, dbeta


@wrong("spatial_batchnorm_backward", "dx: dx is wrong", earns=(0.1, 0.5))
def dx_without_the_statistics(dout, cache):
    x_hat, std, gamma = cache
    _, dgamma, dbeta = _batchnorm_gradients(dout, cache)
    return dout * gamma.reshape(EVERY_CHANNEL) / std, dgamma, dbeta


@wrong("spatial_batchnorm_backward", "dx: dx is wrong", earns=(0.1, 0.5))
def dx_reshaped_without_transposing(dout, cache):
    dx, dgamma, dbeta = _batchnorm_gradients(dout, cache)
    return dx.transpose(0, 2, 3, 1).reshape(dx.shape), dgamma, dbeta


@wrong("spatial_batchnorm_backward", "dgamma: dgamma (has shape|is wrong)", earns=(0.1, 0.6))
def dgamma_with_four_axes(dout, cache):
    dx, dgamma, dbeta = _batchnorm_gradients(dout, cache)
    return dx, dgamma.reshape(EVERY_CHANNEL), dbeta


@wrong("spatial_batchnorm_backward", "dbeta: dbeta", earns=(0.1, 0.6))
def dbeta_averaged(dout, cache):
    dx, dgamma, _ = _batchnorm_gradients(dout, cache)
    return dx, dgamma, dout.mean(axis=PLACES)


@wrong("spatial_batchnorm_backward", "dgamma: dgamma is wrong", earns=(0.1, 0.6))
def dgamma_and_dbeta_exchanged(dout, cache):
    dx, dgamma, dbeta = _batchnorm_gradients(dout, cache)
    return dx, dbeta, dgamma


@wrong("spatial_batchnorm_backward", "changed in place", earns=(0.9, 0.99))
def multiplies_dout_by_gamma(dout, cache):
    gradients = _batchnorm_gradients(dout, cache)
    dout *= cache[2].reshape(EVERY_CHANNEL)
    return gradients


def _remembering_batchnorm(x, gamma, beta, bn_param):
    out, _last["batchnorm"] = _batchnorm(x, gamma, beta, bn_param)
    return out, None


@wrong(
    "spatial_batchnorm_backward",
    "must go by its cache alone",
    earns=(0.0, 0.0),
    spatial_batchnorm_forward=_remembering_batchnorm,
)
def remembers_the_last_batch(dout, cache):
    return _batchnorm_gradients(dout, _last["batchnorm"])


# groups


def _groupnorm(x, gamma, beta, G, gn_param, axes=(2, 3, 4), shape=None, eps=None):
    N, C, H, W = x.shape
    shape = shape or (N, G, C // G, H, W)
    x_hat, std = _normalize(x, axes, gn_param.get("eps", 1e-5) if eps is None else eps, shape)
    return gamma * x_hat + beta, (x_hat, std, gamma, G)


def _groupnorm_gradients(dout, cache, scaled=True):
    x_hat, std, gamma, G = cache
    N, C, H, W = dout.shape
    dx_hat = dout * gamma if scaled else dout
    dx = _dx(dx_hat, x_hat, std, (2, 3, 4), (N, G, C // G, H, W))
    return (
        dx,
        (dout * x_hat).sum(axis=PLACES, keepdims=True),
        dout.sum(axis=PLACES, keepdims=True),
    )


@plain
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    return _groupnorm(x, gamma, beta, G, gn_param)


@wrong("spatial_groupnorm_forward", "3 axes of length 1 are left over")
def group_forward_with_new_axes(x, gamma, beta, G, gn_param):
    return _groupnorm(x, gamma[None, :, None, None], beta[None, :, None, None], G, gn_param)


@wrong("spatial_groupnorm_forward", "G was taken for the number of channels in a group", earns=(0.0, 0.5))
def takes_g_for_the_size_of_a_group(x, gamma, beta, G, gn_param):
    return _groupnorm(x, gamma, beta, x.shape[1] // G, gn_param)


@wrong("spatial_groupnorm_forward", "every G-th channel was put into one group")
def every_gth_channel(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    return _groupnorm(x, gamma, beta, G, gn_param, axes=(1, 3, 4), shape=(N, C // G, G, H, W))


@wrong("spatial_groupnorm_forward", "the images of a batch were normalized together")
def groups_over_the_batch_too(x, gamma, beta, G, gn_param):
    return _groupnorm(x, gamma, beta, G, gn_param, axes=(0, 2, 3, 4))


@wrong("spatial_groupnorm_forward", "each place was normalized by itself")
def each_place_by_itself(x, gamma, beta, G, gn_param):
    return _groupnorm(x, gamma, beta, G, gn_param, axes=2)


@wrong("spatial_groupnorm_forward", "all channels of an image were put into one group", earns=(0.0, 0.4))
def ignores_the_groups(x, gamma, beta, G, gn_param):
    return _groupnorm(x, gamma, beta, 1, gn_param)


@wrong("spatial_groupnorm_forward", "each channel was normalized by itself", earns=(0.0, 0.4))
def each_channel_by_itself(x, gamma, beta, G, gn_param):
    return _groupnorm(x, gamma, beta, x.shape[1], gn_param)


@wrong("spatial_groupnorm_forward", "Here eps is 1e-5 whatever is passed in", earns=(0.6, 0.95))
def ignores_eps(x, gamma, beta, G, gn_param):
    return _groupnorm(x, gamma, beta, G, gn_param, eps=1e-5)


@wrong("spatial_groupnorm_forward", "Here eps stands outside the root")
def adds_eps_outside_the_root(x, gamma, beta, G, gn_param):
    eps, groups = gn_param.get("eps", 1e-5), x.reshape(len(x), G, -1)
    x_hat = (groups - groups.mean(2, keepdims=True)) / (groups.std(2, keepdims=True) + eps)
    return gamma * x_hat.reshape(x.shape) + beta, None


@wrong("spatial_groupnorm_forward", "far from zero", earns=(0.7, 0.99))
def variance_by_two_means(x, gamma, beta, G, gn_param):
    groups = x.reshape(len(x), G, -1).astype(np.float64)
    mean = groups.mean(2, keepdims=True)
    var = (groups**2).mean(2, keepdims=True) - mean**2
    x_hat = (groups - mean) / np.sqrt(np.abs(var) + gn_param.get("eps", 1e-5))
    return gamma * x_hat.reshape(x.shape) + beta, None


@wrong("spatial_groupnorm_forward", "out is wrong")
def divides_the_variance_by_one_less(x, gamma, beta, G, gn_param):
    groups = x.reshape(len(x), G, -1)
    std = np.sqrt(groups.var(2, ddof=1, keepdims=True) + gn_param.get("eps", 1e-5))
    return gamma * ((groups - groups.mean(2, keepdims=True)) / std).reshape(x.shape) + beta, None


@wrong("spatial_groupnorm_backward", "dgamma: dgamma has shape", earns=(0.0, 0.5))
def dgamma_with_one_axis(dout, cache):
    dx, dgamma, dbeta = _groupnorm_gradients(dout, cache)
    return dx, dgamma.ravel(), dbeta.ravel()


@wrong("spatial_groupnorm_backward", "dx: dx is wrong", earns=(0.1, 0.5))
def dx_without_gamma(dout, cache):
    _, dgamma, dbeta = _groupnorm_gradients(dout, cache)
    return _groupnorm_gradients(dout, cache, scaled=False)[0], dgamma, dbeta


@wrong("spatial_groupnorm_backward", "dx: dx is wrong", earns=(0.1, 0.5))
def gamma_after_the_statistics(dout, cache):
    _, dgamma, dbeta = _groupnorm_gradients(dout, cache)
    return _groupnorm_gradients(dout, cache, scaled=False)[0] * cache[2], dgamma, dbeta


@wrong("spatial_groupnorm_backward", "dx: dx is wrong", earns=(0.1, 0.5))
def dx_with_the_mean_forgotten(dout, cache):
    x_hat, std, gamma, G = cache
    dx, dgamma, dbeta = _groupnorm_gradients(dout, cache)
    shape = (*std.shape[:2], -1)
    d, h = (dout * gamma).reshape(shape), x_hat.reshape(shape)
    dx = (d - h * (d * h).mean(axis=2, keepdims=True)) / std.reshape(shape)
    return dx.reshape(dout.shape), dgamma, dbeta


@wrong("spatial_groupnorm_backward", "dbeta: dbeta is wrong|dbeta has shape", earns=(0.0, 0.5))
def dbeta_of_each_image(dout, cache):
    dx, dgamma, _ = _groupnorm_gradients(dout, cache)
    return dx, dgamma, dout.sum(axis=(2, 3), keepdims=True)


@wrong("spatial_groupnorm_backward", "changed in place", earns=(0.9, 0.99))
def scales_dout(dout, cache):
    gradients = _groupnorm_gradients(dout, cache)
    dout *= 2
    return gradients


@wrong("spatial_groupnorm_backward", "called twice", earns=(0.9, 0.99))
def damages_its_cache(dout, cache):
    gradients = _groupnorm_gradients(dout, cache)
    cache[0][...] *= 2
    return gradients


# right ones


@right("spatial_batchnorm_forward", "spatial_batchnorm_backward")
class over_three_axes:
    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        return _batchnorm(x, gamma, beta, bn_param)

    def spatial_batchnorm_backward(dout, cache):
        return _batchnorm_gradients(dout, cache)


@right("spatial_batchnorm_forward", "spatial_batchnorm_backward")
class channels_in_front:
    """Each channel as one long row."""

    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        C = x.shape[1]
        rows = np.moveaxis(x, 1, 0).reshape(C, -1).T
        out, cache = _batchnorm(rows[:, :, None, None], gamma, beta, bn_param)
        front = out[:, :, 0, 0].T.reshape(C, x.shape[0], *x.shape[2:])
        return np.moveaxis(front, 0, 1), cache

    def spatial_batchnorm_backward(dout, cache):
        C = dout.shape[1]
        rows = np.moveaxis(dout, 1, 0).reshape(C, -1).T
        dx, dgamma, dbeta = _batchnorm_gradients(rows[:, :, None, None], cache)
        front = dx[:, :, 0, 0].T.reshape(C, dout.shape[0], *dout.shape[2:])
        return np.moveaxis(front, 0, 1), dgamma, dbeta


@right("spatial_batchnorm_forward", "spatial_batchnorm_backward")
class channel_by_channel:
    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        out, caches, states = np.zeros(x.shape), [], []
        for c in range(x.shape[1]):
            one = {key: v[c : c + 1] if key.startswith("running") else v for key, v in bn_param.items()}
            part = slice(c, c + 1)
            out[:, part], cache = _batchnorm(x[:, part], gamma[part], beta[part], one)
            caches.append(cache)
            states.append(one)
        for key in ("running_mean", "running_var"):
            if all(key in one for one in states):
                bn_param[key] = np.concatenate([one[key] for one in states])
        return out, caches

    def spatial_batchnorm_backward(dout, cache):
        parts = [_batchnorm_gradients(dout[:, c : c + 1], one) for c, one in enumerate(cache)]
        dx, dgamma, dbeta = zip(*parts, strict=True)
        return np.concatenate(dx, axis=1), np.concatenate(dgamma), np.concatenate(dbeta)


@right("spatial_groupnorm_forward", "spatial_groupnorm_backward")
class five_axes:
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        return _groupnorm(x, gamma, beta, G, gn_param)

    def spatial_groupnorm_backward(dout, cache):
        return _groupnorm_gradients(dout, cache)


@right("spatial_groupnorm_forward", "spatial_groupnorm_backward")
class group_by_group:
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        out, eps = np.zeros(x.shape), gn_param.get("eps", 1e-5)
        for n in range(len(x)):
            for channels in np.split(np.arange(x.shape[1]), G):
                group = x[n, channels]
                out[n, channels] = (group - np.mean(group)) / (np.var(group) + eps) ** 0.5
        return out * gamma + beta, (x, out, gamma, G, eps)

    def spatial_groupnorm_backward(dout, cache):
        x, x_hat, gamma, G, eps = cache
        dx_hat, dx = dout * gamma, np.zeros(x.shape)
        for n in range(len(x)):
            for channels in np.split(np.arange(x.shape[1]), G):
                d, h = dx_hat[n, channels], x_hat[n, channels]
                std = np.sqrt(np.var(x[n, channels]) + eps)
                dx[n, channels] = (d - d.mean() - h * (d * h).mean()) / std
        dgamma = np.einsum("nchw,nchw->c", dout, x_hat).reshape(gamma.shape)
        return dx, dgamma, np.einsum("nchw->c", dout).reshape(gamma.shape)


@right("spatial_groupnorm_forward", "spatial_groupnorm_backward")
class through_the_graph:
    """Every node of the graph by itself."""

    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        groups = x.reshape(len(x) * G, -1).T
        centred = groups - groups.mean(axis=0)
        root = np.sqrt((centred**2).mean(axis=0) + gn_param.get("eps", 1e-5))
        x_hat = (centred / root).T.reshape(x.shape)
        return gamma * x_hat + beta, (centred, root, x_hat, gamma)

    def spatial_groupnorm_backward(dout, cache):
        centred, root, x_hat, gamma = cache
        dgamma = (dout * x_hat).sum(axis=PLACES).reshape(gamma.shape)
        dbeta = dout.sum(axis=PLACES).reshape(gamma.shape)
        d = (dout * gamma).reshape(centred.shape[1], -1).T
        droot = -np.sum(d * centred, axis=0) / root**2
        dcentred = d / root + droot / root * centred / len(centred)
        dx = dcentred - dcentred.mean(axis=0)
        return dx.T.reshape(dout.shape), dgamma, dbeta


@wrong("spatial_batchnorm_backward", "write this one yourself")
@wrong("spatial_groupnorm_backward", "write this one yourself")
def numeric_instead(dout, cache):
    return tuple(gradcheck.numeric_gradient_array(lambda v: v, dout, dout) for _ in range(3))
