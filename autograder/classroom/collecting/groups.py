"""One hand-in for several students: a group's files go to each of its members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.people import Person
from autograder.classroom.collecting.planned import Plan, Planned

Contents = Mapping[str, bytes]
Again = Callable[[Planned], Planned]


def share(plan: Plan, of_class: Mapping[str, str], again: Again) -> None:
    """Let each member of a group have what the group handed in; where members handed in different work, nobody.

    Args:
        plan: with one entry for each student who handed in; the platform may have named their groups.
        of_class: groups of the class by student, for those of whom the platform says nothing; empty where students hand in alone.
        again: an entry with its state as it is for its student.
    """
    groups: dict[str, list[Planned]] = defaultdict(list)
    for planned in plan.students:
        if name := planned.person.group or of_class.get(planned.student, ""):
            groups[name].append(planned)
    alone = [each for each in plan.students if not any(each in members for members in groups.values())]
    plan.students = alone
    for name, handed_in in groups.items():
        try:
            chosen = _one_of(name, handed_in)
        except Refused as refusal:
            plan.refused += [(planned.student, str(refusal)) for planned in handed_in]
            continue
        own = {planned.student: planned for planned in handed_in}
        members = sorted({*own, *(student for student, group in of_class.items() if group == name)})
        plan.students += [
            again(_member(name, student, own.get(student), chosen, members)) for student in members
        ]
    plan.students.sort(key=lambda planned: planned.student)


def _member(name: str, student: str, own: Planned | None, chosen: Planned, members: list[str]) -> Planned:
    with_whom = ", ".join(member for member in members if member != student)
    said = [f"group {name}, with {with_whom}" if with_whom else f"group {name}"]
    if own is None:  # whom the platform does not name
        said.append(f"handed in by {chosen.student}")
    person = own.person if own else Person(chosen.person.platform, ())
    return replace(
        chosen, student=student, person=replace(person, group=name), odd=(*said, *(own or chosen).odd)
    )


def _one_of(name: str, handed_in: list[Planned]) -> Planned:
    """What counts of a group's hand-ins: the last, or the first of those that are the same.

    Raises:
        Refused: they differ, and nobody says which one is the last.
    """
    contents = [{file: entry.read() for file, entry in planned.files.items()} for planned in handed_in]
    if all(content == contents[0] for content in contents):
        known = [planned for planned in handed_in if planned.time]
        return min(known, key=lambda planned: planned.time or 0, default=handed_in[0])
    times = [planned.time for planned in handed_in]
    last = max((time for time in times if time), default=None)
    if None in times or last is None or times.count(last) > 1:
        who = ", ".join(planned.student for planned in handed_in)
        raise Refused(
            f"{who} of group {name} handed in different work, and nobody says which is the last: give --times, or leave one"
        )
    return handed_in[times.index(last)]
