"""What stands where a solution was: the name of the function that is missing, and of no other."""

import pytest

from autograder.course.stubs import name_stubs

STUB = 'raise NotImplementedError("asked is not written yet (section 3)")'


def named(source: str) -> list[str]:
    lines = [line for line in name_stubs(source.replace("STUB", STUB)).split("\n") if "raise" in line]
    return [line.split('"')[1].removesuffix(" is not written yet (section 3)") for line in lines]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def asked(x):\n    STUB", ["asked"]),
        ("def asked(x):\n    STUB\n\n\ndef other(path='x'):\n    STUB", ["asked", "other"]),
        ("@cache\ndef other(\n    x,\n):\n    STUB", ["other"]),
        ("async def other(x):\n    STUB", ["other"]),
        ("class Asked:\n    def loss(self):\n        STUB\n\n    def step(self):\n        STUB", ["Asked.loss", "Asked.step"]),
        ("class Asked:\n    def loss(self):\n        STUB\n\ndef other(x):\n    STUB", ["Asked.loss", "other"]),
        ("def outer(x):\n    def inner(y):\n        STUB\n    return inner", ["outer"]),
        ("class Asked:\n    STUB", ["Asked"]),
        ("STUB", ["asked"]),
        ("def other(x):\n    return x\n\nvalue = 3\nSTUB", ["asked"]),
        ("def other(x):\n# a remark at the margin\n    STUB", ["other"]),
    ],
)  # fmt: skip
def test_a_stub_names_what_it_stands_in(source, names):
    assert named(source) == names
