"""What may not stand in for a student's search, or for what is looked at during a training."""

from __future__ import annotations

STOPPING = (
    "course_utils.training.stopping.has_diverged",
    "course_utils.training.stopping.update_ratio",
)
SEARCH = tuple(
    f"course_utils.training.search.{name}"
    for name in (
        "coarse_to_fine",
        "grid_search",
        "grid_settings",
        "log_uniform",
        "narrowed",
        "random_search",
        "random_settings",
    )
)
