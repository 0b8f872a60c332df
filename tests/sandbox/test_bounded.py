"""A process for functions of what strangers wrote: it answers, or it is stopped and says so, and it leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox.bounded import Bounded, TooMuch

MIB = 2**20


@pytest.fixture
def python() -> Iterator[Bounded]:
    """A process that evaluates what it is given, with a second of processor time and little memory."""
    with Bounded("builtins", seconds=1, memory_bytes=400 * MIB) as process:
        yield process


def pid(python: Bounded) -> int:
    return int(python.call("eval", b"str(__import__('os').getpid()).encode()"))


def test_bytes_go_in_and_bytes_come_out_as_often_as_asked() -> None:
    with Bounded("zlib", seconds=5, memory_bytes=400 * MIB) as process:
        for content in (b"", b"one\ntwo", os.urandom(3 * MIB)):
            assert process.call("decompress", process.call("compress", content)) == content


def test_what_never_ends_is_stopped(python: Bounded) -> None:
    with pytest.raises(TooMuch, match="more than 1 s of processor time or 400 MiB of memory"):
        python.call("exec", b"while True: pass")


def test_what_fills_the_memory_is_stopped(python: Bounded) -> None:
    with pytest.raises(TooMuch):
        python.call("eval", b"bytes(2**30)")


def test_what_nests_too_deep_is_stopped(python: Bounded) -> None:
    with pytest.raises(TooMuch):
        python.call("exec", b"global f\ndef f(): f()\nf()")


def test_processor_time_is_one_budget_until_it_is_renewed(python: Bounded) -> None:
    with pytest.raises(TooMuch):
        python.call("exec", b"while True: pass")
    with pytest.raises(TooMuch):
        python.call("eval", b"b'quick'")
    python.renew()
    assert python.call("eval", b"b'quick'") == b"quick"


def test_renewing_lets_a_process_live_longer_than_one_budget(python: Bounded) -> None:
    spin = b"(lambda t: any(iter(lambda: t() > %s, True)) or b'done')(__import__('time').process_time)"
    first = pid(python)
    for until in (b"0.7", b"1.4", b"2.1"):
        python.renew()
        assert python.call("eval", spin % until) == b"done"
    assert pid(python) == first


def test_a_fault_of_ours_is_no_strangers(python: Bounded) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError: division by zero"):
        python.call("eval", b"1 / 0")
    assert python.call("eval", b"b'on it goes'") == b"on it goes"
    with (
        Bounded("no_such_module", seconds=1, memory_bytes=400 * MIB) as process,
        pytest.raises(RuntimeError, match="ended with code 1"),
    ):
        process.call("f", b"")


def test_what_a_library_prints_is_no_reply(python: Bounded) -> None:
    assert python.call("eval", b"print('done 5') or b'reply'") == b"reply"


def test_it_ends_with_its_user(python: Bounded) -> None:
    number = pid(python)
    python.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_reply_that_nobody_waits_for_is_no_error() -> None:
    """As where who asked was ended by Ctrl-C: a traceback of the process would stand in the terminal."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "autograder.sandbox.bounded_worker", "zlib", str(2**30)]
    request = zlib.compress(b"asked")
    asked = b"decompress %d 5\n" % len(request) + request
    run = subprocess.run(command, input=asked, stdout=write, stderr=subprocess.PIPE, timeout=60)
    os.close(write)
    assert (run.returncode, run.stderr) == (0, b"")


def test_a_bomb_of_zeros_is_stopped() -> None:
    bomb = zlib.compress(bytes(2**29))
    with Bounded("zlib", seconds=5, memory_bytes=400 * MIB) as process, pytest.raises(TooMuch):
        process.call("decompress", bomb)


def test_a_process_that_something_else_killed_is_asked_again(python: Bounded, tmp_path: Path) -> None:
    """Once: what dies again is the stranger's doing."""
    mark = str(tmp_path / "mark")
    code = (
        f"(lambda os: b'alive' if os.path.exists({mark!r}) else (os.mkdir({mark!r}), os.kill(os.getpid(), 9)))"
        "(__import__('os'))"
    )
    assert python.call("eval", code.encode()) == b"alive"
    with pytest.raises(TooMuch):
        python.call("eval", b"__import__('os').kill(__import__('os').getpid(), 9)")
