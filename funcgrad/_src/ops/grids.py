"""Index numbers of grids, diagonals and triangles, and functions of them: creation, nothing to differentiate.

Those that take an array ask for its shape only; the numbers live on the host, as NumPy's do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.aval import aval_of
from ..core.inplace import own_here
from ..core.trace import Tracer
from .decisions import found
from .index_form import ON_MASKS
from .shape import operand, shape_of
from .structural import reshape
from .tables import implements
from .writing import placed


@implements(np.indices, support="metadata")
def indices(dimensions: Any, dtype: Any = int, sparse: bool = False) -> Any:
    """The index numbers of a grid, one array (one row of an array) for each axis."""
    return np.indices(dimensions, dtype, sparse)  # type: ignore[call-overload]


@implements(np.diag_indices, support="metadata")
def diag_indices(n: int, ndim: int = 2) -> tuple[Any, ...]:
    """The indices of the main diagonal of an array of ``ndim`` axes of length ``n``."""
    return np.diag_indices(n, ndim)


@implements(np.tril_indices, support="metadata")
def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Any, Any]:
    """The indices of the elements on and below the ``k``-th diagonal of a matrix of ``n`` rows."""
    return np.tril_indices(n, k, m)


@implements(np.triu_indices, support="metadata")
def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Any, Any]:
    """The indices of the elements on and above the ``k``-th diagonal of a matrix of ``n`` rows."""
    return np.triu_indices(n, k, m)


@implements(np.mask_indices, support="metadata")
def mask_indices(n: int, mask_func: Callable[..., Any], k: Any = 0) -> tuple[Any, ...]:
    """The indices of the elements that ``mask_func`` keeps of an ``n`` by ``n`` matrix of ones."""
    return np.mask_indices(n, mask_func, k)


def _stand_in(arr: Any) -> Any:
    """A plain array of the shape, without memory of its own."""
    return np.broadcast_to(np.int8(0), shape_of(operand(arr)))


@implements(np.diag_indices_from, support="metadata")
def diag_indices_from(arr: Any) -> tuple[Any, ...]:
    """The indices of the main diagonal of ``arr``."""
    return np.diag_indices_from(_stand_in(arr))


@implements(np.tril_indices_from, support="metadata")
def tril_indices_from(arr: Any, k: int = 0) -> tuple[Any, Any]:
    """The indices of the elements of ``arr`` on and below its ``k``-th diagonal."""
    return np.tril_indices_from(_stand_in(arr), k)


@implements(np.triu_indices_from, support="metadata")
def triu_indices_from(arr: Any, k: int = 0) -> tuple[Any, Any]:
    """The indices of the elements of ``arr`` on and above its ``k``-th diagonal."""
    return np.triu_indices_from(_stand_in(arr), k)


@implements(np.ix_)
def ix_(*args: Any) -> tuple[Any, ...]:
    """Rows of index numbers, each along an axis of its own; a mask decides by its values."""
    return tuple(_crossing(arg, i, len(args)) for i, arg in enumerate(args))


def _crossing(arg: Any, axis: int, ndim: int) -> Any:
    row = operand(arg)
    aval = aval_of(row)
    if aval.ndim != 1:
        raise ValueError("Cross index must be 1 dimensional")
    if aval.dtype.kind == "b":
        (row,) = found("nonzero", [row], "np.ix_", ON_MASKS)
    elif aval.size == 0 and isinstance(arg, (list, tuple)):
        row = row.astype(np.intp)
    return reshape(row, (*(1,) * axis, aval_of(row).size, *(1,) * (ndim - axis - 1)))


def _like(value: Any, like: Any) -> Any:
    """An array of numbers where ``like`` is; if that is traced, in its trace."""
    if like is None:
        return value
    value = placed(value, aval_of(like).place)
    return own_here(value) if type(like) is Tracer else value


@implements(np.tri, support="metadata", like=True)
def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float, *, like: Any = None) -> Any:
    """Ones on and below the ``k``-th diagonal, zeros above."""
    return _like(np.tri(N, M, k, dtype), like)


@implements(np.fromfunction, like=True)
def fromfunction(
    function: Callable[..., Any], shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any
) -> Any:
    """``function`` of the index numbers of a grid, one array for each axis; what it returns is returned."""
    return function(*(_like(numbers, like) for numbers in np.indices(shape, dtype)), **kwargs)
