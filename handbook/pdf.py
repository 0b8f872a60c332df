"""The handbook as one PDF, printed by Chromium."""

from __future__ import annotations

from pathlib import Path

from handbook.chromium import SECONDS, chromium, wait_for_formulas

_FOOTER = '<div style="width:100%;font-size:8px;text-align:center"><span class="pageNumber"></span></div>'
_MARGIN = {"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"}


def print_pdf(html: Path, pdf: Path) -> None:
    """Print one page of HTML, its folded hints open, with an outline for readers to jump by.

    Raises:
        CourseError: there is no browser.
    """
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.goto(html.resolve().as_uri())
        page.evaluate("() => document.querySelectorAll('details').forEach(each => each.open = true)")
        wait_for_formulas(page)
        page.pdf(
            path=pdf,
            format="A4",
            margin=_MARGIN,
            outline=True,
            tagged=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=_FOOTER,
        )
