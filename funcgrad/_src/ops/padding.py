"""``np.pad`` in every mode.

A border of constants is one primitive; the other modes go from axis to axis, as NumPy does, each axis a
primitive of borders.py. Traced ``constant_values`` and ``end_values`` are joined to the array instead.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np

from ..backends import HOST_TYPES
from ..core.aval import array_aval, aval_of
from ..core.inplace import own_here
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .axes import normal_axis
from .borders import STATISTICS, Ends, Widths, pad_axis
from .creation import linspace
from .declare import Explicit
from .indexing import cast_values, getitem
from .join import concatenate_p
from .rearrange import flip_axes
from .shape import as_array, operand, shape_of
from .slices import cut, cut_axis
from .structural import broadcast_to, convert, move_axis, reshape
from .tables import implements

FAMILY = "padding"
Pairs = tuple[tuple[Any, Any], ...]
_TAKES = {
    "constant": ("constant_values",),
    "edge": (),
    "empty": (),
    "linear_ramp": ("end_values",),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
    "wrap": (),
    **dict.fromkeys(STATISTICS, ("stat_length",)),
}


# --- a border of constants -------------------------------------------------------------------------


def _pad(xp: Any, x: Any, *, widths: Pairs, values: Pairs) -> Any:
    return xp.pad(x, widths, mode="constant", constant_values=values)


def _inside(shape: tuple[int, ...], widths: Pairs) -> Any:
    return tuple((before, before + n, None) for n, (before, _) in zip(shape, widths, strict=True))


def _zeros(widths: Pairs) -> Pairs:
    return ((0, 0),) * len(widths)


# Affine rather than linear: the tangent is padded with zeros.
pad_p = Primitive("pad", _pad, family=FAMILY)
pad_p.aval = lambda x, *, widths, values: array_aval(
    x, tuple(n + sum(w) for n, w in zip(x.shape, widths, strict=True)), x.dtype
)
pad_p.rule = Explicit(
    jvp=lambda t, out, x, *, widths, values: pad_p.bind(t[0], widths=widths, values=_zeros(widths)),
    vjp=lambda g, out, x, *, widths, values: [cut(g, _inside(x.shape, widths))],
)
pad_p.batch = lambda size, values_, at, *, widths, values: (
    pad_p.bind(move_axis(values_[0], at[0], 0), widths=((0, 0), *widths), values=((0, 0), *values)),
    0,
)


def _with_zeros(x: Any, widths: Pairs) -> Any:
    return pad_p.bind(x, widths=widths, values=_zeros(widths)) if widths else x.copy()


# --- the public function ---------------------------------------------------------------------------


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """``array`` with a border, in every mode of NumPy's.

    A maximum or minimum shares its derivative evenly among the elements that reach it. The border of
    ``mode="empty"`` is zero where the array is traced. A function as ``mode`` writes into rows of a traced
    array, as in-place code does.
    """
    array = operand(array)
    if type(array) in HOST_TYPES and not any(type(value) is Tracer for value in kwargs.values()):
        return np.pad(array, pad_width, mode, **kwargs)
    array = as_array(array)
    widths = _widths(pad_width, aval_of(array).ndim)
    if callable(mode):
        return _by_function(_with_zeros(array, widths), widths, mode, kwargs)
    _check_keywords(mode, kwargs)
    if mode == "constant":
        return _constant(array, widths, kwargs.get("constant_values", 0))
    if mode != "empty" and aval_of(array).size:
        return _by_axis(array, widths, mode, kwargs)
    if mode != "empty":
        _check_extendable(shape_of(array), widths)
    return _with_zeros(array, widths)


def _check_keywords(mode: Any, kwargs: dict[str, Any]) -> None:
    """NumPy's complaints about modes and their keyword arguments."""
    if mode not in _TAKES:
        raise ValueError(f"mode '{mode}' is not supported")
    unsupported = set(kwargs) - set(_TAKES[mode])
    if unsupported:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unsupported}")


def _check_extendable(shape: tuple[int, ...], widths: Pairs) -> None:
    for axis, (n, width) in enumerate(zip(shape, widths, strict=True)):
        if n == 0 and any(width):
            raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'")


def _pairs(given: Any, ndim: int) -> Pairs:
    """One ``(before, after)`` for each axis, from any of the forms that np.pad takes."""
    return tuple((a, b) for a, b in np.broadcast_to(np.asarray(given), (ndim, 2)).tolist())


def _counts(given: Any, ndim: int) -> tuple[Widths, ...]:
    found = tuple((round(a), round(b)) for a, b in _pairs(given, ndim))
    if any(n < 0 for pair in found for n in pair):
        raise ValueError("index can't contain negative values")
    return found


def _widths(given: Any, ndim: int) -> tuple[Widths, ...]:
    """The widths of all axes; in a dict of axes, of one that is named twice the last."""
    if isinstance(given, dict):
        rows: list[Any] = [(0, 0)] * ndim
        for axis, width in given.items():
            rows[normal_axis(axis, ndim)] = (width, width) if isinstance(width, int) else width
        given = rows
    if np.asarray(given).dtype.kind != "i" and ndim:
        raise TypeError("`pad_width` must be of integral type.")
    return _counts(given, ndim)


# --- constants, also traced ones -------------------------------------------------------------------


def _constant(x: Any, widths: tuple[Widths, ...], values: Any) -> Any:
    if type(values) is not Tracer:
        return pad_p.bind(x, widths=widths, values=_pairs(values, len(widths))) if widths else x.copy()
    values = _traced_pairs(values, x, len(widths), "np.pad(constant_values=...)")
    for axis, width in enumerate(widths):
        if any(width):
            x = _joined(x, axis, [_filled(x, axis, width[side], values[axis, side]) for side in (0, 1)])
    return x


def _traced_pairs(values: Any, x: Any, ndim: int, what: str) -> Any:
    aval = aval_of(x)
    return broadcast_to(convert(cast_values(values, aval, what), aval.dtype), (ndim, 2))


def _filled(x: Any, axis: int, length: int, value: Any) -> Any:
    shape = shape_of(x)
    return broadcast_to(value, (*shape[:axis], length, *shape[axis + 1 :]))


def _joined(x: Any, axis: int, borders: Any) -> Any:
    return concatenate_p.bind(borders[0], x, borders[1], axis=axis, dtype=None)


# --- the other modes, from axis to axis ------------------------------------------------------------


def _by_axis(x: Any, widths: tuple[Widths, ...], mode: str, kwargs: dict[str, Any]) -> Any:
    ndim = len(widths)
    ends = kwargs.get("end_values", 0)
    if type(ends) is Tracer:
        return _traced_ramps(x, widths, ends)
    options: Any = [None] * ndim
    if mode == "linear_ramp":
        options = _ends(ends, ndim)
    elif mode in STATISTICS:
        options = _lengths(kwargs.get("stat_length"), shape_of(x), mode)
    elif mode in ("reflect", "symmetric"):
        options = ["odd" if kwargs.get("reflect_type", "even") == "odd" else "even"] * ndim
    if not any(n for width in widths for n in width):
        return _with_zeros(x, widths)
    for axis, (width, option) in enumerate(zip(widths, options, strict=True)):
        if any(width):
            x = pad_axis(x, axis, width, mode, option)
    return x


def _ends(given: Any, ndim: int) -> list[Ends]:
    """The end values of each axis."""
    array = np.asarray(given)
    form = "number" if isinstance(given, Number) else "array" if array.size < 3 else "table"
    if form == "number":
        return [Ends(given, given, form)] * ndim
    pairs = np.broadcast_to(array, (ndim, 2))
    rows = pairs.tolist() if form == "table" else list(pairs)
    return [Ends(first, last, form) for first, last in rows]


def _lengths(given: Any, shape: tuple[int, ...], mode: str) -> Any:
    """How many elements from either end tell a statistic."""
    rows = [(n, n) for n in shape] if given is None else _counts(given, len(shape))
    found = [(min(a, n), min(b, n)) for (a, b), n in zip(rows, shape, strict=True)]
    if mode in ("maximum", "minimum") and any(0 in pair for pair in found):
        raise ValueError("stat_length of 0 yields no value for padding")
    return found


def _traced_ramps(x: Any, widths: tuple[Widths, ...], ends: Any) -> Any:
    ends = _traced_pairs(ends, x, len(widths), "np.pad(end_values=...)")
    for axis, (left, right) in enumerate(widths):
        n = shape_of(x)[axis]
        first, last = _ramp(x, axis, 0, left, ends[axis, 0]), _ramp(x, axis, n - 1, right, ends[axis, 1])
        x = _joined(x, axis, [first, flip_axes(last, (axis,))])
    return x


def _ramp(x: Any, axis: int, at: int, length: int, end: Any) -> Any:
    """From ``end`` towards the edge of ``x`` at ``at``, without reaching it."""
    shape = shape_of(x)
    edge = reshape(cut_axis(x, axis, at, at + 1), (*shape[:axis], *shape[axis + 1 :]))
    return linspace(end, edge, length, endpoint=False, dtype=aval_of(x).dtype, axis=axis)


# --- a function of the user's ----------------------------------------------------------------------


def _by_function(padded: Any, widths: tuple[Widths, ...], function: Callable[..., Any], kwargs: Any) -> Any:
    padded = own_here(padded)
    for axis, width in enumerate(widths):
        rows = np.moveaxis(padded, axis, -1)
        for index in np.ndindex(shape_of(rows)[:-1]):
            function(getitem(rows, (*index, ...)), width, axis, kwargs)
    return padded
