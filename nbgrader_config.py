"""nbgrader's configuration of this folder; all of it is made in one place, for `course` and nbgrader alike."""

from pathlib import Path

from autograder.nbgrader_bridge.settings import configure

configure(get_config(), Path(__file__).parent)  # noqa: F821 (nbgrader defines get_config)
