"""One run of a search, as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Settings = dict[str, Any]


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

    settings: Settings
    score: float | None = None
    status: str = "running"
    reports: list[float] = field(default_factory=list)
    seconds: float = 0.0
    round: int = 0
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Every attribute by name; `Trial(**trial.to_dict())` makes the trial again."""
        return asdict(self)

    def __str__(self) -> str:
        score = "   -  " if self.score is None else f"{self.score:6.3f}"
        settings = ", ".join(f"{name} {short(value)}" for name, value in self.settings.items())
        return f"{score}  {settings}" + ("" if self.status == "finished" else f"  ({self.status})")


def short(value: Any) -> str:
    """A setting or a score in four digits at most; "-" where there is none."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
