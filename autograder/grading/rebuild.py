"""A stranger's submission put into the course's notebook: its file is read in a bounded process."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from nbformat.notebooknode import NotebookNode

from autograder.grading.taking import take
from autograder.limits import ReadingLimits
from course_utils.submission.rebuild import Rebuilt
from course_utils.submission.rebuild import rebuild as rebuild_from


def rebuild(
    base: NotebookNode,
    submission: bytes | None,
    notes: Iterable[str] = (),
    limits: ReadingLimits | None = None,
) -> Rebuilt:
    """Put a submission's answers into the course's notebook; whatever the bytes are, a notebook comes back.

    Args:
        base: what `template` returns.
        submission: the file that was handed in, or None when there is none.
        notes: what else there is to say about what was handed in.
        limits: what reading it may take; the default ones where none are given.
    """
    return rebuild_from(base, submission, notes, take=partial(take, limits=limits or ReadingLimits()))
