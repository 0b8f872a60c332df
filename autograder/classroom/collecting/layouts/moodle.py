"""Moodle: folders `Full Name_number_assignsubmission_file[_]`, or the same with the file's name appended, flat.

Moodle takes underscores out of names. The number belongs to (assignment, student): the assignment's grading worksheet
says whose it is, and without one a student is known by name alone. Of blind marking the name is "Participant" in the
site's language. No time of submission is in the export.
"""

from __future__ import annotations

import re
import unicodedata

from autograder.classroom.collecting.layouts import Claim, Claims, layout
from autograder.classroom.collecting.level import File, Item, Level
from autograder.classroom.collecting.people import Person, squashed

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
    return [_claims(item) for item in level.items]


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
