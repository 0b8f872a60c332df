"""An answer's fingerprints: hashes of a few words in a row, winnowed, and where in its text they stand."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from copydetect.utils import find_fingerprint_overlap, get_copied_slices, winnow

from autograder.classroom.similarity import lexing
from autograder.classroom.similarity.lexing import Word
from autograder.sandbox.bounded import Bounded

# Words of one fingerprint: fewer than a line has, so that lines in another order keep theirs.
GRAM = 6
# Of so many fingerprints in a row one is kept, at least: what is alike over GRAM + WINDOW - 1 words is never missed.
WINDOW = 2
# Of an answer's text: far more than any answer needs.
LONGEST = 20_000
_SECONDS, _MEMORY = 5, 2 * 2**30


@dataclass(frozen=True)
class Prints:
    """An answer and its fingerprints.

    Attributes:
        source: its text, as far as it is looked at, without space at the ends of lines, over which lexers brood.
        words: its words, as `lexing` has them.
        places: by fingerprint, the numbers of the words at which it begins.
    """

    source: str
    words: tuple[Word, ...] = ()
    places: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def without(self, known: Iterable[int]) -> Prints:
        """The same without some fingerprints."""
        known = set(known)
        places = {each: at for each, at in self.places.items() if each not in known}
        return Prints(self.source, self.words, places)

    @classmethod
    def joined(cls, parts: Iterable[Prints]) -> Prints:
        """Several answers as one, with the fingerprints of each."""
        source, words, places = "", list[Word](), defaultdict[int, list[int]](list)
        for part in parts:
            for each, at in part.places.items():
                places[each] += [len(words) + place for place in at]
            words += [(len(source) + start, len(source) + end, word) for start, end, word in part.words]
            source += f"{part.source}\n\n"
        return cls(source, tuple(words), places)

    def shared(self, other: Prints) -> list[tuple[int, int]]:
        """Where in this text stands what is in the other's, too: beginnings and ends, in order, none within another."""
        mine, theirs = set(self.places), set(other.places)
        places, _ = find_fingerprint_overlap(mine, theirs, self.places, other.places)
        starts, ends = get_copied_slices(places, GRAM).astype(int)
        return [
            (self.words[start][0], self.words[min(end, len(self.words)) - 1][1])
            for start, end in zip(starts, ends, strict=True)
        ]


class Lexer:
    """Makes fingerprints of strangers' texts, in a process that is stopped when it takes too much; use as a context manager."""

    def __init__(self) -> None:
        self._process = Bounded(lexing.__name__, seconds=_SECONDS, memory_bytes=_MEMORY)

    def __enter__(self) -> Lexer:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.close()

    def prints(self, sources: Sequence[str]) -> list[Prints]:
        """The fingerprints of one student's answers.

        Raises:
            TooMuch: they take too long to be taken apart.
        """
        texts = ["\n".join(map(str.rstrip, source[:LONGEST].split("\n"))) for source in sources]
        self._process.renew()
        made = json.loads(self._process.call(lexing.words.__name__, json.dumps(texts).encode()))
        return [
            Prints(text, tuple(map(tuple, words)), _places([word for *_, word in words]))
            for text, words in zip(texts, made, strict=True)
        ]


def _places(words: Sequence[str]) -> dict[int, list[int]]:
    grams = [_hashed(words[at : at + GRAM]) for at in range(len(words) - GRAM + 1)]
    found: dict[int, list[int]] = {}
    if grams:
        kept, places = winnow(np.array(grams, dtype=np.int64), WINDOW, remove_duplicates=False)
        for each, at in zip(kept.tolist(), places.tolist(), strict=True):
            found.setdefault(each, []).append(at)
    return found


def _hashed(words: Sequence[str]) -> int:
    """The same number in every run, other than Python's own hash of a text."""
    return int.from_bytes(hashlib.blake2b("\0".join(words).encode(), digest_size=8).digest()) >> 1
