"""How Sphinx builds the documentation: MyST pages, and a reference page for each public module found."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from funcgrad._src.base.version import __version__  # noqa: E402  the path must be set first
from tests.house.source import public_modules  # noqa: E402  likewise

project = "funcgrad"
author = "the funcgrad authors"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"funcgrad {release}"

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_rtype = False
autodoc_member_order = "alphabetical"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}


def write_reference() -> None:
    """Write a page for each public module; pages of modules that are gone are removed."""
    folder = HERE / "_generated"
    folder.mkdir(exist_ok=True)
    pages = {folder / f"{name}.md": name for name in public_modules()}
    for page in set(folder.glob("*.md")) - set(pages):
        page.unlink()
    for page, name in pages.items():
        text = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def is_numpys(app, what, name, obj, skip, options):
    """Leave what NumPy documents (`funcgrad.numpy.ndarray`, `finfo` …) to NumPy's documentation."""
    owner = getattr(obj, "__module__", None) or ""
    return True if owner.split(".")[0] == "numpy" else skip


def setup(app):
    app.connect("autodoc-skip-member", is_numpys)


write_reference()
