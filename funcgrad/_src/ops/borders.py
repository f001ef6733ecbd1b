"""One axis made longer: what the modes of ``np.pad`` put before and behind it, and the derivatives of that.

Two primitives, each of one axis, for NumPy itself goes from axis to axis. ``pad_axis`` is affine: a border
element is a copy of an inner one, in ``"odd"`` reflections with a sign and multiples of the edges, in ramps
a mixture of an edge and an end. ``pad_statistic`` repeats a mean, median, maximum or minimum; ties of
these two share their derivative evenly.

NOTE (coefficients of a border): NumPy's own result for three rows tells them: 1 at the first element, 1 at
the last one, and the inner elements numbered. No element depends on two inner ones.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..base.record import Record
from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .declare import NONDIFF, Explicit, Linear
from .join import concatenate_p
from .slices import ALL, cut_axis, embed, here, one_axis_batch
from .strong import strong_mul
from .structural import broadcast_to, sum_axes

FAMILY = "borders"
Widths = tuple[int, int]
STATISTICS = ("maximum", "mean", "median", "minimum")


def _along(axis: int, key: Any) -> tuple[Any, ...]:
    """The index that takes ``key`` along ``axis``."""
    return (*(slice(None),) * axis, key)


def _keywords(mode: str, option: Any, axis: int, ndim: int) -> dict[str, Any]:
    """The keyword arguments of ``np.pad`` that concern one axis of several."""
    if mode == "linear_ramp":
        return {"end_values": option.given(ndim)}
    if mode in STATISTICS:
        return {"stat_length": [(1, 1)] * axis + [option] + [(1, 1)] * (ndim - axis - 1)}
    return {} if option is None else {"reflect_type": option}


class Ends(NamedTuple):
    """The end values of an axis, in the form in which they were given: NumPy's promotion depends on it."""

    first: Any
    last: Any
    form: str  # "number", "array" of one or two, or "table" of more

    def given(self, ndim: int) -> Any:
        """What ``np.pad`` is to be given for an array of ``ndim`` axes."""
        if self.form == "number":
            return self.first
        if self.form == "array":
            return np.array([self.first, self.last])
        return [(self.first, self.last)] * ndim


def _on_host(x: Any, *, axis: int, width: Widths, mode: Any, option: Any) -> Any:
    rows: list[Any] = [(0, 0)] * x.ndim
    rows[axis] = width
    return np.pad(x, rows, mode, **_keywords(mode, option, axis, x.ndim))


def _longer(x: Aval, axis: int, width: Widths) -> Aval:
    return array_aval(x, (*x.shape[:axis], x.shape[axis] + sum(width), *x.shape[axis + 1 :]), x.dtype)


# --- the coefficients ------------------------------------------------------------------------------


class Border(Record):
    """What the border consists of, before and behind together: each coefficient may be absent.

    ``index`` and ``sign`` say which element is copied, ``first`` and ``last`` how much of the edges comes to
    it, ``ends`` how much of the two end values.
    """

    index: Any = None
    sign: Any = None
    first: Any = None
    last: Any = None


def _border(n: int, width: Widths, mode: Any, option: Any) -> Border:
    left, right = width
    if mode == "edge":
        return Border(first=np.arange(left + right) < left, last=np.arange(left + right) >= left)
    if mode == "linear_ramp":
        ramp = np.arange(left) / max(left, 1), np.arange(right)[::-1] / max(right, 1)
        zeros = np.zeros(left), np.zeros(right)
        return Border(first=np.append(ramp[0], zeros[1]), last=np.append(zeros[0], ramp[1]))
    words = _keywords(mode, option, 0, 1)
    if option != "odd":
        return Border(index=_outside(np.pad(np.arange(n), width, mode, **words), n, left))
    inner = np.arange(n)
    inner[-1] = 0
    rows = np.stack([inner, np.eye(1, n, 0, int)[0], np.eye(1, n, n - 1, int)[0] * (n > 1)])
    padded = np.pad(rows, ((0, 0), width), mode, **words)
    index, first, last = (_outside(row, n, left) for row in padded)
    return Border(abs(index), np.sign(index), first, last)


def _outside(row: Any, n: int, left: int) -> Any:
    return np.append(row[:left], row[left + n :])


# --- pad_axis --------------------------------------------------------------------------------------


def _pad_axis(xp: Any, x: Any, *, axis: int, width: Widths, mode: str, option: Any) -> Any:
    """On a device: by the coefficients, which do not depend on how the device reflects."""
    n, left = x.shape[axis], width[0]
    border = _border(n, width, mode, option)
    shape = (*x.shape[:axis], sum(width), *x.shape[axis + 1 :])
    with here(x):
        out = xp.zeros(shape, x.dtype)
        index = None if border.index is None else xp.asarray(border.index)
        sign, first, last = _columns(xp, border, axis, x)
        if mode == "linear_ramp":
            out = out + _column(xp, _ends(width, option), axis, x)
    if index is not None:
        copied = x[_along(axis, index)]
        out = copied if sign is None else copied * sign
    for weights, at in ((first, 0), (last, n - 1)):
        if weights is not None:
            out = out + weights * x[_along(axis, slice(at, at + 1))]
    out = out.astype(x.dtype, copy=False)
    return xp.concatenate(
        (out[_along(axis, slice(left))], x, out[_along(axis, slice(left, None))]), axis=axis
    )


def _columns(xp: Any, border: Border, axis: int, x: Any) -> list[Any]:
    """Sign and the edges' coefficients where ``x`` is."""
    return [None if c is None else _column(xp, c, axis, x) for c in (border.sign, border.first, border.last)]


def _column(xp: Any, weights: Any, axis: int, x: Any) -> Any:
    """A coefficient for each place along ``axis``, in a real dtype that does not widen ``x``."""
    dtype = x.real.dtype if x.dtype.kind in "fc" else weights.dtype
    return xp.asarray(weights.astype(dtype)).reshape(-1, *(1,) * (x.ndim - axis - 1))


def _ends(width: Widths, option: Any) -> Any:
    """What the end values contribute to a ramp."""
    left, right = width
    return np.append(
        option[0] * (1 - np.arange(left) / max(left, 1)),
        option[1] * (1 - np.arange(right)[::-1] / max(right, 1)),
    )


def _linear(mode: str, option: Any) -> Any:
    """The option of the linear part: ramps start at zero."""
    return Ends(0, 0, "number") if mode == "linear_ramp" else option


def _pad_axis_jvp(
    tangents: Any, out: Any, x: Any, *, axis: int, width: Widths, mode: str, option: Any
) -> Any:
    return pad_axis_p.bind(tangents[0], axis=axis, width=width, mode=mode, option=_linear(mode, option))


def _pad_axis_vjp(g: Any, out: Any, x: Any, *, axis: int, width: Widths, mode: str, option: Any) -> Any:
    return [fold_axis_p.bind(g, axis=axis, width=width, mode=mode, option=_linear(mode, option))]


pad_axis_p = Primitive("pad_axis", _pad_axis, host=_on_host, family=FAMILY)
pad_axis_p.aval = lambda x, *, axis, width, mode, option: _longer(x, axis, width)
pad_axis_p.rule = Explicit(jvp=_pad_axis_jvp, vjp=_pad_axis_vjp)
pad_axis_p.batch = one_axis_batch(pad_axis_p)


# --- fold_axis: the transpose of pad_axis ----------------------------------------------------------


def _fold_axis(xp: Any, g: Any, *, axis: int, width: Widths, mode: str, option: Any) -> Any:
    left, right = width
    n = g.shape[axis] - left - right
    border = _border(n, width, mode, option)
    outside = xp.concatenate(
        (g[_along(axis, slice(left))], g[_along(axis, slice(left + n, None))]), axis=axis
    )
    out = g[_along(axis, slice(left, left + n))].copy()
    with here(g):
        index = None if border.index is None else xp.asarray(border.index)
        sign, first, last = _columns(xp, border, axis, g)
    if index is not None:
        xp.add.at(out, _along(axis, index), outside if sign is None else outside * sign)
    for weights, at in ((first, 0), (last, n - 1)):
        if weights is not None:
            out[_along(axis, slice(at, at + 1))] += xp.sum(outside * weights, axis=axis, keepdims=True)
    return out


fold_axis_p = Primitive("fold_axis", _fold_axis, family=FAMILY)
fold_axis_p.aval = lambda g, *, axis, width, mode, option: _longer(g, axis, (-width[0], -width[1]))
fold_axis_p.rule = Linear(
    lambda t, g, *, axis, width, mode, option: pad_axis_p.bind(
        t, axis=axis, width=width, mode=mode, option=option
    )
)
fold_axis_p.batch = one_axis_batch(fold_axis_p)


# --- pad_statistic ---------------------------------------------------------------------------------


def _statistic(xp: Any, x: Any, *, axis: int, width: Widths, mode: str, option: Any) -> Any:
    """On a device, where ``pad`` has no median."""
    function = {"maximum": xp.max, "minimum": xp.min, "mean": xp.mean, "median": xp.median}[mode]
    pieces = []
    for length, (start, stop) in zip(width, _chunks(x.shape[axis], option), strict=True):
        value = function(x[_along(axis, slice(start, stop))], axis=axis, keepdims=True)
        value = xp.rint(value) if x.dtype.kind in "iu" else value
        shape = (*x.shape[:axis], length, *x.shape[axis + 1 :])
        pieces.append(xp.broadcast_to(value.astype(x.dtype), shape))
    return xp.concatenate((pieces[0], x, pieces[1]), axis=axis)


def _chunks(n: int, lengths: Widths) -> tuple[tuple[int, int], tuple[int, int]]:
    """The elements that tell the statistic on either side."""
    return (0, min(lengths[0], n)), (max(n - lengths[1], 0), n)


def _weights(xp: Any, x: Any, *, axis: int, mode: str) -> Any:
    n = x.shape[axis]
    real = x.real.dtype
    if mode == "mean" or n == 0:
        return xp.full(x.shape, 1 / max(n, 1), real)
    if mode == "median":  # of equal elements the one that a stable sort puts there, as for np.median
        rank = xp.argsort(xp.argsort(x, axis=axis, kind="stable"), axis=axis)
        return ((rank == (n - 1) // 2).astype(real) + (rank == n // 2).astype(real)) / 2
    extreme = (xp.max if mode == "maximum" else xp.min)(x, axis=axis, keepdims=True)
    hit = ((x == extreme) | (x != x) & (extreme != extreme)).astype(real)
    return hit / xp.sum(hit, axis=axis, keepdims=True)


statistic_weights_p = Primitive("statistic_weights", _weights, family=FAMILY)
statistic_weights_p.aval = lambda x, *, axis, mode: array_aval(x, x.shape, np.empty(0, x.dtype).real.dtype)
statistic_weights_p.rule = NONDIFF
statistic_weights_p.batch = one_axis_batch(statistic_weights_p)


def _sides(x: Any, axis: int, width: Widths, mode: str, option: Any) -> Any:
    """For each side that is padded: its number, its elements, and their weights."""
    for side, (start, stop) in enumerate(_chunks(aval_of(x).shape[axis], option)):
        if width[side]:
            chunk = cut_axis(x, axis, start, stop)
            yield side, (start, stop), statistic_weights_p.bind(chunk, axis=axis, mode=mode)


def _statistic_jvp(
    tangents: Any, out: Any, x: Any, *, axis: int, width: Widths, mode: str, option: Any
) -> Any:
    t = tangents[0]
    pieces: list[Any] = [None, t, None]
    for side, (start, stop), weights in _sides(x, axis, width, mode, option):
        value = sum_axes(
            strong_mul(cut_axis(t, axis, start, stop), weights, (True, True)), axis, keepdims=True
        )
        shape = (*x.shape[:axis], width[side], *x.shape[axis + 1 :])
        pieces[2 * side] = broadcast_to(value, shape)
    return concatenate_p.bind(*[p for p in pieces if p is not None], axis=axis, dtype=None)


def _statistic_vjp(g: Any, out: Any, x: Any, *, axis: int, width: Widths, mode: str, option: Any) -> Any:
    n, left = x.shape[axis], width[0]
    total = cut_axis(g, axis, left, left + n)
    for side, (start, stop), weights in _sides(x, axis, width, mode, option):
        border = cut_axis(g, axis, 0, left) if side == 0 else cut_axis(g, axis, left + n, None)
        share = strong_mul(sum_axes(border, axis, keepdims=True), weights, (True, True))
        total = total + embed(share, x.shape, (*(ALL,) * axis, (start, stop, None)))
    return [total]


pad_statistic_p = Primitive("pad_statistic", _statistic, host=_on_host, family=FAMILY)
pad_statistic_p.aval = lambda x, *, axis, width, mode, option: _longer(x, axis, width)
pad_statistic_p.rule = Explicit(jvp=_statistic_jvp, vjp=_statistic_vjp)
pad_statistic_p.batch = one_axis_batch(pad_statistic_p)


def pad_axis(x: Any, axis: int, width: Widths, mode: str, option: Any = None) -> Any:
    """``x`` longer along ``axis``, for every mode but those of constants."""
    primitive = pad_statistic_p if mode in STATISTICS else pad_axis_p
    return primitive.bind(x, axis=axis, width=width, mode=mode, option=option)
