"""Student's markup turned into HTML that is harmless: what runs in the bounded process behind `pages`, from bytes to bytes.

Nobody knows how long these libraries take for a text that is made for them; some take its square.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bleach.html5lib_shim import Filter  # type: ignore[attr-defined]  # its types leave it out
from bleach.sanitizer import Cleaner
from nbconvert.filters import Highlight2HTML, ansi2html, markdown2html

_TEXT = "a abbr b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s small span"
_TAGS = frozenset(f"{_TEXT} strong sub summary sup table tbody td tfoot th thead tr u ul img".split())
# Of Pygments, for the colours of code. No id and no other class: the page's own scripts find its parts by them.
_CLASS = re.compile(r"[a-z][a-z0-9]{0,2}|highlight( hl-\w+)?")


def clean(markup: bytes) -> bytes:
    """HTML with what is harmless; all else stays readable as text, so that one sees what was written."""
    return _CLEANER.clean(markup.decode()).encode()


def markdown(source: bytes) -> bytes:
    """Markdown as clean HTML."""
    return clean(markdown2html(source.decode()).encode())


def code(source: bytes) -> bytes:
    """Python in colours."""
    return str(Highlight2HTML()(source.decode())).encode()


def printed(text: bytes) -> bytes:
    """What a cell printed, a terminal's colours with it."""
    return str(ansi2html(text.decode())).encode()


def _is_harmless(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return bool(_CLASS.fullmatch(value))
    if tag == "a":
        return name == "title" or (
            name == "href" and value.startswith(("http://", "https://", "mailto:", "#"))
        )
    if tag == "img":  # pictures of the notebook's own; one from elsewhere would tell who looks at it
        return name == "alt" or (name == "src" and value.startswith("data:image/"))
    return tag in ("td", "th") and name in ("colspan", "rowspan")


class _Described(Filter):
    """Gives each picture a description that has none."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token.get("name") == "img" and "data" in token:
                token["data"].setdefault((None, "alt"), "A picture without a description")
            yield token


_CLEANER = Cleaner(
    tags=_TAGS,
    attributes=_is_harmless,
    protocols={"http", "https", "mailto", "data"},
    filters=[_Described],
)
