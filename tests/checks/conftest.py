"""What checks draw, drawn once for all tests of a process."""

from collections.abc import Iterator
from functools import lru_cache

import pytest

from autograder.checks.babysitting import capstone


@pytest.fixture(scope="session", autouse=True)
def pictures_drawn_once() -> Iterator[None]:
    """The capstone's fresh pictures: a seed draws the same ones each time, and each time takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(capstone, "draw_shapes", lru_cache(maxsize=8)(capstone.draw_shapes))
        yield
