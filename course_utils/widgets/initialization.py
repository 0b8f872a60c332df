"""First weights × depth × normalization, and what becomes of signals and gradients on their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ipywidgets import Checkbox, Dropdown, FloatLogSlider, IntSlider, Layout
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting.style import GRADIENT, VALUE, tint, whole_numbers
from course_utils.widgets.explorer import Explorer

_EXAMPLES, _UNITS = 256, 100
_BAR = "C4"


@dataclass(frozen=True)
class _Nonlinearity:
    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    limits: tuple[float, float]


_NONLINEARITIES = {
    "ReLU": _Nonlinearity(lambda s: np.maximum(s, 0), lambda s: s > 0, (0.0, 3.0)),
    "tanh": _Nonlinearity(np.tanh, lambda s: 1 - np.tanh(s) ** 2, (-1.0, 1.0)),
}


def initialization_explorer(
    gain: float = 0.1, depth: int = 10, nonlinearity: str = "tanh", seed: int = 0
) -> Explorer:
    """Choose the size of the first weights, the depth, the nonlinearity, and whether to normalize.

    Args:
        gain: standard deviation of the weights times √D, where the slider starts: 1 is Xavier, √2 is He.
        depth: layers, 1 to 30.
        nonlinearity: "ReLU" or "tanh".
        seed: of the numbers that inputs, weights and the last gradient are drawn from.

    Returns:
        The widget: histograms of four layers, and the size of signals and gradients in all of them.
    """
    wide = {"layout": Layout(width="330px"), "style": {"description_width": "130px"}}
    controls = {
        "gain": FloatLogSlider(
            value=gain,
            base=10,
            min=-2,
            max=1.5,
            step=0.05,
            description="std of weights × √D",
            readout_format=".2f",
            **wide,
        ),
        "depth": IntSlider(value=depth, min=1, max=30, description="layers", **wide),
        "nonlinearity": Dropdown(
            options=list(_NONLINEARITIES), value=nonlinearity, description="nonlinearity", **wide
        ),
        "normalize": Checkbox(
            value=False, description="normalize (batch norm)", indent=False, layout=Layout(width="220px")
        ),
    }

    def draw(figure: Figure, **values: Any) -> None:
        activations, gradients = signals_and_gradients(**values, rng=np.random.default_rng(seed))
        _draw(figure, activations, gradients, _NONLINEARITIES[values["nonlinearity"]].limits)

    def describe(**values: Any) -> str:
        activations, gradients = signals_and_gradients(**values, rng=np.random.default_rng(seed))
        return (
            f"{values['depth']} layers of {values['nonlinearity']}, weights of std {values['gain']:.2f}/√D, "
            f"{'with' if values['normalize'] else 'without'} normalization: std of the signal "
            f"{activations[0].std():.2g} in the first layer and {activations[-1].std():.2g} in the last; "
            f"std of the gradient {gradients[-1].std():.2g} in the last and {gradients[0].std():.2g} in the first."
        )

    return Explorer(draw, controls, size=(10.8, 4.3), describe=describe)


def signals_and_gradients(
    gain: float, depth: int, nonlinearity: str, normalize: bool, rng: np.random.Generator
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What leaves each layer for unit Gaussian inputs, and the gradient that reaches its sums.

    Args:
        gain: see `initialization_explorer`.
        depth: see `initialization_explorer`.
        nonlinearity: see `initialization_explorer`.
        normalize: batch normalization before each nonlinearity.
        rng: draws inputs, weights and the gradient of the last layer's output, which has standard deviation 1.

    Returns:
        Two lists of `depth` arrays (N, D), first layer first.
    """
    f = _NONLINEARITIES[nonlinearity]
    x = rng.normal(size=(_EXAMPLES, _UNITS))
    weights = [gain / np.sqrt(_UNITS) * rng.normal(size=(_UNITS, _UNITS)) for _ in range(depth)]
    sums, stds, activations = [], [], []
    for w in weights:
        s = x @ w
        std = np.sqrt(s.var(axis=0) + 1e-5) if normalize else np.ones(_UNITS)
        s = (s - s.mean(axis=0)) / std if normalize else s
        x = f.value(s)
        sums.append(s)
        stds.append(std)
        activations.append(x)
    gradients, dout = [], rng.normal(size=x.shape)
    for w, s, std in zip(weights[::-1], sums[::-1], stds[::-1], strict=True):
        ds = dout * f.slope(s)
        if normalize:
            ds = (ds - ds.mean(axis=0) - s * (ds * s).mean(axis=0)) / std
        gradients.append(ds)
        dout = ds @ w.T
    return activations, gradients[::-1]


def _draw(
    figure: Figure, activations: list[np.ndarray], gradients: list[np.ndarray], limits: tuple[float, float]
) -> None:
    grid = figure.add_gridspec(2, 3, width_ratios=(1, 1, 2.2))
    depth = len(activations)
    # The first and the last layer and two between them; in a shallow network some places stay empty.
    shown = sorted({round(k) for k in np.linspace(0, depth - 1, 4)})
    for place, layer in enumerate(shown):
        axes = figure.add_subplot(grid[place // 2, place % 2])
        _draw_histogram(axes, activations[layer], layer + 1, limits)
    _draw_sizes(figure.add_subplot(grid[:, 2]), activations, gradients)


def _draw_histogram(axes: Axes, values: np.ndarray, layer: int, limits: tuple[float, float]) -> None:
    weights = np.full(values.size, 1 / values.size)
    axes.hist(values.ravel(), bins=30, range=limits, weights=weights, color=_BAR)
    axes.set_title(f"layer {layer}: std {values.std():.2g}", fontsize=10)
    axes.set(xlim=limits, yticks=[])
    axes.grid(visible=False)


def _draw_sizes(axes: Axes, activations: list[np.ndarray], gradients: list[np.ndarray]) -> None:
    layers = np.arange(1, len(activations) + 1)
    # A log axis has no place for zero: what has vanished lies on the lower edge.
    signal = [max(a.std(), 1e-10) for a in activations]
    gradient = [max(g.std(), 1e-10) for g in gradients]
    axes.axhspan(0.1, 10, color=tint(0.08), zorder=0)
    axes.semilogy(layers, signal, "o-", color=VALUE, label="signal →")
    axes.semilogy(layers, gradient, "s-", color=GRADIENT, label="← gradient")
    axes.set(ylim=(1e-10, 2e9), xlim=(0.5, len(layers) + 0.5), xlabel="layer", ylabel="standard deviation")
    axes.set_title("Alive between 0.1 and 10 (grey)", fontsize=11)
    whole_numbers(axes.xaxis)
    axes.legend(loc="upper right", ncols=2)
