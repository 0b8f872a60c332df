"""Who is collected, from which file, and what is odd: decided before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from itertools import pairwise

from autograder.classroom.collecting.choose import choose
from autograder.classroom.collecting.entries import Entry, Refusals, Refused
from autograder.classroom.collecting.groups import share
from autograder.classroom.collecting.hand_ins import receipt_remarks
from autograder.classroom.collecting.identify import Sources, identify
from autograder.classroom.collecting.layouts import Claim, layouts, matches
from autograder.classroom.collecting.level import Level, levels
from autograder.classroom.collecting.people import Person, squashed
from autograder.classroom.collecting.plain import plain
from autograder.classroom.collecting.planned import Plan, Planned, State
from autograder.classroom.collecting.store import refuse_another, stored, stored_time
from autograder.course.manifest import Assignment, Course
from autograder.grading.fitting import fitting
from course_utils.errors import CourseError
from course_utils.text import shown

# How to learn who somebody is whom a platform hides.
_NAMES_WHO = {
    "canvas": "export with names, once they may be shown",
    "moodle": "reveal the identities and give --worksheet, or export again",
}


def make_plan(
    course: Course,
    assignment: Assignment,
    entries: list[Entry],
    sources: Sources,
    refused: Refusals,
    source: str,
) -> Plan:
    """Decide what is collected of the files of an archive.

    Args:
        sources: what is known of the class beside the archive.
        refused: what reading the archive refused already.
        source: name of the folder or archive, without an ending.

    Raises:
        CourseError: the archive's layout says of nothing whose it is, or it is another assignment's.
    """
    others = frozenset(each.name for each in course.assignments) - {assignment.name}
    platform, claims = _claims(list(levels(entries, assignment, others, course.timezone, source)), refused)
    plan = Plan(platform, refused=refused)
    spelled = {path.name.casefold(): path.name for path in (course.root / "submitted").glob("*")}
    for student, own in sorted(_by_student(claims, sources, plan.refused).items()):
        try:
            if (there := spelled.get(student.casefold(), student)) != student:
                raise Refused(f"its student id differs only in capitals from {there}, who handed in before")
            plan.students.append(_planned(course, assignment, student, own, sources, plan))
        except Refused as refusal:
            plan.refused.append((student, str(refusal)))
    share(plan, _groups(assignment, sources), partial(_as_it_is, course, assignment))
    known = {planned.student for planned in plan.students} | {name for name, _ in plan.refused}
    before = sorted((course.root / "submitted").glob(f"*/{assignment.name}/{assignment.name}.ipynb"))
    plan.absent = [path.parts[-3] for path in before if path.parts[-3] not in known]
    return plan


def _claims(found: list[Level], refused: Refusals) -> tuple[str, list[Claim]]:
    for number, level in enumerate(found):
        if other := next((name for name in level.wrappers if name in level.others), None):
            raise CourseError(
                f"all of it lies in a folder {other}, which is another assignment: collect {other}"
            )
        for form in layouts():
            read = form.read(level)
            if matches(read, level):
                refused += _beside(found[: number + 1])
                strays = [item for item, claims in zip(level.items, read, strict=True) if claims is None]
                refused += [(item.path, f"it is nothing that {form.name} exports") for item in strays]
                return form.name, [claim for claims in read for claim in claims or ()]
    refused += _beside(found)
    return "folders", plain(found[-1], refused) if found else []


def _beside(found: list[Level]) -> Refusals:
    """What lies beside the folders around the last level, but for other assignments' folders."""
    return [
        (item.path, "it is no notebook, and lies in no student's folder")
        for level, inner in pairwise(found)
        for item in level.items
        if item.name != inner.wrappers[-1] and item.name not in level.others
    ]


def _by_student(claims: Iterable[Claim], sources: Sources, refused: Refusals) -> dict[str, list[Claim]]:
    """Each student's claims; of two people who would be the same student, neither is anybody."""
    found: dict[str, list[tuple[str, Claim]]] = defaultdict(list)
    for claim in claims:
        try:
            for student, known in _identified(claim, sources):
                found[student.casefold()].append((student, known))
        except Refused as refusal:
            refused.append((claim.source, str(refusal)))
    own = {}
    for each in found.values():
        if len({claim.person.key for _, claim in each}) == 1:
            own[each[0][0]] = [claim for _, claim in each]
            continue
        sources_of = {claim.person.key: claim.source for _, claim in each}
        for key, source in sources_of.items():
            rest = ", ".join(other for k, other in sources_of.items() if k != key)
            refused.append(
                (source, f"{shown(rest, 200)} would be the same student, {each[0][0]}: neither was taken")
            )
    return own


def _identified(claim: Claim, sources: Sources) -> list[tuple[str, Claim]]:
    """Whose files these are: one student's, or those of a group of the class whose name they bear.

    Raises:
        Refused: nobody can say.
    """
    called = {squashed(claim.person.name or claim.person.login), squashed(claim.person.login)} - {""}
    groups = sources.roster.groups() if sources.roster else {}
    members = {student: group for student, group in groups.items() if squashed(group) in called}
    try:
        return [identify(claim, sources)]
    except Refused:
        if not members:
            raise
    return [
        (student, replace(claim, person=Person(claim.person.platform, (), group=group)))
        for student, group in members.items()
    ]


def _planned(
    course: Course, assignment: Assignment, student: str, claims: list[Claim], sources: Sources, plan: Plan
) -> Planned:
    refuse_another(course, assignment, student, claims[0].person)
    last = max((claim.attempt for claim in claims if claim.attempt), default=None)
    counted = [claim for claim in claims if claim.attempt == last]
    others = frozenset(each.name for each in course.assignments) - {assignment.name}
    chosen = choose(
        [file for claim in counted for file in claim.files],
        assignment,
        others,
        partial(_fitting, course, assignment),
    )
    plan.refused += [(student, sentence) for sentence in chosen.left]
    data = _read(chosen.files, plan.refused)
    files = {name: chosen.files[name] for name in data}
    moment = sources.times.get(student.lower()) or max((c.time for c in counted if c.time), default=None)
    time_from = sources.times_from if student.lower() in sources.times else plan.platform if moment else ""
    odd = (*_odd(claims, counted), *chosen.odd, *receipt_remarks(chosen.receipt, data))
    late = any(claim.late for claim in counted)
    planned = Planned(student, claims[0].person, files, moment, time_from, late, State.NEW, odd)
    return _as_it_is(course, assignment, planned)


def _as_it_is(course: Course, assignment: Assignment, planned: Planned) -> Planned:
    """What is planned, and what collecting it would change in the student's folder."""
    folder = course.folder("submitted", planned.student, assignment)
    data = {name: entry.read() for name, entry in planned.files.items()}
    before = stored(folder, assignment)
    is_same = before == data and (planned.time is None or stored_time(folder) == planned.time)
    return replace(planned, state=State.SAME if is_same else State.CHANGED if before else State.NEW)


def _groups(assignment: Assignment, sources: Sources) -> dict[str, str]:
    """The class's groups by student, where the assignment is handed in by them."""
    return sources.roster.groups() if assignment.groups and sources.roster else {}


def _fitting(course: Course, assignment: Assignment, contents: dict[str, bytes]) -> list[str]:
    try:
        return fitting(course, assignment, contents)
    except CourseError as error:  # the course's own notebook cannot be read
        raise Refused(f"nobody can say which of its notebooks counts: {error}") from error


def _odd(claims: list[Claim], counted: list[Claim]) -> list[str]:
    person = claims[0].person
    odd = [remark for claim in counted for remark in claim.odd]
    if any(claim.late for claim in counted):
        odd.insert(0, "late")
    if earlier := len({claim.attempt for claim in claims}) - 1:
        odd.append(f"the last of {earlier + 1} attempts")
    if person.anonymous:
        odd.append(f"anonymous, in each assignment another student: {_NAMES_WHO[person.platform]}")
    return list(dict.fromkeys(odd))


def _read(chosen: dict[str, Entry], refused: Refusals) -> dict[str, bytes]:
    """The bytes of what was chosen; a file that cannot be read costs the file, a notebook everything."""
    data = {}
    for name, entry in chosen.items():
        try:
            data[name] = entry.read()
        except Refused as refusal:
            if not data:
                raise
            refused.append((entry.path, str(refusal)))
    return data
