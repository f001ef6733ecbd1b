"""NumPy's functions that write into an array: ``put``, ``putmask``, ``place``, ``copyto`` and their like.

A traced target is rebound, as by ``y[i] = v``; views and bases follow. Plain arrays are written by NumPy, and
cannot take traced values. ``put``, ``place``, ``putmask`` and ``fill_diagonal`` take the elements in C order,
in any layout, and use their values again from the first where there are too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST
from ..backends.places import backend_at
from ..base.errors import DtypeError, MutationError
from ..core.aval import Aval, aval_of
from ..core.inplace import check_writable, rebind
from ..core.trace import Tracer, is_known
from .arithmetic import floor_divide, remainder
from .axes import normal_axis
from .index_form import listed
from .indexing import cast_values, iota
from .scatter import index_set
from .select import maximum, minimum, where
from .shape import astype, broadcast_to, concrete, operand, ravel, shape_of
from .structural import convert, reshape
from .tables import implements
from .taking import take

Shape = tuple[int, ...]


# --- targets ---------------------------------------------------------------------------------------


def _is_traced_target(target: Any, others: Sequence[Any], what: str) -> bool:
    """Whether the target is traced, and may be written; a plain one takes no traced values."""
    if type(target) is Tracer:
        check_writable(target, what)
        return True
    for other in others:
        if type(other) is Tracer:
            raise MutationError(
                f"{what}: traced values cannot be written into a plain array.",
                expected="an array made inside the traced function",
                got=str(aval_of(target)),
                hint="make it with np.zeros_like(x) of a traced x",
            )
    return False


def _given(values: Any, target: Any) -> Any:
    """Values to write: a list becomes an array where the target is."""
    return operand(listed(values, aval_of(target).place))


def _check_integers(indices: Any, what: str) -> None:
    aval = aval_of(indices)
    if aval.dtype.kind not in "iu":
        raise IndexError(f"{what}: `indices` must be an integer array, not one of {aval.dtype}")


# --- positions in C order --------------------------------------------------------------------------


def _checked(positions: Any, size: int, mode: str) -> Any:
    """Positions from 0 to ``size - 1``: those outside are an error, wrapped around or clipped."""
    if mode == "wrap":
        return remainder(positions, size)
    if mode == "clip":
        return minimum(maximum(positions, 0), size - 1)
    if mode != "raise":
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    if type(positions) is np.ndarray:
        outside = positions[(positions < -size) | (positions >= size)]
        if outside.size:
            raise IndexError(f"index {outside[0]} is out of bounds for axis 0 with size {size}")
    return where(positions < 0, positions + size, positions)


def _cells(positions: Any, shape: Shape) -> tuple[Any, ...]:
    """An index array for each axis, of positions in C order."""
    cells = []
    for n in reversed(shape[1:]):
        cells.append(remainder(positions, n))
        positions = floor_divide(positions, n)
    return (positions, *reversed(cells))


def placed(positions: Any, place: str) -> Any:
    """Positions that the host knows, where the array is."""
    if place == HOST or type(positions) is not np.ndarray:
        return positions
    backend = backend_at(place)
    with backend.scope(place):
        return backend.xp.asarray(positions)


def _cycled(values: Any, count: int) -> Any:
    """``count`` values in C order, from the first again where they end; one alone stays one."""
    row = ravel(values)
    have = aval_of(row).size
    if have == 1:
        return reshape(row, ())
    if have < count:
        return take(row, placed(np.arange(count) % have, aval_of(row).place))
    return row[:count] if have > count else row


def _write(target: Tracer, positions: Any, values: Any, what: str) -> None:
    """``target.flat[positions] = values``, of any values; nothing happens if there are none."""
    aval = aval_of(target)
    count = aval_of(positions).size
    if count == 0 or aval_of(values).size == 0:
        return
    values = convert(cast_values(values, aval, what), aval.dtype)
    if aval.ndim == 0:
        rebind(target, index_set(target, ..., reshape(_cycled(values, count)[..., -1:], ())), what)
        return
    cells = _cells(placed(positions, aval.place), aval.shape)
    rebind(target, index_set(target, cells, _cycled(values, count)), what)


# --- put, put_along_axis, fill_diagonal ------------------------------------------------------------


@implements(np.put)
def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """``a.flat[ind] = v`` for positions in C order; ``v`` starts again where it ends."""
    if not _is_traced_target(a, (ind, v), "np.put"):
        return np.put(a, ind, v, mode)  # type: ignore[arg-type]
    positions = ravel(operand(ind))
    if type(positions) is np.ndarray:
        positions = positions.astype(np.intp)  # NumPy takes masks and whole floating numbers for positions
    if aval_of(positions).size:
        _check_integers(positions, "np.put")
        _write(a, _checked(positions, aval_of(a).size, mode), _given(v, a), "np.put")
    return None


@implements(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """Write ``values`` at ``indices`` along ``axis``, the other axes matched by position."""
    what = "np.put_along_axis"
    if not _is_traced_target(arr, (indices, values), what):
        return np.put_along_axis(arr, indices, values, axis)
    aval, indices, values = aval_of(arr), operand(indices), _given(values, arr)
    _check_integers(indices, what)
    if axis is None:
        if aval_of(indices).ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        cells = _cells(_checked(indices, aval.size, "raise"), aval.shape)
    else:
        cells = _along(aval, indices, normal_axis(axis, aval.ndim))
    rebind(arr, index_set(arr, cells, values), what)
    return None


def _along(aval: Aval, indices: Any, axis: int) -> tuple[Any, ...]:
    """An index array for each axis: its own positions, and ``indices`` for the one in question."""
    ndim = aval.ndim
    if aval_of(indices).ndim != ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    return tuple(indices if i == axis else iota(n, ndim - i, aval.place) for i, n in enumerate(aval.shape))


@implements(np.fill_diagonal)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Write ``val`` along the main diagonal; with ``wrap`` again below a tall matrix's square."""
    if not _is_traced_target(a, (val,), "np.fill_diagonal"):
        return np.fill_diagonal(a, val, wrap)
    shape = shape_of(a)
    if len(shape) < 2:
        raise ValueError("array must be at least 2-d")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    size = aval_of(a).size
    step = 1 + sum(int(np.prod(shape[i + 1 :])) for i in range(len(shape) - 1))
    end = size if wrap or len(shape) > 2 else min(shape[1] ** 2, size)
    _write(a, np.arange(0, end, step), _given(val, a), "np.fill_diagonal")
    return None


# --- putmask, place, copyto ------------------------------------------------------------------------


def _mask(mask: Any, shape: Shape, name: str) -> Any:
    """A mask of as many elements as the target has, as a row."""
    mask = operand(mask)
    if aval_of(mask).size != int(np.prod(shape)):
        raise ValueError(f"{name}: mask and data must be the same size")
    return astype(ravel(mask), bool, copy=False)


def _select(target: Tracer, mask: Any, values: Any, what: str) -> None:
    """Write the values, one for each element, where an unknown mask holds."""
    aval = aval_of(target)
    values = convert(cast_values(values, aval, what), aval.dtype)
    chosen = where(
        reshape(mask, aval.shape), reshape(values, aval.shape) if aval_of(values).ndim else values, target
    )
    rebind(target, convert(chosen, aval.dtype, "array"), what)


@implements(np.putmask)
def putmask(a: Any, /, mask: Any, values: Any) -> None:
    """Write ``values``, repeated to the size of ``a``, where ``mask`` holds: each at its own position."""
    if not _is_traced_target(a, (mask, values), "np.putmask"):
        return np.putmask(a, mask, values)
    row, values = _mask(mask, shape_of(a), "putmask"), ravel(_given(values, a))
    count, have = aval_of(a).size, aval_of(values).size
    if not have:
        return None
    if not is_known(row) or aval_of(a).place != HOST:
        _select(a, row, _cycled(values, count), "np.putmask")
        return None
    positions = np.flatnonzero(concrete(row))
    _write(a, positions, values if have == 1 else take(values, positions % have), "np.putmask")
    return None


@implements(np.place)
def place(arr: Any, mask: Any, vals: Any) -> None:
    """Write ``vals`` one after the other where ``mask`` holds; they start again where they end."""
    if not _is_traced_target(arr, (mask, vals), "np.place"):
        return np.place(arr, mask, vals)
    row, vals = _mask(mask, shape_of(arr), "place"), ravel(_given(vals, arr))
    have = aval_of(vals).size
    unknown = not is_known(row) or aval_of(arr).place != HOST
    positions = None if unknown else np.flatnonzero(concrete(row))
    if have == 0 and (positions is None or positions.size):
        raise ValueError("Cannot insert from an empty array!")
    if positions is not None:
        _write(arr, positions, vals, "np.place")
        return None
    chosen = reshape(vals, ()) if have == 1 else take(vals, remainder(np.cumsum(row) - 1, have))
    _select(arr, row, chosen, "np.place")
    return None


@implements(np.copyto)
def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Write ``src``, broadcast, into ``dst`` (where ``where`` holds); ``casting`` says what may be cast."""
    if not _is_traced_target(dst, (src, where), "np.copyto"):
        return np.copyto(dst, src, casting, where)  # type: ignore[arg-type]
    aval, src = aval_of(dst), _given(src, dst)
    _check_casting(aval_of(src), aval.dtype, casting)
    src = convert(src, aval.dtype)
    if where is not True:
        src = _beside_mask(dst, src, where)
    selected = where is not True and not is_known(where)
    rebind(dst, convert(src, aval.dtype, "array") if selected else index_set(dst, ..., src), "np.copyto")
    return None


def _beside_mask(dst: Tracer, src: Any, mask: Any) -> Any:
    mask = operand(mask)
    if aval_of(mask).kind != "python" and aval_of(mask).dtype.kind != "b":
        raise TypeError(
            f"Cannot cast array data from {aval_of(mask).dtype!r} to dtype('bool') by the rule 'safe'"
        )
    return where(broadcast_to(astype(mask, bool, copy=False), shape_of(dst)), src, dst)


_RANK = {"b": 0, "i": 1, "f": 2, "c": 3}


def _check_casting(have: Any, want: np.dtype[Any], casting: str) -> None:
    """NumPy's rule of casting; Python numbers are weak."""
    if have.kind == "python":
        fits = casting == "unsafe" or _RANK[have.dtype.kind] <= _RANK.get(want.kind.replace("u", "i"), 2)
    else:
        fits = np.can_cast(have.dtype, want, casting)  # type: ignore[arg-type]
    if not fits:
        raise DtypeError(
            f"np.copyto: cannot cast from {have.dtype} to {want} with casting {casting!r}.",
            expected=f"values that fit into {want}",
            got=str(have),
            hint=f"make the array with dtype={have.dtype}, or casting='unsafe'",
        )
