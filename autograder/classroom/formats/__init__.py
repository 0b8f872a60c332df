"""The forms in which grades leave the course: each module here is one, and is found by being here.

    @export_format("csv", "a table for a spreadsheet")
    def csv_table(rows, file):
        ...

`rows` are dicts with the columns of `autograder.nbgrader_bridge.csv_export.COLUMNS` and, where that is asked for, one more for
each question, <assignment>/<cell>; already harmless in a spreadsheet.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from course_utils.errors import CourseError

Writer = Callable[[Iterable[Mapping[str, Any]], TextIO], None]


@dataclass(frozen=True)
class ExportFormat:
    """One form of grades.

    Attributes:
        name: what `course export --format` calls it, and the ending of its files.
        description: what it is for, a few words.
        write: writes rows of grades to a text file.
    """

    name: str
    description: str
    write: Writer


def export_format(name: str, description: str) -> Callable[[Writer], ExportFormat]:
    """Make the decorated function the format of that name."""
    return lambda write: ExportFormat(name, description, write)


def formats() -> dict[str, ExportFormat]:
    """All formats by name.

    Raises:
        CourseError: two modules of this package define a format of the same name.
    """
    found: dict[str, ExportFormat] = {}
    places: dict[str, str] = {}
    for info in pkgutil.iter_modules(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, ExportFormat):
                if value.name in found:
                    raise CourseError(
                        f"{places[value.name]} and {info.name} both define the format {value.name!r}: rename one"
                    )
                found[value.name], places[value.name] = value, info.name
    return found
