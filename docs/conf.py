"""Sphinx: MyST pages, API pages from the docstrings, the furo theme. Warnings are errors."""

from __future__ import annotations

import sys
from pathlib import Path

import matinee

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "Matinee"
author = "Matinee contributors"
copyright = f"2026, {author}"
version = release = matinee.__version__

# Short names in docstrings that several classes have (`mean`, `Report`) are no mistakes.
suppress_warnings = ["ref.python"]
extensions = [
    "articles_page",
    "command_line",
    "models_page",
    "myst_parser",
    "run_blocks",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
smartquotes = False  # quotes in examples stay what one types

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types, shapes and units
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"Matinee {version}"
html_static_path = ["_static"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#a4243b", "color-brand-content": "#a4243b"},
    "dark_css_variables": {"color-brand-primary": "#f2a65a", "color-brand-content": "#f2a65a"},
    "top_of_page_buttons": [],
}
pygments_style = "friendly"
pygments_dark_style = "monokai"
