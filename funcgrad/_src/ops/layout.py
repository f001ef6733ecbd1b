"""Questions about memory and layout, and arrays in the layout that is asked for.

A traced value may share memory with others as an array does: a view with its base. Where its numbers are
known while it is traced they are asked; where they are not, what depends on the layout is refused by name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends import is_array, namespace_of
from ..base.errors import UnsupportedError
from ..core.aval import aval_of
from ..core.inplace import Links, link_view
from ..core.trace import Tracer, unknown
from .creation import array
from .logic import isfinite
from .reductions import all as all_of
from .shape import as_array, astype, concrete, copy, operand, reshape
from .structural import copy_p
from .tables import implements

# --- in a layout -----------------------------------------------------------------------------------


def _laid_out(a: Any, dtype: Any, order: str) -> Any:
    """A traced array in an order of memory: itself if it is in that order already."""
    a = a if dtype is None else astype(a, dtype, copy=False)
    a = reshape(a, (1,)) if aval_of(a).ndim == 0 else a
    value = concrete(a)
    if value is not unknown and value.flags[f"{order}_CONTIGUOUS"]:
        return a
    return link_view(copy_p.bind(a, order=order), a, copy_p, {"order": order}, sure=False)


def _numpys(name: str, a: Any, like: Any, *options: Any) -> Any:
    """The function of that name, of NumPy or of the device where ``a`` is."""
    xp = namespace_of([a]) if is_array(a) else np
    return array(getattr(xp, name)(a, *options), copy=None, like=like)


@implements(np.ascontiguousarray, like=True)
def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """``a`` in C order, with one axis at least: a copy only if it is in another order."""
    if type(a) is Tracer:
        return _laid_out(a, dtype, "C")
    return _numpys("ascontiguousarray", a, like, dtype)


@implements(np.asfortranarray, like=True)
def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """``a`` in Fortran's order, with one axis at least: a copy only if it is in another order."""
    if type(a) is Tracer:
        return _laid_out(a, dtype, "F")
    return _numpys("asfortranarray", a, like, dtype)


@implements(np.asarray_chkfinite)
def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """``a`` as an array; ValueError if there is an inf or NaN in it, whose absence must be known."""
    out = array(a, dtype, copy=None, order=order or "K")
    if aval_of(out).inexact and not bool(all_of(isfinite(out))):
        raise ValueError("array must not contain infs or NaNs")
    return out


_LONG = {
    "C": "C", "C_CONTIGUOUS": "C", "CONTIGUOUS": "C", "F": "F", "F_CONTIGUOUS": "F", "FORTRAN": "F",
    "A": "A", "ALIGNED": "A", "W": "W", "WRITEABLE": "W", "O": "O", "OWNDATA": "O", "E": "E",
    "ENSUREARRAY": "E",
}  # fmt: skip


@implements(np.require, like=True)
def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    """``a`` as an array with the properties that are asked for: itself, or a copy."""
    if type(a) is not Tracer:
        return _numpys("require", a, like, dtype, requirements)
    wanted = {_LONG[word.upper()] for word in requirements or ()}
    if {"C", "F"} <= wanted:
        raise ValueError('Cannot specify both "C" and "F" order')
    out = as_array(a) if dtype is None else astype(as_array(a), dtype, copy=False)
    for order in sorted(wanted & {"C", "F"}):
        out = _laid_out(out, None, order) if aval_of(out).ndim else out
    links = out.links if type(out) is Tracer else None
    is_view = isinstance(links, Links) and links.base is not None
    return copy(out) if "O" in wanted and is_view else out


# --- questions -------------------------------------------------------------------------------------


def _known(a: Any, what: str) -> Any:
    value = concrete(operand(a))
    if value is unknown:
        raise UnsupportedError(
            f"{what}: the memory of a traced array is not known here.",
            expected="an array whose numbers are known",
            got=f"a traced {aval_of(a)}",
            hint="ask outside of the traced function",
        )
    return value


@implements("numpy.isfortran", support="metadata")
def isfortran(a: Any) -> bool:
    """Whether ``a`` is in Fortran's order of memory and not in C's."""
    return bool(np.isfortran(_known(a, "np.isfortran")))


@implements("numpy.isscalar", support="metadata")
def isscalar(element: Any) -> bool:
    """Whether ``element`` is a number, or a traced one, rather than an array."""
    return aval_of(element).kind != "array" if type(element) is Tracer else np.isscalar(element)


def _owner(a: Any) -> Any:
    """The array or tracer whose memory ``a`` shows."""
    while type(a) is Tracer and isinstance(a.links, Links) and a.links.base is not None:
        a = a.links.base
    return a


@implements(np.may_share_memory, support="metadata")
def may_share_memory(a: Any, b: Any, /, max_work: int = 0) -> bool:
    """Whether two arrays might share memory: a traced view and its base do."""
    if _owner(a) is _owner(b):
        return True
    known = concrete(a), concrete(b)
    return not any(value is unknown for value in known) and _share(known, np.may_share_memory, max_work)


@implements(np.shares_memory, support="metadata")
def shares_memory(a: Any, b: Any, /, max_work: int = -1) -> bool:
    """Whether two arrays share memory."""
    if a is b or _owner(a) is not _owner(b):
        return a is b or may_share_memory(a, b)
    return _share((_known(a, "np.shares_memory"), _known(b, "np.shares_memory")), np.shares_memory, max_work)


def _share(known: tuple[Any, Any], question: Any, max_work: int) -> bool:
    return bool(question(*known, max_work))
