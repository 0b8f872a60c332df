"""Python as words that survive renaming: what runs in a bounded process, since the lexer may take the square of a text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pygments.lexers import PythonLexer
from pygments.token import Comment, Name, String, Text

# The one name that is everybody's; all others are chosen, and a copy's are chosen anew.
_KEPT = {"np"}
_CHOSEN = "name"
_QUOTED = "text"
Word = tuple[int, int, str]


def words(texts: bytes) -> bytes:
    """A list of sources as JSON, of each its words: where one begins and ends, and what it is.

    Names that somebody chose are all the same, and so are strings; names behind a dot, numbers, keywords, what is built
    in and operators are themselves. Comments, docstrings and space are nothing.
    """
    return json.dumps([list(_words(source)) for source in json.loads(texts)]).encode()


def _words(source: str) -> Iterator[Word]:
    last = ""
    for start, kind, text in PythonLexer().get_tokens_unprocessed(source):
        word = _word(kind, text, last)
        if word and not (word == last == _QUOTED):
            yield start, start + len(text), word
        last = word or last


def _word(kind: Any, text: str, last: str) -> str:
    if kind in Comment or kind in String.Doc or kind in Text:
        return ""
    if kind in String:
        return _QUOTED
    if kind in Name and kind not in Name.Builtin and last != "." and text not in _KEPT:
        return _CHOSEN
    return text.strip()
