"""A module that costs much and is seldom used is loaded at its first use."""

import subprocess
import sys

import pytest

_START = """
import sys
import autograder
import nbformat
assert "lark" not in sys.modules, "the grammars are built although nothing asked for them"
"""


@pytest.mark.parametrize(
    "first", ["autograder", "course_utils", "course_utils.course.lab_server, jupyterlab.labapp"]
)
def test_grammars_wait_whoever_comes_first(first):
    program = f"import sys, {first}, nbformat; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "use",
    [
        "from jsonschema import FormatChecker; FormatChecker().check('http://example.org/ä', 'iri')",
        "from rfc3987_syntax import *; assert is_valid_syntax('iri', 'http://example.org/ä')",
        "import rfc3987_syntax as real; assert real.RFC3987_SYNTAX_TERMS",
        "import rfc3987_syntax.syntax_helpers as real; assert real.is_valid_syntax('iri', 'http://example.org/ä')",
    ],
)
def test_reading_notebooks_builds_no_grammars_and_who_needs_them_has_them(use):
    subprocess.run([sys.executable, "-c", f"{_START}\n{use}\nassert 'lark' in sys.modules"], check=True)


def test_looking_over_all_modules_as_a_starting_kernel_does_is_no_use():
    look = "[module.__file__ for module in sys.modules.copy().values() if hasattr(module, '__file__')]"
    program = f"{_START}\n{look}\nassert 'lark' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
