"""What a learner asks for: a check, a hint, a solution, the points so far, handing in. Nothing here needs the grader."""

from course_utils.study.asking import check, hint, progress, solution, submit
from course_utils.study.desk import StudyError

__all__ = ["StudyError", "check", "hint", "progress", "solution", "submit"]
