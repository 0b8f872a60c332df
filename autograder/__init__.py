"""What marks a notebook: reference loader, hidden checks, oracle, grading pipeline, reports."""

from pathlib import Path

from autograder.later import load_later
from autograder.library import import_from

import_from(Path(__file__).parents[1], "course_utils")

# Reading notebooks asks jsonschema, which asks this, which builds grammars for 1.6 seconds in every process; they
# check internationalized addresses, and no schema of a notebook has one.
load_later("rfc3987_syntax", "is_valid_syntax")
