"""What every public function of NumPy and SciPy may be used for on traced values: one class for each.

The classes are those of tables.py, where ops declare themselves, and ``refused`` (refused.py).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from . import refused
from .families import read_all
from .methods import METHODS, SAME
from .missing import REFUSED_METHODS
from .tables import FUNCTIONS, NAMES, SUPPORT, UFUNCS

# What the newest NumPy and SciPy have given up.
GONE = frozenset(
    {"btdtr", "btdtri", "clpmn", "in1d", "lpmn", "lpn", "row_stack", "sph_harm", "tostring", "trapz"}
)
CLASSES = ("differentiable", "discrete", "metadata", "refused")


def public_callables(module: ModuleType) -> list[str]:
    """The names of a module's public functions and ufuncs; classes are no functions."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    found = {name: getattr(module, name) for name in names if name not in GONE and name[0] != "_"}
    return sorted(n for n, f in found.items() if callable(f) and not isinstance(f, (type, ModuleType)))


def op_of(module: ModuleType, name: str) -> Any:
    """The op that stands for a function of a module, or None."""
    function = getattr(module, name)
    table = UFUNCS if isinstance(function, np.ufunc) else FUNCTIONS
    return table.get(function) or NAMES.get(f"{module.__name__}.{name}")


def classes(
    module: ModuleType, more_refused: dict[str, tuple[str, str]] | None = None
) -> dict[str, list[str]]:
    """The classes that claim each public function of a module: there should be exactly one.

    ``more_refused`` are those of a module that is not NumPy itself.
    """
    read_all()
    refusals = refused.REFUSED if module is np else more_refused or {}
    found: dict[str, list[str]] = {}
    for name in public_callables(module):
        claims = []
        op = op_of(module, name)
        if name in refusals:
            claims.append("refused")
        elif op is not None:
            claims.append(SUPPORT.get(op, "differentiable"))
        if module is np and name in refused.PLAIN:
            claims.append("metadata")
        found[name] = claims
    return found


# The methods of ufuncs. ``resolve_dtypes`` takes dtypes alone.
UFUNC_METHODS = {
    **dict.fromkeys(("accumulate", "at", "outer", "reduce", "reduceat"), "differentiable"),
    "resolve_dtypes": "metadata",
}


def public_methods(kind: type) -> list[str]:
    """The names of the public methods of ndarray or ufunc."""
    names = (name for name in dir(kind) if name[0] != "_" and name not in GONE)
    return sorted(name for name in names if callable(getattr(kind, name)))


def method_classes(kind: type) -> dict[str, list[str]]:
    """The classes that claim each public method of ndarray or ufunc: there should be exactly one."""
    found: dict[str, list[str]] = {}
    for name in public_methods(kind):
        claims = [UFUNC_METHODS[name]] if kind is np.ufunc and name in UFUNC_METHODS else []
        if kind is np.ndarray and name in REFUSED_METHODS:
            claims.append("refused")
        elif kind is np.ndarray and name in SAME:
            claims.append(SUPPORT.get(FUNCTIONS.get(getattr(np, name)), "differentiable"))
        elif kind is np.ndarray and name in METHODS:
            claims.append("differentiable")
        found[name] = claims
    return found
