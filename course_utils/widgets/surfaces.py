"""Surfaces over the plane to walk down, and pictures of the walks: landscapes, paths, and paths that grow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image as Picture

from course_utils.plotting import course_style
from course_utils.plotting.style import ink, paper
from course_utils.training import rules
from course_utils.widgets.described import DescribedImage

# One colour of the style for each rule, wherever it is drawn.
COLOURS = {"SGD": "C6", "momentum": "C0", "Nesterov": "C1", "AdaGrad": "C3", "RMSProp": "C2", "Adam": "C5"}
# Of x and y, elementwise.
Function = Callable[[Any, Any], Any]
# How much of a landscape's colours there is on the paper, so that paths stand out.
LANDSCAPE = 0.4
_OTHERS = ("C4", "C0", "C1", "C2")


@dataclass(frozen=True)
class Surface:
    """A loss of two parameters.

    Attributes:
        name: for titles.
        loss: loss(x, y), elementwise.
        slopes: slopes(x, y) -> (df/dx, df/dy), elementwise.
        start: (x, y) where walks begin when nothing else is said.
        limits: (left, right, bottom, top) of the picture.
        minima: every lowest point, as (x, y).
        noise: standard deviation of what `gradient` adds to each slope when a generator is handed in.
    """

    name: str
    loss: Function
    slopes: Function
    start: tuple[float, float]
    limits: tuple[float, float, float, float]
    minima: tuple[tuple[float, float], ...]
    noise: float = 0.0

    def gradient(self, w: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Gradient at w, shape (2,); with a generator and a surface that has noise, a noisy one."""
        exact = np.array(self.slopes(*w), dtype=np.float64)
        return exact if rng is None else exact + self.noise * rng.normal(size=2)


def _beale_terms(x: Any, y: Any) -> tuple[Any, Any, Any]:
    return 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3


def _beale_slopes(x: Any, y: Any) -> tuple[Any, Any]:
    a, b, c = _beale_terms(x, y)
    return (
        2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1)),
        2 * x * (a + 2 * b * y + 3 * c * y**2),
    )


SURFACES = {
    surface.name: surface
    for surface in (
        Surface(
            "ravine",
            lambda x, y: 0.5 * (0.1 * x**2 + 2 * y**2),
            lambda x, y: (0.1 * x, 2 * y),
            (-9.0, 2.5),
            (-10, 4, -4, 4),
            ((0.0, 0.0),),
        ),
        Surface(
            "saddle",
            lambda x, y: 0.5 * x**2 - 0.5 * y**2 + 0.125 * y**4,
            lambda x, y: (x, -y + 0.5 * y**3),
            (-1.6, 0.002),
            (-2, 2, -2, 2),
            ((0.0, 2**0.5), (0.0, -(2**0.5))),
        ),
        Surface(
            "Beale",
            lambda x, y: sum(term**2 for term in _beale_terms(x, y)),
            _beale_slopes,
            (1.0, 1.5),
            (-0.5, 4, -1.5, 2),
            ((3.0, 0.5),),
        ),
        Surface(
            "Himmelblau",
            lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
            lambda x, y: (
                4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7),
                2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7),
            ),
            (0.3, -0.6),
            (-5.5, 5.5, -5.5, 5.5),
            ((3.0, 2.0), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)),
        ),
        Surface(
            "noisy bowl",
            lambda x, y: 0.5 * (0.5 * x**2 + 2 * y**2),
            lambda x, y: (0.5 * x, 2 * y),
            (-4.0, 2.5),
            (-5, 5, -4, 4),
            ((0.0, 0.0),),
            noise=1.5,
        ),
    )
}


def walk(
    surface: Surface,
    rule: rules.UpdateRule,
    steps: int,
    *,
    start: tuple[float, float] | None = None,
    rng: np.random.Generator | None = None,
    **config: float,
) -> np.ndarray:
    """Walk down a surface by an update rule.

    Args:
        surface: where to walk.
        rule: (w, dw, config) -> (next_w, config).
        steps: number of steps.
        start: (x, y); the surface's own when not given.
        rng: numpy.random.Generator for the surface's noise; none, no noise.
        **config: hyperparameters of the rule by name.

    Returns:
        The points, shape (steps + 1, 2); a walk that runs away ends in NaN.
    """
    w, state = np.array(start or surface.start, dtype=np.float64), dict(config)
    points = np.full((steps + 1, 2), np.nan)
    points[0] = w
    for t in range(steps):
        w, state = rule(w.copy(), surface.gradient(w, rng), state)
        if not np.all(np.abs(w) < 1e6):
            break
        points[t + 1] = w
    return points


def draw_surface(axes: Axes, surface: Surface) -> None:
    """Draw a surface's height lines, dense where it is low, with a star at each minimum."""
    left, right, bottom, top = surface.limits
    x, y = np.meshgrid(np.linspace(left, right, 240), np.linspace(bottom, top, 240))
    height = surface.loss(x, y)
    rise = np.log10(height - height.min() + 10 ** (np.log10(np.ptp(height)) - 4))
    axes.contourf(x, y, rise, levels=18, cmap="cividis", alpha=LANDSCAPE)
    axes.contour(x, y, rise, levels=18, colors=paper(), linewidths=0.5, linestyles="solid")
    for minimum in surface.minima:
        axes.plot(*minimum, "*", color=paper(), markeredgecolor=ink(), markersize=14, zorder=4)
    axes.set(xlim=(left, right), ylim=(bottom, top), title=surface.name, xlabel="w[0]", ylabel="w[1]")
    axes.grid(visible=False)


def draw_paths(axes: Axes, paths: Mapping[str, np.ndarray], *, markers: bool = True) -> None:
    """Draw walks over a surface, each in its rule's colour, with a dot for each step and a ring where it ends.

    Args:
        axes: that show the surface.
        paths: points of shape (steps + 1, 2) by name.
        markers: whether single steps are marked.
    """
    spare = iter(_OTHERS * len(paths))
    for name, points in paths.items():
        colour = COLOURS.get(name) or next(spare)
        points = points[np.isfinite(points).all(axis=1)]
        dots: dict[str, Any] = {"marker": "o", "markersize": 2.5} if markers else {}
        axes.plot(*points.T, color=colour, linewidth=1.6, label=name, zorder=5, **dots)
        axes.plot(*points[-1], "o", color=colour, markersize=7, markeredgecolor=paper(), zorder=6)


def animate_paths(
    walks: Mapping[str, Mapping[str, np.ndarray]],
    *,
    frames: int = 60,
    seconds: float = 6.0,
    file: str | Path | None = None,
) -> DescribedImage:
    """Let walks grow step by step, one panel for each surface.

    Args:
        walks: by name of the surface in SURFACES, its paths: points of shape (steps + 1, 2) by name of the
            rule.
        frames: pictures in the film.
        seconds: how long it runs; then it begins anew.
        file: where the GIF is written as well, if anywhere.

    Returns:
        The GIF as an image that a notebook shows and keeps, kernel or not.
    """
    with mpl.rc_context(course_style()):
        pictures = _frames(walks, frames)
    data = BytesIO()
    pictures[0].save(
        data,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 * seconds / len(pictures)),
        loop=0,
    )
    if file is not None:
        Path(file).write_bytes(data.getvalue())
    words = "; ".join(f"{surface}: {', '.join(paths)}" for surface, paths in walks.items())
    return DescribedImage(data.getvalue(), format="gif", alt=f"Walks downhill, step by step. {words}.")


def _frames(walks: Mapping[str, Mapping[str, np.ndarray]], count: int) -> list[Picture.Image]:
    """The landscapes are drawn once; only the paths change from picture to picture."""
    figure = Figure(figsize=(3.6 * len(walks), 3.7), dpi=84)
    canvas = FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(walks), squeeze=False)[0]
    moving = []
    for axes, (name, paths) in zip(panels, walks.items(), strict=True):
        draw_surface(axes, SURFACES[name])
        for rule, points in paths.items():
            colour = COLOURS.get(rule, _OTHERS[0])
            (line,) = axes.plot([], [], color=colour, linewidth=1.8, label=rule, animated=True)
            (head,) = axes.plot(
                [], [], "o", color=colour, markersize=8, markeredgecolor=paper(), animated=True
            )
            moving.append((axes, line, head, points))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    figure.set_layout_engine("constrained")
    canvas.draw()
    ground = canvas.copy_from_bbox(figure.bbox)
    pictures = []
    for k in range(count):
        canvas.restore_region(ground)
        for axes, line, head, points in moving:
            _show_until(axes, line, head, points, (k + 1) / count)
        pictures.append(Picture.fromarray(np.array(canvas.buffer_rgba())).convert("RGB"))
    # One palette for all, that of the last picture, so that what stands still is stored once.
    palette = pictures[-1].quantize(192)
    return [picture.quantize(palette=palette, dither=Picture.Dither.NONE) for picture in pictures]


def _show_until(axes: Axes, line: Line2D, head: Line2D, points: np.ndarray, share: float) -> None:
    seen = points[: max(1, round(share * len(points)))]
    seen = seen[np.isfinite(seen).all(axis=1)]
    line.set_data(*seen.T)
    head.set_data(*seen[-1:].T)
    axes.draw_artist(line)
    axes.draw_artist(head)
