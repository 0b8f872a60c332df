"""Being told to stop: Ctrl-C, a terminal that is closed, a polite `kill`."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

STOPPED = 130  # what a shell makes of Ctrl-C
_AGAIN_SECONDS = 0.02
_ASKED = ("SIGTERM", "SIGHUP")  # Windows has no second


@contextmanager
def told() -> Iterator[None]:
    """Say in a sentence that the program was stopped, wherever it was, and exit."""
    try:
        yield
    except KeyboardInterrupt:
        stopped()


def stopped() -> NoReturn:
    """Say so, and exit; who is impatient meanwhile changes nothing any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):  # the terminal is closed
        print("stopped; what was finished is kept", file=sys.stderr, flush=True)
    sys.exit(STOPPED)


@contextmanager
def heard() -> Iterator[None]:
    """Have each of them raise KeyboardInterrupt, so that what was begun is ended and cleared away.

    It strikes once more where Python drops what is raised: in a `__del__` or in a callback of the garbage collector.
    """
    main = threading.main_thread()
    if not hasattr(signal, "pthread_kill") or threading.current_thread() is not main:
        yield
        return
    say, before = sys.unraisablehook, {}

    def again(dropped: sys.UnraisableHookArgs) -> None:
        if main.ident and dropped.exc_type is KeyboardInterrupt:
            threading.Timer(_AGAIN_SECONDS, signal.pthread_kill, (main.ident, signal.SIGINT)).start()
        else:
            say(dropped)

    sys.unraisablehook = again
    for number in (getattr(signal, name) for name in _ASKED if hasattr(signal, name)):
        if signal.getsignal(number) is signal.SIG_DFL:  # else `nohup`, or somebody's own
            before[number] = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        sys.unraisablehook = say
        for number, handler in before.items():
            signal.signal(number, handler)
