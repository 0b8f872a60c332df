"""Pages of HTML that run nothing and fetch nothing: their templates, and their way to the disk."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from course_utils.errors import CourseError, cannot_write
from course_utils.files import replaced


@lru_cache(maxsize=8)
def templates(package: str) -> Environment:
    """The templates in a package's folder `templates`: what is put into them is escaped, and what is missing raises."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write_page(path: Path, text: str) -> None:
    """Write a page, and its folder where there is none.

    Raises:
        CourseError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as file:
            file.write(text)
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
