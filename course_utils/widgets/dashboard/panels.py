"""The panels of the dashboard's picture: losses, accuracies, update ratios, activations, weights, and the state."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from course_utils.plotting.style import colours, tint, whole_numbers
from course_utils.training.callbacks import Training
from course_utils.training.looks import first_weights

_LAYERS = 6


@dataclass(frozen=True)
class Moment:
    """What there is to draw at one moment of a training.

    Attributes:
        solver: the training.
        layers: what its layers returned for a batch, by name.
        seconds: since it began.
        paused: whether it waits.
    """

    solver: Training
    layers: Mapping[str, np.ndarray]
    seconds: float
    paused: bool


class Panel:
    """One part of the picture.

    Attributes:
        moving: what changes from picture to picture.
    """

    moving: list[Artist]

    def update(self, now: Moment) -> bool:
        """Take over what has happened; returns whether anything but `moving` has changed."""
        raise NotImplementedError


class Loss(Panel):
    """The loss of every step, and its mean."""

    def __init__(self, axes: Axes, solver: Training) -> None:
        axes.set(title="Loss", xlabel="step", xlim=(0, solver.steps_per_epoch), ylim=(0, 1))
        (self._raw,) = axes.plot([], [], color=colours()[0], alpha=0.25, linewidth=0.8)
        (self._mean,) = axes.plot([], [], color=colours()[0])
        self._axes, self.moving = axes, [self._raw, self._mean]

    def update(self, now: Moment) -> bool:
        """Draw the losses so far."""
        solver = now.solver
        loss = np.asarray(solver.history.loss, dtype=np.float64)
        every = max(1, len(loss) // 400)
        self._raw.set_data(np.arange(1, len(loss) + 1)[::every], loss[::every])
        steps, means = _binned(loss, max(1, len(loss) // 60))
        self._mean.set_data(steps, means)
        seen = loss[np.isfinite(loss)]
        # A few first losses may be much larger than all that follow.
        top = float(np.quantile(seen, 0.98)) if seen.size else 1.0
        moved = _fit_right(self._axes, solver.steps_done, solver.total_steps, solver)
        return _fit_top(self._axes, top) or moved


class Accuracy(Panel):
    """Training and validation accuracy of every epoch."""

    def __init__(self, axes: Axes, solver: Training) -> None:
        axes.set(title="Accuracy (%)", xlabel="epoch", xlim=(0, 1), ylim=(0, 100))
        whole_numbers(axes.xaxis)
        (self._train,) = axes.plot([], [], "--", color=colours()[0], label="training")
        (self._val,) = axes.plot([], [], "o-", color=colours()[1], markersize=3, label="validation")
        axes.legend(loc="best", ncols=2, fontsize=10)
        self._axes, self.moving = axes, [self._train, self._val]

    def update(self, now: Moment) -> bool:
        """Draw the accuracies so far."""
        solver = now.solver
        history = solver.history
        epochs = np.array(history.epoch_step) / solver.steps_per_epoch
        self._train.set_data(epochs, 100 * np.array(history.train_accuracy))
        self._val.set_data(epochs, 100 * np.array(history.val_accuracy))
        per_epoch = solver.steps_per_epoch
        return _fit_right(self._axes, solver.steps_done / per_epoch, solver.total_steps / per_epoch, solver)


class Ratios(Panel):
    """How much each parameter moves, next to its size."""

    def __init__(self, axes: Axes, solver: Training) -> None:
        axes.set(
            title="Update ÷ weight",
            xlabel="step",
            yscale="log",
            xlim=(0, solver.steps_per_epoch),
            ylim=(1e-6, 1),
        )
        axes.axhspan(3e-4, 3e-3, color=colours()[2], alpha=0.15, linewidth=0)
        axes.text(
            0.99,
            1e-3,
            "healthy",
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=9,
            color=tint(0.7),
        )
        names = [name for name, w in solver.model.params.items() if w.ndim > 1] or list(solver.model.params)
        self._lines = {
            name: axes.plot([], [], ".-", color=colour, linewidth=1.4, markersize=4, label=name)[0]
            for name, colour in zip(names, colours(), strict=False)
        }
        axes.legend(loc="lower left", ncols=min(len(names), 5), fontsize=9, handlelength=1, columnspacing=1)
        self._axes, self.moving = axes, list(self._lines.values())

    def update(self, now: Moment) -> bool:
        """Draw the update ratios so far."""
        solver = now.solver
        steps = np.array(solver.history.ratio_step) + 1
        every = max(1, len(steps) // 300)
        for name, line in self._lines.items():
            ratios = np.array(solver.history.update_ratio.get(name, []))
            line.set_data(steps[: len(ratios)][::every], ratios[::every])
        return _fit_right(self._axes, solver.steps_done, solver.total_steps, solver)


class Layers(Panel):
    """A histogram for each layer, one above the other, on one scale."""

    def __init__(self, axes: Axes) -> None:
        axes.set(title="Activations", xlabel="value", xlim=(-1, 1), yticks=[])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
        self._axes, self.moving = axes, []
        self._fills: list[Any] = []
        self._words: list[Any] = []

    def update(self, now: Moment) -> bool:
        """Draw a histogram of each layer's numbers."""
        shown = list(now.layers.items())[-_LAYERS:]
        changed = len(shown) != len(self._fills) and self._make(len(shown))
        values = [np.asarray(a, dtype=np.float64).ravel() for _, a in shown]
        changed |= self._fit(values)
        edges = np.linspace(*self._axes.get_xlim(), 61)
        for k, ((name, _), numbers) in enumerate(zip(shown, values, strict=True)):
            base = len(shown) - 1 - k
            counts, _ = np.histogram(numbers[np.isfinite(numbers) & (numbers != 0)], edges)
            heights = base + 0.8 * counts / max(counts.max(initial=0), 1)
            outline = np.column_stack([np.repeat(edges, 2), [base, *np.repeat(heights, 2), base]])
            self._fills[k].set_verts([outline])
            self._words[k].set_text(f"{name}: {_summary(numbers)}")
        return changed

    def _make(self, count: int) -> bool:
        for artist in self.moving:
            artist.remove()
        lefts = [0.0, 0.0]
        self._fills = [
            self._axes.fill_between(lefts, lefts, color=colours()[k], alpha=0.75) for k in range(count)
        ]
        self._words = [
            self._axes.text(
                0.99,
                count - 0.12 - k,
                "",
                transform=self._axes.get_yaxis_transform(),
                fontsize=9,
                va="top",
                ha="right",
            )
            for k in range(count)
        ]
        self._axes.set_ylim(0, count)
        self.moving = [*self._fills, *self._words]
        return True

    def _fit(self, values: list[np.ndarray]) -> bool:
        finite = [numbers[np.isfinite(numbers)] for numbers in values]
        ends = np.array([np.quantile(numbers, (0.002, 0.998)) for numbers in finite if numbers.size])
        low, high = (ends[:, 0].min(), ends[:, 1].max()) if ends.size else (-1.0, 1.0)
        left, right = self._axes.get_xlim()
        width = max(high - low, 1e-12)
        if low >= left and high <= right and width > 0.4 * (right - left):
            return False
        self._axes.set_xlim(low - 0.15 * width, high + 0.3 * width)
        return True


class Weights(Panel):
    """The first layer's weights."""

    def __init__(self, axes: Axes) -> None:
        axes.set(title="First layer's weights", xticks=[], yticks=[])
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.set_anchor("NW")
        self._axes, self.moving = axes, []
        self._image: AxesImage | None = None

    def update(self, now: Moment) -> bool:
        """Draw the weights as they are."""
        solver = now.solver
        pixels = first_weights(solver.model.params, solver.X_train.shape[1:])
        if pixels is None:
            return False
        if self._image is not None:
            self._image.set_data(pixels)
            return False
        self._image = self._axes.imshow(pixels, interpolation="nearest", aspect="equal")
        self.moving = [self._image]
        return True


class Status(Panel):
    """Where the training is, in words."""

    def __init__(self, axes: Axes) -> None:
        axes.axis("off")
        self._words = axes.text(0, 1, "", va="top", fontsize=11, linespacing=1.5, transform=axes.transAxes)
        self.moving = [self._words]

    def update(self, now: Moment) -> bool:
        """Write down how the training stands."""
        solver, history = now.solver, now.solver.history
        lines = [
            f"step {solver.steps_done:,} of {solver.total_steps:,}, epoch {solver.epoch} of {solver.num_epochs}",
            f"learning rate {history.learning_rate[-1]:.3g}",
            f"loss {history.loss[-1]:.4g} (first {history.loss[0]:.4g})",
        ]
        if history.val_accuracy:
            lines.append(f"validation {history.val_accuracy[-1]:.1%}, best {solver.best_val_acc:.1%}")
        lines.append(f"{now.seconds:.0f} s" + (", paused" if now.paused else ""))
        if history.stop is not None:
            lines.append("\n" + textwrap.fill(history.stop.message, 42))
        self._words.set_text("\n".join(lines))
        return False


def _binned(values: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Middles (counted from 1) and means of successive bins of `width` values; the last one may be shorter."""
    starts = np.arange(0, len(values), width)
    ends = np.minimum(starts + width, len(values))
    return (starts + ends + 1) / 2, np.add.reduceat(values, starts) / (ends - starts)


def _fit_top(axes: Axes, top: float) -> bool:
    """Raise or lower the upper end of an axis that begins at 0, but only when that is worth a new background."""
    present = axes.get_ylim()[1]
    if 0.45 * present < top <= 0.97 * present or top <= 0:
        return False
    axes.set_ylim(0, 1.25 * top)
    return True


def _fit_right(axes: Axes, done: float, total: float, solver: Training) -> bool:
    """Let an axis that begins at 0 grow with the training, in few steps, and end where the training does."""
    present = axes.get_xlim()[1]
    if solver.history.stop is not None:
        wanted = done
    elif done > present:
        wanted = min(2 * done, max(total, done))
    else:
        return False
    axes.set_xlim(0, wanted)
    return wanted != present


def _summary(numbers: np.ndarray) -> str:
    finite = numbers[np.isfinite(numbers)]
    if finite.size < numbers.size:
        return f"{1 - finite.size / numbers.size:.0%} not finite"
    zero = np.mean(finite == 0)
    return f"std {finite.std():.2g}" + (f", {zero:.0%} zero" if zero > 0.005 else "")
