"""What comes of images, shape (N, C, H, W), that are normalized over the wrong axes."""

from __future__ import annotations

import numpy as np

from autograder.checks.mistakes.known import Values
from autograder.checks.mistakes.normalization import standardized


def channels_mixed_up(x: np.ndarray, eps: float) -> Values:
    """Where each channel should be normalized, as batch normalization does."""
    right = standardized(x, (0, 2, 3), eps)
    return {
        "each image was normalized by itself": standardized(x, (2, 3), eps),
        "each place was normalized by itself, over the images alone": standardized(x, 0, eps),
        "all channels were normalized together": standardized(x, (0, 1, 2, 3), eps),
        "each image was normalized over all its channels": standardized(x, (1, 2, 3), eps),
        "the channels of each place were normalized": standardized(x, 1, eps),
        "channels and places were mixed up: reshape(-1, C) cuts the numbers as they lie in memory, so move the "
        "channels last before, with transpose(0, 2, 3, 1)": standardized(x, 0, eps, (-1, x.shape[1])),
        "the channels were not put back: reshape the rows to (N, H, W, C), then transpose(0, 3, 1, 2)": (
            right.transpose(0, 2, 3, 1).reshape(x.shape)
        ),
    }


def groups_mixed_up(x: np.ndarray, eps: float, G: int) -> Values:
    """Where G groups of channels that follow each other should be, image by image."""
    N, C, H, W = x.shape
    groups, of_size_g = (N, G, C // G, H, W), (N, C // G, G, H, W)
    return {
        "every G-th channel was put into one group": standardized(x, (1, 3, 4), eps, of_size_g),
        "the images of a batch were normalized together": standardized(x, (0, 2, 3, 4), eps, groups),
        "each place was normalized by itself": standardized(x, 2, eps, groups),
        "all channels of an image were put into one group": standardized(x, (1, 2, 3), eps),
        "each channel was normalized by itself": standardized(x, (2, 3), eps),
        "G was taken for the number of channels in a group": standardized(x, (2, 3, 4), eps, of_size_g),
    }
