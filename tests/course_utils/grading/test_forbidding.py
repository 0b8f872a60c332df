"""What is forbidden raises however it is reached, and what is a student's own does not."""

import functools
import importlib.util
import types

import numpy as np
import pytest

import course_utils.gradcheck.numeric as library
from course_utils.grading import Responder
from course_utils.grading.wire import decode, encode

SOURCE = """
def helper(x):
    return x + 1


def answer(x):
    return reached(x)
"""
_made_of = types.FunctionType


def loaded_anew():
    spec = importlib.util.spec_from_file_location("anew", library.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Holder:
    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return self.function(x)


# Each makes of a helper what an answer calls, before anything is forbidden.
BEFORE = {
    "the helper": lambda helper: helper,
    "a partial": functools.partial,
    "a function of it": lambda helper: lambda x: helper(x),
    "an object of it": Holder,
    "a list of it": lambda helper: [helper][0],
    "its code in another function": lambda helper: _made_of(helper.__code__, helper.__globals__),
    "its code under another name": lambda helper: _made_of(
        helper.__code__.replace(co_name="mine"), helper.__globals__, "mine"
    ),
    "its method": lambda helper: types.MethodType(lambda self, x: helper(x), 1),
}


def _code_of(function):
    code, names = function.__code__, function.__globals__

    def assigned(x):
        def mine(x):
            return None

        mine.__code__ = code
        return mine(x)

    return {
        "a new function in the call": lambda x: _made_of(code, names)(x),
        "a new code in the call": lambda x: _made_of(code.replace(co_name="mine"), names)(x),
        "a new code for a function in the call": assigned,
    }


def namespace_of(own: dict) -> dict:
    namespace = {"__name__": "__main__"}
    exec(compile(SOURCE, "<cell>", "exec"), namespace)
    return namespace | own


def ask(namespace: dict, forbidden: list[str], value: object = 1.0) -> object:
    """What `answer` gives while these are forbidden; a text where it raises."""
    responder = Responder(namespace, everywhere=True)
    try:
        assert "error" not in responder.respond({"op": "forbid", "names": forbidden}, [])[0]
        tree, buffers = encode({"args": [value], "kwargs": {}})
        reply, out = responder.respond({"op": "call", "name": "answer", "arguments": tree}, buffers)
        return reply["error"]["message"] if "error" in reply else decode(reply["value"], out)
    finally:
        responder.close()


@pytest.mark.parametrize("way", [*BEFORE, *_code_of(ask)])
def test_a_helper_raises_however_it_is_reached(way):
    namespace = namespace_of({})
    helper = namespace["helper"]
    reached = BEFORE[way](helper) if way in BEFORE else _code_of(helper)[way]
    namespace["answer"].__globals__["reached"] = reached
    assert reached(1.0) == 2.0
    assert str(ask(namespace, ["helper"])).startswith("write this one yourself")
    assert reached(1.0) == 2.0


@pytest.mark.parametrize("left", ["del helper", "helper = None", "def helper(x):\n    return 0"])
def test_a_helper_that_has_lost_its_name_raises_too(left):
    namespace = namespace_of({})["answer"].__globals__
    exec(f"kept = helper\ndef reached(x):\n    return kept(x)\n{left}", namespace)
    assert "write this one yourself" in str(ask(namespace, ["helper"]))
    assert namespace["reached"](1.0) == 2.0


@pytest.mark.parametrize(
    "wrapped",
    [
        functools.partial,
        lambda helper: functools.lru_cache(helper),
        lambda helper: np.vectorize(helper),
        lambda helper: functools.wraps(helper)(lambda x: helper(x)),
    ],
    ids=["partial", "cache", "vectorize", "wraps"],
)
def test_a_helper_that_is_no_plain_function_raises_too(wrapped):
    namespace = namespace_of({})
    helper = wrapped(namespace["helper"])
    namespace["answer"].__globals__["reached"] = helper
    assert "write this one yourself" in str(ask(namespace | {"helper": helper}, ["helper"]))


def test_an_object_of_the_notebook_that_stands_for_the_helper_raises():
    namespace = namespace_of({})
    exec("class Object:\n    def __call__(self, x):\n        return x + 1\n", namespace)
    helper = namespace["Object"]()
    namespace["answer"].__globals__["reached"] = helper
    assert "write this one yourself" in str(ask(namespace | {"helper": helper}, ["helper"]))


def test_a_librarys_module_loaded_anew_raises():
    path = "course_utils.gradcheck.numeric.numeric_gradient"
    before = loaded_anew().numeric_gradient
    for reached in (
        lambda x: before(lambda v: v * v, x),
        lambda x: loaded_anew().numeric_gradient(lambda v: v * v, x),
    ):
        namespace = namespace_of({})
        namespace["answer"].__globals__["reached"] = reached
        assert "write this one yourself" in str(ask(namespace, [path]))
        assert ask(namespace, []) == pytest.approx(2.0)


def test_what_is_the_students_own_is_left_alone():
    """Also where it looks like the helper, is wrapped by the same decorator, or is made of text."""
    namespace = namespace_of({})
    exec(
        "def counted(f):\n    def wrapper(x):\n        return f(x)\n    return wrapper\n"
        "@counted\ndef helper(x):\n    return x + 1\n"
        "@counted\ndef reached(x):\n    return x + 1\n"
        "def answer(x):\n    return reached(x) + (lambda x: x + 1)(x)\n",
        namespace,
    )
    assert ask(namespace, ["helper", "missing"]) == 4.0
    namespace["answer"] = namespace["helper"]
    assert "write this one yourself" in str(ask(namespace, ["helper"]))
