"""A real JupyterLab and a real browser, for tests that press its keys."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container may give /dev/shm 64 MB, and a page that finds it full crashes
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What Playwright says when Chromium itself has crashed, which happens now and then on a busy machine. conftest.py
# gives such a test a second browser; one that brings down two in a row fails.
CRASHED = ["TargetClosedError", "Page crashed", "Target crashed"]
SECONDS = 120  # for a busy machine; nothing waits so long where nothing is wrong


def run_first_cell(page):
    """Run a notebook's first cell, once its kernel is really there: a key that is pressed before is lost, or asks for another kernel."""
    page.locator(".jp-KernelName", has_text="Python 3").wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    cell = page.locator(".jp-CodeCell").first
    cell.locator(".cm-content").click()
    _until_it_runs(page, cell.locator(".jp-InputPrompt"), lambda: page.keyboard.press("Control+Enter"))


def run_below(page, source):
    """Write a cell below the one that was run last, run it, and give what it shows.

    Each step waits for the one before: a key that a busy page is not ready for is lost.
    """
    cell = page.locator(".jp-Cell.jp-mod-active")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.wait_for_function(f"{_WRITTEN} === ''")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('.jp-Cell.jp-mod-active .cm-content')")
    page.keyboard.insert_text(source)
    page.wait_for_function(f"length => {_WRITTEN}.length === length", arg=len("".join(source.split())))
    prompt = cell.locator(".jp-InputPrompt")
    _until_it_runs(page, prompt, lambda: page.keyboard.press("Control+Enter"))
    prompt.filter(has_text=re.compile(r"\[\d+\]")).wait_for()
    return cell.locator(".jp-OutputArea-output").all_inner_texts()


def scrolls_on_a_phone(page, lines):
    """Whether lines that are wider than a phone scroll there, whole as they are."""
    page.set_viewport_size({"width": 390, "height": 844})
    return lines.evaluate(
        "each => getComputedStyle(each).whiteSpace === 'pre' && each.scrollWidth > each.clientWidth"
    )


def _until_it_runs(page, prompt, press):
    for _ in range(SECONDS // 10):
        press()
        for _ in range(20):
            if prompt.inner_text().strip() != "[ ]:":
                return
            page.wait_for_timeout(500)
    raise AssertionError("the cell does not run")


# What stands in the active cell, without its spaces.
_WRITTEN = "document.querySelector('.jp-Cell.jp-mod-active .cm-content').innerText.replace(/\\s/g, '')"


# Three answers to copy_backward of notebook 01, whose cell asks for copy_forward as well.
_FORWARD = (
    "def copy_forward(x, n):\n    return [x.copy() for _ in range(n)]\n\n\ndef copy_backward(douts):\n    "
)
STUB = _FORWARD + 'raise NotImplementedError("copy_backward is not written yet (section 3)")\n'
WRONG = _FORWARD + "return np.mean(douts, axis=0)\n"
RIGHT = _FORWARD + "return np.sum(douts, axis=0)\n"


class Lab:
    """A JupyterLab of our own in a course folder, on a free port of this machine.

    Args:
        command: what starts it instead, for example `course lab`; it chooses port and token itself.
    """

    def __init__(self, folder: Path, home: Path, command: list[str] | None = None):
        self.token = secrets.token_hex(16)
        self._log = home / "lab.log"
        # Nothing of this machine's user: what works here works after `make install` alone.
        env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        env |= {"HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "PYTHONUNBUFFERED": "1"}
        command = command or [
            *(
                sys.executable,
                "-m",
                "course_utils.course.lab_server",
                "--no-browser",
                "--ip=127.0.0.1",
                "--port=0",
            ),
            *(f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={folder}"),
            *(["--allow-root"] if os.getuid() == 0 else []),
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        self.address = self._address(home / "runtime")

    def _address(self, runtime: Path) -> str:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            for path in runtime.glob("jpserver-*.json"):
                try:
                    server = json.loads(path.read_text())
                    address, self.token = server["url"], server["token"]
                    urllib.request.urlopen(f"{address}api?token={self.token}", timeout=10).close()
                    return address
                except (OSError, ValueError):
                    pass
            threading.Event().wait(0.2)
        self.close()
        raise AssertionError(f"JupyterLab did not start:\n{self.log()}")

    def url(self, path: str) -> str:
        return f"{self.address}{path}?token={self.token}"

    def log(self) -> str:
        return self._log.read_text(errors="replace")[-6000:]

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="module")
def chromium():
    """A browser that is there: launched when first asked for, and again when it has crashed."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: `make install`"
    )
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium here: `sudo apt install chromium`")
    with playwright.sync_playwright() as driver:
        launched = []

        def running():
            if not launched or not launched[-1].is_connected():
                launched.append(driver.chromium.launch(executable_path=program, args=FLAGS))
            return launched[-1]

        yield running
        for browser in launched:
            browser.close()


@pytest.fixture
def browser(chromium):
    return chromium()


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(SECONDS * 1000)
    yield page
    page.close()
