"""An activation function, its derivative, and what it does to inputs of a given spread."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from ipywidgets import Dropdown, FloatLogSlider, FloatSlider, Layout
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting.style import tint
from course_utils.widgets.explorer import Explorer

Function = Callable[..., Any]
_LIMIT = 8.0
_GRID = np.linspace(-_LIMIT, _LIMIT, 801)
# An input counts as saturated where less than this of the gradient gets past it.
SATURATED = 0.01
_CURVE, _TANGENT = "C0", "C1"


def activation_explorer(activations: Mapping[str, tuple[Function, Function]]) -> Explorer:
    """Choose an activation and an input; see the function, its slope there, and the derivative everywhere.

    Args:
        activations: (forward, backward) by name; forward(x) -> (out, cache), or forward(x, alpha=...) ->
            (out, cache), and backward(dout, cache) -> dx.

    Returns:
        The widget. Grey in the background: the density of inputs with mean 0 and the chosen spread.

    Raises:
        ValueError: there is nothing to choose from. What the functions raise is passed on.
    """
    if not activations:
        raise ValueError('activation_explorer needs at least one (forward, backward), e.g. {"ReLU": (...)}')
    # What is missing or broken should say so here: an error while a slider moves is shown to nobody.
    for forward, backward in activations.values():
        evaluate(forward, backward, _GRID, alpha=0.1)
    wide = {"layout": Layout(width="310px"), "style": {"description_width": "110px"}}
    controls = {
        "name": Dropdown(options=list(activations), description="activation", **wide),
        "x": FloatSlider(value=1.5, min=-_LIMIT, max=_LIMIT, step=0.1, description="input x", **wide),
        "alpha": FloatSlider(value=0.1, min=0, max=1, step=0.05, description="alpha, if any", **wide),
        "spread": FloatLogSlider(
            value=1,
            base=10,
            min=-1,
            max=1,
            step=0.05,
            description="std of inputs",
            readout_format=".2f",
            **wide,
        ),
    }

    def draw(figure: Figure, name: str, x: float, alpha: float, spread: float) -> None:
        left, right = figure.subplots(1, 2)
        out, slope = evaluate(*activations[name], np.append(_GRID, x), alpha)
        _draw_function(left, name, out, slope[-1], x, spread)
        share = saturated_share(*activations[name], alpha, spread)
        _draw_derivative(right, slope, x, spread, share)

    def describe(name: str, x: float, alpha: float, spread: float) -> str:
        out, slope = evaluate(*activations[name], np.array([x]), alpha)
        return f"{name} at x = {x:z.1f}: value {out[0]:z.3g}, derivative {slope[0]:z.3g}."

    return Explorer(draw, controls, size=(10.4, 3.9), describe=describe)


def evaluate(
    forward: Function, backward: Function, x: np.ndarray, alpha: float
) -> tuple[np.ndarray, np.ndarray]:
    """Value and derivative at each number of x, shape (N,); alpha goes to functions that take one."""
    takes_alpha = "alpha" in inspect.signature(forward).parameters
    out, cache = forward(x, alpha=alpha) if takes_alpha else forward(x)
    return out, backward(np.ones_like(out), cache)


def saturated_share(forward: Function, backward: Function, alpha: float, spread: float) -> float:
    """Share of normally distributed inputs, mean 0 and std spread, whose derivative is below `SATURATED`."""
    deviations = np.linspace(-5, 5, 2001)
    density = np.exp(-0.5 * deviations**2)
    _, slope = evaluate(forward, backward, spread * deviations, alpha)
    return float(density[np.abs(slope) < SATURATED].sum() / density.sum())


def _draw_function(axes: Axes, name: str, out: np.ndarray, slope: float, x: float, spread: float) -> None:
    curve, value = out[:-1], out[-1]
    low, high = min(curve.min(), -1.0), min(max(curve.max(), 1.0), 4.0)
    margin = 0.12 * (high - low)
    axes.set(xlim=(-_LIMIT, _LIMIT), ylim=(low - margin, high + margin))
    axes.set(xlabel="input x", ylabel="output", title=f"{name}: out = {value:z.3g} at x = {x:z.1f}")
    _draw_inputs(axes, spread)
    axes.plot(_GRID, curve, color=_CURVE)
    axes.plot(_GRID, value + slope * (_GRID - x), "--", color=_TANGENT, linewidth=1.3)
    axes.plot([x], [value], "o", color=_TANGENT, markersize=8)


def _draw_derivative(axes: Axes, slope: np.ndarray, x: float, spread: float, share: float) -> None:
    curve, here = slope[:-1], slope[-1]
    axes.set(xlim=(-_LIMIT, _LIMIT), ylim=(-0.08, max(1.15, 1.1 * curve.max())))
    axes.set(
        xlabel="input x", ylabel="derivative", title=f"Derivative: {here:z.3g} of the gradient gets back"
    )
    _draw_inputs(axes, spread)
    axes.plot(_GRID, curve, color=_CURVE)
    axes.plot([x], [here], "o", color=_TANGENT, markersize=8)
    text = f"{share:.0%} of the inputs (grey, std {spread:.2g})\nlet less than 1 % of the gradient through"
    axes.set_ylim(top=1.3 * axes.get_ylim()[1])
    axes.text(0.02, 0.97, text, transform=axes.transAxes, va="top", fontsize=11)


def _draw_inputs(axes: Axes, spread: float) -> None:
    low, high = axes.get_ylim()
    density = np.exp(-0.5 * (_GRID / spread) ** 2)
    axes.fill_between(_GRID, low, low + 0.45 * (high - low) * density, color=tint(0.2), zorder=0, linewidth=0)
