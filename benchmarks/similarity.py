"""Measures `course similarity`: how often independent answers are called alike, and how often disguised copies are found.

    python -m benchmarks.similarity                the right answers planted for every question
    python -m benchmarks.similarity FOLDER         real ones: FOLDER/<question>/<author>.py, each by somebody else

A file `handed_out.py` beside the authors' is what all of them were given. A copy has other names, no comments, another
layout, and lines that do not depend on each other in another order.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import itertools
import random
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import answers
from autograder.classroom.similarity.handed_in import known_sources
from autograder.classroom.similarity.prints import Lexer, Prints
from autograder.classroom.similarity.weighing import BITS, weigh
from autograder.course.manifest import Course

ROOT = Path(__file__).resolve().parents[1]
HANDED_OUT = "handed_out.py"


@dataclass
class Measured:
    """What was found: pairs and copies, and those that were called alike."""

    pairs: int = 0
    alarms: list[str] = field(default_factory=list)
    copies: int = 0
    found: int = 0
    short: int = 0


def planted(course: Course) -> Iterator[tuple[str, list[str], list[str]]]:
    """Of each question its name, its right answers, and what is everybody's."""
    for assignment in course.assignments:
        if not assignment.checks:
            continue
        known = known_sources(course, assignment)
        right = [each for each in answers.planted(assignment.checks) if each.reason is None]
        for question in dict.fromkeys(each.question for each in right):
            found = dict.fromkeys(source_of(each) for each in right if each.question == question)
            yield f"{assignment.name}: {question}", [source for source in found if source], known


def real(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """The same of a folder with one of its own for each question."""
    for question in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = {path.name: path.read_text(encoding="utf-8") for path in sorted(question.glob("*.py"))}
        known = [files.pop(HANDED_OUT)] if HANDED_OUT in files else []
        yield question.name, list(files.values()), known


def source_of(answer: answers.Planted) -> str:
    try:
        return textwrap.dedent(inspect.getsource(answer.definitions[answer.question]))
    except (KeyError, OSError, TypeError):  # made by calling something
        return ""


def measure(questions: Iterator[tuple[str, list[str], list[str]]], seed: int = 0) -> Measured:
    """Compare all answers to each question with each other, and each with a disguised copy among the others."""
    rng, measured = random.Random(seed), Measured()
    last, everybodys = None, set[int]()
    with Lexer() as lexer:
        for name, sources, known in questions:
            if known is not last:
                last, everybodys = known, {each for prints in lexer.prints(known) for each in prints.places}
            prints = [each.without(everybodys) for each in lexer.prints(sources)]
            alike = weigh(prints).alike
            pairs = list(itertools.combinations(range(len(prints)), 2))
            measured.pairs += len(pairs)
            measured.alarms += [f"{name}: answers {i + 1} and {j + 1}" for i, j in pairs if alike[i, j]]
            _copies(lexer, sources, prints, everybodys, rng, measured)
    return measured


def _copies(
    lexer: Lexer,
    sources: Sequence[str],
    prints: Sequence[Prints],
    everybodys: set[int],
    rng: random.Random,
    measured: Measured,
) -> None:
    for place, source in enumerate(sources):
        try:
            copy = disguised(source, rng)
        except SyntaxError:  # a fragment
            continue
        [made] = lexer.prints([copy])
        weighed = weigh([*prints, made.without(everybodys)])
        measured.copies += 1
        measured.found += bool(weighed.alike[place, -1])
        measured.short += bool(weighed.shared[place, place] < BITS)


def disguised(source: str, rng: random.Random) -> str:
    """A copy with other names for what it names itself, without comments, and with independent lines in another order."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for block in (getattr(node, name, None) for name in ("body", "orelse")):
            if isinstance(block, list):
                _stirred(block, rng)
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    stored |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)} - {"self"}
    names = {name: f"{rng.choice('abcdefgh')}_{number}" for number, name in enumerate(sorted(stored))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = names.get(node.arg, node.arg)
    return ast.unparse(tree)


def _stirred(block: list[ast.stmt], rng: random.Random) -> None:
    """Swap neighbours that do not need each other, each with even chance."""
    for place in range(len(block) - 1):
        one, other = block[place : place + 2]
        if isinstance(one, ast.Assign) and isinstance(other, ast.Assign) and _independent(one, other):
            block[place : place + 2] = rng.sample([one, other], 2)


def _independent(one: ast.stmt, other: ast.stmt) -> bool:
    return not (_stored(one) & _named(other)) and not (_stored(other) & _named(one))


def _named(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _stored(statement: ast.stmt) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="real answers")
    folder = parser.parse_args().folder
    found = measure(real(folder) if folder else planted(Course(ROOT)))
    print(f"independent: {len(found.alarms)} of {found.pairs} pairs called alike")
    for alarm in found.alarms:
        print(f"  {alarm}")
    print(f"copies: {found.found} of {found.copies} found; {found.short} answers are too short to tell")


if __name__ == "__main__":
    main()
