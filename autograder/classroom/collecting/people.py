"""Who a platform says somebody is, and the id that becomes of it where there is no roster."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

_SLUG_CHARACTERS = 40


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
        anonymous: the platform hid who it is; each assignment makes somebody else of a student.
    """

    platform: str
    key: tuple[str, ...]
    name: str = ""
    number: str = ""
    login: str = ""
    email: str = ""
    anonymous: bool = False

    @property
    def id(self) -> str:
        """The id without a roster: the login, the name with its number, the address, or the name alone."""
        if self.login:
            return self.login
        if self.number:
            return f"{slug}_{self.number}" if (slug := ascii_name(self.name)) else self.number
        return self.email.lower() or ascii_name(self.name) or code_points(self.name)

    @property
    def is_known_by_name_alone(self) -> bool:
        """Whether nothing but the name says who it is, so that another of that name would be the same."""
        return not (self.login or self.number or self.email)


def ascii_name(name: str) -> str:
    """A name in small ASCII letters, digits and hyphens; a long one ends in a digest of all of it."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) <= _SLUG_CHARACTERS:
        return slug
    return f"{slug[: _SLUG_CHARACTERS - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def code_points(name: str) -> str:
    """A name without a single ASCII letter: its characters by their numbers."""
    letters = [f"u{ord(char):x}" for char in unicodedata.normalize("NFC", name) if char.isalnum()]
    return "-".join(letters)[: _SLUG_CHARACTERS + 20]


def squashed(name: str) -> str:
    """A name's letters and digits alone, for comparing spellings such as "Example, Ann" and "example ann"."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalnum())


def spellings(name: str) -> set[str]:
    """A full name squashed in each order that begins at one of its words and goes round: given or family name first."""
    words = [squashed(word) for word in re.split(r"[\s,]+", name) if squashed(word)]
    return {"".join(words[turn:] + words[:turn]) for turn in range(len(words))}
