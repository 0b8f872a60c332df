"""What a search has found, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from course_utils.training.trials import Trial, short

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Table(str):
    """Text in columns that a notebook shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Results(list[Trial]):
    """The trials of a search, in the order in which they ended; iterate over them, or see them as a whole."""

    def __init__(self, trials: Iterable[Trial] = ()):
        super().__init__(trials)

    @property
    def best(self) -> Trial:
        """The trial with the highest score; raises ValueError when none has one."""
        ranked = self.ranked()
        if not ranked or ranked[0].score is None:
            raise ValueError("no trial has a score; see the errors of the trials")
        return ranked[0]

    def ranked(self) -> list[Trial]:
        """The trials, best first; those ended early after those that finished, those without a score last."""
        return sorted(self, key=lambda t: (t.score is None, t.status != "finished", -(t.score or 0.0)))

    def to_dict(self) -> dict[str, list[Any]]:
        """Columns of one length, best trial first, that `pandas.DataFrame` takes as it is."""
        ranked = self.ranked()
        names = list(self[0].settings) if self else []
        return {
            "score": [trial.score for trial in ranked],
            **{name: [trial.settings[name] for trial in ranked] for name in names},
            "status": [trial.status for trial in ranked],
            "reports": [len(trial.reports) for trial in ranked],
            "seconds": [trial.seconds for trial in ranked],
            "round": [trial.round for trial in ranked],
        }

    def table(self, top: int | None = None) -> Table:
        """The best `top` trials, or all, in columns, best first."""
        columns = {name: [name, *map(short, values[:top])] for name, values in self.to_dict().items()}
        widths = {name: max(map(len, cells)) for name, cells in columns.items()}
        rows = zip(*columns.values(), strict=True)
        return Table(
            "\n".join(
                "  ".join(cell.rjust(widths[name]) for name, cell in zip(columns, row, strict=True))
                for row in rows
            )
        )

    def scatter(self, x: str = "learning_rate", y: str = "reg", *, title: str | None = None) -> Figure:
        """The trials in the plane of two settings, both on a logarithmic scale, coloured by their score.

        Args:
            x: name of a setting that is a positive number.
            y: name of another one.
            title: title of the figure.

        Returns:
            The figure: the best trial has a ring, runs ended early are small, crosses have no score.

        Raises:
            ValueError: a setting was not searched or is no positive number.
        """
        # Training, and grading above all, should not have to load what only pictures need.
        from course_utils.training.pictures import scatter

        scored = any(trial.score is not None for trial in self)
        return scatter(self, self.best if scored else None, x, y, title)
