"""Which of the course's cells each submitted cell is, and what of it the notebook that runs needs.

A cell is known by its grade id, else by its own id, else by its text, else by the function it defines; an answer in words
by its place. Linear in the length of all texts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from course_utils.course.sources import visible_part
from course_utils.submission.code import added_code, defined_names, may_define, tidy
from course_utils.submission.reading import Cell

MAX_OWN_CELLS = 300
MAX_PARTS = 20
MAX_SOURCE = 200_000
# What is looked at as Python; the rest is looked at line by line, or not at all.
_MAX_PARSED = 2_000_000


class Role(StrEnum):
    """What a course's cell is to a student."""

    ANSWER = "answer"
    TEST = "test"
    LOCKED = "locked"
    FREE = "free"


@dataclass(frozen=True)
class Known:
    """A cell of the course's own, as a student was given it."""

    kind: str
    source: str
    id: str
    grade_id: str | None = None
    role: Role = Role.FREE


@dataclass(frozen=True)
class Piece:
    """A text of the student's, and the number of the known cell that it belongs to or stands behind; -1 is before all.

    Attributes:
        part: whether it is an answer, or a part of one.
        ahead: whether it runs before that cell rather than behind it.
    """

    place: int
    kind: str
    source: str
    part: bool = False
    ahead: bool = False


@dataclass
class Matched:
    """What a submission's cells are.

    Attributes:
        pieces: the student's texts, in their order.
        found: numbers of the known cells that were there.
        changed: numbers of the locked cells that are not as they were.
        parts: the answer's number for each cell that a student filled in.
        within: of each answer that has no cell, but is defined in another's, the numbers of both.
        too_long: numbers of the answers that have more than `MAX_SOURCE` characters.
        own: how many cells of their own there were, kept or not.
    """

    pieces: list[Piece] = field(default_factory=list)
    found: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    within: list[tuple[int, int]] = field(default_factory=list)
    too_long: list[int] = field(default_factory=list)
    own: int = 0


def match(known: list[Known], cells: list[Cell]) -> Matched:
    """Say what each submitted cell is, and keep what the notebook that runs needs."""
    matching = _Matching(known, cells)
    matching.identify()
    return matching.matched()


class _Matching:
    def __init__(self, known: list[Known], cells: list[Cell]):
        self.known, self.cells = known, cells
        self._texts = [tidy(cell.source) for cell in known]
        # What is too long is no course's cell, and not looked at.
        self._given = [
            tidy(visible_part(cell.source)) if len(cell.source) <= MAX_SOURCE else None for cell in cells
        ]
        self._places: list[int | None] = [None] * len(cells)
        self._parsed = 0

    def identify(self) -> None:
        """Find the known cell that each submitted cell is, by one trait after the other."""
        self._by_name()
        self._by_text()
        self._by_definition()
        self._by_neighbour()

    def matched(self) -> Matched:
        """The pieces in order, and what there is to say about them."""
        found = Matched(found=sorted({place for place in self._places if place is not None}))
        parts = self._parts(found)
        within = self._within()
        found.within = sorted((missing, self._places[number] or 0) for missing, number in within.items())
        found.pieces = list(self._ahead(within))
        changed, seen, anchor = set(), set[int](), -1
        for number, (cell, place) in enumerate(zip(self.cells, self._places, strict=True)):
            if place is None:
                self._keep_own(cell, anchor, found)
                continue
            if number in parts:
                found.pieces.append(Piece(place, self.known[place].kind, cell.source, part=True))
            elif self.known[place].role is not Role.ANSWER and self._is_changed(number):
                changed.add(place)
                found.pieces += self._added(cell, place)
            # A second copy is brought to the first; what follows it stays where it was.
            anchor = max(place, anchor) if place in seen else place
            seen.add(place)
        found.changed = sorted(place for place in changed if self.known[place].role is not Role.FREE)
        return found

    def _by_name(self) -> None:
        grade_ids = {cell.grade_id: number for number, cell in enumerate(self.known) if cell.grade_id}
        ids = {cell.id: number for number, cell in enumerate(self.known) if cell.id}
        for number, cell in enumerate(self.cells):
            place = grade_ids.get(cell.grade_id or "")
            self._places[number] = ids.get(cell.id or "") if place is None else place

    def _by_text(self) -> None:
        """Where several known cells have the same text, it is the next of them; the stubs of words are all the same."""
        places: dict[str | None, list[int]] = defaultdict(list)
        for number, text in enumerate(self._texts):
            if self.known[number].role is not Role.ANSWER or self.known[number].kind == "code":
                places[text].append(number)
        anchor = -1
        for number, given in enumerate(self._given):
            if self._places[number] is None and given in places:
                same = places[given]
                self._places[number] = same[bisect_right(same, anchor) % len(same)]
            place = self._places[number]
            anchor = anchor if place is None else place

    def _by_definition(self) -> None:
        wanted = self._definitions(self._unanswered("code"))
        names = set(wanted)
        for number, cell in enumerate(self.cells):
            if self._places[number] is None and cell.kind == "code" and may_define(cell.source, names):
                defined = self._defined(cell.source) & names
                self._places[number] = min((wanted[name] for name in defined), default=None)

    def _definitions(self, places: Iterable[int]) -> dict[str, int]:
        """The names that answers define, with the answers' numbers."""
        return {
            name: place
            for place in places
            for name in {self.known[place].grade_id or "", *defined_names(self.known[place].source)}
        }

    def _within(self) -> dict[int, int]:
        """Answers whose cells were merged into others, with the numbers of those submitted cells."""
        wanted = self._definitions(self._unanswered("code") - set(self._places))
        found: dict[int, int] = {}
        for number, (cell, place) in enumerate(zip(self.cells, self._places, strict=True)):
            if wanted and place is not None and cell.kind == "code" and may_define(cell.source, set(wanted)):
                defined = self._defined(cell.source) & set(wanted)
                found |= {wanted[name]: number for name in defined}
        return found

    def _ahead(self, within: dict[int, int]) -> Iterator[Piece]:
        """Merged cells once more, where the first of their answers is asked for, if that is before their own place."""
        room, seen = MAX_SOURCE, set[int]()
        for missing, number in sorted(within.items()):
            source, place = self.cells[number].source, self._places[number]
            is_later = place is not None and missing < place and self.known[place].role is Role.ANSWER
            if is_later and number not in seen and len(source) <= room:
                seen.add(number)
                room -= len(source)
                yield Piece(missing, "code", source, part=True)

    def _by_neighbour(self) -> None:
        empty, there, anchor = self._unanswered("markdown"), set(self._places), -1
        for number, cell in enumerate(self.cells):
            place = self._places[number]
            if place is not None:
                anchor = place
            elif cell.kind == "markdown" and cell.source.strip():
                self._places[number] = next(
                    (each for each in self._near(anchor, there) if each in empty), None
                )

    def _near(self, anchor: int, there: set[int | None]) -> tuple[int, int]:
        """A known cell and the next one, but for those that nobody has to keep and that are not there."""
        following, known = anchor + 1, self.known
        while following < len(known) and known[following].role is Role.FREE and following not in there:
            following += 1
        return anchor, following

    def _unanswered(self, kind: str) -> set[int]:
        """Numbers of the answers whose cells are missing, or as the course gave them."""
        answered = {self._places[n] for n in range(len(self.cells)) if self._is_changed(n)}
        return {
            place
            for place, cell in enumerate(self.known)
            if cell.role is Role.ANSWER and cell.kind == kind and place not in answered
        }

    def _is_changed(self, number: int) -> bool:
        place = self._places[number]
        return place is not None and self._given[number] != self._texts[place]

    def _defined(self, source: str) -> set[str]:
        return defined_names(source) if self._may_parse(source) else set()

    def _may_parse(self, source: str) -> bool:
        self._parsed += len(source)
        return len(source) <= MAX_SOURCE and self._parsed <= _MAX_PARSED

    def _parts(self, found: Matched) -> set[int]:
        """Numbers of the submitted cells that make up the answers: of each text the last copy, stubs only by themselves."""
        by_place = defaultdict(list)
        for number, place in enumerate(self._places):
            if place is not None and self.known[place].role is Role.ANSWER:
                by_place[place].append(number)
        parts = set[int]()
        for place, numbers in by_place.items():
            changed = [number for number in numbers if self._is_changed(number)]
            found.parts += [place] * len(changed)
            last = {self.cells[number].source: number for number in changed or numbers[-1:]}
            if sum(map(len, last)) > MAX_SOURCE:
                found.too_long.append(place)
            else:
                parts |= set(sorted(last.values())[-MAX_PARTS:])
        return parts

    def _added(self, cell: Cell, place: int) -> Iterator[Piece]:
        """What a student added to a cell that is not theirs; of tests and demos, which do not run, only what others may need."""
        original = self.known[place]
        if cell.kind == original.kind == "code" and self._may_parse(cell.source):
            locked = original.role is Role.LOCKED
            added = added_code(visible_part(cell.source), original.source, definitions_only=not locked)
            if added.strip():
                yield Piece(place, "code", added, ahead=original.role is Role.TEST)

    def _keep_own(self, cell: Cell, anchor: int, found: Matched) -> None:
        if cell.source.strip() and cell.kind != "raw":
            found.own += 1
            if found.own <= MAX_OWN_CELLS and len(cell.source) <= MAX_SOURCE:
                found.pieces.append(Piece(anchor, cell.kind, cell.source))
