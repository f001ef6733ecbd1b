"""The one door to optional packages.

CuPy is never imported by funcgrad: a CuPy array can only arrive when its owner imported CuPy, so it
is found in ``sys.modules``. Packages that funcgrad itself asks for are imported here, at first use.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from ..base.errors import MissingExtraError


def loaded(name: str) -> ModuleType | None:
    """The module ``name`` if somebody has imported it already, else None; imports nothing."""
    return sys.modules.get(name)


def is_installed(name: str) -> bool:
    """Whether the optional package ``name`` could be imported; imports nothing."""
    return name in sys.modules or importlib.import_module("importlib.util").find_spec(name) is not None


def origin(name: str) -> str | None:
    """The file that the optional package ``name`` would be imported from, or None; imports nothing."""
    try:
        spec = importlib.import_module("importlib.util").find_spec(name)
    except ValueError:  # somebody has put something else in its place
        return None
    return None if spec is None else spec.origin


def require(name: str, extra: str) -> ModuleType:
    """Import the optional package ``name``, or raise MissingExtraError naming the extra."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:  # OSError: a shared library of its own is broken
        raise MissingExtraError(
            f"funcgrad needs the optional package {name!r} for this.",
            got=f"{type(error).__name__}: {error}",
            hint=f"pip install 'funcgrad[{extra}]'",
        ) from error
