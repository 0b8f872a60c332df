"""Ctrl-C that is heard."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN_SECONDS = 0.02


@contextmanager
def heard() -> Iterator[None]:
    """Have a Ctrl-C strike once more where Python drops what it raises: in a `__del__` or in a callback of the garbage collector."""
    if not hasattr(signal, "pthread_kill"):  # Windows
        yield
        return
    main, say = threading.main_thread().ident, sys.unraisablehook

    def again(dropped: sys.UnraisableHookArgs) -> None:
        if main and dropped.exc_type is KeyboardInterrupt:
            threading.Timer(_AGAIN_SECONDS, signal.pthread_kill, (main, signal.SIGINT)).start()
        else:
            say(dropped)

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = say
