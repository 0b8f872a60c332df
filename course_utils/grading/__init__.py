"""The student's side of a graded question: it computes what it is asked and learns no verdict."""

from course_utils.grading.grade import grade
from course_utils.grading.responder import SOCKET_VARIABLE, Responder

__all__ = ["SOCKET_VARIABLE", "Responder", "grade"]
