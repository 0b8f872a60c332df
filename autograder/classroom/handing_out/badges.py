"""Badges of the students' README: what opens the notebooks in a browser, where their repository has a public address."""

from __future__ import annotations

import re
from urllib.parse import quote

_GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_BINDER = "[![Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/{place}/main?urlpath=lab)"
_COLAB = (
    "[![Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repository}/blob/main/{notebook})"
)
_KAGGLE = (
    "[![Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)]"
    "(https://kaggle.com/kernels/welcome?src=https://github.com/{repository}/blob/main/{notebook})"
)


def badges(url: str, notebook: str) -> str:
    """The badges, as Markdown.

    Args:
        url: of the git repository that students can clone, "" where there is none; Colab and Kaggle open GitHub's alone.
        notebook: what they open, a path in it.

    Returns:
        One line, "" without an address.
    """
    if not url.startswith("https://"):
        return ""
    if not (github := _GITHUB.fullmatch(url)):
        return _BINDER.format(place=f"git/{quote(url, safe='')}")
    where = {"repository": github[1], "notebook": quote(notebook)}
    return " ".join(
        [_BINDER.format(place=f"gh/{github[1]}"), _COLAB.format(**where), _KAGGLE.format(**where)]
    )
