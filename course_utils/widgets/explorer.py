"""Controls and the picture they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import ipywidgets
import matplotlib as mpl
from IPython.display import DisplayHandle, display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course_utils.plotting import course_style
from course_utils.widgets.described import DescribedImage, name_controls

# Pixels of the page for an inch of the figure; the picture itself has twice as many, for sharp text.
_PAGE_DPI = 84


class Explorer(ipywidgets.VBox):
    """A widget whose picture is an ordinary image output below its controls.

    A picture inside a widget vanishes with the kernel; this one is saved in the notebook and shows wherever the
    notebook is read.

    Args:
        draw: draws on the figure it is given: draw(figure, **values), one value for each control.
        controls: the controls by the name of draw's argument.
        size: width and height of the figure in inches.
        describe: describe(**values) -> what the picture says, for readers who cannot see it.
    """

    def __init__(
        self,
        draw: Callable[..., None],
        controls: Mapping[str, ipywidgets.Widget],
        *,
        size: tuple[float, float],
        describe: Callable[..., str],
    ) -> None:
        row = ipywidgets.Layout(display="flex", flex_flow="row wrap")
        super().__init__(children=(ipywidgets.Box(tuple(controls.values()), layout=row),))
        self.controls = dict(controls)
        self._draw = draw
        self._size = size
        self._describe = describe
        self._handle: DisplayHandle | None = None
        for control in controls.values():
            control.observe(self._redraw, names="value")

    @property
    def values(self) -> dict[str, Any]:
        """What the controls are set to."""
        return {name: control.value for name, control in self.controls.items()}

    def figure(self) -> Figure:
        """The picture for the present values of the controls."""
        with mpl.rc_context(course_style()):
            figure = Figure(figsize=self._size)
            self._draw(figure, **self.values)
        return figure

    def picture(self) -> DescribedImage:
        """The picture as an image that a notebook displays, with a description for screen readers."""
        data = BytesIO()
        with mpl.rc_context(course_style()):
            figure = self.figure()
            figure.set_dpi(2 * _PAGE_DPI)
            # `savefig` would find a place for every label twice.
            FigureCanvasAgg(figure).print_png(data)
        width = round(self._size[0] * _PAGE_DPI)
        return DescribedImage(data.getvalue(), format="png", width=width, alt=self._describe(**self.values))

    def _redraw(self, _change: Any) -> None:
        if self._handle is not None:
            self._handle.update(self.picture())

    def _ipython_display_(self) -> None:
        picture = self.picture()
        bundle = ipywidgets.VBox(self.children)._repr_mimebundle_()
        display({**bundle, "text/plain": self._without_controls()}, raw=True)
        self._handle = display(picture, display_id=True)
        name_controls()

    def _without_controls(self) -> str:
        """What stands in place of the controls where no kernel runs."""
        names = ", ".join(control.description for control in self.controls.values())
        return f"[Run this cell to change: {names}]"


def gradients_slider(shown: int, count: int) -> ipywidgets.IntSlider:
    """A slider for how many of `count` gradients are shown, at `shown` at first."""
    return ipywidgets.IntSlider(
        value=shown,
        min=0,
        max=count,
        description="gradients shown",
        layout=ipywidgets.Layout(width="330px"),
        style={"description_width": "110px"},
    )
