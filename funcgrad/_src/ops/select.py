"""Choosing between values: where, select, maximum and minimum, clip, nan_to_num.

NOTE (ties): where both operands of maximum or minimum are equal each gets half of the cotangent; a
constant operand's half is dropped. ``clip`` passes at its bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError, UnsupportedError
from ..core.aval import Aval, abstract_place, aval_of, make_aval, scalar_or_array
from ..core.trace import Tracer
from .arithmetic import positive
from .decisions import found
from .declare import Linear, Partials
from .logic import isfinite, logical_not, not_equal
from .shape import operand
from .strong import strong_mul
from .structural import convert
from .tables import implements
from .ufunc import elementwise, pointwise, ufunc_aval, write_out

_ZEROS = {"f": 0.0, "c": 0j, "i": 0, "b": False}


def promote(*avals: Aval) -> np.dtype[Any]:
    """The common dtype; Python numbers are weak."""
    return np.result_type(*(_ZEROS[a.dtype.kind] if a.kind == "python" else a.dtype for a in avals))


def _any_traced(*values: Any) -> bool:
    return any(type(value) is Tracer for value in values)


# --- where, select ---------------------------------------------------------------------------------

# The cotangent of a branch is zero where the other was taken, inf and NaN included. A product with the
# condition says so too, and is several times faster than a selection. The optimistic sweep makes do
# with a plain product.


def _taken(g: Any, condition: Any, x: Any, y: Any) -> Any:
    return strong_mul(_truth(condition), g)


def _left(g: Any, condition: Any, x: Any, y: Any) -> Any:
    return strong_mul(logical_not(condition), g)


def _truth(condition: Any) -> Any:
    return condition if aval_of(condition).dtype.kind == "b" else not_equal(condition, 0)


def _taken_plainly(g: Any, condition: Any, x: Any, y: Any) -> Any:
    return g * _truth(condition)


def _left_plainly(g: Any, condition: Any, x: Any, y: Any) -> Any:
    return g * np.logical_not(condition)


def _where_aval(condition: Aval, x: Aval, y: Aval) -> Aval:
    shape = np.broadcast_shapes(condition.shape, x.shape, y.shape)
    return make_aval(shape, promote(x, y), "array", abstract_place((condition, x, y)))


where_p = pointwise(
    "where",
    lambda xp, condition, x, y: xp.where(condition, x, y),
    Linear(None, _taken, _left, elementwise=True, optimistic=(None, _taken_plainly, _left_plainly)),
    _where_aval,
    host=np.where,
)


@implements(np.where)
def where(condition: Any, /, *branches: Any, x: Any = None, y: Any = None) -> Any:
    """``x`` where the condition holds, else ``y``. What is not chosen has cotangent zero, even at NaN."""
    if len(branches) == 2:
        return where_p.bind(condition, *branches)
    if x is not None and y is not None and not branches:
        return where_p.bind(condition, x, y)
    if branches or x is not None or y is not None:
        raise ArgumentError("where: give both x and y, or neither.", expected="where(condition, x, y)")
    if type(condition) is not Tracer:
        return np.where(condition)
    return found("nonzero", [condition], "np.where(condition)", "np.where(condition, x, y) has a fixed shape")


@implements(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """For each element the first choice whose condition holds, else ``default``."""
    if not _any_traced(*condlist, *choicelist, default):
        return np.select(condlist, choicelist, default)
    if len(condlist) != len(choicelist) or not condlist:
        raise ArgumentError(
            "select: there must be one condition for each choice, and at least one.",
            expected=f"{max(1, len(choicelist))} conditions",
            got=str(len(condlist)),
        )
    conditions = [operand(c) for c in condlist]
    for i, condition in enumerate(conditions):
        if aval_of(condition).dtype.kind != "b":
            raise ArgumentError(
                f"select: condition {i} is not boolean.", expected="bool", got=str(aval_of(condition))
            )
    choices = [operand(c) for c in (*choicelist, default)]
    dtype = promote(*map(aval_of, choices))
    *typed, result = (convert(c, dtype) for c in choices)
    for condition, choice in zip(reversed(conditions), reversed(typed), strict=True):
        result = _chosen(condition, choice, result)
    return result if aval_of(result).kind == "array" else where(True, result, result)


def _chosen(condition: Any, choice: Any, other: Any) -> Any:
    """``where``, but scalars alone, which may live anywhere, give a scalar."""
    if not _any_traced(condition) and all(
        aval_of(value).kind != "array" for value in (condition, choice, other)
    ):
        return choice if condition else other
    return where(condition, choice, other)


# --- maximum, minimum ------------------------------------------------------------------------------


def _share(tie: Any, alone: Any, out: Any) -> Any:
    """A half at ties; else all or nothing. Among known numbers there is seldom a tie at all."""
    half = out.dtype.type(0.5)
    if type(tie) is np.ndarray:
        return np.where(tie, half, alone) if np.count_nonzero(tie) else alone
    if type(tie) is np.bool_:
        return half if tie else alone
    return where(tie, half, alone)


maximum = elementwise(
    "maximum",
    Partials(
        lambda out, x, y: _share(x == y, x > y, out),
        lambda out, x, y: _share(x == y, x < y, out),
        selects=True,
    ),
    doc="The larger of two, NaN if one is NaN. At ties each has derivative 0.5, so ``maximum(x, 0)`` at 0.",
)
minimum = elementwise(
    "minimum",
    Partials(
        lambda out, x, y: _share(x == y, x < y, out),
        lambda out, x, y: _share(x == y, x > y, out),
        selects=True,
    ),
    doc="The smaller of two, NaN if one is NaN. At ties each has derivative 0.5.",
)
fmax = elementwise(
    "fmax",
    Partials(
        lambda out, x, y: _share(x == y, x == out, out),
        lambda out, x, y: _share(x == y, y == out, out),
        selects=True,
    ),
    doc="The larger of two; a NaN loses, and has derivative 0. At ties each has derivative 0.5.",
)
fmin = elementwise(
    "fmin",
    Partials(
        lambda out, x, y: _share(x == y, x == out, out),
        lambda out, x, y: _share(x == y, y == out, out),
        selects=True,
    ),
    doc="The smaller of two; a NaN loses, and has derivative 0. At ties each has derivative 0.5.",
)

# --- clip ------------------------------------------------------------------------------------------

_maximum_aval = ufunc_aval(np.maximum)

clip_p = pointwise(
    "clip",
    lambda xp, x, low, high: xp.clip(x, low, high),
    Partials(
        lambda out, x, low, high: (x >= low) & (x <= high),
        lambda out, x, low, high: (x < low) & (low <= high),
        lambda out, x, low, high: (x > high) | (low > high),
        selects=True,
    ),
    lambda x, low, high: _maximum_aval(_maximum_aval(x, low), high),
    host=np.clip,
)
clip_below_p = pointwise(
    "clip_below",
    lambda xp, x, low: xp.maximum(x, low),
    Partials(lambda out, x, low: x >= low, lambda out, x, low: x < low, selects=True),
    _maximum_aval,
    host=np.maximum,
)
clip_above_p = pointwise(
    "clip_above",
    lambda xp, x, high: xp.minimum(x, high),
    Partials(lambda out, x, high: x <= high, lambda out, x, high: x > high, selects=True),
    _maximum_aval,
    host=np.minimum,
)
_MISSING: Any = np._NoValue


@implements(np.clip)
def clip(
    a: Any,
    a_min: Any = _MISSING,
    a_max: Any = _MISSING,
    out: Any = None,
    *,
    min: Any = _MISSING,
    max: Any = _MISSING,
    **kwargs: Any,
) -> Any:
    """``a`` limited to ``[a_min, a_max]``; None leaves a side open. At the bounds ``a`` has derivative 1."""
    low, high = _bounds(a_min, a_max, min, max)
    if not _any_traced(a, low, high, out):
        return np.clip(a, low, high, out=out, **kwargs)
    for name in kwargs:
        raise UnsupportedError(f"clip: the argument {name}= is not supported on traced values.")
    result = _clipped(operand(a), low, high)
    return result if out is None else write_out(out, result, "clip(out=...)")


def _bounds(a_min: Any, a_max: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """The bounds in either of NumPy's two spellings."""
    if a_min is _MISSING and a_max is _MISSING:
        return None if low is _MISSING else low, None if high is _MISSING else high
    if a_min is _MISSING or a_max is _MISSING or low is not _MISSING or high is not _MISSING:
        raise ArgumentError(
            "clip: give the bounds as a_min and a_max, or as min= and max=.",
            hint="clip(x, 0, None) or clip(x, min=0)",
        )
    return a_min, a_max


def _clipped(x: Any, low: Any, high: Any) -> Any:
    aval = aval_of(x)
    if aval.kind == "python":
        x = convert(x, aval.dtype, "scalar")
    if aval.dtype.kind in "iu":  # as NumPy: a bound that no value can pass
        low = None if type(low) is int and low <= np.iinfo(aval.dtype).min else low
        high = None if type(high) is int and high >= np.iinfo(aval.dtype).max else high
    if low is None:
        return positive(x) if high is None else clip_above_p.bind(x, high)
    return clip_below_p.bind(x, low) if high is None else clip_p.bind(x, low, high)


# --- nan_to_num ------------------------------------------------------------------------------------


def _nan_to_num(xp: Any, x: Any, **values: Any) -> Any:
    return xp.nan_to_num(x, **values)


def _nan_to_num_aval(x: Aval, **values: Any) -> Aval:
    return scalar_or_array(x.shape, x.dtype, x.place)


nan_to_num_p = pointwise(
    "nan_to_num",
    _nan_to_num,
    Partials(lambda out, x, **values: isfinite(x)),
    _nan_to_num_aval,
    host=np.nan_to_num,
)


@implements(np.nan_to_num)
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """``x`` with finite numbers for NaN and infinities, where the derivative is 0."""
    if type(x) is not Tracer:
        return np.nan_to_num(x, copy=copy, nan=nan, posinf=posinf, neginf=neginf)
    if not all(v is None or isinstance(v, (float, int, np.number)) for v in (nan, posinf, neginf)):
        raise UnsupportedError(
            "nan_to_num: the replacements must be plain numbers here.",
            hint="write np.where(np.isnan(x), replacement, x)",
        )
    result = nan_to_num_p.bind(x, nan=nan, posinf=posinf, neginf=neginf)
    return result if copy else write_out(x, result, "nan_to_num(copy=False)")
