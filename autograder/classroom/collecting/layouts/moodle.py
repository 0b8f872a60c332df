"""Moodle: folders `Full Name_number_assignsubmission_file[_]`, or the same with the file's name appended, flat.

Moodle takes underscores out of names. The number belongs to (assignment, student): the assignment's grading worksheet
says whose it is, and without one a student is known by name alone. Of blind marking the name is "Participant" in the
site's language. No time of submission is in the export.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import replace

from autograder.classroom.collecting.entries import Refused
from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.people import Person, split_group, squashed

_WHO = r"(?P<name>.+?)_(?P<number>\d+)_assign(?P<what>submission|feedback)_[a-z]+"
_FOLDER = re.compile(rf"{_WHO}_?", re.DOTALL)
_FILE = re.compile(rf"{_WHO}_(?P<file>.+)", re.DOTALL)
# What blind marking calls everybody, by language.
_BLIND = {
    squashed(word)
    for word in (
        "Participant",
        "Participante",
        "Teilnehmer",
        "Teilnehmerin",
        "Partecipante",
        "Deelnemer",
        "Deltaker",
        "Deltagare",
        "Deltager",
        "Osallistuja",
        "Uczestnik",
        "Účastník",
        "Résztvevő",
        "Katılımcı",
        "Участник",
        "Учасник",
        "参加者",
        "参与者",
        "참가자",
    )
}


@layout("Moodle")
def moodle(level: Level) -> list[Claims]:
    """The first mark of Moodle's in a name counts: what follows it is the student's."""
    read = [_claims(item) for item in level.items]
    groups = _groups([claim for claims in read for claim in claims or ()])
    return [claims and [_of_group(claim, groups) for claim in claims] for claims in read]


def _groups(claims: list[Claim]) -> dict[str, str]:
    """Groups by the names that begin with theirs; none where the export is not one of groups.

    It is one where each name has a hyphen, and those that share what stands before it have the same files, at least two of them.
    A group's own name may have hyphens, as many in each.
    """
    names = {claim.person.name for claim in claims}
    most = min((name.count("-") for name in names), default=0)
    for hyphens in range(most):
        found = {name: list(split_group(name))[hyphens : hyphens + 1] for name in names}
        groups = {name: split[0][0] for name, split in found.items() if split}
        if len(groups) == len(names) and _share_files(claims, groups):
            return groups
    return {}


def _share_files(claims: list[Claim], groups: dict[str, str]) -> bool:
    by_group: dict[str, dict[str, set[bytes]]] = {}
    for claim in claims:
        members = by_group.setdefault(groups[claim.person.name], {})
        members.setdefault(claim.person.name, set()).update(_contents(claim))
    shared = [list(members.values()) for members in by_group.values() if len(members) > 1]
    return bool(shared) and all(files and files == members[0] for members in shared for files in members)


def _contents(claim: Claim) -> set[bytes]:
    found = set()
    for file in claim.files:
        with suppress(Refused):
            found.add((file.entry.packed or file.entry.read)())
    return found


def _of_group(claim: Claim, groups: dict[str, str]) -> Claim:
    if not (group := groups.get(claim.person.name)):
        return claim
    own = claim.person.name[len(group) :].strip().removeprefix("-").strip()
    return replace(claim, person=replace(claim.person, name=own, group=group))


def _claims(item: Item) -> Claims:
    name = unicodedata.normalize("NFC", item.name)
    found = _FILE.fullmatch(name) if item.is_file else _FOLDER.fullmatch(name)
    if found is None:
        return None
    if found["what"] == "feedback":
        return []
    files = (File((found["file"],), item.entries[0]),) if item.is_file else item.files()
    return [Claim(_person(found["name"], found["number"]), files, item.path)]


def _person(name: str, number: str) -> Person:
    if squashed(name) in _BLIND:
        return Person("moodle", (name, number), name, login=f"participant_{number}", anonymous=True)
    return Person("moodle", (name, number), name)
