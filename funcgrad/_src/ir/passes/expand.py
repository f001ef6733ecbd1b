"""Operations made of simpler ones, for an engine that fuses: means, softmax and its kin, counts, places.

Each does what the implementation of its primitive does, step by step. An engine that calls NumPy is better
off with the whole; one that makes loops computes the steps within the loops around them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...backends.places import HOST
from ...core.aval import Aval
from ..jaxpr import Atom, Equation, Jaxpr, Literal
from .expand_products import PRODUCTS
from .sweep import Found, Rule, Sweep

_WHAT = "operations of several passes taken apart"
_FLOATS = "fd"
_FEW = 1 << 12  # elements: up to here NumPy's call takes longer than the work
_WIDE = 64  # elements that lie beside each other: from here on all columns at once are fast


def expand(jaxpr: Jaxpr) -> Found:
    """Write operations of several passes as these."""
    return Sweep(jaxpr, _RULES).run()


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(sorted({d % ndim for d in (axis if isinstance(axis, tuple) else (axis,))}))


def _has_axes(aval: Aval) -> bool:
    """Whether an operand is an array that has elements."""
    return aval.kind == "array" and bool(aval.size) and aval.ndim > 0


def _fits(aval: Aval) -> bool:
    """Whether an operand is an array of ordinary floats that has elements."""
    return _has_axes(aval) and aval.dtype.char in _FLOATS


def _count(aval: Aval, axes: tuple[int, ...]) -> int:
    return math.prod([aval.shape[d] for d in axes])


def _over(sweep: Sweep, name: str, x: Atom, axes: tuple[int, ...]) -> Atom:
    """A reduction that keeps the axes, with length one."""
    params: dict[str, Any] = {"axis": axes, "keepdims": True}
    if name == "sum":
        params["dtype"] = None
    return sweep.emit(name, x, **params)


def _mean(sweep: Sweep, eqn: Equation) -> Equation | None:
    x = eqn.ins[0]
    dtype = eqn.params["dtype"]
    whole = x.aval.dtype.kind in "biu" and _has_axes(x.aval) and dtype is None
    if len(eqn.ins) != 1 or not (whole or (_fits(x.aval) and dtype in (None, x.aval.dtype))):
        return None
    axis, keepdims = eqn.params["axis"], eqn.params["keepdims"]
    total = sweep.emit("sum", x, axis=axis, dtype=np.dtype(float) if whole else None, keepdims=keepdims)
    return sweep.noted(
        sweep.instead(eqn, "divide", total, Literal(_count(x.aval, _axes(axis, x.aval.ndim)))), _WHAT
    )


def _softmax(sweep: Sweep, eqn: Equation) -> Equation | None:
    (x,) = eqn.ins
    if not _fits(x.aval):
        return None
    axes = _axes(eqn.params["axis"], x.aval.ndim)
    e = sweep.emit("exp", sweep.emit("subtract", x, _over(sweep, "max", x, axes)))
    return sweep.noted(sweep.instead(eqn, "divide", e, _over(sweep, "sum", e, axes)), _WHAT)


def _log_total(sweep: Sweep, x: Atom, peak: Atom, axes: tuple[int, ...]) -> Atom:
    """``log(Σ exp(x - peak))``, the largest counted apart, as the primitives do."""
    zero = Literal(x.aval.dtype.type(0))
    top = sweep.emit("equal", x, peak)
    finite = sweep.emit("where", sweep.emit("isfinite", peak), peak, zero)
    terms = sweep.emit("exp", sweep.emit("subtract", x, finite))
    rest = _over(sweep, "sum", sweep.emit("where", top, zero, terms), axes)
    number = sweep.emit("maximum", _over(sweep, "sum", top, axes), Literal(1))
    number = sweep.emit("convert", number, dtype=x.aval.dtype, kind="array")
    share = sweep.emit("log1p", sweep.emit("divide", rest, number))
    return sweep.emit("add", sweep.emit("log", number), share)


def _log_softmax(sweep: Sweep, eqn: Equation) -> Equation | None:
    (x,) = eqn.ins
    if not _fits(x.aval):
        return None
    axes = _axes(eqn.params["axis"], x.aval.ndim)
    peak = _over(sweep, "max", x, axes)
    total = _log_total(sweep, x, peak, axes)
    return sweep.noted(sweep.instead(eqn, "subtract", sweep.emit("subtract", x, peak), total), _WHAT)


def _logsumexp(sweep: Sweep, eqn: Equation) -> Equation | None:
    x = eqn.ins[0]
    out = eqn.outs[0].aval
    if len(eqn.ins) != 1 or "signed" in eqn.params or not _fits(x.aval) or out.kind != "array":
        return None
    axes = _axes(eqn.params["axis"], x.aval.ndim)
    peak = _over(sweep, "max", x, axes)
    total = _log_total(sweep, x, peak, axes)
    if eqn.params["keepdims"]:
        return sweep.noted(sweep.instead(eqn, "add", total, peak), _WHAT)
    found = sweep.emit("add", total, peak)
    return sweep.noted(sweep.instead(eqn, "reshape", found, shape=out.shape, order="C"), _WHAT)


def _tie_weights(sweep: Sweep, eqn: Equation) -> Equation | None:
    x, peak, *rest = eqn.ins
    if rest or not _fits(x.aval):
        return None
    axes = _axes(eqn.params["axes"], x.aval.ndim)
    tied = sweep.emit("logical_or", sweep.emit("equal", x, peak), sweep.emit("isnan", x))
    number = sweep.emit("maximum", _over(sweep, "sum", tied, axes), Literal(1))
    number = sweep.emit("convert", number, dtype=x.aval.dtype, kind="array")
    tied = sweep.emit("convert", tied, dtype=x.aval.dtype, kind="array")
    return sweep.noted(sweep.instead(eqn, "divide", tied, number), _WHAT)


def _variance(sweep: Sweep, eqn: Equation, last: Callable[[Atom], Equation | None]) -> Equation | None:
    """The mean of the squares of what is left without the mean; ``last`` makes the result of it."""
    x = eqn.ins[0]
    params = eqn.params
    if len(eqn.ins) != 1 or not _fits(x.aval) or params.get("dtype") not in (None, x.aval.dtype):
        return None
    if set(params) - {"axis", "dtype", "keepdims", "ddof"}:
        return None
    axes = _axes(params["axis"], x.aval.ndim)
    count = _count(x.aval, axes)
    rest = count - params.get("ddof", 0)
    if not isinstance(rest, int | np.integer) or rest <= 0:
        return None
    mean = sweep.emit("divide", _over(sweep, "sum", x, axes), Literal(count))
    left = sweep.emit("subtract", x, mean)
    square = sweep.emit("multiply", left, left)
    total = sweep.emit("sum", square, axis=params["axis"], dtype=None, keepdims=params["keepdims"])
    return last(sweep.emit("divide", total, Literal(int(rest))) if eqn.primitive.name == "std" else total)


def _var(sweep: Sweep, eqn: Equation) -> Equation | None:
    def last(total: Atom) -> Equation | None:
        x = eqn.ins[0].aval
        rest = _count(x, _axes(eqn.params["axis"], x.ndim)) - eqn.params.get("ddof", 0)
        return sweep.noted(sweep.instead(eqn, "divide", total, Literal(int(rest))), _WHAT)

    return _variance(sweep, eqn, last)


def _std(sweep: Sweep, eqn: Equation) -> Equation | None:
    return _variance(sweep, eqn, lambda variance: sweep.noted(sweep.instead(eqn, "sqrt", variance), _WHAT))


# --- counts and places -----------------------------------------------------------------------------------


def _truth(sweep: Sweep, eqn: Equation) -> Atom | None:
    """The one operand as truth values; None if there is a mask beside it, or nothing in it."""
    x, *rest = eqn.ins
    if rest or not _has_axes(x.aval):
        return None
    return x if x.aval.dtype.kind == "b" else sweep.emit("convert", x, dtype=np.dtype(bool), kind="array")


def _any(sweep: Sweep, eqn: Equation) -> Equation | None:
    """The largest truth value; for ``all`` the smallest."""
    x = _truth(sweep, eqn)
    name = "max" if eqn.primitive.name == "any" else "min"
    return None if x is None else sweep.noted(sweep.instead(eqn, name, x, **eqn.params), _WHAT)


def _count_nonzero(sweep: Sweep, eqn: Equation) -> Equation | None:
    x = _truth(sweep, eqn)
    if x is None or (x.aval.size > _FEW and x not in sweep.makers):  # bytes are NumPy's to count
        return None
    return sweep.noted(sweep.instead(eqn, "sum", x, dtype=None, **eqn.params), _WHAT)


def _sum_where(sweep: Sweep, eqn: Equation) -> Equation | None:
    x, mask, *rest = eqn.ins
    plain = mask.aval.dtype.kind == "b" and np.broadcast_shapes(x.aval.shape, mask.aval.shape) == x.aval.shape
    if rest or not plain or not _has_axes(x.aval):
        return None
    kept = sweep.emit("where", mask, x, Literal(x.aval.dtype.type(0)))
    return sweep.noted(sweep.instead(eqn, "sum", kept, **eqn.params), _WHAT)


def _argmax(sweep: Sweep, eqn: Equation) -> Equation | None:
    """The first place of what equals the extreme element; of NaN, if there is one, as it passes."""
    (x,), axis = eqn.ins, eqn.params["axis"]
    if axis is None and x.aval.ndim == 1:
        axis = 0
    if not _has_axes(x.aval) or axis is None or x.aval.dtype.kind not in "biuf":
        return None
    count = x.aval.shape[axis]
    if x.aval.size > _FEW and math.prod(x.aval.shape[axis + 1 :]) < _WIDE:
        return None
    peak = _over(sweep, eqn.primitive.name[3:], x, (axis,))
    there = sweep.emit("equal", x, peak)
    if x.aval.dtype.kind == "f":
        there = sweep.emit("logical_or", there, sweep.emit("isnan", x))
    places = sweep.emit("iota", size=count, ndim=x.aval.ndim - axis, place=HOST)
    found = sweep.emit("where", there, places, Literal(count))
    return sweep.noted(sweep.instead(eqn, "min", found, axis=axis, keepdims=eqn.params["keepdims"]), _WHAT)


def _full(sweep: Sweep, eqn: Equation) -> Equation | None:
    """A number in every element needs no memory of its own before."""
    (number,), aval = eqn.ins, eqn.outs[0].aval
    value = sweep.constant(number) if aval.dtype.kind in "fiub" else None
    if value is None:
        return None
    params = {"value": value.item() if hasattr(value, "item") else value, "dtype": aval.dtype}
    return sweep.noted(sweep.instead(eqn, "full", shape=aval.shape, place=aval.place, **params), _WHAT)


_RULES: dict[str, Rule] = {
    **PRODUCTS,
    **dict.fromkeys(("all", "any"), _any),
    **dict.fromkeys(("argmax", "argmin"), _argmax),
    "broadcast_to": _full,
    "count_nonzero": _count_nonzero,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "mean": _mean,
    "softmax": _softmax,
    "std": _std,
    "sum_where": _sum_where,
    "tie_weights": _tie_weights,
    "var": _var,
}
