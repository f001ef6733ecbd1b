"""``ufunc.accumulate`` of any binary ufunc, and the derivative of what is folded one after the other.

A fold is ``s[k] = f(s[k-1], x[k])``, begun again at each of its ``starts``. Its tangent obeys the linear
recurrence ``ds[k] = a[k] ds[k-1] + b[k] dx[k]`` with the partial derivatives a and b of f, which scans.py
solves in both directions: one pass along the axis, over all other axes at once. Only the running maximum and
minimum are treated apart, so that ties share evenly.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import UnsupportedError
from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .declare import NONDIFF, Explicit
from .logic import isnan
from .reducing import aligned, finished, static_dtype
from .scans import before, one_axis, recur_back, recurrence_p
from .select import where as choose
from .shape import operand
from .slices import in_front
from .strong import strong_mul
from .structural import convert, full_like_aval, move_axis
from .ufunc import Ufunc, find_ufunc
from .ufunc_device import accumulated
from .ufunc_methods import LATE

FAMILY = "ufunc_scans"
Starts = tuple[int, ...]
PEAKS = frozenset({"maximum", "minimum", "fmax", "fmin"})


# --- what methods of ufuncs share ------------------------------------------------------------------


def name_of(ufunc: Ufunc, method: str) -> str:
    """The name by which params know a ufunc of NumPy's; NumPy's own error if it has no such method."""
    name = ufunc.ufunc.__name__
    if getattr(np, name, None) is not ufunc.ufunc:
        raise UnsupportedError(
            f"{ufunc.__name__}.{method} is not supported on traced values.",
            hint="write a loop along the axis",
        )
    if ufunc.nin != 2 or ufunc.nout != 1 or ufunc.ufunc.signature is not None:
        getattr(ufunc.ufunc, method)(np.ones(1), *([0] if method == "reduceat" else []))
    return name


@functools.lru_cache(maxsize=1024)
def fold_dtype(
    name: str, dtype: np.dtype[Any], wanted: np.dtype[Any] | None, method: str = "accumulate"
) -> np.dtype[Any]:
    """The dtype of a fold of an array of ``dtype``; NumPy's TypeError if there is none."""
    with np.errstate(all="ignore"):
        return getattr(getattr(np, name), method)(np.ones(1, dtype), 0, wanted).dtype  # type: ignore[no-any-return]


@functools.lru_cache(maxsize=256)
def _folds(name: str, dtype: np.dtype[Any]) -> bool:
    """Whether NumPy reduces by a ufunc as it says: a few with vector loops of their own do not everywhere."""
    x = np.linspace(0.5, 1.5, 9).astype(dtype)
    f = getattr(np, name)
    with np.errstate(all="ignore"):
        return bool(np.allclose(f.reduce(x), f.accumulate(x)[-1], rtol=1e-2))


def check_folds(name: str, aval: Aval, method: str) -> None:
    """Refuse a reduction that NumPy gets wrong on this machine: its value has no derivative."""
    if aval.place == HOST and aval.dtype.kind in "fc" and not _folds(name, aval.dtype):
        raise UnsupportedError(
            f"np.{name}.{method}: this NumPy computes it wrongly on this machine.",
            expected=f"the last element of np.{name}.accumulate",
            got="another number",
            hint=f"write np.{name}.accumulate(x)[-1], or functools.reduce(np.{name}, x)",
        )


def method_dtype(ufunc: Ufunc, array: Any, dtype: Any, out: Any) -> np.dtype[Any] | None:
    """The dtype to compute in: as asked for, or as NumPy chooses beside ``out``."""
    if dtype is not None or out is None:
        return static_dtype(dtype)
    have, into = aval_of(array).dtype, aval_of(out).dtype
    found = ufunc.ufunc.resolve_dtypes((into, have, None), casting="unsafe", reduction=True)
    return found[0] if found[0] != have else None


def written(out: Any, result: Any, what: str) -> Any:
    """The result, written into ``out`` if that is given, which has its shape."""
    if isinstance(out, tuple):
        (out,) = out
    if out is not None and aval_of(out).shape != aval_of(result).shape:
        raise ValueError(
            f"{what}: the output has the shape {aval_of(out).shape} and not {aval_of(result).shape}."
        )
    return finished(result, out, what)


def slopes(name: str, out: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The partial derivatives of a binary ufunc, as arrays like ``out``."""
    rule = find_ufunc(name).primitive.rule
    if rule is NONDIFF:
        found: list[Any] = [0, 0]
    elif rule.partials is not None:
        found = [p(out, a, b) if callable(p) else p or 0 for p in rule.partials]
    else:
        ones = full_like_aval(aval_of(out), 1)
        found = (
            list(rule.vjp(ones, out, a, b))
            if rule.kind == "explicit"
            else [rule.pull(i, ones, (a, b), {}) for i in (0, 1)]
        )
    constants = [full_like_aval(aval_of(out), v) if v is None or type(v) is int else v for v in found]
    return constants[0], constants[1]


# --- fill_at: constants at some places of an axis --------------------------------------------------


def _fill_at(xp: Any, x: Any, *, axis: int, places: tuple[int, ...], value: float) -> Any:
    out = x.copy()
    index: Any = slice(places[0], places[0] + 1) if len(places) == 1 else list(places)
    out[(*(slice(None),) * axis, index)] = value
    return out


fill_at_p = Primitive("fill_at", _fill_at, family=FAMILY)
fill_at_p.aval = lambda x, *, axis, places, value: x
fill_at_p.rule = Explicit(
    jvp=lambda t, out, x, *, axis, places, value: fill_at(t[0], axis, places, 0.0),
    vjp=lambda g, out, x, *, axis, places, value: [fill_at(g, axis, places, 0.0)],
)
fill_at_p.batch = lambda size, values, at, *, axis, places, value: (
    fill_at(move_axis(values[0], at[0], 0), axis + 1, places, value),
    0,
)


def fill_at(x: Any, axis: int, places: tuple[int, ...], value: float) -> Any:
    """A copy of ``x`` with ``value`` at these places of an axis."""
    return fill_at_p.bind(x, axis=axis, places=places, value=value)


# --- ufunc_scan: folds with all their steps --------------------------------------------------------


def _scan(xp: Any, x: Any, where: Any = None, *, name: str, axis: int, starts: Starts, dtype: Any) -> Any:
    found = fold_dtype(name, x.dtype, dtype)
    masks = None if where is None else xp.moveaxis(xp.broadcast_to(where, x.shape), axis, 0)
    x = xp.moveaxis(x, axis, 0)
    runs = [
        _run(xp, x[start:stop], None if masks is None else masks[start:stop], name, found)
        for start, stop in itertools.pairwise([*starts, x.shape[0]])
    ]
    return xp.moveaxis(runs[0] if len(runs) == 1 else xp.concatenate(runs), 0, axis)


def _run(xp: Any, x: Any, mask: Any, name: str, dtype: np.dtype[Any]) -> Any:
    f = getattr(xp, name)
    if mask is None:
        return f.accumulate(x, 0, dtype) if xp is np else accumulated(xp, x, name=name, dtype=dtype)
    out = xp.array(x, dtype)
    for k in range(1, out.shape[0]):
        out[k] = xp.where(mask[k], f(out[k - 1], out[k]), out[k - 1])
    return out


def _scan_host(x: Any, where: Any = None, *, name: str, axis: int, starts: Starts, dtype: Any) -> Any:
    if where is None and len(starts) == 1:
        return getattr(np, name).accumulate(x, axis, dtype)
    return _scan(np, x, where, name=name, axis=axis, starts=starts, dtype=dtype)


def _scan_aval(x: Aval, *where: Aval, name: str, axis: int, starts: Starts, dtype: Any) -> Aval:
    return array_aval(x, x.shape, fold_dtype(name, x.dtype, dtype))


def _scan_batch(size: int, values: Any, at: Any, *, axis: int, **params: Any) -> Any:
    x = in_front(size, values[:1], at[:1])[0]
    where = [
        value if place is None else aligned(move_axis(value, place, 0), aval_of(x).ndim)
        for value, place in zip(values[1:], at[1:], strict=True)
    ]
    return scan_p.bind(x, *where, axis=axis + 1, **params), 0


def scan_slopes(out: Any, x: Any, where: Any, name: str, axis: int, starts: Starts) -> tuple[Any, Any]:
    a, b = slopes(name, out, before(out, axis, 1), convert(x, aval_of(out).dtype))
    if where is not None:
        a, b = choose(where, a, 1.0), choose(where, b, 0.0)
    return fill_at(a, axis, starts, 0.0), fill_at(b, axis, starts, 1.0)


def _peaks(out: Any, x: Any, axis: int) -> tuple[Any, Any, Any]:
    """Where a peak goes on, who has reached it, and how many have so far: piecewise constant, all three."""
    last = before(out, axis, 0)
    dtype = np.empty(0, aval_of(out).dtype).real.dtype
    goes_on = convert(same(out, last), dtype)
    reached = convert(same(x, out), dtype)
    goes_on = fill_at(goes_on, axis, (0,), 0.0)
    return goes_on, reached, recurrence_p.bind(goes_on, reached, axis=axis)


def same(x: Any, y: Any) -> Any:
    return (x == y) | (isnan(x) & isnan(y))


def _scan_jvp(
    t: Any, out: Any, x: Any, where: Any = None, *, name: str, axis: int, starts: Starts, dtype: Any
) -> Any:
    tangent = convert(t[0], aval_of(out).dtype)
    if not aval_of(x).shape[axis]:
        return tangent
    if name in PEAKS:
        goes_on, reached, number = _peaks(out, x, axis)
        return recurrence_p.bind(goes_on, strong_mul(tangent, reached), axis=axis) / number
    a, b = scan_slopes(out, x, where, name, axis, starts)
    return recurrence_p.bind(a, strong_mul(tangent, b), axis=axis)


def _scan_vjp(
    g: Any, out: Any, x: Any, where: Any = None, *, name: str, axis: int, starts: Starts, dtype: Any
) -> Any:
    rest = [] if where is None else [None]
    if not aval_of(x).shape[axis]:
        return [g, *rest]
    if name in PEAKS:
        goes_on, reached, number = _peaks(out, x, axis)
        return [strong_mul(recur_back(goes_on, g / number, axis), reached), *rest]
    a, b = scan_slopes(out, x, where, name, axis, starts)
    return [strong_mul(recur_back(a, g, axis), b), *rest]


scan_p = Primitive("ufunc_scan", _scan, host=_scan_host, family=FAMILY)
scan_p.aval = _scan_aval
scan_p.rule = Explicit(jvp=_scan_jvp, vjp=_scan_vjp, operands=(0,))
scan_p.batch = _scan_batch


# --- ufunc.accumulate ------------------------------------------------------------------------------


def accumulate(ufunc: Ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
    """``s[k] = f(s[k-1], x[k])`` along ``axis``; of a running maximum or minimum, ties share evenly."""
    array, name = operand(array), name_of(ufunc, "accumulate")
    axis = one_axis(axis, aval_of(array).ndim)
    dtype = method_dtype(ufunc, array, dtype, out)
    result = scan_p.bind(array, name=name, axis=axis, starts=(0,), dtype=dtype)
    return written(out, result, f"{name}.accumulate")


LATE["accumulate"] = accumulate
