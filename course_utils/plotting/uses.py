"""What ConvNets were soon used for: sixteen small drawings, what goes in and, in colour, what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Arc, Circle, Ellipse, Polygon, Rectangle

from course_utils.plotting.style import entitle, in_course_style, ink, tint

ANSWER, SECOND = "C1", "C0"


@in_course_style
def draw_uses() -> Figure:
    """Sixteen uses of ConvNets, a small drawing each: ink for what goes in, colour for what comes out.

    Returns:
        The figure.
    """
    figure, grid = plt.subplots(4, 4, figsize=(9.2, 8.6))
    for number, (axes, (name, draw)) in enumerate(zip(grid.flat, USES.items(), strict=True), start=1):
        axes.set(xlim=(0, 10), ylim=(0, 7), xticks=[], yticks=[], aspect="equal")
        axes.grid(visible=False)
        axes.spines[:].set(visible=True, color=tint(0.25))
        draw(axes)
        axes.set_title(f"{number} · {name}", fontsize=10, loc="left", pad=3)
    entitle(figure, "What goes in, and (in colour) what comes out")
    return figure


def _line(
    axes: Axes, points: Sequence[tuple[float, float]], colour: str | None = None, width: float = 1.5
) -> None:
    axes.plot(*zip(*points, strict=True), color=to_hex(colour or ink()), linewidth=width)


def _shape(axes: Axes, points: Sequence[tuple[float, float]], colour: str | None = None) -> None:
    axes.add_patch(Polygon(points, color=colour or tint(0.35)))


def _disc(axes: Axes, x: float, y: float, radius: float, colour: str | None = None) -> None:
    axes.add_patch(Circle((x, y), radius, color=colour or tint(0.35)))


def _box(axes: Axes, x: float, y: float, width: float, height: float, colour: str = ANSWER) -> None:
    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=colour, linewidth=2))


def _word(axes: Axes, x: float, y: float, text: str, size: float = 10, colour: str | None = ANSWER) -> None:
    axes.text(x, y, text, ha="center", va="center", fontsize=size, color=to_hex(colour or ink()))


def _cars(axes: Axes) -> None:
    _shape(axes, [(0, 0), (10, 0), (6, 4), (4, 4)], tint(0.15))
    _line(axes, [(5, 0.3), (5, 1.3)])
    _line(axes, [(5, 2), (5, 2.7)])
    _shape(axes, [(2.2, 1.5), (4, 1.5), (4, 2.4), (3.6, 3), (2.6, 3), (2.2, 2.4)])
    _box(axes, 1.9, 1.2, 2.4, 2.1)
    _line(axes, [(7.5, 1.6), (7.5, 3)])
    _disc(axes, 7.5, 3.4, 0.35)
    _box(axes, 6.9, 1.3, 1.2, 2.7, SECOND)
    _word(axes, 3.1, 3.8, "car", 9)
    _word(axes, 7.5, 4.5, "person", 9, SECOND)


def _faces(axes: Axes) -> None:
    for x, smile, colour in ((2.8, 200, ANSWER), (7.2, 220, ANSWER)):
        axes.add_patch(Ellipse((x, 3.8), 2.8, 3.6, color=tint(0.2)))
        _disc(axes, x - 0.6, 4.4, 0.18, ink())
        _disc(axes, x + 0.6, 4.4, 0.18, ink())
        axes.add_patch(Arc((x, 3.4), 1.4, 1.2, theta1=smile, theta2=540 - smile, color=ink()))
        _box(axes, x - 1.6, 1.8, 3.2, 4, colour)
    _word(axes, 5, 0.9, "the same person")


def _video(axes: Axes) -> None:
    for k in range(4):
        axes.add_patch(Rectangle((0.5 + 0.9 * k, 1.7 + 0.6 * k), 4.4, 3, color=tint(0.1 + 0.08 * k)))
    _disc(axes, 5.2, 5.6, 0.35, ink())
    _line(axes, [(5.2, 5.3), (5.5, 4.4), (4.7, 3.7)])
    _line(axes, [(5.5, 4.4), (6.2, 3.8)])
    _word(axes, 5, 0.8, "running, 0.93")


def _house_numbers(axes: Axes) -> None:
    _shape(axes, [(1, 0), (9, 0), (9, 6.5), (1, 6.5)], tint(0.15))
    axes.add_patch(Rectangle((2.5, 3), 5, 2.2, color=tint(0.45)))
    _word(axes, 5, 4.1, "1 7 4", 17, None)
    _word(axes, 5, 1.5, "174", 14)


def _pose(axes: Axes) -> None:
    joints = {"head": (5, 6), "neck": (5, 5), "hip": (4.8, 3), "left": (3, 4), "right": (7, 5.6)}
    _disc(axes, 5, 5.9, 0.6)
    limbs = [("neck", "hip"), ("neck", "left"), ("neck", "right")]
    legs = [((4.8, 3), (3.6, 1.8), (3.2, 0.5)), ((4.8, 3), (6.1, 2), (6.3, 0.5))]
    for first, second in limbs:
        _line(axes, [joints[first], joints[second]], tint(0.35), 7)
    for leg in legs:
        _line(axes, list(leg), tint(0.35), 7)
        _line(axes, list(leg), ANSWER)
    for first, second in limbs:
        _line(axes, [joints[first], joints[second]], ANSWER)
    for x, y in [*joints.values(), *(joint for leg in legs for joint in leg)]:
        _disc(axes, x, y, 0.17, ANSWER)


def _atari(axes: Axes) -> None:
    for row, share in enumerate((0.5, 0.35, 0.2)):
        for k in range(6):
            axes.add_patch(Rectangle((0.6 + 1.5 * k, 5.6 - 0.8 * row), 1.3, 0.6, color=tint(share)))
    _disc(axes, 6, 2.6, 0.22, ink())
    axes.add_patch(Rectangle((3.4, 0.8), 2, 0.35, color=ink()))
    axes.annotate("", (7.9, 1), (5.7, 1), arrowprops={"arrowstyle": "->", "color": ANSWER, "linewidth": 2})
    _word(axes, 7.3, 1.8, "right")


def _cancer_cells(axes: Axes) -> None:
    places = [(1.5, 1.5), (3.4, 2.6), (1.7, 4.6), (4.6, 5.3), (6.4, 1.4), (8.4, 3), (6.9, 4.8), (8.8, 5.8)]
    for x, y in places:
        _disc(axes, x, y, 0.75, tint(0.15))
        _disc(axes, x, y, 0.3, tint(0.5))
    axes.add_patch(Ellipse((5.3, 3.5), 1.6, 1, angle=30, color=tint(0.3)))
    _line(axes, [(5, 3.3), (5.6, 3.7)], width=3)
    axes.add_patch(Circle((5.3, 3.5), 1.1, fill=False, edgecolor=ANSWER, linewidth=2))
    _word(axes, 3.95, 1.2, "it divides", 9)


def _chinese_characters(axes: Axes) -> None:
    _line(axes, [(1.2, 5), (4.8, 5)], width=4)
    _line(axes, [(3, 6.3), (3, 5), (1.2, 1.4)], width=4)
    _line(axes, [(3, 4), (4.9, 1.4)], width=4)
    _word(axes, 7.4, 4.2, "“sky”?", 11, tint(0.6))
    _word(axes, 7.4, 2.8, "“big”", 14)


def _traffic_signs(axes: Axes) -> None:
    _line(axes, [(3.5, 0), (3.5, 3)], tint(0.5), 4)
    _disc(axes, 3.5, 4.4, 1.9, tint(0.6))
    _disc(axes, 3.5, 4.4, 1.4, tint(0.05))
    _word(axes, 3.5, 4.4, "50", 14, None)
    _word(axes, 7.6, 4.4, "50 km/h\n99.2 %")


def _neural_tissue(axes: Axes) -> None:
    rng = np.random.default_rng(4)
    centres = rng.uniform((0, 0), (10, 7), size=(9, 2))
    y, x = np.mgrid[0:7:140j, 0:10:200j]
    distances = np.hypot(x[..., None] - centres[:, 0], y[..., None] - centres[:, 1])
    nearest = np.sort(distances, axis=2)
    cells = distances.argmin(axis=2)
    axes.contour(x, y, nearest[..., 1] - nearest[..., 0], levels=[0.25], colors=[tint(0.5)], linewidths=2)
    inside = (cells == cells[70, 100]) & (nearest[..., 1] - nearest[..., 0] > 0.3)
    axes.contourf(x, y, inside.astype(float), levels=[0.5, 1.5], colors=[ANSWER], alpha=0.6)


def _text(axes: Axes) -> None:
    lines = ("A dull film,", "saved by", "its last hour.")
    for k, line in enumerate(lines):
        axes.text(0.8, 5.6 - 1.2 * k, line, fontsize=10, va="center")
    axes.add_patch(Rectangle((0.6, 2.65), 6.3, 1.1, color=ANSWER, alpha=0.35, linewidth=0))
    _word(axes, 5, 1.1, "positive, 0.71")


def _speech(axes: Axes) -> None:
    t = np.linspace(0.5, 9.5, 400)
    loud = np.exp(-((t - 2.6) ** 2)) + 0.8 * np.exp(-((t - 6.6) ** 2) / 1.5)
    axes.plot(t, 4.3 + 1.8 * loud * np.sin(18 * t), color=ink(), linewidth=0.9)
    _word(axes, 2.6, 1.3, "hel", 12)
    _word(axes, 6.6, 1.3, "lo", 12)


def _galaxies(axes: Axes) -> None:
    angle = np.linspace(0.3, 3.2 * np.pi, 200)
    for turn in (0, np.pi):
        x, y = 0.3 * angle * np.cos(angle + turn), 0.2 * angle * np.sin(angle + turn)
        axes.scatter(3.6 + x, 3.7 + y, s=3, color=tint(0.6))
    _disc(axes, 3.6, 3.7, 0.5, tint(0.6))
    _word(axes, 8.2, 3.6, "spiral")


def _whales(axes: Axes) -> None:
    axes.add_patch(Ellipse((4.2, 3.4), 7, 3, color=tint(0.45)))
    _shape(axes, [(7.3, 3.4), (9.3, 4.9), (8.9, 3.4), (9.3, 1.9)], tint(0.45))
    for x, y, size in ((1.6, 4, 0.28), (2.2, 3.1, 0.2), (2.5, 4.2, 0.33), (3.1, 3.7, 0.16), (1.7, 3.2, 0.15)):
        _disc(axes, x, y, size, tint(0.02))
    _box(axes, 1, 2.6, 2.6, 2.2)
    _word(axes, 5, 1, "whale no. 47")


def _roads(axes: Axes) -> None:
    for x, y in ((1, 5), (2.4, 5.2), (1.3, 1.2), (6.2, 5.4), (7.6, 1.3), (8.6, 5), (4.6, 1)):
        axes.add_patch(Rectangle((x, y), 0.8, 0.7, color=tint(0.35)))
    for road in (
        [(0, 3.2), (4, 3.6), (10, 3)],
        [(4, 3.6), (5, 7)],
        [(4, 3.6), (3.2, 0)],
        [(7, 3.3), (10, 6.4)],
    ):
        _line(axes, road, tint(0.2), 8)
        _line(axes, road, ANSWER, 2)


def _captions(axes: Axes) -> None:
    _shape(axes, [(0, 2.2), (10, 2.2), (10, 7), (0, 7)], tint(0.08))
    _line(axes, [(0, 3), (10, 3)], tint(0.4))
    axes.add_patch(Ellipse((4, 4), 2.2, 1, color=tint(0.45)))
    _disc(axes, 5.3, 4.7, 0.45)
    for x in (3.2, 3.6, 4.4, 4.8):
        _line(axes, [(x, 3.8), (x, 3)], tint(0.6), 2)
    _disc(axes, 7.8, 5.2, 0.35, tint(0.6))
    _word(axes, 5, 1.1, "a dog looks at a ball", 9)


USES: dict[str, Callable[[Axes], None]] = {
    "self-driving cars": _cars,
    "faces": _faces,
    "video": _video,
    "house numbers": _house_numbers,
    "pose": _pose,
    "games": _atari,
    "cancer cells": _cancer_cells,
    "Chinese characters": _chinese_characters,
    "traffic signs": _traffic_signs,
    "neural tissue": _neural_tissue,
    "text": _text,
    "speech": _speech,
    "galaxies": _galaxies,
    "whales": _whales,
    "roads from above": _roads,
    "captions": _captions,
}
