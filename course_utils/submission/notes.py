"""What a student and an instructor are told about the cells of a submission."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from course_utils.submission.matching import MAX_OWN_CELLS, MAX_SOURCE, Known, Matched, Role


def answers_found(known: list[Known], matched: Matched) -> int:
    """How many of the cells to fill in a submission has."""
    return sum(known[number].role is Role.ANSWER for number in matched.found) + len(matched.within)


def fits(known: list[Known], matched: Matched) -> bool:
    """Whether a submission is this assignment's notebook: it has half of the cells to fill in, or more."""
    return 2 * answers_found(known, matched) >= _answers(known)


def cell_notes(known: list[Known], matched: Matched) -> Iterator[str]:
    """One sentence for each thing that was missing, doubled or changed, or one for all where hardly anything is there."""
    if not fits(known, matched):
        found = answers_found(known, matched)
        some = f"Only {found} of the {_answers(known)} cells" if found else "None of the cells"
        yield f"{some} to fill in is in what was handed in: look whether it is the notebook of this assignment."
    else:
        yield from _missing(known, matched, Role.ANSWER)
    for number, place in matched.within:
        where = f"the cell `{name}`" if (name := known[place].grade_id) else "another cell"
        yield f"What belongs into the cell `{known[number].grade_id}` stands in {where}, and counts."
    for number, times in Counter(matched.parts).items():
        if times > 1:
            yield f"The cell `{known[number].grade_id}` was there {times} times; all of them count, in their order."
    for number in matched.too_long:
        yield f"The cell `{known[number].grade_id}` has more than {MAX_SOURCE:,} characters and was left out."
    if fits(known, matched):
        yield from _missing(known, matched, Role.TEST, Role.LOCKED)
    for number in matched.changed:
        yield f"The cell `{known[number].grade_id}` was changed; the course's own was used."
    if matched.own > MAX_OWN_CELLS:
        yield f"Only the first {MAX_OWN_CELLS} of your {matched.own} own cells were kept."


def _answers(known: list[Known]) -> int:
    return sum(cell.role is Role.ANSWER for cell in known)


def _missing(known: list[Known], matched: Matched, *roles: Role) -> Iterator[str]:
    found = {*matched.found, *(number for number, _ in matched.within)}
    instead = "." if Role.ANSWER in roles else "; the course's own was used."
    for number, cell in enumerate(known):
        if cell.role in roles and number not in found:
            yield f"The cell `{cell.grade_id}` was missing{instead}"
