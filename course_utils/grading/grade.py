"""`grade("affine_forward")`: the line that has a question marked by the grader that runs this notebook."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from typing import Any

from course_utils.grading.responder import SOCKET_VARIABLE, GraderLeft, Responder
from course_utils.grading.stream import Connection


def grade(name: str) -> float | None:
    """Have one question marked by the grader that runs this notebook.

    In an author's own JupyterLab, where no grader listens, the hidden check runs in this process and its verdict is
    printed; without the `autograder` package, or outside of a course with solutions, a sentence says when it will run.

    Args:
        name: the graded function or class, for example "affine_forward".

    Returns:
        The share of its points that was earned in this process; None where a grader marks it, or nobody.
    """
    namespace = sys.modules["__main__"].__dict__
    endpoint = os.environ.get(SOCKET_VARIABLE)
    if endpoint:
        answer_grader(endpoint, name, Responder(namespace, everywhere=True))
        return None
    for entry in importlib.metadata.entry_points(group="course_utils.local_grader"):
        return entry.load()(name, namespace)
    print(f"{name}: the hidden checks run when your notebook is graded.")
    return None


def answer_grader(endpoint: str, name: str, responder: Responder) -> None:
    """Have a grader mark one question: reply to all that it asks, until it has done.

    Args:
        endpoint: where it listens.
        name: the graded function or class.
        responder: what replies; closed in the end.
    """
    connection = Connection.to(endpoint)
    try:
        connection.send({"op": "grade", "name": name})

        def exchange(header: dict[str, Any], buffers: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
            connection.send(header, buffers)
            return connection.receive()

        header, buffers = connection.receive()
        if header.get("op") == "received":
            header, buffers = connection.receive()
        while header.get("op") != "done":
            header, buffers = exchange(*responder.respond(header, buffers, exchange))
    except GraderLeft:
        pass
    finally:
        responder.close()
        connection.close()
