"""A class of twelve for the demo: each submission is fabricated from notebook 01, and each has a story.

The honest ones start from the reference solutions; what goes wrong is written out here, as a student would write it.
"""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from nbformat.notebooknode import NotebookNode

from autograder.course.manifest import Assignment, Course
from course_utils.course import notebooks, sources

ASSIGNMENT = "01_layers"


@dataclass(frozen=True)
class Member:
    """One student of the demo.

    Attributes:
        name: the student id.
        story: what happened, for the table.
        hand_in: makes the submitted bytes from the released notebook and the reference solutions' sources.
    """

    name: str
    story: str
    hand_in: Callable[[NotebookNode, dict[str, str]], bytes]


def solutions(course: Course, assignment: Assignment) -> dict[str, str]:
    """Sources of all answer cells of the solution notebook by grade id, without the marks."""
    answers = notebooks.answers(notebooks.read(course.source(assignment)))
    return {
        name: re.sub(r"^### (BEGIN|END) SOLUTION\n?", "", sources.without_marks(cell.source))
        for name, cell in answers
    }


def submission(released: NotebookNode, sources: dict[str, str]) -> bytes:
    """The released notebook with these answers in it, as JupyterLab would save it."""
    notebook = copy.deepcopy(released)
    for name, cell in notebooks.answers(notebook):
        cell.source = sources.get(name, cell.source)
    return notebooks.dumps(notebook).encode()


def with_bodies(sources: dict[str, str], bodies: dict[str, str]) -> dict[str, str]:
    """The sources with the bodies of some functions rewritten below their docstrings."""
    return sources | {name: _with_body(sources[name], body) for name, body in bodies.items()}


def _with_body(source: str, body: str) -> str:
    head = re.match(r'.*?""".*?"""\n', source, re.DOTALL)
    if head is None:
        raise ValueError("a solution cell without a docstring has no body to rewrite")
    return head[0] + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")


def _all_correct(released: NotebookNode, sources: dict[str, str]) -> bytes:
    return submission(released, sources)


def _loops(released: NotebookNode, sources: dict[str, str]) -> bytes:
    return submission(
        released,
        with_bodies(
            sources,
            {
                "affine_forward": """
                    N, M = len(x), len(b)
                    rows = x.reshape(N, -1)
                    out = np.zeros((N, M), dtype=np.result_type(x, w, b))
                    for n in range(N):
                        for m in range(M):
                            out[n, m] = b[m]
                            for d in range(rows.shape[1]):
                                out[n, m] += rows[n, d] * w[d, m]
                    return out, {"x": x, "w": w}
                """,
                "affine_backward": """
                    x, w = cache["x"], cache["w"]
                    rows = x.reshape(len(x), -1)
                    dx, dw, db = np.zeros_like(rows), np.zeros_like(w), np.zeros(w.shape[1], dtype=dout.dtype)
                    for n in range(len(rows)):
                        for m in range(w.shape[1]):
                            db[m] += dout[n, m]
                            dx[n] += dout[n, m] * w[:, m]
                            dw[:, m] += dout[n, m] * rows[n]
                    return dx.reshape(x.shape), dw, db
                """,
                "relu_forward": """
                    out = x.copy()
                    for i in np.ndindex(x.shape):
                        if out[i] < 0:
                            out[i] = 0
                    return out, out
                """,
                "relu_backward": """
                    dx = dout.copy()
                    for i in np.ndindex(dx.shape):
                        if cache[i] == 0:
                            dx[i] = 0
                    return dx
                """,
            },
        ),
    )


def _unattempted(released: NotebookNode, sources: dict[str, str]) -> bytes:
    return submission(released, {})


def _half_done(released: NotebookNode, sources: dict[str, str]) -> bytes:
    return submission(released, dict(list(sources.items())[: len(sources) // 2]))


def _wrong_sign(released: NotebookNode, sources: dict[str, str]) -> bytes:
    body = """
        s = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
        return s, (s, w, x)
    """
    back = """
        s, w, x = cache
        dscore = df * s * (s - 1)
        return dscore * np.array([x[0], x[1], 1.0]), dscore * w[:2]
    """
    bodies = {"sigmoid_neuron_forward": body, "sigmoid_neuron_backward": back}
    return submission(released, with_bodies(sources, bodies))


def _batch_sum_forgotten(released: NotebookNode, sources: dict[str, str]) -> bytes:
    forward = """
        return x.reshape(len(x), -1) @ w + b, (x, w)
    """
    backward = """
        x, w = cache
        dx = (dout @ w.T).reshape(x.shape)
        dw = x.reshape(len(x), -1).T @ dout
        db = dout
        return dx, dw, db
    """
    return submission(
        released, with_bodies(sources, {"affine_forward": forward, "affine_backward": backward})
    )


def _syntax_error(released: NotebookNode, sources: dict[str, str]) -> bytes:
    return submission(
        released,
        with_bodies(sources, {"svm_loss": "margins = np.maximum(0, x - x[y] + 1\nreturn margins.sum()"}),
    )


def _import_error(released: NotebookNode, sources: dict[str, str]) -> bytes:
    return submission(
        released, sources | {"svm_loss": "import tensorflow_probability as tfp\n\n" + sources["svm_loss"]}
    )


def _infinite_loop(released: NotebookNode, sources: dict[str, str]) -> bytes:
    body = """
        grad = np.zeros_like(x)
        i = 0
        while i < x.size:
            old = x.flat[i]
            x.flat[i] = old + h
            above = f(x)
            x.flat[i] = old - h
            grad.flat[i] = (above - f(x)) / (2 * h)
            x.flat[i] = old
        return grad
    """
    return submission(released, with_bodies(sources, {"numeric_gradient": body}))


def _dead_kernel(released: NotebookNode, sources: dict[str, str]) -> bytes:
    body = """
        import os

        if np.abs(x).max() > 1000:
            os._exit(1)  # too big, give up
        p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        dx = p.copy()
        dx[np.arange(len(y)), y] -= 1
        return -np.log(p[np.arange(len(y)), y]).mean(), dx / len(y)
    """
    return submission(released, with_bodies(sources, {"softmax_loss": body}))


def _deleted_and_duplicated(released: NotebookNode, sources: dict[str, str]) -> bytes:
    notebook = copy.deepcopy(released)
    cells = []
    for cell in notebook.cells:
        name = notebooks.grade_id(cell) or ""
        if name in ("test_affine_forward", "maxout_backward"):
            continue
        if notebooks.is_answer(cell):
            cell.source = sources[name]
        cells.append(cell)
        if name == "relu_forward":
            cells.append(NotebookNode(copy.deepcopy(cell) | {"id": "a-copy-of-relu"}))
    notebook.cells = cells
    return notebooks.dumps(notebook).encode()


def _not_a_notebook(released: NotebookNode, sources: dict[str, str]) -> bytes:
    return b"%PDF-1.7\nMy notebook, printed.\n"


CLASS = (
    Member("ada", "all correct", _all_correct),
    Member("bao", "correct, but with loops instead of vectors", _loops),
    Member("chidi", "never started", _unattempted),
    Member("dalia", "did the first half", _half_done),
    Member("emeka", "one wrong sign", _wrong_sign),
    Member("farah", "forgot a sum over the batch", _batch_sum_forgotten),
    Member("goran", "a syntax error in one cell", _syntax_error),
    Member("hana", "imports what is not there", _import_error),
    Member("ines", "a loop that never ends", _infinite_loop),
    Member("jonas", "kills the kernel", _dead_kernel),
    Member("kenji", "deleted and duplicated cells", _deleted_and_duplicated),
    Member("lucia", "handed in a PDF, renamed", _not_a_notebook),
)
