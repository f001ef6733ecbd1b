"""How Sphinx builds the documentation: MyST pages, and a reference page for each public module found."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from support_matrix import page as support_page  # noqa: E402  likewise

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
    """Write the support matrix and a page for each public module; pages that are gone are removed."""
    folder = HERE / "_generated"
    folder.mkdir(exist_ok=True)
    pages = {
        folder / f"{name}.md": f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n"
        for name in public_modules()
    }
    pages[folder / "support.md"] = support_page()
    for page in set(folder.glob("*.md")) - set(pages):
        page.unlink()
    for page, text in pages.items():
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def is_numpys(app, what, name, obj, skip, options):
    """Leave what NumPy and SciPy document (`funcgrad.numpy.ndarray`, `finfo` …) to their documentation."""
    owner = getattr(obj, "__module__", None) or ""
    return True if owner.split(".")[0] in ("numpy", "scipy") else skip


def setup(app):
    app.connect("autodoc-skip-member", is_numpys)


write_reference()
