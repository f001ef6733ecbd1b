"""``np.interp``: the line through points, differentiable by where it is read and by the points.

At an inner point the slopes of both sides are sub-gradients, and that of least norm is taken (0 if their
signs differ); at the ends the slope inside, as with ``clip``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends import HOST_TYPES
from ..core.aval import Aval, abstract_place, aval_of, make_aval, result_kind
from ..core.primitive import Primitive
from .arithmetic import remainder
from .complexes import imag, real
from .contract import refuse
from .declare import NONDIFF, Explicit
from .given import arrays_of
from .index_form import ARRAY
from .indexing import getitem, index_add_p, zeros_beside
from .join import concatenate
from .plain import plainly
from .select import where
from .shape import concrete, operand, shape_of
from .slices import cut_axis, in_front
from .structural import convert, move_axis, reshape
from .tables import implements
from .taking import take_p

FAMILY = "interpolation"


# --- cell: between which points ----------------------------------------------------------------------


def _cell(xp: Any, x: Any, points: Any) -> Any:
    """The last of the ``points`` that is not above ``x``, at most the last but one; per row of a batch.

    A batch is searched by halving, all rows at once.
    """
    n = points.shape[-1]
    if points.ndim == 1:
        found = xp.searchsorted(points, x, side="right") - 1
        return xp.clip(found, 0, max(n - 2, 0))
    rows = x.reshape((x.shape[0], -1))
    low = xp.zeros(rows.shape, np.intp)
    for step in [2**k for k in reversed(range(max(n - 1, 1).bit_length()))]:
        tried = xp.minimum(low + step, max(n - 2, 0))
        low = xp.where(xp.take_along_axis(points, tried, axis=1) <= rows, tried, low)
    return low.reshape(x.shape)


def _cell_batch(size: int, values: Any, at: Any) -> Any:
    x, points = values
    if at[1] is None:
        return cell_p.bind(x, points), at[0]
    return cell_p.bind(*in_front(size, (x, points), at)), 0


cell_p = Primitive("interp_cell", _cell, family=FAMILY)
cell_p.aval = lambda x, points: make_aval(
    x.shape, np.dtype(np.intp), result_kind((x,), x.shape), abstract_place((x, points))
)
cell_p.rule = NONDIFF
cell_p.batch = _cell_batch


# --- the line ----------------------------------------------------------------------------------------

# In the cell from (a, p) to (b, q), with s = (q - p) / (b - a) and w = (x - a) / (b - a), the line is
# y = p + s (x - a), so dy = s (dx - (1 - w) da - w db) + (1 - w) dp + w dq. Outside y is left or right.


def _pick(x: Any, i: Any) -> Any:
    return take_p.bind(x, i, axis=0)


def _divide(a: Any, b: Any) -> Any:
    """``a / b``, and 0 where ``b`` is: a cell without width."""
    none = b == 0
    return where(none, 0.0, a / where(none, 1.0, b))


def _least(a: Any, b: Any) -> Any:
    """The number of least norm from ``a`` to ``b``."""
    if aval_of(a).dtype.kind == "c":
        return _least(real(a), real(b)) + 1j * _least(imag(a), imag(b))
    return where(a * b <= 0, 0.0, where(abs(a) < abs(b), a, b))


def _place(x: Any, xp: Any, fp: Any) -> tuple[Any, Any, Any, Any]:
    """The points around each ``x`` by number, the slope there, and the share of the upper one."""
    last = shape_of(xp)[0] - 1
    i = cell_p.bind(x, xp)
    j = np.minimum(i + 1, last)
    a, width = _pick(xp, i), _pick(xp, j) - _pick(xp, i)
    slope = _divide(_pick(fp, j) - _pick(fp, i), width)
    h = np.maximum(i - 1, 0)
    before = _divide(_pick(fp, i) - _pick(fp, h), a - _pick(xp, h))
    slope = where((x == a) & (i > 0), _least(before, slope), slope)
    below, above = _outside(x, xp)
    return i, j, slope, where(below | above, 0.0, _divide(x - a, width))


def _outside(x: Any, xp: Any) -> tuple[Any, Any]:
    return x < getitem(xp, 0), x > getitem(xp, -1)


def _interp_jvp(t: Any, out: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any) -> Any:
    i, j, slope, share = _place(x, xp, fp)
    below, above = _outside(x, xp)
    parts = [
        None if t[0] is None else slope * t[0],
        None if t[1] is None else -slope * ((1.0 - share) * _pick(t[1], i) + share * _pick(t[1], j)),
        None if t[2] is None else (1.0 - share) * _pick(t[2], i) + share * _pick(t[2], j),
    ]
    inside = [part for part in parts if part is not None]
    total: Any = sum(inside[1:], inside[0]) if inside else 0.0
    total = where(below, 0.0 if t[3] is None else t[3], total)
    return where(above, 0.0 if t[4] is None else t[4], total)


def _back(g: Any, lower: Any, upper: Any, i: Any, j: Any, points: Any) -> Any:
    """Cotangents of picked points, added up."""
    total = zeros_beside(g, points.shape, aval_of(lower).dtype)
    total = index_add_p.bind(total, lower, i, index=(ARRAY,))
    return index_add_p.bind(total, upper, j, index=(ARRAY,))


def _interp_vjp(g: Any, out: Any, x: Any, xp: Any, fp: Any, left: Any, right: Any) -> list[Any]:
    i, j, slope, share = _place(x, xp, fp)
    below, above = _outside(x, xp)
    inside = where(below | above, 0.0, g)
    steep = real(slope * inside)
    return [
        steep,
        _back(g, -(1.0 - share) * steep, -share * steep, i, j, xp),
        _back(g, (1.0 - share) * inside, share * inside, i, j, fp),
        where(below, g, 0.0).sum(),
        where(above, g, 0.0).sum(),
    ]


def _interp_aval(x: Aval, xp: Aval, fp: Aval, left: Aval, right: Aval) -> Aval:
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size or x.dtype.kind == "c" or xp.dtype.kind == "c":
        refuse(np.interp, x, xp, fp)
    kind = result_kind((x, xp), x.shape)
    dtype = np.dtype(np.complex128 if fp.dtype.kind == "c" else np.float64)
    return make_aval(x.shape, dtype, "scalar" if kind == "python" else kind, abstract_place((x, xp, fp)))


def _interp_batch(size: int, values: Any, at: Any) -> Any:
    """NumPy reads one line only: where each example has its own, the sum above is computed."""
    x, xp, fp, left, right = values
    if at[1:] == (None,) * 4:
        return interp_p.bind(x, xp, fp, left, right), at[0]
    shape = aval_of(x).shape if at[0] is None else aval_of(move_axis(x, at[0], 0)).shape[1:]
    x, xp, fp, left, right = in_front(size, values, at)
    rows = reshape(x, (size, -1))
    i = cell_p.bind(rows, xp)
    j = np.minimum(i + 1, shape_of(xp)[1] - 1)
    a, b, p, q = (np.take_along_axis(v, k, 1) for v in (xp, fp) for k in (i, j))
    y = p + _divide(q - p, b - a) * (rows - a)
    y = where(rows == xp[:, -1:], fp[:, -1:], y)
    y = where(rows < xp[:, :1], reshape(left, (size, 1)), y)
    y = where(rows > xp[:, -1:], reshape(right, (size, 1)), y)
    return reshape(y, (size, *shape)), 0


def _interp(xp: Any, x: Any, points: Any, values: Any, left: Any, right: Any) -> Any:
    """What is outside is put in afterwards: it may be on the device, too."""
    inside = xp.where(x < points[0], left, xp.interp(x, points, values))
    return xp.where(x > points[-1], right, inside)


def _interp_host(x: Any, xp: Any, fp: Any, left: Any, right: Any) -> Any:
    """NumPy wants numbers outside, no complex 0-d arrays."""
    ends: list[Any] = [v[()] if type(v) is np.ndarray else v for v in (left, right)]
    return np.interp(x, xp, fp, *ends)


interp_p = Primitive("interp", _interp, host=_interp_host, family=FAMILY)
interp_p.aval = _interp_aval
interp_p.rule = Explicit(jvp=_interp_jvp, vjp=_interp_vjp)
interp_p.batch = _interp_batch


_DOUBLE = np.dtype(np.float64)


@implements(np.interp)
@plainly(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """The line through the points ``(xp, fp)``, which must ascend, at ``x``; in double precision.

    At an inner point the derivative is the slope of least norm of both sides, at the ends that inside.
    """
    x, xp, fp = arrays_of(x, xp, fp)
    avals = [aval_of(v) for v in (x, xp, fp)]
    wanted = _DOUBLE if avals[2].dtype.kind != "c" else np.dtype(np.complex128)
    if not all(np.can_cast(a.dtype, to) for a, to in zip(avals, (_DOUBLE, _DOUBLE, wanted), strict=True)):
        refuse(np.interp, *avals)
    x, xp, fp = convert(x, _DOUBLE), convert(xp, _DOUBLE), convert(fp, wanted)
    if period is not None:
        x, xp, fp = _wrapped(x, xp, fp, abs(period))
        left = right = None
    interp_p.abstract([aval_of(v) for v in (x, xp, fp, 0.0, 0.0)], {})
    left = getitem(fp, 0) if left is None else convert(operand(left), wanted)
    right = getitem(fp, -1) if right is None else convert(operand(right), wanted)
    return interp_p.bind(x, xp, fp, left, right)


def _wrapped(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """Everything in one period, the points in order, with the last before the first and the reverse."""
    known = concrete(period)
    if type(known) in HOST_TYPES and known == 0:
        raise ValueError("period must be a non-zero value")
    if aval_of(xp).ndim != 1 or aval_of(fp).ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if shape_of(xp) != shape_of(fp):
        raise ValueError("fp and xp are not of the same length")
    x, xp = remainder(x, period), remainder(xp, period)
    order = np.argsort(xp)
    xp, fp = _pick(xp, order), _pick(fp, order)
    xp = concatenate([cut_axis(xp, 0, -1, None) - period, xp, cut_axis(xp, 0, 0, 1) + period])
    return x, xp, concatenate([cut_axis(fp, 0, -1, None), fp, cut_axis(fp, 0, 0, 1)])
