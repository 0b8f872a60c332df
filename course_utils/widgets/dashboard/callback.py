"""A training to look at and to steer: five pictures that move, a slider for the rate, pause and stop.

    Solver(model, data, callbacks=[TrainingDashboard()], verbose=False).train()

The controls act while the cell runs, where what widgets say reaches a thread of its own in the kernel, a subshell: JupyterLab
from 4.4 and ipykernel from 7. Elsewhere `solver.train_in_background()` leaves the kernel free to listen.
"""

from __future__ import annotations

import html
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle, display

from course_utils.training import Callback
from course_utils.training.callbacks import Training
from course_utils.training.looks import layer_outputs
from course_utils.widgets.dashboard.panels import Moment
from course_utils.widgets.dashboard.picture import PAGE_DPI, SIZE, Picture, describe
from course_utils.widgets.described import DescribedImage, name_controls

Activations = Callable[[np.ndarray], Mapping[str, np.ndarray] | Sequence[np.ndarray]]

_EXAMPLES = 100
_PAUSE_SECONDS = 0.05
_FASTEST_SECONDS = 0.25


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
        rate: the slider of the learning rate; may also be set by code.
        pause: the button that holds the training, and lets it go on.
        stop: the button that ends it.
        frames: how many pictures were drawn in the last training.
    """

    _picture: Picture

    def __init__(self, activations: Activations | None = None, *, share: float = 0.02) -> None:
        self.activations = activations
        self.share = share
        self.frames = 0
        self._solver: Training | None = None
        self._shown_rate = math.nan
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
        # Of one height, so that nothing moves while the training goes on; what a narrow page has no room for is scrolled to.
        self._said = ipywidgets.HTML(layout=ipywidgets.Layout(height="4em", overflow="auto"))
        for control in (self.rate, self.pause, self.stop):
            _answer_in_a_subshell(control)
        self.rate.observe(self._set_rate, names="value")
        self.stop.on_click(self._stop)

    def on_train_begin(self, solver: Training) -> None:
        """Show the controls and an empty picture."""
        self._solver, self._picture, self.frames = solver, Picture(solver), 0
        self._drawing, self._began, self._next = 0.0, time.perf_counter(), 0.0
        self._follow_rate(solver.learning_rate)
        self.pause.value = False
        for control in (self.rate, self.pause, self.stop):
            control.disabled = False
        self._image.layout.display = self._said.layout.display = "block"
        self._said.value = ""
        self._image.layout.visibility = "hidden"  # a browser shows an image without a file as a broken one
        self._handle = self._show(_can_be_steered()) if InteractiveShell.initialized() else None

    def on_step(self, solver: Training) -> None:
        """Wait while paused, and draw when it is time."""
        if self.pause.value:
            self._wait(solver)
        self._wrong = solver.history.stop is not None
        if self._wrong or time.perf_counter() >= self._next:
            self._draw(solver)

    def on_train_end(self, solver: Training) -> None:
        """Leave the last picture in the cell's output."""
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
        self._image.layout.display = self._said.layout.display = "none"

    def picture(self) -> DescribedImage:
        """The last picture as an image that a notebook displays, with a description for screen readers.

        Raises:
            RuntimeError: no training has begun.
        """
        if self._solver is None:
            raise RuntimeError(
                "there is no picture yet; pass the dashboard to a Solver as a callback, and train"
            )
        still, width = self._picture.still(), round(SIZE[0] * PAGE_DPI)
        return DescribedImage(still, format="png", width=width, alt=describe(self._solver))

    def _draw(self, solver: Training) -> None:
        # Time of this thread alone: waiting for others on a busy machine slows the training just as much.
        start = time.thread_time()
        self._update(solver)
        self._image.value = self._picture.frame()
        self._said.value = html.escape(describe(solver))
        self._image.layout.visibility = "visible"
        self._follow_rate(solver.learning_rate)
        taken = time.thread_time() - start
        # The first picture, which finds room for labels, takes longest and tells little about the next.
        self._drawing = min(taken, 0.05) if self.frames == 1 else 0.7 * self._drawing + 0.3 * taken
        self._next = time.perf_counter() + max(_FASTEST_SECONDS, self._drawing / self.share)

    def _update(self, solver: Training) -> None:
        self.frames += 1
        layers = self._layers(solver)
        seconds = time.perf_counter() - self._began
        self._picture.update(Moment(solver, layers, seconds, self.pause.value))

    def _layers(self, solver: Training) -> Mapping[str, np.ndarray]:
        X = solver.X_val[:_EXAMPLES]
        if self.activations is None:
            return layer_outputs(solver.model, X)
        found = self.activations(X)
        if isinstance(found, Mapping):
            return found
        return {f"layer {k}": a for k, a in enumerate(found, start=1)}

    def _wait(self, solver: Training) -> None:
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
        bundle = ipywidgets.VBox((*controls, self._image, self._said))._repr_mimebundle_()
        more = ", change its learning rate, pause and stop it" if steered else ""
        display({**bundle, "text/plain": f"[Run this cell to watch the training{more}.]"}, raw=True)
        name_controls()
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
    width, height = (f"{round(inches * PAGE_DPI)}px" for inches in SIZE)
    return ipywidgets.Layout(width=width, height=height, min_width=width, min_height=height)
