"""A class being graded, as one line that lives: how many, how fast, how long yet, what failed, whose turn it is."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from autograder.course.manifest import Assignment
from course_utils.interrupts import STOPPED
from course_utils.text import counted, plain, some_of

if TYPE_CHECKING:  # which need NumPy and nbgrader, and `course` starts without
    from autograder.grading.job import Graded


class Watch:
    """Shows how the grading of an assignment comes along.

    Attributes:
        console: where it is shown.
    """

    def __init__(self, console: Console, assignment: Assignment):
        self.console, self._assignment = console, assignment
        self._at_work: list[str] = []

    def began(self, student: str) -> None:
        """Somebody's turn has come, again perhaps, since who graded was lost."""
        if student not in self._at_work:
            self._at_work.append(student)

    def say(self, sentence: str) -> None:
        """Say something beside the line."""
        from tqdm import tqdm

        with tqdm.external_write_mode():
            self.console.print(f"[yellow]![/] {escape(plain(sentence))}", highlight=False)

    def all(self, results: Iterable[Graded], total: int, *, kept: bool = True) -> list[Graded]:
        """All results; Ctrl-C ends the command and says what is kept, which is nothing where marks are not written yet."""
        from tqdm import tqdm

        graded: list[Graded] = []
        with tqdm(total=total, unit=" submissions", desc=self._assignment.name, dynamic_ncols=True) as bar:
            try:
                for result in results:
                    graded.append(result)
                    if result.student in self._at_work:
                        self._at_work.remove(result.student)
                    bar.set_postfix_str(self._postfix(graded), refresh=False)
                    bar.update()
            except KeyboardInterrupt:
                bar.close()
                self._stop(graded if kept else [])
        return graded

    def _postfix(self, graded: list[Graded]) -> str:
        faults = sum(bool(each.fault) for each in graded)
        names = some_of(self._at_work)
        return f"{faults} not graded" + (f"; now {names}" if names else "")

    def _stop(self, kept: list[Graded]) -> None:
        number = counted(sum(not each.fault for each in kept), "submission")
        self.console.print(f"stopped; the marks of {number} are written: run this again for the rest")
        sys.exit(STOPPED)
