"""Learning curves of made-up trainings, each with one thing wrong or nothing, drawn anew for each student.

The shapes are those of real runs of small networks: a loss that falls like a power of the steps and is measured on one
batch at a time, accuracies that are measured on whole sets after each epoch. What a condition looks like is said in
notebook 06; each curve varies in everything that the condition leaves open. Students have a few of them
(`course_utils.curves`), and not what draws them: whoever could draw thousands would need no symptoms, only the nearest.
"""

from __future__ import annotations

import numpy as np

from course_utils.curves import CONDITIONS, Curve


def draw_history(condition: str, rng: np.random.Generator, num_classes: int = 10) -> Curve:
    """Draw the curves of one training.

    Args:
        condition: one of CONDITIONS.
        rng: where everything that the condition leaves open comes from.
        num_classes: classes, C; the loss of guessing is log C.

    Returns:
        "loss", one for each step, and "train_accuracy" and "val_accuracy", in [0, 1], one for each epoch.

    Raises:
        ValueError: an unknown condition.
    """
    if condition not in CONDITIONS:
        raise ValueError(f"condition is {condition!r}; it must be one of {', '.join(CONDITIONS)}")
    epochs, steps = int(rng.integers(16, 31)), int(rng.integers(20, 41))
    run = _Run(rng, epochs, steps, num_classes)
    return _DRAW[condition](run)


class _Run:
    """The axes of one training and what all curves are made of.

    Attributes:
        epochs: of the training.
        steps: of an epoch.
        chance: accuracy of guessing, 1 / C.
        t: share of the training that is done, at each step.
        guess: loss of guessing, log C.
    """

    def __init__(self, rng: np.random.Generator, epochs: int, steps: int, num_classes: int) -> None:
        self.rng = rng
        self.epochs = epochs
        self.steps = steps
        self.chance = 1 / num_classes
        self.guess = float(np.log(num_classes))
        self.t = np.arange(epochs * steps) / (epochs * steps)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def fall(self, floor: float, t: np.ndarray | None = None) -> np.ndarray:
        """A loss that falls from guessing to about `floor` times that, first fast and then ever more slowly."""
        t = self.t if t is None else t
        shape = (1 + t / self.between(0.02, 0.07)) ** -self.between(1.5, 2.0)
        return self.guess * (floor + (1 - floor) * shape)

    def noisy(self, loss: np.ndarray, relative: float) -> np.ndarray:
        """The loss of one batch at a time: it scatters around that of the whole set, more where it is small."""
        spread = relative * np.clip(2 * (1 - loss / self.guess), 0.15, 1.0)
        return loss * np.exp(spread * self.rng.normal(size=loss.size) - spread**2 / 2)

    def after_epochs(self, values: np.ndarray) -> np.ndarray:
        return values[self.steps - 1 :: self.steps]

    def accuracy(self, loss: np.ndarray, last: float, scatter: float = 0.004) -> np.ndarray:
        """Accuracies after each epoch that rise from chance to about `last` while the smooth loss falls."""
        progress = (self.guess - self.after_epochs(loss)) / max(self.guess - loss[-1], 1e-9)
        clean = self.chance + (last - self.chance) * np.clip(progress, 0, 1) ** 1.3
        return np.clip(clean + scatter * self.rng.normal(size=self.epochs), 0, 1)

    def history(self, loss: np.ndarray, train: np.ndarray, val: np.ndarray) -> Curve:
        return {"loss": loss, "train_accuracy": train, "val_accuracy": np.clip(val, 0, 1)}

    def close_behind(self, train: np.ndarray, gap: float) -> np.ndarray:
        """Validation accuracies that stay `gap` below at the end, less before."""
        lag = gap * (train - self.chance) / max(train[-1] - self.chance, 1e-9)
        return train - lag + 0.006 * self.rng.normal(size=self.epochs)


def _healthy(run: _Run) -> Curve:
    smooth = run.fall(run.between(0.08, 0.3))
    train = run.accuracy(smooth, run.between(0.76, 0.97))
    return run.history(
        run.noisy(smooth, run.between(0.05, 0.16)), train, run.close_behind(train, run.between(0.02, 0.12))
    )


def _overfitting(run: _Run) -> Curve:
    smooth = run.fall(run.between(0.01, 0.06))
    train = run.accuracy(smooth, run.between(0.95, 1.0))
    best, worse = train[-1] - run.between(0.2, 0.38), run.between(0.0, 0.05)
    rise = 1 - np.exp(-(np.arange(run.epochs) + 1) / run.between(1.0, 2.0))
    val = run.chance + (best - run.chance) * rise - worse * np.linspace(0, 1, run.epochs)
    val = np.minimum(val, train) + 0.007 * run.rng.normal(size=run.epochs)
    return run.history(run.noisy(smooth, run.between(0.06, 0.13)), train, val)


def _underfitting(run: _Run) -> Curve:
    smooth = run.fall(run.between(0.5, 0.8))
    train = run.accuracy(smooth, run.between(0.28, 0.58))
    return run.history(
        run.noisy(smooth, run.between(0.03, 0.08)), train, run.close_behind(train, run.between(0.0, 0.05))
    )


def _rate_too_low(run: _Run) -> Curve:
    smooth = run.guess * (1 - run.between(0.06, 0.4) * run.t ** run.between(0.85, 1.1))
    train = run.accuracy(smooth, run.between(0.25, 0.5))
    return run.history(
        run.noisy(smooth, run.between(0.02, 0.05)), train, run.close_behind(train, run.between(0.0, 0.04))
    )


def _rate_too_high(run: _Run) -> Curve:
    """The weights are thrown about: what one epoch gains the next one loses."""
    smooth = run.fall(run.between(0.5, 0.85))
    swing = np.zeros(run.t.size)
    for i in range(1, swing.size):
        swing[i] = 0.9 * swing[i - 1] + run.rng.normal()
    swing *= run.between(0.08, 0.15) / swing.std()
    spikes = run.rng.random(run.t.size) < 0.02
    spikes = 1 + spikes * run.rng.exponential(0.5, size=run.t.size).clip(0, 1.2)
    loss = run.noisy(smooth, 0.06) * np.exp(swing) * spikes
    level, jump = run.between(0.35, 0.6), run.between(0.06, 0.1)
    rise = 1 - np.exp(-np.arange(1, run.epochs + 1))
    train = run.chance + (level - run.chance) * rise + jump * run.rng.uniform(-1.7, 1.7, size=run.epochs)
    train = np.clip(train, run.chance, 1)
    return run.history(loss, train, train - run.between(0.0, 0.05) + 0.01 * run.rng.normal(size=run.epochs))


def _batch_too_small(run: _Run) -> Curve:
    """The measurement scatters, the weights do not: accuracies of whole sets rise as they should."""
    smooth = run.fall(run.between(0.2, 0.4))
    train = run.accuracy(smooth, run.between(0.74, 0.93), scatter=0.006)
    loss = run.noisy(smooth, run.between(0.5, 0.7))
    return run.history(loss, train, run.close_behind(train, run.between(0.02, 0.09)))


def _bad_init(run: _Run) -> Curve:
    """Weights too large: the loss starts far up. Weights too small: at first nothing moves."""
    floor = run.between(0.15, 0.5)
    if run.rng.random() < 0.5:
        later = run.fall(floor)
        first = run.guess * run.between(2.6, 12.0)
        smooth = later + (first - run.guess) * np.exp(-run.t / run.between(0.004, 0.012))
        train = run.accuracy(later, run.between(0.5, 0.85))
    else:
        awake = np.maximum(run.t - run.between(0.28, 0.6), 0)
        smooth = run.fall(floor, awake**2 / (awake + 0.06))
        train = run.accuracy(smooth, run.between(0.45, 0.8))
    loss = run.noisy(smooth, run.between(0.04, 0.1))
    return run.history(loss, train, run.close_behind(train, run.between(0.0, 0.07)))


def _diverged(run: _Run) -> Curve:
    """The loss falls for a while, or not at all, and then grows without end, to inf and NaN if it has the time."""
    begins = run.between(0.0, 0.6)
    smooth = run.fall(run.between(0.4, 0.9))
    train = run.accuracy(smooth, run.between(0.2, 0.5))
    grows = np.exp(np.maximum(run.t - begins, 0) / (1 - begins) * np.log(run.between(12, 200)))
    loss = run.noisy(smooth * grows, 0.08) * np.exp(0.15 * run.rng.normal(size=run.t.size) * (grows > 1))
    if run.rng.random() < 0.5:
        bursts = int(run.between(begins + 0.15, 0.95) * loss.size)
        loss[bursts:] = np.nan
        loss[bursts] = np.inf if run.rng.random() < 0.5 else np.nan
    lost = run.after_epochs(run.t) > begins
    train = np.where(lost, run.chance, train) + 0.004 * run.rng.normal(size=run.epochs)
    return run.history(loss, np.clip(train, 0, 1), train + 0.005 * run.rng.normal(size=run.epochs))


_DRAW = {
    "diverged": _diverged,
    "bad init": _bad_init,
    "rate too low": _rate_too_low,
    "rate too high": _rate_too_high,
    "batch too small": _batch_too_small,
    "overfitting": _overfitting,
    "underfitting": _underfitting,
    "healthy": _healthy,
}
