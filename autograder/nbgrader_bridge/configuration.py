"""The one configuration: what nbgrader's own commands read in a course folder, read for `course` as well."""

from __future__ import annotations

import sys
from pathlib import Path

from jupyter_core.paths import jupyter_config_path
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.manifest import Course
from autograder.nbgrader_bridge.settings import configure
from course_utils.errors import CourseError

NAME = "nbgrader_config.py"


def configuration(course: Course) -> Config:
    """Jupyter's `nbgrader_config.py`, the course's settings, and the course's own `nbgrader_config.py`, the later the stronger.

    Raises:
        CourseError: one of the files stops with an error, or names another gradebook than course.toml.
    """
    config = Config()
    for folder in reversed(jupyter_config_path()):
        config.merge(_read(Path(folder, NAME)))
    configure(config, course.root)
    # A plug-in may be a module in the course folder; what is installed comes first.
    if str(course.root) not in sys.path:
        sys.path.append(str(course.root))
    config.merge(_read(course.root / NAME))
    if config.CourseDirectory.db_url != course.gradebook_url:
        raise CourseError(
            f"{course.root / NAME} names another gradebook than course.toml: name it there, by `gradebook`"
        )
    return config


def _read(path: Path) -> Config:
    if not path.is_file():
        return Config()
    try:
        return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:  # whatever an instructor's own code raises
        raise CourseError(f"{path} stopped with {type(error).__name__}: {error}; mend it") from error
