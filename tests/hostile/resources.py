"""Attacks on the machine's time, memory, processes and disk, and kernels that die; each bounded by itself as well."""

from __future__ import annotations

from dataclasses import replace

from autograder.limits import MIB, CellLimits
from hostile.attack import (
    ALL,
    FIRST,
    LIMITS,
    NOTHING,
    after_first,
    attack,
    bomb,
    extra_cell,
    in_answer,
    right,
)
from hostile.world import World

REFUSED_OR_KILLED = (ALL, NOTHING)
# For what works until it is stopped: how long it may do so shows nothing more.
SOON = {
    "cell": replace(LIMITS.cell, seconds=2),
    "question": replace(LIMITS.question, call_seconds=1, question_seconds=2),
}


@attack(FIRST, says="kernel died.*exit status 3.*scale_forward|kernel died \\(exit status 3")
def exit_at_once(world: World) -> dict:
    return after_first("import os; os._exit(3)")


@attack(ALL)
def sys_exit(world: World) -> dict:
    return after_first("import sys; sys.exit(0)")


@attack(FIRST, says="segmentation fault")
def segmentation_fault(world: World) -> dict:
    return after_first("import ctypes; ctypes.string_at(0)")


@attack(FIRST, says="SIGKILL")
def kill_oneself(world: World) -> dict:
    return after_first("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")


@attack(ALL, FIRST, says="")
def kill_everybody(world: World) -> dict:
    return after_first(
        """
        import os, signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(1, signal.SIGKILL)
        os.kill(-1, signal.SIGTERM)
        """
    )


@attack(FIRST, says="kernel died")
def die_in_an_answer(world: World) -> dict:
    return in_answer("import os; os._exit(0)")


@attack(FIRST, says="kernel died|kernel stopped|not answered|did not return")
def stop_oneself(world: World) -> dict:
    return in_answer("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)")


@attack(FIRST, says="loop that never ends", **SOON)
def endless_loop_in_an_answer(world: World) -> dict:
    return in_answer("while True: pass")


@attack(ALL, **SOON)
def endless_loop_in_a_cell(world: World) -> dict:
    return extra_cell(right(), "while True: pass")


@attack(FIRST, ALL, says="could not be interrupted|^$", **SOON)
def endless_loop_that_catches_interrupts(world: World) -> dict:
    return after_first(
        """
        while True:
            try:
                while True: pass
            except BaseException:
                pass
        """
    )


@attack(FIRST, says="could not be interrupted", **SOON)
def endless_loop_in_c(world: World) -> dict:
    return after_first("import collections, itertools; collections.deque(itertools.count(), maxlen=0)")


@attack(FIRST, **SOON)
def sleep_in_an_answer(world: World) -> dict:
    return in_answer("import time; time.sleep(1000)")


@attack(ALL, FIRST + 3, FIRST, NOTHING)
def busy_threads(world: World) -> dict:
    return extra_cell(
        right(),
        """
        import threading
        def spin():
            while True: pass
        for _ in range(8):
            threading.Thread(target=spin, daemon=True).start()
        """.replace("\n        ", "\n"),
    )


@attack(
    NOTHING,
    says="processor time",
    cell=CellLimits(seconds=30, grace_seconds=1),
    sandbox=replace(LIMITS.sandbox, cpu_seconds=3),
    notebook_seconds=60,
)
def processor_time(world: World) -> dict:
    """Eight processes that work in the background while the cells sleep."""
    return extra_cell(
        right(),
        """
import os, time
for _ in range(8):
    if os.fork() == 0:
        until = time.monotonic() + 60
        while time.monotonic() < until: pass
        os._exit(0)
for _ in range(100):
    try:
        time.sleep(100)
    except KeyboardInterrupt:
        pass
""",
    )


_BURNERS = """
import os, signal, time
def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until: pass
    os._exit(0)
{setting}
until = time.monotonic() + 25
while time.monotonic() < until:
    {step}
    time.sleep({pause})
"""


def _burners(name: str, setting: str, step: str, pause: float) -> None:
    """Children that work for a moment each and whose time no parent ever asks for."""

    def build(world: World) -> dict:
        return extra_cell(right(), _BURNERS.format(setting=setting, step=step, pause=pause))

    build.__name__ = f"burners_{name}"
    attack(
        NOTHING,
        says="processor time",
        cell=CellLimits(seconds=30, grace_seconds=1),
        sandbox=replace(LIMITS.sandbox, cpu_seconds=4),
        notebook_seconds=60,
    )(build)


_burners(
    "of_ignored_children", "signal.signal(signal.SIGCHLD, signal.SIG_IGN)", "os.fork() or burn(0.05)", 0.03
)
_burners(
    "of_a_few_looks_length", "signal.signal(signal.SIGCHLD, signal.SIG_IGN)", "os.fork() or burn(0.25)", 0.15
)
_burners("left_to_nobody", "", "os.fork() or (os.fork() and os._exit(0)) or burn(0.05)", 0.05)


@attack(*REFUSED_OR_KILLED, says="processes and threads|^$")
def fork_bomb(world: World) -> dict:
    return bomb("""
    import os, time
    made = 0
    try:
        for _ in range(2000):
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
            made += 1
        time.sleep(1)
    except OSError:
        pass
    LOOT = made >= 1900
    """)


# The threads that were allowed live on, and one more than that may be seen in any later cell.
@attack(*REFUSED_OR_KILLED, FIRST, 7.0, says="processes and threads|memory|SIGABRT|^$")
def thread_bomb(world: World) -> dict:
    return bomb("""
    import threading, time
    made = 0
    try:
        for _ in range(2000):
            threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
            made += 1
        time.sleep(1)
    except RuntimeError:
        pass
    LOOT = made >= 1900
    """)


@attack(*REFUSED_OR_KILLED)
def memory_bomb(world: World) -> dict:
    return bomb("""
    held = []
    try:
        for _ in range(64):
            held.append(bytearray(64 * 2**20))
        LOOT = True
    except MemoryError:
        held.clear()
    """)


@attack(*REFUSED_OR_KILLED, says="memory limit of 640 MiB|^$")
def memory_bomb_in_many_processes(world: World) -> dict:
    return bomb("""
    import os, time
    children = []
    for _ in range(16):
        pid = os.fork()
        if pid == 0:
            held = bytearray(200 * 2**20)
            time.sleep(4)
            os._exit(0)
        children.append(pid)
    LOOT = all(os.waitpid(pid, 0)[1] == 0 for pid in children)
    """)


@attack(*REFUSED_OR_KILLED, says="memory limit|^$")
def shared_memory_bomb(world: World) -> dict:
    return bomb("""
    import mmap, os, time
    for _ in range(32):
        if os.fork() == 0:
            held = mmap.mmap(-1, 120 * 2**20)
            for page in range(0, len(held), 4096):
                held[page] = 1
            time.sleep(4)
            os._exit(0)
    time.sleep(3)
    LOOT = True
    """)


@attack(ALL)
def memory_of_no_process(world: World) -> dict:
    """memfd, System V and message queues: memory that no process's size shows."""
    return bomb("""
    import ctypes, os
    libc = ctypes.CDLL(None)
    try:
        os.close(os.memfd_create("x"))
        LOOT = True
    except OSError:
        pass
    for call in [("shmget", 0, 4096, 0o1600), ("msgget", 0, 0o1600), ("mq_open", b"/x", 0o102, 0o600, None)]:
        try:
            LOOT = LOOT or getattr(libc, call[0])(*call[1:]) != -1
        except AttributeError:
            pass
    """)


@attack(ALL)
def disk_bomb(world: World) -> dict:
    return bomb("""
    import os
    written = 0
    for folder in ["/tmp", "/dev/shm", ".", os.path.expanduser("~")]:
        for number in range(30):
            try:
                with open(f"{folder}/bomb-{number}", "wb") as file:
                    for _ in range(30):
                        written += file.write(bytes(2**20))
            except OSError:
                pass
    LOOT = written > 400 * 2**20
    for folder in ["/tmp", "/dev/shm", ".", os.path.expanduser("~")]:
        for number in range(30):
            try:
                os.remove(f"{folder}/bomb-{number}")
            except OSError:
                pass
    """)


@attack(*REFUSED_OR_KILLED, says="files were made|^$")
def inode_bomb(world: World) -> dict:
    return bomb("""
    import os, time
    made = 0
    try:
        for number in range(300_000):
            os.mkdir(f"/tmp/inode-{number}")
            made += 1
    except OSError:
        pass
    LOOT = made == 300_000
    """)


@attack(ALL)
def one_file_too_large(world: World) -> dict:
    return bomb("""
    try:
        with open("large", "wb") as file:
            file.truncate(200 * 2**20)
        LOOT = True
    except OSError:
        pass
    """)


@attack(ALL)
def limits_lifted(world: World) -> dict:
    return bomb("""
    import os, resource
    for limit in ["RLIMIT_DATA", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"]:
        try:
            resource.setrlimit(getattr(resource, limit), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            LOOT = True
        except (OSError, ValueError):
            pass
    try:
        os.nice(-5)
        LOOT = True
    except OSError:
        pass
    """)


@attack(ALL)
def daemons_that_outlive_the_kernel(world: World) -> dict:
    return extra_cell(
        right(),
        """
import os, signal, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        for number in range(1, 32):
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(number, signal.SIG_IGN)
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
""",
    )


@attack(ALL)
def a_gigabyte_of_output(world: World) -> dict:
    return extra_cell(right(), "for _ in range(1000):\n    print('x' * 1_000_000)", before="square")


@attack(ALL)
def a_million_messages(world: World) -> dict:
    return extra_cell(
        right(),
        "from IPython.display import display\nfor number in range(1_000_000):\n    display({'text/plain': str(number)}, raw=True)",
    )


@attack(ALL)
def output_past_jupyter(world: World) -> dict:
    return extra_cell(
        right(),
        """
import os
for _ in range(100):
    for number in (1, 2):
        os.write(number, b"\\x1b]0;title\\x07\\x1b[2J" + b"y" * 100_000)
os.system("echo '\\033[2J'; yes | head -c 1000000")
""",
    )


@attack(ALL)
def one_huge_output(world: World) -> dict:
    return extra_cell(right(), f"from IPython.display import HTML, display\ndisplay(HTML('x' * {40 * MIB}))")


@attack(ALL)
def an_output_that_no_connection_takes(world: World) -> dict:
    """The grader's end hangs up on so large a frame: what is asked later is answered all the same."""
    return extra_cell(right(), f"from IPython.display import HTML, display\ndisplay(HTML('x' * {80 * MIB}))")


@attack(ALL)
def large_outputs_without_end(world: World) -> dict:
    code = f"""
from IPython.display import HTML, display
while True:
    display(HTML('x' * {4 * MIB}))
    get_ipython().history_manager.outputs.clear()
"""
    return extra_cell(right(), code)


@attack(ALL)
def exit_and_quit(world: World) -> dict:
    """What a reader types to leave a shell, one after the other."""
    return after_first("exit()\nquit()\nget_ipython().ask_exit()")


@attack(ALL)
def the_event_loop_stopped(world: World) -> dict:
    return after_first(
        """
        import asyncio
        loop = asyncio.get_event_loop()
        loop.stop()
        """
    )


@attack(ALL)
def awaited_for_ever(world: World) -> dict:
    return after_first("import asyncio\nawait asyncio.Event().wait()")


@attack(ALL)
def tasks_left_behind(world: World) -> dict:
    """Tasks and threads that go on printing and drawing while later cells are graded."""
    return extra_cell(
        right(),
        """
import asyncio, threading, time
from IPython.display import display
async def chatter():
    while True:
        print("still here")
        await asyncio.sleep(0)
for _ in range(20):
    asyncio.ensure_future(chatter())
def talk():
    while True:
        display("and here")
        time.sleep(0.001)
threading.Thread(target=talk, daemon=True).start()
""",
    )


@attack(ALL)
def thousands_of_comms(world: World) -> dict:
    """Messages that are no output: widgets open them by the thousand."""
    return extra_cell(
        right(),
        """
from comm import create_comm
for number in range(3000):
    create_comm(target_name="jupyter.widget", data={"state": {"x": "y" * 1000}})
""",
    )


@attack(ALL)
def stopped_between_the_last_line_and_the_reply(world: World) -> dict:
    """The kernel is still sending when the cell is over, and the interrupt takes the reply with it."""
    return extra_cell(
        right(),
        """
import sys, time
def flush(seconds=[60]):
    time.sleep(seconds.pop() if seconds else 0)
sys.stdout.flush = flush
""",
    )


@attack(ALL)
def an_error_of_a_hundred_megabytes(world: World) -> dict:
    return extra_cell(right(), "raise ValueError('x' * 100_000_000)")


@attack(FIRST)
def an_error_of_a_hundred_megabytes_in_an_answer(world: World) -> dict:
    return in_answer("raise ValueError('x' * 100_000_000)")


@attack(FIRST)
def recursion_without_end(world: World) -> dict:
    return in_answer("import sys; sys.setrecursionlimit(10**9)\nreturn scale_forward(x, w)")


@attack(ALL)
def a_folder_too_deep_to_remove(world: World) -> dict:
    return extra_cell(
        right(),
        """
import os
for _ in range(1500):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
""",
    )
