"""Checks of the order of a graph."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student

# Nodes are told apart by being the same object, so it is the kernel that says which places they have in the list.
_GRAPH = """
class Node:
    def __init__(self, parents):
        self.parents = parents

class Graph:
    def build(self, parents):
        self.nodes = []
        for some in parents:
            self.nodes.append(Node(tuple(self.nodes[k] for k in some)))
    def chain(self, length):
        self.nodes = [Node(())]
        while len(self.nodes) < length:
            self.nodes.append(Node((self.nodes[-1],)))
    def in_order(self, order):
        return [id(node) for node in order] == [id(node) for node in self.nodes]
    def last(self):
        return self.nodes[-1]
    def places(self, order):
        names = {id(node): k for k, node in enumerate(self.nodes)}
        return [names.get(id(node), -1) for node in order]

result = Graph()
"""
Parents = list[list[int]]


class Graph:
    """A graph in the kernel.

    Args:
        parents: of each node the numbers of those that it was computed from, which stand before it.
    """

    def __init__(self, student: Student, parents: Parents):
        self._student = student
        self._parents = parents
        self._made = student.run(_GRAPH)
        self._made.build(parents)

    def _order(self) -> list[int]:
        found = self._student.call("topological_order", self._made.last(), as_handle=True)
        expect(isinstance(found, Handle), "topological_order must return a list of tensors")
        places = self._made.places(found)
        expect(-1 not in places, "the list holds something that is no tensor of the graph")
        return [int(place) for place in places]

    def _reached(self) -> set[int]:
        reached, waiting = set(), [len(self._parents) - 1]
        while waiting:
            k = waiting.pop()
            if k not in reached:
                reached.add(k)
                waiting += self._parents[k]
        return reached

    def expect_right(self) -> None:
        """Fail the case unless the list holds all tensors once, parents before children, the asked one last."""
        order, reached = self._order(), self._reached()
        expect(bool(order), "the list is empty; it holds at least the tensor itself")
        twice = len(order) - len(set(order))
        expect(twice == 0, f"{twice} tensors stand in the list more than once: each is visited once")
        missing = len(reached - set(order))
        expect(missing == 0, f"{missing} of {len(reached)} tensors are missing from the list")
        expect(order[-1] == len(self._parents) - 1, "the tensor itself must be the last of the list")
        place = {k: i for i, k in enumerate(order)}
        late = sum(place[p] > place[k] for k in order for p in self._parents[k])
        expect(late == 0, "a tensor stands before one that it was computed from: parents come first")


def _expect_long_chain(student: Student, length: int) -> None:
    """Fail the case unless a chain, which has but one order, comes back in it; it is made and looked at in the kernel."""
    made = student.run(_GRAPH)
    made.chain(length)
    found = student.call("topological_order", made.last(), as_handle=True)
    expect(isinstance(found, Handle), "topological_order must return a list of tensors")
    expect(
        made.in_order(found) is True, f"a chain of {length} has but one order: each behind the one before it"
    )


def _drawn(rng: np.random.Generator, count: int) -> Parents:
    """A graph in which each node has up to three of the nodes before it as parents, some of them twice."""
    graph: Parents = [[], []]
    for k in range(2, count):
        graph.append([int(p) for p in rng.integers(max(0, k - 4), k, size=rng.integers(1, 4))])
    return graph


@check("topological_order", forbids=NUMERIC_HELPERS)
def topological_order(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    with student.case("a chain", 2):
        Graph(student, [[], [0], [1], [2]]).expect_right()
    with student.case("two inputs, and one on its own", 2):
        Graph(student, [[], [], [0, 1], [], [2, 3]]).expect_right()
        Graph(student, [[]]).expect_right()
    with student.case("a tensor that is used twice", 3):
        Graph(student, [[], [0], [1], [1, 2]]).expect_right()
        Graph(student, [[], [0], [1], [2, 1]]).expect_right()
        Graph(student, [[], [0, 0], [1, 0], [0, 2, 1]]).expect_right()
    with student.case("graphs drawn at random", 3):
        for count in (6, 9, 14, 25, 40):
            Graph(student, _drawn(rng, count)).expect_right()
    with student.case("a chain of 4,000: no recursion"):
        _expect_long_chain(student, 4000)
    with student.case("a tower of diamonds: each tensor visited once"):
        tower: Parents = [[]]
        for _ in range(60):
            k = len(tower) - 1
            tower += [[k], [k], [k + 1, k + 2]]
        Graph(student, tower).expect_right()
