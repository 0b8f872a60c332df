"""Planted answers: broadcasting, sums and indices taken back."""

import numpy as np

from answers import right, wrong


@wrong("unbroadcast", "axes that were stretched: .*has shape", earns=(0.2, 0.4))
def sums_over_new_axes_only(grad, shape):
    return grad.sum(axis=tuple(range(grad.ndim - len(shape))))


@wrong("unbroadcast", "new axes in front: ", earns=(0.2, 0.6))
def sums_over_stretched_axes_only(grad, shape):
    front = grad.ndim - len(shape)
    return grad.sum(axis=tuple(front + k for k, n in enumerate(shape) if n == 1), keepdims=True)


@wrong("unbroadcast", "axes that were stretched: .*has shape", earns=(0.2, 0.6))
def loses_stretched_axes(grad, shape):
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=tuple(k for k, n in enumerate(shape) if n != grad.shape[k]))


@wrong("unbroadcast", "Here the mean was taken: gradients of copies add up")
def averages(grad, shape):
    grad = grad.mean(axis=tuple(range(grad.ndim - len(shape))))
    stretched = tuple(k for k, n in enumerate(shape) if n != grad.shape[k])
    return grad.mean(axis=stretched, keepdims=True)


@wrong("unbroadcast", "new axes in front: ", earns=(0.2, 0.6))
def takes_the_last_axes_for_new(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=-1)
    return grad.sum(axis=tuple(k for k, n in enumerate(shape) if n != grad.shape[k]), keepdims=True)


@wrong("unbroadcast", "new axes in front: .*has shape")
def hands_it_back(grad, shape):
    return grad


@wrong("unbroadcast", "changed in place", earns=(0.6, 0.97))
def adds_up_in_place(grad, shape):
    while grad.ndim > len(shape):
        for part in grad[1:]:
            grad[0] += part
        grad = grad[0] if len(grad) else np.zeros(grad.shape[1:])
    stretched = tuple(k for k, n in enumerate(shape) if n != grad.shape[k])
    return grad.sum(axis=stretched, keepdims=True)


@right("unbroadcast")
def axis_by_axis(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@right("unbroadcast")
def all_axes_at_once(grad, shape):
    lengths = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(k for k, length in enumerate(lengths) if length == 1)
    return grad.sum(axis=axes, keepdims=True).reshape(shape)


@right("unbroadcast")
def by_adding_at_places(grad, shape):
    total = np.zeros(shape)
    places = np.broadcast_to(np.arange(total.size).reshape(shape), grad.shape)
    np.add.at(total.reshape(-1), places.ravel(), grad.ravel())
    return total


@wrong("sum_grad", "a sum over one axis: ", earns=(0.2, 0.7))
def forgets_the_lost_axis(dout, shape, axis=None, keepdims=False):
    return np.broadcast_to(dout, shape).copy()


@wrong("sum_grad", "a sum over one axis: |axes that are counted from the end: ", earns=(0.2, 0.8))
def puts_the_axis_in_front(dout, shape, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        dout = np.asarray(dout)[(None,) * np.size(axis)]
    return np.broadcast_to(dout, shape).copy()


@wrong("sum_grad", "divided by how many numbers were added: that is the mean", earns=(0.0, 0.2))
def goes_back_through_a_mean(dout, shape, axis=None, keepdims=False):
    held = dout if keepdims or axis is None else np.expand_dims(dout, axis)
    return np.broadcast_to(held, shape) * np.size(dout) / np.prod(shape)


@wrong("sum_grad", "axes that were kept: ", earns=(0.5, 0.95))
def ignores_keepdims(dout, shape, axis=None, keepdims=False):
    held = dout if axis is None else np.expand_dims(dout, axis)
    return np.broadcast_to(held, shape).copy()


@wrong("sum_grad", "shares memory with dout, or cannot be written to", earns=(0.7, 0.97))
def hands_out_a_view(dout, shape, axis=None, keepdims=False):
    held = dout if keepdims or axis is None else np.expand_dims(dout, axis)
    return np.broadcast_to(held, shape)


@wrong("sum_grad", "over several axes: ", earns=(0.5, 0.95))
def knows_one_axis_only(dout, shape, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        dout = np.expand_dims(dout, int(axis))
    return np.broadcast_to(dout, shape).copy()


@wrong("sum_grad", "axes that are counted from the end: ", earns=(0.4, 0.95))
def takes_negative_axes_for_the_first(dout, shape, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        axes = (axis,) if np.ndim(axis) == 0 else axis
        dout = np.expand_dims(dout, tuple({max(a, 0) for a in axes}))
    return np.ones(shape) * dout


@right("sum_grad")
def times_ones(dout, shape, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        dout = np.expand_dims(dout, axis)
    return np.ones(shape) * dout


@right("sum_grad")
def in_the_kept_shape(dout, shape, axis=None, keepdims=False):
    dx = np.zeros(shape)
    dx += np.reshape(dout, dx.sum(axis=axis, keepdims=True).shape)
    return dx


@right("sum_grad")
def by_repeating(dout, shape, axis=None, keepdims=False):
    axes = range(len(shape)) if axis is None else (axis,) if np.ndim(axis) == 0 else axis
    axes = sorted(a % len(shape) for a in axes)
    dx = np.reshape(dout, [1 if a in axes else n for a, n in enumerate(shape)])
    for a in axes:
        dx = np.repeat(dx, shape[a], axis=a)
    return dx


@wrong("index_grad", "of a place that was taken twice only the last gradient counts", earns=(0.2, 0.6))
def the_last_one_wins(dout, shape, index):
    dx = np.zeros(shape)
    dx[index] = dout
    return dx


@wrong("index_grad", "of a place that was taken twice only the last gradient counts", earns=(0.2, 0.6))
def adds_with_an_operator(dout, shape, index):
    dx = np.zeros(shape)
    dx[index] += dout
    return dx


@wrong("index_grad", "dx has shape|dx is wrong|raised")
def keeps_the_shape_of_dout(dout, shape, index):
    return np.array(dout)


@wrong("index_grad", "dx is wrong|it looks like")
def adds_everywhere(dout, shape, index):
    return np.zeros(shape) + np.sum(dout)


@wrong("index_grad", "booleans: ", earns=(0.3, 0.95))
def takes_booleans_for_numbers(dout, shape, index):
    index = np.asarray(index).astype(int) if isinstance(index, np.ndarray) and index.dtype == bool else index
    dx = np.zeros(shape)
    np.add.at(dx, index, dout)
    return dx


@wrong("index_grad", "changed in place", earns=(0.6, 0.97))
def empties_dout(dout, shape, index):
    dx = np.zeros(shape)
    np.add.at(dx, index, dout)
    if isinstance(dout, np.ndarray):
        dout *= 0
    return dx


@right("index_grad")
def by_counting_places(dout, shape, index):
    places = np.arange(np.prod(shape)).reshape(shape)[index]
    return np.bincount(np.ravel(places), np.ravel(dout), minlength=int(np.prod(shape))).reshape(shape)


@right("index_grad")
def number_by_number(dout, shape, index):
    dx = np.zeros(np.prod(shape))
    places = np.arange(dx.size).reshape(shape)[index]
    for place, value in zip(np.ravel(places), np.ravel(dout), strict=True):
        dx[place] += value
    return dx.reshape(shape)


@right("index_grad")
def by_one_hot_products(dout, shape, index):
    places = np.arange(np.prod(shape)).reshape(shape)[index]
    taken = np.ravel(places)[:, None] == np.arange(np.prod(shape))
    return (np.ravel(dout) @ taken).reshape(shape)
