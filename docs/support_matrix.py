"""The page of the support matrix: one row for each public function, made from the tables of the ops."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import scipy.linalg
import scipy.special

from funcgrad._src.ops import linalg_refused, refused, special_refused
from funcgrad._src.ops.missing import REFUSED_METHODS
from funcgrad._src.ops.support import classes, method_classes, op_of
from tests.ops.coverage import ops_in_rows

MODULES: dict[ModuleType, dict[str, tuple[str, str]]] = {
    np: refused.REFUSED,
    np.linalg: {},
    np.fft: {},
    scipy.special: special_refused.REFUSED,
    scipy.linalg: linalg_refused.REFUSED,
}
METHODS = ("numpy.ndarray.", "numpy.ufunc.")  # tests/ops/test_methods.py runs all of them on a device
INTRODUCTION = """# What works on traced values

Every public function of NumPy, `scipy.special` and `scipy.linalg` is in one of four classes. On plain arrays
all of them are NumPy's and SciPy's own.

differentiable
: value, both modes of differentiation, second order, `vmap` and `jit`

discrete
: piecewise constant or discrete: it works on traced values, and its derivative is zero

metadata
: makes an array, or asks about shapes, dtypes or settings: there is nothing to differentiate

refused
: an error on traced values that says why, and what to write instead

The columns NumPy and CuPy say on whose arrays a function works. This page is made from the tables that the
functions themselves are declared in, and from the rows of the tests; NumPy {numpy}, SciPy {scipy}.

"""


def has_device(path: str) -> bool:
    """Whether a row of the op table runs the function, or an alias of it, on a device."""
    space, _, name = path.rpartition(".")
    return ops_in_rows().get(id(op_of(sys.modules[space], name)), False)


def line(path: str, kind: str, refusals: dict[str, tuple[str, str]]) -> str:
    """One row of the matrix."""
    name = path.rpartition(".")[2]
    if kind == "refused":
        reason, instead = refusals[name]
        return f"| `{name}` | refused | plain | plain | {reason} {instead[0].upper()}{instead[1:]}. |\n"
    there = kind == "metadata" or path.startswith(METHODS) or has_device(path)
    return f"| `{name}` | {kind} | yes | {'yes' if there else 'no'} | |\n"


def sections() -> dict[str, tuple[dict[str, str], dict[str, tuple[str, str]]]]:
    """Each module and type: the class of each of its functions, and what it refuses."""
    found = {module.__name__: (classes(module, refusals), refusals) for module, refusals in MODULES.items()}
    for kind in (np.ndarray, np.ufunc):
        found[f"numpy.{kind.__name__}"] = (method_classes(kind), REFUSED_METHODS)
    return {
        space: ({name: claims[0] for name, claims in names.items() if claims}, refusals)
        for space, (names, refusals) in found.items()
    }


def page() -> str:
    """The text of the page."""
    kinds = ("differentiable", "discrete", "metadata", "refused")
    found = sections()
    parts = [INTRODUCTION.format(numpy=np.__version__, scipy=scipy.__version__)]
    parts.append(f"| | {' | '.join(kinds)} |\n|---|{'---:|' * len(kinds)}\n")
    counts = {
        f"`{space}`": [list(names.values()).count(kind) for kind in kinds]
        for space, (names, _) in found.items()
    }
    ours = ("`numpy`", "`numpy.ndarray`", "`numpy.ufunc`")
    counts["`numpy` with the methods"] = [
        sum(several) for several in zip(*map(counts.get, ours), strict=True)
    ]
    parts += [f"| {space} | {' | '.join(map(str, numbers))} |\n" for space, numbers in counts.items()]
    for space, (names, refusals) in found.items():
        parts.append(f"\n## {space}\n\n| function | class | NumPy | CuPy | |\n|---|---|---|---|---|\n")
        parts += [line(f"{space}.{name}", kind, refusals) for name, kind in names.items()]
    return "".join(parts)
