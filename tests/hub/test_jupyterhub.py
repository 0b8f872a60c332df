"""A JupyterHub as docs/jupyterhub.md sets it up, with two students and an instructor, in a real browser.

Run by name, since it needs what the course does not install: `pip install jupyterhub`, and `npm install configurable-http-proxy` with its `.bin` on the PATH.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny
from lab import SECONDS
from places import ROOT

from autograder.classroom.release import release

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (importlib.util.find_spec("jupyterhub") and shutil.which("configurable-http-proxy")),
        reason="needs `pip install jupyterhub` and `npm install configurable-http-proxy` (docs/jupyterhub.md)",
    ),
]
PASSWORD = "only-for-this-test"


class Hub:
    """A hub of its own on free ports of this machine.

    Attributes:
        root: its folder, with `course`, `exchange` and `home/<user>`.
        address: its address.
    """

    def __init__(self, root: Path):
        self.root = root
        (root / "exchange").mkdir()
        (root / "exchange").chmod(0o777)
        self.log = root / "hub.log"
        ports = _free_ports(3)
        self.address = f"http://127.0.0.1:{ports[0]}"
        env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        env |= {
            "HUB_ROOT": str(root),
            "HUB_TEACHERS": "grace",
            "HUB_TRIAL_PASSWORD": PASSWORD,
            "HOME": str(root),
        }
        env |= dict(zip(("HUB_PORT", "HUB_INNER_PORT", "HUB_PROXY_PORT"), map(str, ports), strict=True))
        config = ROOT / "docs/jupyterhub/jupyterhub_config.py"
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
            self._process = subprocess.Popen(command, cwd=root, env=env, stdout=log, stderr=log)
        until(self._answers, "the hub starts")

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log.read_text()[-4000:]
        try:
            urllib.request.urlopen(f"{self.address}/hub/login", timeout=10).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """End it, and with it the servers that it started."""
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_ports(number: int) -> list[int]:
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports


def until(happened: Callable[[], object], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < end, f"{what}: it did not"
        threading.Event().wait(0.3)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    course = tiny.make_course(tmp_path / "hub" / "course")
    release(course, course.assignment(tiny.NAME))
    hub = Hub(tmp_path / "hub")
    yield hub
    hub.close()


@pytest.fixture
def desk(hub, browser):
    """Logs somebody in, in a browser of their own, and waits for their JupyterLab."""
    pages = []

    def enter(name: str):
        page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(SECONDS * 1000)
        pages.append(page)
        page.goto(f"{hub.address}/hub/login")
        page.locator("#username_input").fill(name)
        page.locator("#password_input").fill(PASSWORD)
        page.locator("#login_submit").click()
        page.wait_for_url(re.compile(rf"/user/{name}/lab"))
        page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").wait_for()
        return page

    yield enter
    for page in pages:
        page.context.close()


def at_terminal(page, hub: Hub, command: str) -> None:
    """Type a command at a terminal of the instructor's, and wait until it has ended well."""
    done = hub.root / "course" / "done"
    done.unlink(missing_ok=True)
    if not page.locator(".jp-Terminal").count():
        page.locator(".jp-LauncherCard[title*='terminal']").click()
    page.locator(".jp-Terminal .xterm-screen").click()
    page.keyboard.type(f"cd {done.parent}; ({command}) > said 2>&1; echo $? > done\n")
    until(lambda: done.is_file() and done.read_text().strip(), command)
    assert done.read_text().strip() == "0", (hub.root / "course" / "said").read_text()[-3000:]


def open_list(page) -> None:
    """Open nbgrader's list of assignments, which students have, and none of the tools of teachers."""
    page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").click()
    page.locator(".lm-Menu-itemLabel", has_text="Assignment List").wait_for()
    assert page.locator(".lm-Menu-itemLabel", has_text="Formgrader").count() == 0
    page.locator(".lm-Menu-itemLabel", has_text="Assignment List").click()


def megabytes(name: str) -> float:
    """What a user's processes need of the memory, what several share counted by its share."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"\0JUPYTERHUB_USER={name}\0".encode() in (process / "environ").read_bytes():
                total += int(re.search(r"^Pss: +(\d+)", (process / "smaps_rollup").read_text(), re.M)[1])
        except OSError:  # it has ended
            continue
    return total / 1000


def write_answer(page, name: str, hub: Hub) -> None:
    """Write the answer to the first question into a student's notebook, and save it."""
    answer = "return np.maximum(0, x), x"
    copy = hub.root / "home" / name / tiny.NAME / f"{tiny.NAME}.ipynb"
    page.goto(f"{hub.address}/user/{name}/lab/tree/{tiny.NAME}/{tiny.NAME}.ipynb")
    cell = page.locator(".jp-CodeCell", has_text="relu_forward is not written yet").first
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f"def relu_forward(x):\n    {answer}\n")
    page.keyboard.press("Control+s")
    until(lambda: answer in copy.read_text(), "the notebook is saved")


def test_two_students_and_an_instructor(hub, desk):
    grace = desk("grace")
    at_terminal(grace, hub, f"nbgrader release_assignment {tiny.NAME}")
    for name in ("ann", "bo"):
        student = desk(name)
        open_list(student)
        student.get_by_role("button", name="Fetch", exact=True).or_(
            student.locator("button", has_text=re.compile(r"^Fetch$"))
        ).first.click()
        until((hub.root / "home" / name / tiny.NAME / f"{tiny.NAME}.ipynb").is_file, "it is fetched")
        assert not list((hub.root / "home" / name).rglob("given.py"))
        if name == "ann":
            alone = megabytes(name)
            write_answer(student, name, hub)
            print(f"memory of a student: {alone:.0f} MB, with a notebook open {megabytes(name):.0f} MB")
            assert 20 < alone < megabytes(name) < 1500
            open_list(student)
        student.locator("button", has_text=re.compile(r"^Submit$")).first.click()
        until(lambda name=name: list((hub.root / "exchange").glob(f"*/inbound/{name}+*")), "it is handed in")
    at_terminal(grace, hub, f"nbgrader collect {tiny.NAME} && course grade {tiny.NAME}")
    said = (hub.root / "course" / "said").read_text()
    assert re.search(r"ann\s.*2/6", said)
    assert re.search(r"bo\s.*0/6", said)
    at_terminal(grace, hub, f"course feedback {tiny.NAME} && nbgrader release_feedback {tiny.NAME}")
    ann = desk("ann")
    open_list(ann)
    ann.locator("button", has_text="Fetch Feedback").first.click()
    pages = hub.root / "home" / "ann" / tiny.NAME / "feedback"
    until(lambda: list(pages.rglob("*.html")), "feedback is fetched")
    [page] = pages.rglob("*.html")
    assert "relu_backward is not written yet" in page.read_text(encoding="utf-8")
