"""What Sphinx needs to know; `handbook.site` copies this beside the pages."""

from importlib.util import find_spec
from pathlib import Path

project = "Neural Networks from Scratch"
author = "the course's authors"
copyright = ""
extensions = ["myst_nb", "sphinx_copybutton"]
root_doc = "index"
exclude_patterns = ["_static"]

myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a notebook may begin with a small heading
nb_execution_mode = "off"  # `handbook.executed` ran what is to be run
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_merge_streams = True
copybutton_selector = "div:not(.output) > div.highlight pre"
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "furo"
html_title = project
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["handbook.css"]
html_use_index = False
html_show_sourcelink = False
html_show_search_summary = False  # a page opened from a folder may not read its neighbours
# One file with the glyphs in it: no network, and no fonts that a browser would not read from a folder.
mathjax_path = "tex-svg-full.js"
_spec = find_spec("sphinx-mathjax-offline")
html_static_path += (
    [str(Path(str(_spec.origin)).parent / "static" / "mathjax" / mathjax_path)] if _spec else []
)
