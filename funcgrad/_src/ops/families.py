"""The op families: those that are read at once, and those that are read when one of their ops is needed.

Importing a family declares its ops in the tables of tables.py. Most programs use few of NumPy's functions,
so the rest waits: ``LATER`` names the functions of each such family. Whoever misses one in a table asks
``find``.
This is the one place where a module of ours is imported at run time.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from ..core.primitive import readers
from . import (  # noqa: F401 (imported to declare their ops)
    arithmetic,
    at,
    beside,
    complexes,
    contract,
    creation,
    exponential,
    extremes,
    index_form,
    indexing,
    inplace_ops,
    join,
    logic,
    outer,
    products,
    questions,
    rearrange,
    rebinding,
    reducing,
    reductions,
    scans,
    scatter,
    select,
    shape,
    slices,
    spread,
    strong,
    taking,
    trig,
    ufunc_methods,
)
from .tables import FUNCTIONS, NAMES, path_of

# Family: the functions of NumPy that it declares, without "numpy."; one family a line, in order.
LATER: dict[str, str] = {
    "decompositions": "linalg.eigh linalg.eigvalsh linalg.qr linalg.svd linalg.svdvals",
    "determinants": "linalg.det linalg.slogdet",
    "diagonals": "diag diagflat diagonal trace tril triu",
    "einsum": "einsum",
    "linalg": "linalg.cholesky linalg.diagonal linalg.inv linalg.matrix_power linalg.matrix_transpose "
    "linalg.multi_dot linalg.pinv linalg.solve linalg.trace",
    "norms": "linalg.matrix_norm linalg.norm linalg.vector_norm",
    "softmax": "",
    "sorting": "argpartition argsort lexsort partition sort sort_complex",
}
_FAMILY_OF = {f"numpy.{name}": family for family, names in LATER.items() for name in names.split()}


def find(function: Callable[..., Any]) -> Any:
    """The op for a function of NumPy, or None."""
    op = FUNCTIONS.get(function)
    if op is None and (family := _FAMILY_OF.get(path_of(function))) is not None:
        read(family)
        op = FUNCTIONS.get(function)
    return op


def find_named(path: str) -> Any:
    """The op for a dotted path such as ``numpy.linalg.svd``, or None."""
    if (family := _FAMILY_OF.get(path)) is not None:
        read(family)
    return NAMES.get(path)


def read(family: str) -> None:
    """Import a family of ops."""
    importlib.import_module(f"{__package__}.{family}")


def later_names(prefix: str) -> Iterator[str]:
    """The names in a namespace such as ``numpy.linalg`` whose families are read later."""
    for path in _FAMILY_OF:
        space, _, name = path.rpartition(".")
        if space == prefix:
            yield name


def read_all() -> None:
    """Import every family."""
    for family in LATER:
        read(family)


readers.append(read_all)
