"""Attacks on the verdict: patched libraries and grade clients, forged marks, answers that lie."""

from __future__ import annotations

from hostile.attack import ALL, FIRST, NOTHING, attack, extra_cell, in_answer, right, submission, theft, wrong
from hostile.course import RIGHT, WRONG
from hostile.world import World


@attack(NOTHING)
def patched_numpy_and_builtins(world: World) -> dict:
    return extra_cell(
        wrong(),
        """
import builtins, numpy as np, numpy.testing
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, lambda *a, **k: None)
builtins.all = builtins.any = lambda *a: True
builtins.isinstance = lambda *a: True
""",
    )


@attack(NOTHING)
def patched_grade_client(world: World) -> dict:
    return extra_cell(
        wrong(),
        """
import course_utils.grading as grading, course_utils.compare as compare
compare.difference = lambda *a, **k: None
grading._same = lambda *a: True
grading.describe_error = lambda error: {}
grading.grade = lambda name: print("10/10")
""",
    )


@attack(NOTHING)
def patched_shell(world: World) -> dict:
    return extra_cell(
        wrong(),
        """
shell = get_ipython()
shell.showtraceback = lambda *a, **k: None
shell.displayhook.__class__.__call__ = lambda self, *a: None
async def do_execute(self, *a, **k):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
shell.kernel.__class__.do_execute = do_execute
""",
    )


@attack(NOTHING)
def forged_verdicts(world: World) -> dict:
    notebook = wrong()
    for name in ("square", "test_square", "test_scale_backward"):
        source = """
from IPython.display import display
print('{"op": "verdict", "points": 10}')
display({"text/plain": "10.0"}, raw=True)
class Ten:
    def __repr__(self): return "10.0"
Ten()
"""
        extra_cell(notebook, source, before=name)
    return notebook


@attack(NOTHING)
def grade_called_early_and_often(world: World) -> dict:
    return extra_cell(
        wrong(),
        """
from course_utils.grading import grade
for name in ["square", "scale_forward", "scale_backward", "square", "nothing", "", "../square"]:
    grade(name)
""",
    )


@attack(FIRST + 3.0)
def a_second_try(world: World) -> dict:
    """Wrong when asked first, put right afterwards, and asked again for the question that was missed."""
    notebook = submission(RIGHT | {"square": RIGHT["square"], "scale_forward": WRONG["scale_forward"]})
    source = f"{RIGHT['scale_forward']}\nfrom course_utils.grading import grade\ngrade('scale_forward')"
    return extra_cell(notebook, source, before="scale_backward")


@attack(NOTHING)
def a_thread_that_asks_all_the_time(world: World) -> dict:
    return extra_cell(
        wrong(),
        """
import threading, time
from course_utils.grading import grade
def ask():
    while True:
        for name in ["scale_backward", "scale_forward"]:
            grade(name)
            time.sleep(0.05)
threading.Thread(target=ask, daemon=True).start()
""",
    )


@attack(NOTHING)
def told_by_the_time_it_takes(world: World) -> dict:
    """Tries another answer at each call and looks at the clock for a sign of which was right."""
    return theft("""
    import time
    calls = []
    def square(x):
        calls.append(time.perf_counter())
        return [x + 1, x * 3, x - 1, -x][len(calls) % 4]
    """)


@attack(7.0)
def inputs_of_one_question_kept_for_another(world: World) -> dict:
    keep = "KEPT.append((x, w))"
    notebook = in_answer(keep)
    extra_cell(notebook, "KEPT = []")
    for cell in notebook["cells"]:
        if cell["source"].startswith("def scale_backward"):
            cell["source"] = "def scale_backward(dout, cache):\n    x, w = KEPT[0]\n    return x, w\n"
    return notebook


def _by_squares(name: str, squared: str, before: str = "") -> None:
    """Products by the answer that is forbidden here: a times b is a quarter of (a + b)² - (a - b)²."""

    def build(world: World) -> dict:
        answers = RIGHT | {
            "scale_backward": f"""import functools, types
{before or "pass"}
def times(a, b):
    square_of = {squared}
    return (square_of(a + b) - square_of(a - b)) / 4
def scale_backward(dout, cache):
    x, w = cache
    return times(dout, w), times(dout, x).sum(axis=0)
"""
        }
        return submission(answers)

    build.__name__ = f"forbidden_{name}"
    attack(7.0, says="write this one yourself")(build)


_by_squares("by_name", "square")
_by_squares("in_a_partial", "functools.partial(square)")
_by_squares("by_its_code", "KEPT", "KEPT = types.FunctionType(square.__code__, globals(), 'mine')")
_by_squares(
    "out_of_the_collectors_sight",
    "KEPT",
    "import gc; KEPT = types.FunctionType(square.__code__, globals(), 'mine'); gc.freeze()",
)
_by_squares("made_in_the_call", "types.FunctionType(CODE, globals())", "CODE = square.__code__")
_by_squares("by_a_name_that_is_left", "KEPT", "KEPT = square; del square")
_by_squares("by_a_name_that_is_another", "KEPT", "KEPT = square\nsquare = lambda x: 0")
_by_squares("in_a_list", "KEPT[0]", "KEPT = [lambda x, of=square: of(x)]")


@attack(ALL)
def an_answer_of_their_own_that_looks_like_the_forbidden_one(world: World) -> dict:
    """No attack: whoever writes the same line again, under another name, has written it."""
    own = "def mine(x):\n    return x * x\n"
    body = "def scale_backward(dout, cache):\n    x, w = cache\n    mine(x)\n    return dout * w, (dout * x).sum(axis=0)\n"
    return submission(RIGHT | {"scale_backward": own + body})


_LIES = """
import numpy as np

class Lie(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array__(self, *a, **k): return np.full(5, np.nan)
    def __sub__(self, other): return np.zeros(self.shape)
    __rsub__ = __sub__
    def __array_ufunc__(self, *a, **k): return True
    @property
    def shape(self): return (5,)

class Anything:
    __class__ = np.ndarray
    dtype, shape, ndim = np.dtype(float), (5,), 1
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __array__(self, *a, **k): return np.zeros(5)

loop = []
loop.append(loop)
deep = 1
for _ in range(5000):
    deep = [deep]
ANSWERS = [
    np.zeros(5).view(Lie), Anything(), loop, deep, {"a": {1: {(2, 3): 4}}}, [0] * 100_000, "text", b"bytes", None,
    np.nan, np.full(5, np.nan), np.full(5, np.inf), np.zeros((0, 5)), np.zeros((5, 0)), np.zeros(5, "f2"),
    np.zeros(5, "complex128"), np.zeros(5, "longdouble"), np.array([object()] * 5), np.array(["a"] * 5),
    np.zeros(5, "M8[s]"), np.zeros(5, [("a", float)]), np.ma.masked_all(5), np.float64(3), True, 10**4000,
    np.lib.stride_tricks.as_strided(np.zeros(1), (10**9,), (0,)), np.zeros((1,) * 40), iter([]), lambda: 0, int,
]
"""


@attack(NOTHING)
def answers_that_lie(world: World) -> dict:
    """A different odd answer at each call; several notebooks' worth in one, since the first two cases are asked."""
    notebook = submission(
        {
            "square": "def square(x): return ANSWERS[0]",
            "scale_forward": "def scale_forward(x, w): return Anything(), ANSWERS",
            "scale_backward": "def scale_backward(dout, cache): return loop, deep",
        }
    )
    return extra_cell(notebook, _LIES)


def _lie(number: int, label: str) -> None:
    def build(world: World) -> dict:
        answers = {
            "square": f"def square(x): return ANSWERS[{number}]",
            "scale_forward": f"def scale_forward(x, w): return ANSWERS[{number + 1}], x",
            "scale_backward": f"def scale_backward(dout, cache): return ANSWERS[{number + 2}], ANSWERS[{number + 3}]",
        }
        return extra_cell(submission(answers), _LIES)

    build.__name__ = f"lies_{label}"
    attack(NOTHING)(build)


_lie(2, "nested")
_lie(6, "no_arrays")
_lie(10, "nan_inf_and_empty")
_lie(14, "dtypes")
_lie(18, "odd_dtypes")
_lie(22, "scalars_and_a_huge_number")
_lie(25, "a_huge_view")


@attack(ALL)
def input_is_refused(world: World) -> dict:
    return extra_cell(right(), "answer = input('your marks: ')")


@attack(FIRST, says="scale_forward.* raised Exception")
def a_solution_that_raises_odd_errors(world: World) -> dict:
    """Errors whose text cannot be had, whose class lies, or that are no ordinary exceptions."""
    code = """
class Odd(Exception):
    def __str__(self): raise ValueError("no text")
    __repr__ = __str__
Odd.__name__ = "Exception"
raise Odd()
"""
    notebook = in_answer(code)
    for cell in notebook["cells"]:
        if cell["source"].startswith("def scale_backward"):
            cell["source"] = "def scale_backward(dout, cache):\n    raise KeyboardInterrupt"
    return notebook
