"""A training to look at and to steer: five pictures that move, a slider for the rate, pause and stop.

    Solver(model, data, callbacks=[TrainingDashboard()], verbose=False).train()

The controls act while the cell runs, where what widgets say reaches a thread of its own in the kernel, a subshell: JupyterLab
from 4.4 and ipykernel from 7. Elsewhere `solver.train_in_background()` leaves the kernel free to listen.
"""

from __future__ import annotations

import re
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

import ipywidgets
import matplotlib as mpl
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle, Image, display
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image as Pixels

from course_utils.plotting import STYLE
from course_utils.training import Callback, Solver

Activations = Callable[[np.ndarray], Mapping[str, np.ndarray] | Sequence[np.ndarray]]

_SIZE = (11.2, 5.6)
# Pixels of the page for an inch of the figure; the last picture, which stays, has twice as many.
_PAGE_DPI = 84
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_LAYERS = 6
_TILES = 32
_EXAMPLES = 100
_PAUSE_SECONDS = 0.05
_FASTEST_SECONDS = 0.25
_FORWARD = re.compile(r"(?P<layer>\w+?)_forward(_\w+)?")
_BENDS = re.compile(r"relu|elu|tanh|sigmoid|maxout")


class TrainingDashboard(Callback):
    """A callback that shows a training while it runs and lets its reader steer it.

    Losses, accuracies, update ratios, the spread of each layer's activations and the first layer's weights are drawn into one image
    of a fixed size. When the training ends, the image becomes an ordinary output of the cell, which stays in the notebook.

    Args:
        activations: activations(X) -> the layers' values for a batch, by name or in order. When not given, the dashboard
            looks on while the model scores a batch, and takes what functions named relu_forward, tanh_forward, ... return
            (any *_forward where there is none of these, the scores where there is none at all).
        share: of the time, that drawing may take; a slow machine gets fewer pictures, not a slower training.

    Attributes:
        rate, pause, stop: the controls; they may also be set by code.
        frames: how many pictures were drawn in the last training.
    """

    def __init__(self, activations: Activations | None = None, *, share: float = 0.02):
        self.activations = activations
        self.share = share
        self.frames = 0
        self._solver: Solver | None = None
        wide = {"description_width": "90px"}
        self.rate = ipywidgets.FloatLogSlider(
            description="learning rate",
            min=-6,
            max=1,
            step=0.05,
            value=1e-2,
            continuous_update=False,
            readout_format=".2e",
            layout=ipywidgets.Layout(width="420px"),
            style=wide,
        )
        self.pause = ipywidgets.ToggleButton(description="Pause", icon="pause")
        self.stop = ipywidgets.Button(description="Stop", icon="stop")
        self._image = ipywidgets.Image(format="jpeg", layout=_fixed_size())
        for control in (self.rate, self.pause, self.stop):
            _answer_in_a_subshell(control)
        self.rate.observe(self._set_rate, names="value")
        self.stop.on_click(self._stop)

    def on_train_begin(self, solver: Solver) -> None:
        self._solver, self._picture, self.frames = solver, _Picture(solver), 0
        self._drawing, self._began, self._next = 0.0, time.perf_counter(), 0.0
        self._follow_rate(solver.learning_rate)
        self.pause.value = False
        for control in (self.rate, self.pause, self.stop):
            control.disabled = False
        self._image.layout.display = "block"
        self._handle = self._show(_can_be_steered()) if InteractiveShell.initialized() else None

    def on_step(self, solver: Solver) -> None:
        if self.pause.value:
            self._wait(solver)
        self._wrong = solver.history.stop is not None
        if self._wrong or time.perf_counter() >= self._next:
            self._draw(solver)

    def on_train_end(self, solver: Solver) -> None:
        for control in (self.rate, self.pause, self.stop):
            control.disabled = True
        if not solver.history.loss:
            return
        # Where something went wrong, the picture of that moment tells more than one of the parameters put back since.
        if not self._wrong:
            self._update(solver)
        self._follow_rate(solver.history.learning_rate[-1])
        if self._handle is not None:
            self._handle.update(self.picture())
        self._image.layout.display = "none"

    def picture(self) -> Image:
        """The last picture as an image that a notebook displays, with a description for screen readers."""
        still = self._picture.still()
        return Image(still, width=round(_SIZE[0] * _PAGE_DPI), alt=describe(self._solver))

    def _draw(self, solver: Solver) -> None:
        # Time of this thread alone: waiting for others on a busy machine slows the training just as much.
        start = time.thread_time()
        self._update(solver)
        self._image.value = self._picture.frame()
        self._follow_rate(solver.learning_rate)
        taken = time.thread_time() - start
        # The first picture, which finds room for labels, takes longest and tells little about the next.
        self._drawing = min(taken, 0.05) if self.frames == 1 else 0.7 * self._drawing + 0.3 * taken
        self._next = time.perf_counter() + max(_FASTEST_SECONDS, self._drawing / self.share)

    def _update(self, solver: Solver) -> None:
        self.frames += 1
        X = solver.X_val[:_EXAMPLES]
        if self.activations is None:
            layers = layer_outputs(solver.model, X)
        else:
            found = self.activations(X)
            named = isinstance(found, Mapping)
            layers = dict(found) if named else {f"layer {k}": a for k, a in enumerate(found, start=1)}
        self._picture.update(solver, layers, time.perf_counter() - self._began, self.pause.value)

    def _wait(self, solver: Solver) -> None:
        self._draw(solver)
        while self.pause.value and not solver.stopping:
            time.sleep(_PAUSE_SECONDS)
        self._draw(solver)

    def _set_rate(self, change: Any) -> None:
        # What _follow_rate shows is no wish of the reader's.
        if self._solver is not None and not np.isclose(change["new"], self._shown_rate):
            self._solver.learning_rate = change["new"]
            self._shown_rate = change["new"]

    def _follow_rate(self, rate: float) -> None:
        """Put the slider where the rate is, which a schedule may move, without taking it for the reader's wish."""
        if rate > 0:
            place = float(np.log10(rate))
            self.rate.min, self.rate.max = min(self.rate.min, place - 2), max(self.rate.max, place + 2)
            self._shown_rate = rate
            self.rate.value = rate

    def _stop(self, _button: Any) -> None:
        if self._solver is not None:
            self._solver.stop("Stopped with the button.")

    def _show(self, steered: bool) -> DisplayHandle:
        """Show the moving picture, and where the last one will stand."""
        row = ipywidgets.Layout(display="flex", flex_flow="row wrap")
        controls = (ipywidgets.Box((self.rate, self.pause, self.stop), layout=row),) if steered else ()
        bundle = ipywidgets.VBox((*controls, self._image))._repr_mimebundle_()
        more = ", change its learning rate, pause and stop it" if steered else ""
        display({**bundle, "text/plain": f"[Run this cell to watch the training{more}.]"}, raw=True)
        return display({"text/plain": ""}, raw=True, display_id=True)


def _answer_in_a_subshell(control: ipywidgets.Widget) -> None:
    """Leave it to the notebook program which thread of the kernel hears from a control.

    From 7.4 on, ipykernel sends what a widget says to the thread that has last changed the widget: the main thread, which
    is busy training.
    """
    control.comm._reply_subshell_for = lambda _data, asked_for: asked_for


def _can_be_steered() -> bool:
    """Whether controls are heard while this thread trains."""
    if threading.current_thread() is not threading.main_thread():
        return True
    kernel = getattr(InteractiveShell.instance(), "kernel", None)
    return "kernel subshells" in getattr(kernel, "kernel_info", {}).get("supported_features", ())


def _fixed_size() -> ipywidgets.Layout:
    width, height = (f"{round(inches * _PAGE_DPI)}px" for inches in _SIZE)
    return ipywidgets.Layout(width=width, height=height, min_width=width, min_height=height)


def describe(solver: Solver) -> str:
    """What the dashboard shows, for readers who cannot see it."""
    history = solver.history
    said = f"A training of {solver.steps_done} steps: the loss went from {history.loss[0]:.3g} to {history.loss[-1]:.3g}"
    if history.val_accuracy:
        said += (
            f", the training accuracy reached {history.train_accuracy[-1]:.1%} and the validation accuracy "
            f"{history.val_accuracy[-1]:.1%}"
        )
    return f"{said}. {history.stop or ''}".strip()


def layer_outputs(model: Any, X: np.ndarray) -> dict[str, np.ndarray]:
    """What the layers of a model return while it scores a batch, without its help: see `TrainingDashboard`.

    model: has loss(X) -> scores
    X: examples, shape (N, ...)
    Returns arrays by name, e.g. "relu 1", in the order in which they were computed.
    """
    found: list[tuple[str, np.ndarray]] = []
    inside: list[Any] = []

    def look(frame: Any, event: str, returned: Any) -> None:
        if event not in ("call", "return") or not _FORWARD.fullmatch(frame.f_code.co_name):
            return
        if event == "call":
            inside.append(frame)
        elif inside and inside.pop() is frame and not inside:  # a layer made of layers counts once
            out = returned[0] if isinstance(returned, tuple) and returned else returned
            if isinstance(out, np.ndarray) and out.size:
                found.append((_FORWARD.fullmatch(frame.f_code.co_name)["layer"], out))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        scores = model.loss(X)
    finally:
        sys.setprofile(before)
    bends = [(name, out) for name, out in found if _BENDS.search(name)]
    chosen = bends or found or [("scores", np.asarray(scores))]
    if len(chosen) == 1:
        return {chosen[0][0].replace("_", " "): chosen[0][1]}
    return {f"{name.replace('_', ' ')} {k}": out for k, (name, out) in enumerate(chosen, start=1)}


def first_weights(params: Mapping[str, np.ndarray], image_shape: tuple[int, ...]) -> np.ndarray | None:
    """The first layer's weights side by side as one picture, grey where a weight is zero.

    params: a model's parameters
    image_shape: (C, H, W) of what the first layer sees, to give the columns of a matrix their shape back
    Returns pixels (rows, columns, 3) in [0, 1], or None where no parameter has two or four axes.
    """
    w = next((w for w in params.values() if w.ndim in (2, 4)), None)
    if w is None:
        return None
    if w.ndim == 2:
        shape = image_shape if len(image_shape) == 3 and w.shape[0] == np.prod(image_shape) else None
        w = w.T.reshape(-1, *shape) if shape and shape[0] in (1, 3) else w[None, None]
    elif w.shape[1] not in (1, 3):
        w = w[:, :1]
    w = w[:_TILES].astype(np.float64)
    limit = np.abs(w[np.isfinite(w)]).max(initial=0) or 1.0
    tiles = np.nan_to_num(np.clip(0.5 + w / (2 * limit), 0, 1)).transpose(0, 2, 3, 1)
    N, H, W, _ = tiles.shape
    columns = min(N, 8) if H < 3 * W else 1
    rows = -(-N // columns)
    picture = np.ones((rows * (H + 1), columns * (W + 1), 3))
    for k, tile in enumerate(tiles):
        top, left = k // columns * (H + 1), k % columns * (W + 1)
        picture[top : top + H, left : left + W] = tile
    return picture[:-1, :-1]


class _Picture:
    """The dashboard's figure. What moves is drawn anew over a background that is kept, which is several times as fast."""

    def __init__(self, solver: Solver):
        with mpl.rc_context(fname=STYLE):
            self._figure = Figure(figsize=_SIZE, dpi=_PAGE_DPI)
            self._canvas = FigureCanvasAgg(self._figure)
            axes = self._figure.subplots(2, 3)
            self._panels = [
                _Loss(axes[0, 0], solver),
                _Accuracy(axes[0, 1], solver),
                _Ratios(axes[0, 2], solver),
                _Layers(axes[1, 0]),
                _Weights(axes[1, 1]),
                _Status(axes[1, 2]),
            ]
        self._background: Any = None

    def update(self, solver: Solver, layers: dict[str, np.ndarray], seconds: float, paused: bool) -> None:
        """Take over what has happened."""
        with mpl.rc_context(fname=STYLE):
            changes = [
                panel.update(solver=solver, layers=layers, seconds=seconds, paused=paused)
                for panel in self._panels
            ]
        if any(changes):
            self._background = None

    def frame(self) -> bytes:
        """The picture as JPEG, which is made in a sixth of PNG's time."""
        moving = [artist for panel in self._panels for artist in panel.moving]
        if self._background is None:
            self._draw_background(moving)
        self._canvas.restore_region(self._background)
        for artist in moving:
            artist.axes.draw_artist(artist)
        data = BytesIO()
        pixels = np.ascontiguousarray(np.asarray(self._canvas.buffer_rgba())[..., :3])
        Pixels.fromarray(pixels).save(data, "jpeg", quality=92, subsampling=0)
        return data.getvalue()

    def _draw_background(self, moving: list[Artist]) -> None:
        for artist in moving:
            artist.set_animated(True)
        with mpl.rc_context(fname=STYLE):
            self._canvas.draw()
        # Places were found for all labels; finding them again for each picture takes longer than drawing.
        self._figure.set_layout_engine("none")
        self._background = self._canvas.copy_from_bbox(self._figure.bbox)

    def still(self) -> bytes:
        """The picture as PNG, with twice the pixels."""
        for panel in self._panels:
            for artist in panel.moving:
                artist.set_animated(False)
        self._background = None
        data = BytesIO()
        with mpl.rc_context(fname=STYLE):
            self._figure.savefig(data, format="png", dpi=2 * _PAGE_DPI, bbox_inches=None)
        return data.getvalue()


class _Panel:
    """One part of the picture: `moving` artists, and an update that says whether anything else has changed."""

    moving: list[Artist]

    def update(self, **now: Any) -> bool:
        raise NotImplementedError


class _Loss(_Panel):
    def __init__(self, axes: Axes, solver: Solver):
        axes.set(title="Loss", xlabel="step", xlim=(0, solver.steps_per_epoch), ylim=(0, 1))
        (self._raw,) = axes.plot([], [], color=_COLOURS[0], alpha=0.25, linewidth=0.8)
        (self._mean,) = axes.plot([], [], color=_COLOURS[0])
        self._axes, self.moving = axes, [self._raw, self._mean]

    def update(self, solver: Solver, **_now: Any) -> bool:
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


class _Accuracy(_Panel):
    def __init__(self, axes: Axes, solver: Solver):
        axes.set(title="Accuracy (%)", xlabel="epoch", xlim=(0, 1), ylim=(0, 100))
        axes.xaxis.get_major_locator().set_params(integer=True)
        (self._train,) = axes.plot([], [], "--", color=_COLOURS[0], label="training")
        (self._val,) = axes.plot([], [], "o-", color=_COLOURS[1], markersize=3, label="validation")
        axes.legend(loc="best", ncols=2, fontsize=10)
        self._axes, self.moving = axes, [self._train, self._val]

    def update(self, solver: Solver, **_now: Any) -> bool:
        history = solver.history
        epochs = np.array(history.epoch_step) / solver.steps_per_epoch
        self._train.set_data(epochs, 100 * np.array(history.train_accuracy))
        self._val.set_data(epochs, 100 * np.array(history.val_accuracy))
        per_epoch = solver.steps_per_epoch
        return _fit_right(self._axes, solver.steps_done / per_epoch, solver.total_steps / per_epoch, solver)


class _Ratios(_Panel):
    def __init__(self, axes: Axes, solver: Solver):
        axes.set(
            title="Update ÷ weight",
            xlabel="step",
            yscale="log",
            xlim=(0, solver.steps_per_epoch),
            ylim=(1e-6, 1),
        )
        axes.axhspan(3e-4, 3e-3, color="#009E73", alpha=0.15, linewidth=0)
        axes.text(
            0.99,
            1e-3,
            "healthy",
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=9,
            color="0.4",
        )
        names = [name for name, w in solver.model.params.items() if w.ndim > 1] or list(solver.model.params)
        self._lines = {
            name: axes.plot([], [], ".-", color=colour, linewidth=1.4, markersize=4, label=name)[0]
            for name, colour in zip(names, _COLOURS, strict=False)
        }
        axes.legend(loc="lower left", ncols=min(len(names), 5), fontsize=9, handlelength=1, columnspacing=1)
        self._axes, self.moving = axes, list(self._lines.values())

    def update(self, solver: Solver, **_now: Any) -> bool:
        steps = np.array(solver.history.ratio_step) + 1
        every = max(1, len(steps) // 300)
        for name, line in self._lines.items():
            ratios = np.array(solver.history.update_ratio.get(name, []))
            line.set_data(steps[: len(ratios)][::every], ratios[::every])
        return _fit_right(self._axes, solver.steps_done, solver.total_steps, solver)


class _Layers(_Panel):
    """A histogram for each layer, one above the other, on one scale."""

    def __init__(self, axes: Axes):
        axes.set(title="Activations", xlabel="value", xlim=(-1, 1), yticks=[])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
        self._axes, self.moving = axes, []
        self._fills: list[Any] = []
        self._words: list[Any] = []

    def update(self, layers: dict[str, np.ndarray], **_now: Any) -> bool:
        shown = list(layers.items())[-_LAYERS:]
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
            self._axes.fill_between(lefts, lefts, color=_COLOURS[k % len(_COLOURS)], alpha=0.75)
            for k in range(count)
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


class _Weights(_Panel):
    def __init__(self, axes: Axes):
        axes.set(title="First layer's weights", xticks=[], yticks=[])
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.set_anchor("NW")
        self._axes, self._image, self.moving = axes, None, []

    def update(self, solver: Solver, **_now: Any) -> bool:
        pixels = first_weights(solver.model.params, solver.X_train.shape[1:])
        if pixels is None:
            return False
        if self._image is not None:
            self._image.set_data(pixels)
            return False
        self._image = self._axes.imshow(pixels, interpolation="nearest", aspect="equal")
        self.moving = [self._image]
        return True


class _Status(_Panel):
    def __init__(self, axes: Axes):
        axes.axis("off")
        self._words = axes.text(0, 1, "", va="top", fontsize=11, linespacing=1.5, transform=axes.transAxes)
        self.moving = [self._words]

    def update(self, solver: Solver, seconds: float, paused: bool, **_now: Any) -> bool:
        history = solver.history
        lines = [
            f"step {solver.steps_done:,} of {solver.total_steps:,}, epoch {solver.epoch} of {solver.num_epochs}",
            f"learning rate {history.learning_rate[-1]:.3g}",
            f"loss {history.loss[-1]:.4g} (first {history.loss[0]:.4g})",
        ]
        if history.val_accuracy:
            lines.append(f"validation {history.val_accuracy[-1]:.1%}, best {solver.best_val_acc:.1%}")
        lines.append(f"{seconds:.0f} s" + (", paused" if paused else ""))
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


def _fit_right(axes: Axes, done: float, total: float, solver: Solver) -> bool:
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
