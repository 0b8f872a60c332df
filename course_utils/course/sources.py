"""What the lines of a cell's source are: marks, magics and the hidden line. Line by line, so never slower than linear.

Whatever a student writes comes through here; a search over the whole text could take its square in time.
"""

from __future__ import annotations

from course_utils.study.marks import lines_of, solution_regions, visible_part, without_marks

__all__ = ["asked_question", "solution_regions", "visible_part", "without_magics", "without_marks"]


def asked_question(source: str) -> str | None:
    """The graded name in the first line that is `grade("name")` and nothing else."""
    for line in source.split("\n"):
        call = line.strip()
        if call.startswith("grade(") and call.endswith(")"):
            argument = call[len("grade(") : -1].strip()
            name = argument[1:-1]
            if argument in (f'"{name}"', f"'{name}'") and name.isascii() and name.isidentifier():
                return name
    return None


def without_magics(source: str) -> str:
    """Code that plain Python can run: lines that only IPython understands become comments."""
    return "".join(f"# {line}" if line.startswith(("%", "!")) else line for line in lines_of(source))
