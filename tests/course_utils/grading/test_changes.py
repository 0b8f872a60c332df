"""A reply says which arguments a function has changed in place, whatever they are made of, and nothing else."""

import numpy as np
import pytest

from course_utils.grading import Responder
from course_utils.grading.wire import encode


def changed(function, *args, **kwargs) -> list:
    responder = Responder({"answer": function})
    tree, buffers = encode({"args": list(args), "kwargs": kwargs})
    reply, _ = responder.respond({"op": "call", "name": "answer", "arguments": tree}, buffers)
    return reply["changed"]


def reshaped(x):
    x.shape = (x.size,)


def retyped(x):
    x.dtype = np.int64


def filled(x):
    x[...] = 0


def nested(x):
    x["all"][0][...] = 2


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (filled, np.array([1.0, np.nan])),
        (filled, np.array([[True, False]])),
        (filled, np.array(1 + 2j)),
        (reshaped, np.ones((2, 3))),
        (retyped, np.ones(3)),
        (nested, {"all": [np.ones(2)], "eps": 1e-5}),
        (lambda x: x.append(1), []),
        (lambda x: x.pop("lr"), {"lr": 0.1}),
    ],
)
def test_a_change_in_place_is_told_and_what_was_left_alone_is_not(function, value):
    def second(x, y, z=None, w=None):
        function(y)

    assert changed(second, value, value) == [1]
    assert changed(lambda x, y: function(y), value, y=value) == ["y"]
    assert changed(lambda x, y: x, value, y=value) == []


@pytest.mark.parametrize("value", [1, -1.5, float("nan"), "text", None, True, 10**30, np.float32(2), (1, 2)])
def test_what_cannot_change_is_not_said_to_have_changed(value):
    assert changed(lambda x, y: y, value, y=value) == []
