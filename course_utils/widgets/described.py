"""Pictures that say what they show wherever a notebook is read, and controls that say what they are."""

from __future__ import annotations

import base64
import html
from importlib.resources import files

from IPython.display import Image, display


def name_controls() -> None:
    """Show nothing, and let a notebook's page tell screen readers the names of sliders and of the moving picture."""
    script = files("course_utils.widgets").joinpath("labels.js").read_text(encoding="utf-8")
    display({"text/html": f"<script>{script}</script>", "text/plain": ""}, raw=True)


class DescribedImage(Image):
    """An image with HTML beside it: JupyterLab and nbconvert drop the description of a bare image, and show no bare GIF.

    Args:
        data: the file's bytes.
        format: "png" or "gif".
        alt: what the picture says, for readers who cannot see it; where there is only text, it stands in its place.
        width: in pixels of the page; the file's own when not given.
    """

    def __init__(self, data: bytes, *, format: str, alt: str, width: int | None = None) -> None:
        super().__init__(data, format=format, width=width, alt=alt)

    def _repr_html_(self) -> str:
        source = base64.b64encode(self.data).decode()
        width = f' width="{self.width}"' if self.width else ""
        return f'<img alt="{html.escape(self.alt)}"{width} src="data:image/{self.format};base64,{source}">'

    def __repr__(self) -> str:
        return self.alt
