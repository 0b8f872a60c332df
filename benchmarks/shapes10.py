"""Measure shapes10: how fast it is drawn, and how well three kinds of small network learn it.

    python -m benchmarks.shapes10            # the whole ladder, a few minutes on two cores
    python -m benchmarks.shapes10 --quick    # fewer epochs: a rough look
    python -m benchmarks.shapes10 --sheet docs/shapes10.png   # a contact sheet, and nothing else

The networks, small and plain, share no code with the course's own layers.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.plain_networks import Adam, ConvNet, Linear, TwoLayer
from course_utils.data import shapes10


def accuracy(model, X: np.ndarray, y: np.ndarray) -> float:
    """Share of right answers, in per cent."""
    hits = sum(
        int((model.scores(X[i : i + 500]).argmax(axis=1) == y[i : i + 500]).sum())
        for i in range(0, len(X), 500)
    )
    return 100 * hits / len(X)


def train(
    model,
    X: np.ndarray,
    y: np.ndarray,
    rng,
    *,
    epochs: int,
    rate: float,
    weight_decay: float,
    augment: bool = False,
) -> None:
    """Adam on batches of 100 with a learning rate that falls to zero in a straight line."""
    adam, batch = Adam(model.params, weight_decay), 100
    steps, step = epochs * (len(X) // batch), 0
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X) - batch + 1, batch):
            pick = order[start : start + batch]
            inputs = augmented(X[pick], rng) if augment else X[pick]
            _, grads = model.gradients(inputs, y[pick])
            adam.step(grads, rate * (1 - step / steps))
            step += 1


def augmented(X: np.ndarray, rng: np.random.Generator, by: int = 3) -> np.ndarray:
    """Each picture moved by up to `by` pixels in each direction, its border repeated, and half of them mirrored."""
    padded = np.pad(X, ((0, 0), (0, 0), (by, by), (by, by)), mode="edge")
    corners = rng.integers(0, 2 * by + 1, size=(len(X), 2))
    moved = np.stack([p[:, i : i + 32, j : j + 32] for p, (i, j) in zip(padded, corners, strict=True)])
    mirrored = rng.random(len(X)) < 0.5
    moved[mirrored] = moved[mirrored, :, :, ::-1]
    return moved


def report(name: str, model, data: tuple, rng, **settings) -> None:
    X_train, y_train, X_val, y_val = data
    start = time.perf_counter()
    train(model, X_train, y_train, rng, **settings)
    seconds = time.perf_counter() - start
    print(
        f"{name:<36} {len(X_train):>6}  {accuracy(model, X_train[:2000], y_train[:2000]):5.1f} %"
        f"  {accuracy(model, X_val, y_val):5.1f} %  {seconds:5.1f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a third of the epochs")
    parser.add_argument("--sheet", metavar="FILE", help="write a contact sheet instead")
    arguments = parser.parse_args()
    if arguments.sheet:
        write_sheet(arguments.sheet)
    else:
        measure(arguments.quick)


def write_sheet(file: str, columns: int = 12, zoom: int = 2) -> None:
    """One row of pictures for each class, doubled in size, with a pixel of black between them."""
    import matplotlib.image

    images, labels = shapes10.draw_shapes(1000, seed=0)
    rows = []
    for label in range(10):
        framed = np.pad(images[labels == label][:columns], ((0, 0), (0, 0), (1, 1), (1, 1)))
        rows.append(np.concatenate(list(framed), axis=2))
    sheet = np.concatenate(rows, axis=1).repeat(zoom, axis=1).repeat(zoom, axis=2)
    matplotlib.image.imsave(file, np.ascontiguousarray(sheet.transpose(1, 2, 0)))


def measure(quick: bool) -> None:
    """Print the drawing time and the ladder."""
    start = time.perf_counter()
    images, y_train = shapes10.draw_shapes(10_000, seed=0, stream=0)
    print(f"drawing 10,000 pictures: {time.perf_counter() - start:.2f} s\n")
    val_images, y_val = shapes10.draw_shapes(2_000, seed=0, stream=1)
    mean = images.mean(axis=(0, 2, 3), keepdims=True)
    X_train = ((images - mean) / 64).astype(np.float32)
    X_val = ((val_images - mean) / 64).astype(np.float32)
    everything = (X_train, y_train, X_val, y_val)
    few = (X_train[:500], y_train[:500], X_val, y_val)

    def epochs(number: int) -> int:
        return max(1, number // 3) if quick else number

    rng = np.random.default_rng(0)
    print(f"{'network':<36} {'train on':>6}  {'train':>5}    {'held out':>5}  {'time':>5}")
    report("linear softmax", Linear(rng), everything, rng, epochs=epochs(10), rate=3e-4, weight_decay=0.5)
    report(
        "two layers, 100 hidden",
        TwoLayer(rng),
        everything,
        rng,
        epochs=epochs(15),
        rate=1e-3,
        weight_decay=0.1,
    )
    report("ConvNet, 16-32-64 filters, 4 epochs", ConvNet(rng), everything, rng, epochs=epochs(4), **CONVNET)
    report("ConvNet, 16-32-64 filters, 9 epochs", ConvNet(rng), everything, rng, epochs=epochs(9), **CONVNET)
    report("two layers", TwoLayer(rng), few, rng, epochs=epochs(60), rate=1e-3, weight_decay=0)
    report("two layers, augmentation", TwoLayer(rng), few, rng, epochs=epochs(200), **AUGMENTED)


CONVNET = {"rate": 4e-3, "weight_decay": 0.1}
AUGMENTED = {"rate": 1e-3, "weight_decay": 0.3, "augment": True}


if __name__ == "__main__":
    main()
