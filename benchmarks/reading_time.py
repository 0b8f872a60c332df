"""How long each notebook takes, by the words in it and the functions to write: python -m benchmarks.reading_time."""

from __future__ import annotations

from autograder.course.manifest import Course
from autograder.course.reading_time import MINUTES_A_FUNCTION, WORDS_A_MINUTE, reading_time
from course_utils.course import notebooks


def main() -> None:
    """Print a line for each notebook."""
    course = Course.find(__file__)
    print(f"{WORDS_A_MINUTE} words a minute, {MINUTES_A_FUNCTION} minutes a function")
    print(f"{'notebook':16}{'words':>7}{'functions':>11}{'minutes':>9}")
    for assignment in course.assignments:
        time = reading_time(notebooks.read(course.source(assignment)))
        print(f"{assignment.name:16}{time.words:>7}{time.functions:>11}{time.minutes:>9}")


if __name__ == "__main__":
    main()
