"""Who a platform says somebody is, and the id that becomes of it where there is no roster."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_SLUG_CHARACTERS = 40
_DIGEST_CHARACTERS = 8
# Latin letters that are no ASCII letter with a mark.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


@dataclass(frozen=True)
class Person:
    """What a platform's export says of one student.

    Attributes:
        platform: whose names these are, also the column of a roster that holds its numbers or logins.
        key: what tells two students of one export apart.
        name: for people, in the platform's spelling.
        number: one that belongs to the student for good; never that of a submission.
        login: a name that belongs to the student for good.
        email: address.
        group: what the platform calls those who handed in together, "" where it says nothing of that.
        anonymous: the platform hid who it is; each assignment makes somebody else of a student.
    """

    platform: str
    key: tuple[str, ...]
    name: str = ""
    number: str = ""
    login: str = ""
    email: str = ""
    group: str = ""
    anonymous: bool = False

    @property
    def id(self) -> str:
        """The id without a roster: the login, the name with its number, the address, or the name alone."""
        if self.login:
            return self.login
        if self.number:
            return f"{ascii_name(self.name)[:_SLUG_CHARACTERS]}_{self.number}".removeprefix("_")
        return self.email.lower() or name_id(self.name)

    @property
    def is_known_by_name_alone(self) -> bool:
        """Whether nothing but the name says who it is, so that another of that name would be the same."""
        return not (self.login or self.number or self.email)


def ascii_name(name: str) -> str:
    """A name in small ASCII letters, digits and hyphens, as far as it can be written so."""
    plain = unicodedata.normalize("NFKD", _written(name)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def name_id(name: str) -> str:
    """An id that no other name has: where ASCII letters cannot tell it all, it ends in a digest."""
    slug, letters = ascii_name(name), squashed(name)
    if letters.isascii() and len(slug) <= _SLUG_CHARACTERS:
        return slug
    digest = hashlib.sha256(letters.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{slug[: _SLUG_CHARACTERS - _DIGEST_CHARACTERS]}-{digest}".lstrip("-")


def squashed(name: str) -> str:
    """A name's letters and digits alone, for comparing spellings such as "Example, Ann" and "example ann"."""
    return "".join(c for c in unicodedata.normalize("NFKD", _written(name)) if c.isalnum())


def _written(name: str) -> str:
    return name.casefold().translate(_LETTERS)


def spellings(name: str) -> set[str]:
    """A full name squashed in each order that begins at one of its words and goes round: given or family name first."""
    words = [squashed(word) for word in re.split(r"[\s,]+", name) if squashed(word)]
    return {"".join(words[turn:] + words[:turn]) for turn in range(len(words))}


def split_group(name: str) -> Iterator[tuple[str, str]]:
    """Each way to read a name as that of a group, a hyphen, and a member's own; the shortest group first."""
    parts = name.split("-")
    for number in range(1, len(parts)):
        group, own = "-".join(parts[:number]).strip(), "-".join(parts[number:]).strip()
        if group and own:
            yield group, own
