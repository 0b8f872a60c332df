"""A file that is looked at until somebody presses Ctrl-C, wherever that is heard."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from course_utils.commands.saving import saves


def test_an_interrupt_that_gets_lost_ends_the_watch_all_the_same(tmp_path: Path) -> None:
    path, before = tmp_path / "notebook.ipynb", signal.getsignal(signal.SIGINT)
    path.write_text('{"cells": []}')
    watched = saves(path)
    next(watched)
    with suppress(KeyboardInterrupt):  # as in whatever cleans up an object
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("nothing was pressed")
    path.write_text('{"cells": [{"source": "1"}]}')
    with pytest.raises(KeyboardInterrupt):
        next(watched)
    assert signal.getsignal(signal.SIGINT) is before
