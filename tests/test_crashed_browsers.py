"""A browser that crashes by itself costs a test a second try, and no more."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.browser
@pytest.mark.slow
def test_one_crash_is_forgiven_and_two_are_not(chromium):
    tests = Path(__file__).with_name("crashing_browsers.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=200).stdout
    assert "2 failed, 2 passed, 2 rerun" in said, said
    assert "FAILED tests/crashing_browsers.py::test_the_browser_crashes[2]" in said
    assert "FAILED tests/crashing_browsers.py::test_what_is_wrong_is_not_tried_again" in said
