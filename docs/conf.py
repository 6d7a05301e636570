"""Configure Sphinx: MyST pages, numpydoc docstrings, a theme in the package, and nothing fetched while building."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for the directives beside this file

import scalewidgets

project = "scalewidgets"
author = "scalewidgets contributors"
copyright = f"2026, {author}"
version = release = scalewidgets.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "catalogue_directive",
    "live_directive",
    "papers_directive",
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings state types, with shapes and units

html_theme = "furo"
html_title = f"scalewidgets {release}"
