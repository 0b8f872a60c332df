"""Planted answers: saliency, occlusion and exciting patches."""

import numpy as np

from answers import right, wrong


def _of_scores(model, X, dscores):
    _, caches = model.forward(X)
    return model.backward(dscores, caches)


def _softmax(scores):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


@wrong("class_saliency", "dX")
def of_the_loss(model, X, y):
    scores, caches = model.forward(X)
    dscores = _softmax(scores)
    dscores[np.arange(len(y)), y] -= 1
    return model.backward(dscores / len(y), caches)


@wrong("class_saliency", "dX")
def of_the_probability(model, X, y):
    scores, caches = model.forward(X)
    p = _softmax(scores)
    of_y = p[np.arange(len(y)), y][:, None]
    return model.backward(of_y * (np.eye(scores.shape[1])[y] - p), caches)


@wrong("class_saliency", "dX")
def of_all_scores(model, X, y):
    scores, caches = model.forward(X)
    return model.backward(np.ones_like(scores), caches)


@wrong("class_saliency", "dX", earns=(0.0, 0.35))
def averaged_over_the_batch(model, X, y):
    scores, caches = model.forward(X)
    return model.backward(np.eye(scores.shape[1])[y] / len(y), caches)


@wrong("class_saliency", "dX")
def sizes_only(model, X, y):
    scores, caches = model.forward(X)
    return np.abs(model.backward(np.eye(scores.shape[1])[y], caches))


@wrong("class_saliency", "dX.*shape")
def largest_over_channels(model, X, y):
    scores, caches = model.forward(X)
    return np.abs(model.backward(np.eye(scores.shape[1])[y], caches)).max(axis=1)


@wrong("class_saliency", "dX", earns=(0.0, 0.35))
def every_row_gets_every_class(model, X, y):
    scores, caches = model.forward(X)
    dscores = np.zeros_like(scores)
    dscores[:, y] = 1
    return model.backward(dscores, caches)


@wrong("class_saliency", "dX")
def of_the_score_times_itself(model, X, y):
    scores, caches = model.forward(X)
    return model.backward(scores * np.eye(scores.shape[1])[y], caches)


@right("class_saliency")
def rows_of_the_unit_matrix(model, X, y):
    scores, caches = model.forward(X)
    return model.backward(np.eye(scores.shape[1])[y], caches)


@right("class_saliency")
def one_picture_after_the_other(model, X, y):
    rows = []
    for picture, k in zip(X, y, strict=True):
        scores, caches = model.forward(picture[None])
        dscores = np.zeros(scores.shape)
        dscores[0, k] = 1
        rows.append(model.backward(dscores, caches)[0])
    return np.stack(rows)


@right("class_saliency")
def put_along_the_axis(model, X, y):
    scores, caches = model.forward(X)
    dscores = np.zeros(scores.shape)
    np.put_along_axis(dscores, np.asarray(y)[:, None], 1, axis=1)
    return model.backward(dscores, caches)


def _places(image, size, stride):
    _, H, W = image.shape
    return 1 + (H - size) // stride, 1 + (W - size) // stride


def _covered(image, size, stride, value=0.0):
    OH, OW = _places(image, size, stride)
    pictures = np.repeat(image[None], OH * OW, axis=0)
    for n, (i, j) in enumerate(np.ndindex(OH, OW)):
        pictures[n, :, i * stride : i * stride + size, j * stride : j * stride + size] = value
    return pictures


@wrong("occlusion_map", "the map")
def scores_and_no_probabilities(model, image, y, size, stride):
    scores, _ = model.forward(_covered(image, size, stride))
    return scores[:, y].reshape(_places(image, size, stride))


@wrong("occlusion_map", "the map")
def what_is_lost(model, image, y, size, stride):
    before = _softmax(model.forward(image[None])[0])[0, y]
    p = _softmax(model.forward(_covered(image, size, stride))[0])
    return before - p[:, y].reshape(_places(image, size, stride))


@wrong("occlusion_map", "the map")
def covered_with_ones(model, image, y, size, stride):
    p = _softmax(model.forward(_covered(image, size, stride, 1.0))[0])
    return p[:, y].reshape(_places(image, size, stride))


@wrong("occlusion_map", "the map")
def only_one_channel_covered(model, image, y, size, stride):
    OH, OW = _places(image, size, stride)
    pictures = np.repeat(image[None], OH * OW, axis=0)
    for n, (i, j) in enumerate(np.ndindex(OH, OW)):
        pictures[n, 0, i * stride : i * stride + size, j * stride : j * stride + size] = 0
    return _softmax(model.forward(pictures)[0])[:, y].reshape(OH, OW)


@wrong("occlusion_map", "the map")
def stays_covered(model, image, y, size, stride):
    OH, OW = _places(image, size, stride)
    picture, p = image.copy(), np.zeros((OH, OW))
    for i, j in np.ndindex(OH, OW):
        picture[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
        p[i, j] = _softmax(model.forward(picture[None])[0])[0, y]
    return p


@wrong("occlusion_map", "the map", earns=(0.0, 0.6))
def stride_of_one(model, image, y, size, stride):
    p = _softmax(model.forward(_covered(image, size, 1))[0])
    return p[:, y].reshape(_places(image, size, 1))


@wrong("occlusion_map", "the map", earns=(0.5, 0.95))
def overflows(model, image, y, size, stride):
    scores, _ = model.forward(_covered(image, size, stride))
    p = np.exp(scores)
    return (p[:, y] / p.sum(axis=1)).reshape(_places(image, size, stride))


@wrong("occlusion_map", "the map")
def rows_and_columns_exchanged(model, image, y, size, stride):
    OH, OW = _places(image, size, stride)
    p = _softmax(model.forward(_covered(image, size, stride))[0])
    return p[:, y].reshape(OW, OH, order="F")


@right("occlusion_map")
def place_by_place(model, image, y, size, stride):
    OH, OW = _places(image, size, stride)
    p = np.zeros((OH, OW))
    for i in range(OH):
        for j in range(OW):
            picture = image.copy()
            picture[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
            p[i, j] = _softmax(model.forward(picture[None])[0])[0, y]
    return p


@right("occlusion_map")
def by_masks(model, image, y, size, stride):
    _, H, W = image.shape
    OH, OW = _places(image, size, stride)
    masks = np.ones((OH * OW, 1, H, W))
    for n in range(OH * OW):
        top, left = stride * (n // OW), stride * (n % OW)
        masks[n, :, top : top + size, left : left + size] = 0
    scores = model.forward(masks * image)[0]
    return (1 / np.exp(scores - scores[:, [y]]).sum(axis=1)).reshape(OH, OW)


@right("occlusion_map")
def row_by_row(model, image, y, size, stride):
    OH, OW = _places(image, size, stride)
    pictures = _covered(image, size, stride)
    rows = [_softmax(model.forward(pictures[i * OW : (i + 1) * OW])[0])[:, y] for i in range(OH)]
    return np.stack(rows)


def _cut(images, places, field):
    size, jump, start = field
    padded = np.pad(images, ((0, 0), (0, 0), (size, size), (size, size)))
    corners = [(n, size + start + jump * i, size + start + jump * j) for n, i, j in places]
    return np.stack([padded[n, :, top : top + size, left : left + size] for n, top, left in corners])


def _best_places(maps, pictures):
    return [(n, *np.unravel_index(maps[n].argmax(), maps[n].shape)) for n in pictures]


@wrong("exciting_patches", "the patches")
def by_the_mean_of_the_map(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, unit]
    best = np.argsort(-maps.mean(axis=(1, 2)))[:k]
    return _cut(images, _best_places(maps, best), model.receptive_field(layer))


@wrong("exciting_patches", "the patches")
def least_exciting_first(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, unit]
    best = np.argsort(maps.max(axis=(1, 2)))[:k]
    return _cut(images, _best_places(maps, best), model.receptive_field(layer))


@wrong("exciting_patches", "the patches", earns=(0.0, 0.6))
def no_start(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, unit]
    best = np.argsort(-maps.max(axis=(1, 2)))[:k]
    size, jump, _ = model.receptive_field(layer)
    return _cut(images, _best_places(maps, best), (size, jump, 0))


@wrong("exciting_patches", "the patches", earns=(0.0, 0.7))
def no_jump(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, unit]
    best = np.argsort(-maps.max(axis=(1, 2)))[:k]
    size, _, start = model.receptive_field(layer)
    return _cut(images, _best_places(maps, best), (size, 1, start))


@wrong("exciting_patches", "the patches")
def several_from_one_picture(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, unit]
    best = np.argsort(-maps, axis=None)[:k]
    places = list(zip(*np.unravel_index(best, maps.shape), strict=True))
    return _cut(images, places, model.receptive_field(layer))


@wrong("exciting_patches", "the patches", earns=(0.0, 0.5))
def edges_repeated(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, unit]
    best = np.argsort(-maps.max(axis=(1, 2)))[:k]
    size, jump, start = model.receptive_field(layer)
    padded = np.pad(images, ((0, 0), (0, 0), (size, size), (size, size)), mode="edge")
    places = _best_places(maps, best)
    return _cut(padded, places, (size, jump, start + size))


@wrong("exciting_patches", "the patches")
def of_the_first_unit(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, (unit + 1) % 4]
    best = np.argsort(-maps.max(axis=(1, 2)))[:k]
    return _cut(images, _best_places(maps, best), model.receptive_field(layer))


@right("exciting_patches")
def cut_from_padded(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, unit]
    best = np.argsort(-maps.max(axis=(1, 2)))[:k]
    return _cut(images, _best_places(maps, best), model.receptive_field(layer))


@right("exciting_patches")
def pixel_by_pixel(model, layer, unit, images, k):
    maps, _ = model.forward(images, to=layer)
    size, jump, start = model.receptive_field(layer)
    _, C, H, W = images.shape
    best = sorted(range(len(images)), key=lambda n: -maps[n, unit].max())[:k]
    patches = np.zeros((k, C, size, size))
    for patch, n in zip(patches, best, strict=True):
        i, j = divmod(int(maps[n, unit].argmax()), maps.shape[3])
        for p in range(size):
            for q in range(size):
                row, column = start + jump * i + p, start + jump * j + q
                if 0 <= row < H and 0 <= column < W:
                    patch[:, p, q] = images[n, :, row, column]
    return patches


@right("exciting_patches")
def only_the_best_are_padded(model, layer, unit, images, k):
    maps = model.forward(images, to=layer)[0][:, unit]
    best = np.argsort(-maps.max(axis=(1, 2)))[:k]
    places = [(0, *place[1:]) for place in _best_places(maps, best)]
    field = model.receptive_field(layer)
    return np.concatenate([_cut(images[n : n + 1], [at], field) for n, at in zip(best, places, strict=True)])
