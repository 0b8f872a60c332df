"""Draws the learning curves that students have, by what draws the hidden ones: python scripts/draw_example_curves.py FILE."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checks.babysitting.drawn_curves import draw_history
from course_utils.curves import CONDITIONS

# Not a seed of any student's. Each condition gets one curve of each of these numbers of classes.
SEED = 20_261_127
CLASSES = (4, 10, 20) * 5


def main(path: Path) -> None:
    """Write the file, as `course_utils.curves.example_curves` reads it."""
    rng = np.random.default_rng(SEED)
    drawn = [draw_history(condition, rng, C) for condition in CONDITIONS for C in CLASSES]
    with np.errstate(over="ignore"):
        parts: dict[str, Any] = {
            name: np.concatenate([curve[name] for curve in drawn]).astype(np.float16)
            for name in ("loss", "train_accuracy", "val_accuracy")
        }
    np.savez_compressed(
        path,
        steps=np.array([len(curve["loss"]) for curve in drawn]),
        epochs=np.array([len(curve["train_accuracy"]) for curve in drawn]),
        num_classes=np.array(CLASSES * len(CONDITIONS)),
        **parts,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
