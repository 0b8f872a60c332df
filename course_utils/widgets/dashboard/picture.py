"""The dashboard's picture: six panels, drawn again and again."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image as Pixels

from course_utils.plotting import course_style
from course_utils.training.callbacks import Training
from course_utils.widgets.dashboard.panels import (
    Accuracy,
    Layers,
    Loss,
    Moment,
    Panel,
    Ratios,
    Status,
    Weights,
)

# Width and height in inches.
SIZE = (11.2, 5.6)
# Pixels of the page for an inch of the figure; the last picture, which stays, has twice as many.
PAGE_DPI = 84


class Picture:
    """The dashboard's figure. What moves is drawn anew over a background that is kept, which is several times as fast."""

    def __init__(self, solver: Training) -> None:
        with mpl.rc_context(course_style()):
            self._figure = Figure(figsize=SIZE, dpi=PAGE_DPI)
            self._canvas = FigureCanvasAgg(self._figure)
            axes = self._figure.subplots(2, 3)
            self._panels: list[Panel] = [
                Loss(axes[0, 0], solver),
                Accuracy(axes[0, 1], solver),
                Ratios(axes[0, 2], solver),
                Layers(axes[1, 0]),
                Weights(axes[1, 1]),
                Status(axes[1, 2]),
            ]
        self._background: Any = None

    def update(self, now: Moment) -> None:
        """Take over what has happened."""
        with mpl.rc_context(course_style()):
            changes = [panel.update(now) for panel in self._panels]
        if any(changes):
            self._background = None

    def frame(self) -> bytes:
        """The picture as JPEG, which is made in a sixth of PNG's time."""
        moving = [artist for panel in self._panels for artist in panel.moving]
        if self._background is None:
            self._draw_background(moving)
        self._canvas.restore_region(self._background)
        for artist in moving:
            if artist.axes is not None:
                artist.axes.draw_artist(artist)
        data = BytesIO()
        pixels = np.ascontiguousarray(np.asarray(self._canvas.buffer_rgba())[..., :3])
        Pixels.fromarray(pixels).save(data, "jpeg", quality=92, subsampling=0)
        return data.getvalue()

    def _draw_background(self, moving: list[Artist]) -> None:
        for artist in moving:
            artist.set_animated(True)
        with mpl.rc_context(course_style()):
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
        with mpl.rc_context(course_style()):
            self._figure.savefig(data, format="png", dpi=2 * PAGE_DPI, bbox_inches=None)
        return data.getvalue()


def describe(solver: Training) -> str:
    """What the dashboard shows, for readers who cannot see it."""
    history = solver.history
    said = f"A training of {solver.steps_done} steps: the loss went from {history.loss[0]:.3g} to {history.loss[-1]:.3g}"
    if history.val_accuracy:
        said += (
            f", the training accuracy reached {history.train_accuracy[-1]:.1%} and the validation accuracy "
            f"{history.val_accuracy[-1]:.1%}"
        )
    return f"{said}. {history.stop or ''}".strip()
