"""A small network that loses units at random, and what that does to its output."""

from __future__ import annotations

import itertools

import numpy as np
from ipywidgets import FloatSlider, IntSlider, Layout, ToggleButtons
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting.style import ink, tint
from course_utils.widgets.explorer import Explorer

_SIZES = (5, 7, 7, 1)
_MASKS = 2000
_ON, _LINE, _MEAN, _NOW = "C0", "C4", "C2", "C1"


def mask_sampler(p: float = 0.5, seed: int = 0) -> Explorer:
    """Choose how many units are kept and whether they are scaled; draw mask after mask.

    Args:
        p: probability of keeping a unit of a hidden layer, where the slider starts.
        seed: of the network's weights and input.

    Returns:
        The widget: the network under the chosen mask, and the output under 2,000 masks.
    """
    network = _network(seed)
    wide = {"layout": Layout(width="330px"), "style": {"description_width": "80px"}}
    controls = {
        "p": FloatSlider(value=p, min=0.1, max=1, step=0.05, description="p (keep)", **wide),
        "mask": IntSlider(value=0, min=0, max=50, description="mask", **wide),
        "scaling": ToggleButtons(
            options={"inverted (÷ p)": True, "vanilla": False},
            description="dropout",
            style={"description_width": "80px", "button_width": "120px"},
        ),
    }

    def draw(figure: Figure, p: float, mask: int, scaling: bool) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        masks = _draw_masks(p, np.random.default_rng([seed, mask]))
        outputs = outputs_under_masks(network, p, scaling, np.random.default_rng(seed + 1))
        now = _forward(network, masks, p if scaling else 1.0)
        _draw_network(left, masks)
        _draw_outputs(right, outputs, now, _forward(network, None, 1.0))

    def describe(p: float, mask: int, scaling: bool) -> str:
        kept = sum(int(m.sum()) for m in _draw_masks(p, np.random.default_rng([seed, mask])))
        outputs = outputs_under_masks(network, p, scaling, np.random.default_rng(seed + 1))
        return (
            f"{'Inverted' if scaling else 'Vanilla'} dropout with p = {p:.2f}: this mask keeps {kept} of "
            f"{sum(_SIZES[1:-1])} hidden units. Output under {_MASKS:,} masks: mean {outputs.mean():.2f}, "
            f"standard deviation {outputs.std():.2f}; without masks {_forward(network, None, 1.0):.2f}."
        )

    return Explorer(draw, controls, size=(10.6, 4.0), describe=describe)


def outputs_under_masks(
    network: tuple[np.ndarray, list[np.ndarray]], p: float, scaled: bool, rng: np.random.Generator
) -> np.ndarray:
    """The output of the small network under 2,000 masks, shape (2000,); scaled by 1 / p at each mask or not."""
    return np.array([_forward(network, _draw_masks(p, rng), p if scaled else 1.0) for _ in range(_MASKS)])


def _network(seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Input and weights; positive, so that every unit is at work and ReLU never bends."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.5, 1.5, size=_SIZES[0])
    shapes = itertools.pairwise(_SIZES)
    return x, [rng.uniform(0.2, 1.8, size=shape) / shape[0] for shape in shapes]


def _draw_masks(p: float, rng: np.random.Generator) -> list[np.ndarray]:
    return [rng.random(size) < p for size in _SIZES[1:-1]]


def _forward(
    network: tuple[np.ndarray, list[np.ndarray]], masks: list[np.ndarray] | None, scale: float
) -> float:
    out, weights = network
    for i, w in enumerate(weights):
        out = np.maximum(out @ w, 0)
        if masks is not None and i < len(masks):
            out = out * masks[i] / scale
    return float(out[0])


def _draw_network(axes: Axes, masks: list[np.ndarray]) -> None:
    on = [np.ones(_SIZES[0], bool), *masks, np.ones(1, bool)]
    places = [[(2.2 * k, i - (size - 1) / 2) for i in range(size)] for k, size in enumerate(_SIZES)]
    for k in range(len(_SIZES) - 1):
        for i, start in enumerate(places[k]):
            for j, end in enumerate(places[k + 1]):
                if on[k][i] and on[k + 1][j]:
                    axes.plot(*zip(start, end, strict=True), color=_LINE, linewidth=0.8, zorder=1)
    for layer, alive in zip(places, on, strict=True):
        for (x, y), works in zip(layer, alive, strict=True):
            axes.plot(x, y, "o", markersize=17, color=_ON if works else tint(0.12), zorder=2)
            if not works:
                axes.text(x, y, "×", ha="center", va="center", fontsize=15, color=tint(0.6), zorder=3)
    kept, total = sum(int(m.sum()) for m in masks), sum(_SIZES[1:-1])
    axes.set_title(f"This mask keeps {kept} of {total} hidden units", fontsize=12)
    axes.set(xlim=(-0.6, 7.2), ylim=(-3.6, 3.6))
    axes.axis("off")


def _draw_outputs(axes: Axes, outputs: np.ndarray, now: float, full: float) -> None:
    weights = np.full(outputs.size, 100 / outputs.size)
    axes.hist(outputs, bins=40, weights=weights, color=tint(0.5, _LINE))
    for value, colour, words in (
        (full, ink(), f"no mask {full:.2f}"),
        (outputs.mean(), _MEAN, f"mean of all masks {outputs.mean():.2f}"),
        (now, _NOW, f"this mask {now:.2f}"),
    ):
        style = "--" if colour == _MEAN else "-"
        axes.axvline(value, color=colour, linestyle=style, label=words)
    axes.set(xlabel="output", ylabel="masks (%)", xlim=(-0.1, max(3.0 * full, outputs.max() * 0.9)))
    axes.set_title(f"2,000 masks: std {outputs.std():.2f}", fontsize=12)
    axes.legend(fontsize=10)
