"""What a search has found, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass
class Trial:
    """One run of a search.

    Attributes:
        settings: what was tried.
        score: higher is better; of a hopeless run the last it reported; None where there is none or it is not finite.
        status: "finished", "hopeless" (ended early), "failed" (see error) or "running".
        reports: scores reported on the way.
        seconds: how long it took.
        round: of coarse_to_fine, from 0.
        error: the traceback of a failed run.
    """

    settings: dict[str, Any]
    score: float | None = None
    status: str = "running"
    reports: list[float] = field(default_factory=list)
    seconds: float = 0.0
    round: int = 0
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        score = "   -  " if self.score is None else f"{self.score:6.3f}"
        settings = ", ".join(f"{name} {_short(value)}" for name, value in self.settings.items())
        return f"{score}  {settings}" + ("" if self.status == "finished" else f"  ({self.status})")


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
        """The trial with the highest score. Raises ValueError when none has one."""
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
        columns = {name: [name, *map(_short, values[:top])] for name, values in self.to_dict().items()}
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

        x, y: names of settings that are positive numbers
        title: title of the figure
        Returns the figure: the best trial has a ring, runs ended early are small, crosses have no score.
        Raises ValueError when a setting was not searched or is no positive number.
        """
        # Training, and grading above all, should not have to load what only pictures need.
        from course_utils.training.pictures import scatter

        return scatter(self, x, y, title)


def _short(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
