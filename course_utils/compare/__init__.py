"""Comparing an answer with the expected one, and saying what is wrong with it and why."""

from course_utils.compare.closeness import close_values
from course_utils.compare.difference import Tolerance, check_close, difference, value_problem
from course_utils.compare.factors import Known, factor_in_words, known_factors, most_direct
from course_utils.compare.failure import Cause, Certainty, CheckFailed, Failure
from course_utils.compare.guesses import (
    GUESS_RTOL,
    KEEPDIMS,
    LOW_PRECISION,
    NEARLY,
    UNNAMED_FACTOR,
    Match,
    constant_factor,
    guess_shape,
    guess_values,
)
from course_utils.compare.structure import structure_problem
from course_utils.compare.words import (
    axis_names,
    cut,
    kind_of,
    listed,
    quoted,
    show_index,
    two_numbers,
    worst_index,
)

__all__ = [
    "GUESS_RTOL",
    "KEEPDIMS",
    "LOW_PRECISION",
    "NEARLY",
    "UNNAMED_FACTOR",
    "Cause",
    "Certainty",
    "CheckFailed",
    "Failure",
    "Known",
    "Match",
    "Tolerance",
    "axis_names",
    "check_close",
    "close_values",
    "constant_factor",
    "cut",
    "difference",
    "factor_in_words",
    "guess_shape",
    "guess_values",
    "kind_of",
    "known_factors",
    "listed",
    "most_direct",
    "quoted",
    "show_index",
    "structure_problem",
    "two_numbers",
    "value_problem",
    "worst_index",
]
