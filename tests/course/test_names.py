"""The names that a piece of code needs from elsewhere."""

import pytest

from autograder.course.names import unknown_names


@pytest.mark.parametrize(
    ("source", "unknown"),
    [
        ("def f(x):\n    return np.exp(x)", ["np"]),
        ("def f(x):\n    return known(x) + len(x)", []),
        ("def f(x):\n    return [g(y, z) for y in x]", ["g", "z"]),
        ("def f(x):\n    def g(y):\n        return x + y\n    return g", []),
        ("class A(Base):\n    def m(self):\n        return self.m, other", ["Base", "other"]),
        ("def f():\n    import math\n    return math.pi", []),
        ("@cached\ndef f(x=default):\n    return f(x)", ["cached", "default"]),
        ("import math\n\ndef f(x):\n    return math.exp(x) + a\n\na = 1", []),
        ("def f():\n    global kept\n    kept = 1\n    return kept", []),
    ],
)
def test_what_is_read_and_neither_bound_nor_known_nor_built_in(source, unknown):
    assert sorted(unknown_names(source, {"known", "kept"})) == unknown
