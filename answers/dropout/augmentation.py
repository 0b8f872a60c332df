"""Planted answers: new pictures from old ones."""

import numpy as np

from answers import right, wrong


def _plant(question, reason, name, answer, earns=(0.0, 0.985)):
    answer.__name__, answer.__module__ = name, __name__
    (wrong(question, reason, earns=earns) if reason else right(question))(answer)


def _each(draws, X):
    """One draw for each picture, ready to broadcast."""
    return np.asarray(draws).reshape(-1, *[1] * (X.ndim - 1))


def _clipped(out, X):
    if X.dtype == np.uint8:
        return np.clip(np.round(out), 0, 255).astype(np.uint8)
    return np.minimum(np.maximum(out, 0), 1).astype(X.dtype)


# random_flip


def _flip(
    view=lambda X: X[:, :, :, ::-1], which=lambda rng, X, p: rng.random(len(X)) < p, after=lambda out, X: out
):
    def random_flip(X, rng, p=0.5):
        return after(np.where(_each(which(rng, X, p), X), view(X), X), X)

    return random_flip


def _flips_in_place(X, rng, p=0.5):
    turned = rng.random(len(X)) < p
    X[turned] = X[turned, :, :, ::-1]
    return X


for _name, _reason, _answer in (
    ("flip_upside_down", "upside down", _flip(lambda X: X[:, :, ::-1])),
    ("flip_the_channels", "neither as they were", _flip(lambda X: X[:, ::-1])),
    ("flip_both_ways", "neither as they were|upside", _flip(lambda X: X[:, :, ::-1, ::-1])),
    ("flip_all_or_none", "share of", _flip(which=lambda rng, X, p: np.full(len(X), rng.random() < p))),
    (
        "flip_p_upside_down",
        "with p = 0.2 a share of (7|8)",
        _flip(which=lambda rng, X, p: rng.random(len(X)) > p),
    ),
    (
        "flip_half_whatever_p",
        "with p = 0.2 a share of",
        _flip(which=lambda rng, X, p: rng.random(len(X)) < 0.5),
    ),
    ("flip_every_other", "generator|share", _flip(which=lambda rng, X, p: np.arange(len(X)) % 2 < 2 * p)),
    (
        "flip_by_its_own_chance",
        "draw from rng and from nothing",
        _flip(which=lambda rng, X, p: np.random.default_rng().random(len(X)) < p),
    ),
    ("flip_in_place", "stay as they were.*changed in place", _flips_in_place),
    ("flip_in_double", "the dtype has to stay", _flip(after=lambda out, X: out.astype(float))),
    ("flip_in_floats", "the dtype has to stay", _flip(after=lambda out, X: out * 1.0)),
):
    _plant("random_flip", _reason, _name, _answer)


@right("random_flip")
def flip_with_a_loop(X, rng, p=0.5):
    out = X.copy()
    for n in range(len(X)):
        if rng.random() < p:
            out[n] = X[n, :, :, ::-1]
    return out


@right("random_flip")
def flip_by_index(X, rng, p=0.5):
    out = np.array(X)
    turned = np.flatnonzero(rng.binomial(1, p, size=X.shape[0]))
    out[turned] = np.flip(X[turned], axis=-1)
    return out


_plant("random_flip", None, "flip_by_where", _flip())


# random_crop


def _crop(low=lambda pad: 0, high=lambda pad: 2 * pad + 1, mode="constant", place=None, cut=None, default=4):
    def random_crop(X, rng, pad=default):
        N, _, H, W = X.shape
        padded = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode=mode)
        top, left = (rng.integers(low(pad), high(pad), size=N) for _ in range(2))
        if place:
            top, left = place(top, left)
        out = np.zeros_like(X)
        for n in range(N):
            out[n] = (cut or (lambda P, i, j: P[:, i : i + H, j : j + W]))(padded[n], top[n], left[n])
        return out

    return random_crop


def _rolls(X, rng, pad=4):
    shifts = rng.integers(-pad, pad + 1, size=(len(X), 2))
    return np.stack([np.roll(x, s, axis=(1, 2)) for x, s in zip(X, shifts, strict=True)])


def _one_place_for_each_channel(X, rng, pad=4):
    N, C, H, W = X.shape
    return _crop()(X.reshape(N * C, 1, H, W), rng, pad).reshape(X.shape)


def _erases_the_old(X, rng, pad=4):
    out = _crop()(X, rng, pad)
    X[...] = 0
    return out


for _name, _reason, _answer in (
    ("crop_rolls_round", "with zeros where nothing was", _rolls),
    ("crop_repeats_the_edge", "with zeros where nothing was", _crop(mode="edge")),
    ("crop_never_at_the_end", r"every place is as likely", _crop(high=lambda pad: max(2 * pad, 1))),
    ("crop_never_to_one_side", r"every place is as likely", _crop(high=lambda pad: pad + 1)),
    (
        "crop_one_place_for_all",
        "as likely|shifted alike",
        _crop(place=lambda i, j: (np.full_like(i, i[0]), np.full_like(j, j[0]))),
    ),
    ("crop_along_the_diagonal", "rows and columns are shifted by the same", _crop(place=lambda i, j: (i, i))),
    (
        "crop_columns_only",
        "every place is as likely",
        _crop(place=lambda i, j: (np.full_like(i, i.max() // 2), j)),
    ),
    ("crop_channel_by_channel", "not the old ones, shifted as a whole", _one_place_for_each_channel),
    ("crop_default_of_two", "pad is 4 by default", _crop(default=2)),
    ("crop_erases_the_old", "changed in place", _erases_the_old),
    (
        "crop_by_its_own_chance",
        "draw from rng",
        lambda X, rng, pad=4: _crop()(X, np.random.default_rng(), pad),
    ),
    (
        "crop_in_double",
        "the dtype has to stay",
        lambda X, rng, pad=4: _crop()(X, rng, pad).astype(np.float64),
    ),
):
    _plant("random_crop", _reason, _name, _answer)

_plant("random_crop", None, "crop_with_a_loop", _crop())


@right("random_crop")
def crop_by_moving(X, rng, pad=4):
    out = np.zeros_like(X)
    H, W = X.shape[2:]
    for n in range(len(X)):
        d, r = rng.integers(-pad, pad + 1), rng.integers(-pad, pad + 1)
        if abs(d) >= H or abs(r) >= W:
            continue
        out[n, :, max(d, 0) : H + min(d, 0), max(r, 0) : W + min(r, 0)] = X[
            n, :, max(-d, 0) : H - max(d, 0), max(-r, 0) : W - max(r, 0)
        ]
    return out


@right("random_crop")
def crop_by_windows(X, rng, pad=4):
    padded = np.pad(X, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, X.shape[2:], axis=(2, 3))
    where = rng.integers(0, 2 * pad, size=(2, len(X)), endpoint=True)
    return windows[np.arange(len(X)), :, where[0], where[1]].copy()


# color_jitter


def _jitter(
    mean=lambda X: X.mean(axis=(1, 2, 3), keepdims=True),
    factor=lambda rng, N, c: rng.uniform(1 - c, 1 + c, size=N),
    shift=lambda rng, N, b: rng.uniform(-b, b, size=N),
    top=lambda X: 255.0 if X.dtype == np.uint8 else 1.0,
    form=lambda X, mean, factor, shift: factor * (X - mean) + mean + shift,
    finish=_clipped,
    defaults=(0.2, 0.2),
):
    def color_jitter(X, rng, brightness=defaults[0], contrast=defaults[1]):
        f = _each(factor(rng, len(X), contrast), X)
        s = _each(shift(rng, len(X), brightness), X) * top(X)
        return finish(form(X.astype(np.float64), mean(X), f, s), X)

    return color_jitter


def _jitters_in_place(X, rng, brightness=0.2, contrast=0.2):
    out = _jitter()(X, rng, brightness, contrast)
    X[...] = out
    return out


for _name, _reason, _answer in (
    ("jitter_about_zero", "form factor|mean of a picture moved", _jitter(form=lambda X, m, f, s: f * X + s)),
    (
        "jitter_about_the_middle",
        "mean of a picture moved",
        _jitter(mean=lambda X: (255 if X.dtype == np.uint8 else 1) / 2),
    ),
    ("jitter_channel_means", "not of the form", _jitter(mean=lambda X: X.mean(axis=(2, 3), keepdims=True))),
    ("jitter_batch_mean", "mean of a picture moved", _jitter(mean=lambda X: X.mean())),
    (
        "jitter_one_draw_for_all",
        "the (factor|shift) runs only",
        _jitter(
            factor=lambda rng, N, c: np.full(N, rng.uniform(1 - c, 1 + c)),
            shift=lambda rng, N, b: np.full(N, rng.uniform(-b, b)),
        ),
    ),
    ("jitter_only_brighter", "the shift.*runs", _jitter(shift=lambda rng, N, b: rng.uniform(0, b, size=N))),
    (
        "jitter_only_more_contrast",
        "the factor.*runs",
        _jitter(factor=lambda rng, N, c: rng.uniform(1, 1 + c, size=N)),
    ),
    ("jitter_normal_draws", "runs from", _jitter(shift=lambda rng, N, b: rng.normal(scale=b, size=N))),
    ("jitter_shift_of_one_for_bytes", "keep their type: the shift", _jitter(top=lambda X: 1.0)),
    ("jitter_not_clipped", "clipped", _jitter(finish=lambda out, X: out.astype(X.dtype))),
    (
        "jitter_clips_to_one",
        "uint8|clipped",
        _jitter(finish=lambda out, X: np.clip(out, 0, 1).astype(X.dtype)),
    ),
    (
        "jitter_in_floats",
        "the dtype has to stay",
        _jitter(finish=lambda out, X: np.clip(out, 0, 255 if X.dtype == np.uint8 else 1)),
    ),
    ("jitter_half_by_default", "defaults are 0.2", _jitter(defaults=(0.5, 0.5))),
    (
        "jitter_noise_on_every_pixel",
        "not of the form",
        lambda X, rng, brightness=0.2, contrast=0.2: _clipped(
            X + rng.uniform(-brightness, brightness, X.shape), X
        ),
    ),
    ("jitter_in_place", "changed in place", _jitters_in_place),
    (
        "jitter_by_its_own_chance",
        "draw from rng",
        lambda X, rng, brightness=0.2, contrast=0.2: _jitter()(
            X, np.random.default_rng(), brightness, contrast
        ),
    ),
):
    _plant("color_jitter", _reason, _name, _answer)

_plant("color_jitter", None, "jitter_in_one_line", _jitter())
_plant("color_jitter", None, "jitter_as_a_mixture", _jitter(form=lambda X, m, f, s: f * X + (1 - f) * m + s))


@right("color_jitter")
def jitter_with_a_loop(X, rng, brightness=0.2, contrast=0.2):
    out = np.empty_like(X)
    top = np.iinfo(np.uint8).max if X.dtype == np.uint8 else 1
    for n, picture in enumerate(X):
        shift = top * brightness * (2 * rng.random() - 1)
        factor = 1 + contrast * (2 * rng.random() - 1)
        changed = (picture - picture.mean()) * factor + picture.mean() + shift
        changed = changed.clip(0, top)
        out[n] = np.floor(changed + 0.5) if top == 255 else changed
    return out


# pca_color_jitter


def _pca(
    power=lambda values: values,
    basis=lambda vectors: vectors.T,
    alphas=lambda rng, N, std: rng.normal(scale=std, size=(N, 3)),
    top=lambda X: 255 if X.dtype == np.uint8 else 1,
    spread=lambda shift: shift[:, :, None, None],
    finish=_clipped,
    default=0.1,
    of=lambda covariance: covariance,
):
    def pca_color_jitter(X, rng, covariance, std=default):
        values, vectors = np.linalg.eigh(of(covariance))
        shift = (alphas(rng, len(X), std) * power(values)) @ basis(vectors)
        return finish(X + top(X) * spread(shift), X)

    return pca_color_jitter


def _pca_in_place(X, rng, covariance, std=0.1):
    out = _pca()(X, rng, covariance, std)
    X[...] = out
    return out


for _name, _reason, _answer in (
    ("pca_by_the_roots", "eigenvalue itself, not its root", _pca(power=np.sqrt)),
    ("pca_without_eigenvalues", "times as large", _pca(power=np.ones_like)),
    ("pca_by_rows_of_vectors", "times as large|columns that eigh gives", _pca(basis=lambda vectors: vectors)),
    ("pca_along_rgb", "times as large|columns that eigh gives", _pca(basis=lambda vectors: np.eye(3))),
    (
        "pca_one_alpha_for_all_axes",
        "draw three for each picture",
        _pca(alphas=lambda rng, N, std: np.repeat(rng.normal(scale=std, size=(N, 1)), 3, axis=1)),
    ),
    (
        "pca_one_draw_for_all_pictures",
        "alphas of its own",
        _pca(alphas=lambda rng, N, std: np.tile(rng.normal(scale=std, size=3), (N, 1))),
    ),
    (
        "pca_uniform_alphas",
        "is this a normal distribution",
        _pca(alphas=lambda rng, N, std: 3**0.5 * std * rng.uniform(-1, 1, size=(N, 3))),
    ),
    (
        "pca_std_as_variance",
        "times as large",
        _pca(alphas=lambda rng, N, std: rng.normal(scale=std**0.5, size=(N, 3))),
    ),
    (
        "pca_only_brighter",
        "mean 0|times as large",
        _pca(alphas=lambda rng, N, std: np.abs(rng.normal(scale=std, size=(N, 3)))),
    ),
    ("pca_bytes_not_scaled", "keep their type", _pca(top=lambda X: 1)),
    ("pca_not_clipped", "clipped", _pca(finish=lambda out, X: out.astype(X.dtype))),
    ("pca_default_of_one", "0.1 by default", _pca(default=1.0)),
    ("pca_of_twice_the_covariance", "times as large", _pca(of=lambda covariance: 2 * covariance)),
    ("pca_in_place", "changed in place", _pca_in_place),
    (
        "pca_in_floats",
        "the dtype has to stay",
        _pca(finish=lambda out, X: np.clip(out, 0, 255 if X.dtype == np.uint8 else 1)),
    ),
    (
        "pca_by_its_own_chance",
        "draw from rng",
        lambda X, rng, covariance, std=0.1: _pca()(X, np.random.default_rng(), covariance, std),
    ),
):
    _plant("pca_color_jitter", _reason, _name, _answer)

_plant("pca_color_jitter", None, "pca_in_one_line", _pca())
_plant(
    "pca_color_jitter",
    None,
    "pca_by_svd",
    lambda X, rng, covariance, std=0.1: (
        lambda U, s: _clipped(
            X
            + (255 if X.dtype == np.uint8 else 1)
            * np.einsum("nk,k,ck->nc", rng.normal(0, std, (len(X), 3)), s, U)[:, :, None, None],
            X,
        )
    )(*np.linalg.svd(covariance)[:2]),
)


@right("pca_color_jitter")
def pca_with_a_loop(X, rng, covariance, std=0.1):
    values, vectors = np.linalg.eig(covariance)
    out = np.empty_like(X)
    for n in range(len(X)):
        shift = sum(rng.normal() * std * values[k].real * vectors[:, k].real for k in range(3))
        out[n] = _clipped(X[n] + shift.reshape(3, 1, 1) * (255 if X.dtype == np.uint8 else 1), X)
    return out


# random_rotation


def _rotate(
    angles=lambda rng, N, most: np.deg2rad(rng.uniform(-most, most, size=N)),
    centre=lambda H, W: ((H - 1) / 2, (W - 1) / 2),
    turn=lambda y, x, a: (np.cos(a) * y - np.sin(a) * x, np.sin(a) * y + np.cos(a) * x),
    outside="zero",
    bilinear=False,
    default=15,
):
    def random_rotation(X, rng, max_degrees=default):
        N, _, H, W = X.shape
        rows, columns = np.indices((H, W))
        cy, cx = centre(H, W)
        out = np.zeros(X.shape)
        for n, a in enumerate(angles(rng, N, max_degrees)):
            i, j = turn(rows - cy, columns - cx, a)
            i, j = i + cy, j + cx
            if outside == "wrap":
                out[n] = X[n][:, np.rint(i).astype(int) % H, np.rint(j).astype(int) % W]
            elif outside == "edge":
                out[n] = X[n][:, np.rint(i).astype(int).clip(0, H - 1), np.rint(j).astype(int).clip(0, W - 1)]
            elif bilinear:
                out[n] = _mixed_from_four(X[n], i, j)
            else:
                i, j = np.rint(i).astype(int), np.rint(j).astype(int)
                inside = (i >= 0) & (i < H) & (j >= 0) & (j < W)
                out[n] = X[n][:, i.clip(0, H - 1), j.clip(0, W - 1)] * inside
        return np.rint(out).astype(X.dtype) if X.dtype == np.uint8 else out.astype(X.dtype)

    return random_rotation


def _mixed_from_four(picture, i, j):
    padded = np.pad(picture.astype(float), ((0, 0), (2, 2), (2, 2)))
    i, j = np.clip(i + 2, 0, padded.shape[1] - 2), np.clip(j + 2, 0, padded.shape[2] - 2)
    i0, j0 = np.floor(i + 1e-9).astype(int), np.floor(j + 1e-9).astype(int)
    di, dj = i - i0, j - j0
    above = padded[:, i0, j0] * (1 - dj) + padded[:, i0, j0 + 1] * dj
    below = padded[:, i0 + 1, j0] * (1 - dj) + padded[:, i0 + 1, j0 + 1] * dj
    return above * (1 - di) + below * di


def _channels_turn_alone(X, rng, max_degrees=15):
    N, C, H, W = X.shape
    return _rotate()(X.reshape(N * C, 1, H, W), rng, max_degrees).reshape(X.shape)


def _rotation_in_place(X, rng, max_degrees=15):
    out = _rotate()(X, rng, max_degrees)
    X[...] = out
    return out


def _rotation_that_scatters(X, rng, max_degrees=15):
    H, W = X.shape[2:]
    y, x = (np.indices((H, W)).T - np.array([(H - 1) / 2, (W - 1) / 2])).T
    out = np.zeros_like(X)
    for n, a in enumerate(np.deg2rad(rng.uniform(-max_degrees, max_degrees, size=len(X)))):
        i = np.rint(np.cos(a) * y - np.sin(a) * x + (H - 1) / 2).astype(int)
        j = np.rint(np.sin(a) * y + np.cos(a) * x + (W - 1) / 2).astype(int)
        inside = (i >= 0) & (i < H) & (j >= 0) & (j < W)
        out[n][:, i[inside], j[inside]] = X[n][:, inside]
    return out


for _name, _reason, _answer in (
    ("rotation_that_scatters", "there are holes in the picture", _rotation_that_scatters),
    (
        "rotation_in_radians",
        "the angle in degrees runs from|changes nothing",
        _rotate(lambda rng, N, most: rng.uniform(-most, most, size=N)),
    ),
    (
        "rotation_one_way",
        "the angle in degrees runs only",
        _rotate(lambda rng, N, most: np.deg2rad(rng.uniform(0, most, size=N))),
    ),
    (
        "rotation_one_angle_for_all",
        "runs only",
        _rotate(lambda rng, N, most: np.full(N, np.deg2rad(rng.uniform(-most, most)))),
    ),
    (
        "rotation_too_far",
        "the angle in degrees runs from",
        _rotate(lambda rng, N, most: np.deg2rad(2 * rng.uniform(-most, most, size=N))),
    ),
    (
        "rotation_about_the_corner",
        "centre of the picture has moved|steep",
        _rotate(centre=lambda H, W: (0, 0)),
    ),
    (
        "rotation_beside_the_centre",
        "centre of the picture has moved|steep",
        _rotate(centre=lambda H, W: (H / 2 + 2, W / 2 + 2)),
    ),
    ("rotation_shears", "times as steep|right angle", _rotate(turn=lambda y, x, a: (y - np.sin(a) * x, x))),
    (
        "rotation_with_the_axes_swapped",
        "steep|angle|centre",
        _rotate(turn=lambda y, x, a: (np.sin(a) * y + np.cos(a) * x, np.cos(a) * y - np.sin(a) * x)),
    ),
    ("rotation_wraps_round", "have to be zero", _rotate(outside="wrap")),
    ("rotation_repeats_the_edge", "have to be zero", _rotate(outside="edge")),
    ("rotation_channel_by_channel", "channels of a picture were rotated differently", _channels_turn_alone),
    (
        "rotation_of_the_columns_alone",
        "times as steep|right angle",
        _rotate(turn=lambda y, x, a: (y, np.sin(a) * y + np.cos(a) * x)),
    ),
    ("rotation_90_by_default", "15 by default", _rotate(default=90)),
    ("rotation_in_place", "changed in place", _rotation_in_place),
    (
        "rotation_in_double",
        "the dtype has to stay",
        lambda X, rng, max_degrees=15: _rotate()(X, rng, max_degrees).astype(float),
    ),
    (
        "rotation_by_its_own_chance",
        "draw from rng",
        lambda X, rng, max_degrees=15: _rotate()(X, np.random.default_rng(), max_degrees),
    ),
):
    _plant("random_rotation", _reason, _name, _answer)

_plant("random_rotation", None, "rotation_of_the_nearest", _rotate())
_plant("random_rotation", None, "rotation_bilinear", _rotate(bilinear=True))
_plant(
    "random_rotation",
    None,
    "rotation_the_other_way",
    _rotate(turn=lambda y, x, a: (np.cos(a) * y + np.sin(a) * x, np.cos(a) * x - np.sin(a) * y)),
)
