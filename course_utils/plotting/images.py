"""Images and weights side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from course_utils.plotting.style import entitle, in_course_style


@in_course_style
def image_grid(
    images: np.ndarray,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    scale: str = "auto",
    size: float = 1.1,
    title: str | None = None,
) -> Figure:
    """Show images or weights side by side.

    Args:
        images: (N, C, H, W) with C 1 or 3, or (N, H, W); uint8, or floats.
        titles: one for each image.
        columns: images in a row; about a square when not given.
        scale: "none" shows floats as they are, 0 black and 1 white; "each" stretches every image to its own
            range, "shared" stretches all by one range (for weights, whose sizes one wants to compare); "auto"
            means "none" for uint8 and for floats within [0, 1], "shared" for other floats.
        size: width of one image in inches.
        title: title of the figure.

    Returns:
        The figure.

    Raises:
        ValueError: the shape or scale cannot be shown.
    """
    pictures = _as_pictures(images, scale)
    count = len(pictures)
    if titles is not None and len(titles) != count:
        raise ValueError(f"image_grid got {len(titles)} titles for {count} images; pass one for each")
    columns = columns or min(10, math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    extra = 0.3 if titles is not None else 0.05
    height = pictures[0].shape[0] / pictures[0].shape[1]
    figure = plt.figure(
        figsize=(columns * (size + 0.05), rows * (size * height + extra) + (0.4 if title else 0))
    )
    for k, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.axis("off")
        if k < count:
            axes.imshow(pictures[k], cmap="gray", vmin=0, vmax=1)
            if titles is not None:
                axes.set_title(str(titles[k]), fontsize=10, loc="center", pad=3)
    entitle(figure, title)
    return figure


def _as_pictures(images: np.ndarray, scale: str) -> np.ndarray:
    """Floats in [0, 1], (N, H, W) or (N, H, W, 3)."""
    images = np.asarray(images)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[1] not in (1, 3)) or images.size == 0:
        raise ValueError(
            f"image_grid got shape {images.shape}; it shows (N, 3, H, W), (N, 1, H, W) or (N, H, W). "
            "Put a single image into images[None]."
        )
    if scale not in ("auto", "none", "each", "shared"):
        raise ValueError(f'scale is {scale!r}; it must be "auto", "none", "each" or "shared"')
    pictures = images / 255.0 if images.dtype == np.uint8 else images.astype(np.float64)
    if scale == "auto":
        inside = pictures.min() >= 0 and pictures.max() <= 1
        scale = "none" if inside else "shared"
    if scale != "none":
        axes = tuple(range(1, pictures.ndim)) if scale == "each" else None
        low, high = (f(pictures, axis=axes, keepdims=True) for f in (np.min, np.max))
        pictures = (pictures - low) / np.where(high > low, high - low, 1)
    if pictures.ndim == 4:
        pictures = pictures.transpose(0, 2, 3, 1) if pictures.shape[1] == 3 else pictures[:, 0]
    return np.clip(pictures, 0, 1)
