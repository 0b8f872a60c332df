"""What a student's markup may do on the pages of nbgrader's formgrader: look like something, never act.

Those pages come from the instructor's own Jupyter server. A script on them could do there whatever the instructor can.
"""

from __future__ import annotations

import re

import bleach
from nbconvert.filters import markdown2html

_TEXT = "a abbr b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s small span"
_TAGS = frozenset(f"{_TEXT} strong sub summary sup table tbody td tfoot th thead tr u ul img".split())
# Of Pygments, for the colours of code. No id and no other class: the page's own scripts find its parts by them.
_CLASS = re.compile(r"[a-z][a-z0-9]{0,2}|highlight( hl-\w+)?")


def clean(markup: str | bytes) -> str:
    """HTML with what is harmless; all else stays readable as text, so that one sees what was written."""
    text = markup.decode("utf-8", "replace") if isinstance(markup, bytes) else str(markup)
    return bleach.clean(
        text, tags=_TAGS, attributes=_is_harmless, protocols={"http", "https", "mailto", "data"}
    )


def clean_markdown(source: str) -> str:
    """Markdown as clean HTML."""
    return clean(markdown2html(source))


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
