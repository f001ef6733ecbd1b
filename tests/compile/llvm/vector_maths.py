"""Runs the vector functions of the LLVM engine over arrays, and measures their errors in ulps.

An *exact* value is a pair of float64 arrays, ``high + low``: what mpmath says of arguments in float64, and
what NumPy says in float64 of arguments in float32, which is 2**-29 ulps from the truth.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from funcgrad._src.base.record import Record
from funcgrad._src.compile.engines.llvm.builder import F32, F64, Builder, Value
from funcgrad._src.compile.engines.llvm.machine import Library, Machine

Pair = tuple[Any, Any]
TYPES = [np.float32, np.float64]
LANES = {np.float32: (0, 4, 16), np.float64: (0, 4, 8, 16)}
PADDING = 64  # arrays are filled up to a multiple of every number of lanes
_LARGE = 2.0**1023


class Case(Record):
    """A function, what it should be, and how far from that it may be."""

    name: str
    exact: Callable[..., Any]  # of mpf: what it is
    wide: Callable[..., Any]  # of float64 arrays: the same, and NumPy's special values
    bounds: tuple[float, float]  # ulps in float32 and in float64, with fused multiplication or not
    ranges: tuple[tuple[float, float], ...]  # where most of the arguments lie
    near: tuple[float, ...] = ()  # thresholds: their neighbours are arguments too
    arity: int = 1
    scale: Callable[..., Any] | None = None  # of (exact, *arguments): the number whose ulps are counted


def bound(case: Case, dtype: Any) -> float:
    """The ulps that a function may be off."""
    return case.bounds[TYPES.index(dtype)]


# --- running ---------------------------------------------------------------------------------------------


@functools.cache
def machine() -> Machine:
    return Machine()


@functools.cache
def native() -> dict[str, bool]:
    """What a `Builder` is told of this processor."""
    target = machine().target
    return {"has_fma": target.has_fma, "has_avx512": target.has_avx512}


def loop(function: Callable[..., Value], dtype: Any, lanes: int, arity: int, **target: bool) -> str:
    """A module with ``void f(ptr in…, ptr out, i64 n)``; ``target`` goes to the `Builder`."""
    b, kind = Builder(**(native() | target)), F32 if dtype == np.float32 else F64
    full = f"<{lanes} x {kind}>" if lanes else str(kind)
    arguments = []
    for i in range(arity):
        at = b.instruction(f"getelementptr {kind}, ptr %in{i}, i64 %i", kind).text
        arguments.append(b.instruction(f"load {full}, ptr {at}, align {kind.bits // 8}", kind, lanes))
    out = function(*arguments)
    assert (out.type, out.lanes) == (kind, lanes)
    at = b.instruction(f"getelementptr {kind}, ptr %out, i64 %i", kind).text
    pointers = "".join([f"ptr noalias %in{i}, " for i in range(arity)])
    helpers = "".join(b.helpers.values())
    return f"""
{helpers}
define void @f({pointers}ptr noalias %out, i64 %n) {{
start:
  br label %loop
loop:
  %i = phi i64 [0, %start], [%next, %latch]
{b.text()}
  store {out.full} {out.text}, ptr {at}, align {kind.bits // 8}
  br label %latch
latch:
  %next = add i64 %i, {max(lanes, 1)}
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret void
}}
"""


class Compiled:
    """One function for one type and number of lanes, of arrays."""

    def __init__(
        self, function: Callable[..., Value], dtype: Any, lanes: int, arity: int = 1, **target: bool
    ) -> None:
        self.dtype = dtype
        self.library: Library = machine().compile(loop(function, dtype, lanes, arity, **target))
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (arity + 1), ctypes.c_int64)
        self.run = kind(self.library.address("f"))

    def __call__(self, *arrays: Any) -> Any:
        size = len(arrays[0])
        padded = -(-size // PADDING) * PADDING
        full = [np.ones(padded, self.dtype) for _ in arrays]
        for whole, part in zip(full, arrays, strict=True):
            whole[:size] = part
        out = np.empty(padded, self.dtype)
        self.run(*[x.ctypes.data for x in full], out.ctypes.data, padded)
        return out[:size]


# --- measuring -------------------------------------------------------------------------------------------


def exact_values(case: Case, arrays: Sequence[Any]) -> Pair:
    """What the function is at these arguments (finite ones, for float64)."""
    if arrays[0].dtype == np.float32:
        with np.errstate(all="ignore"):
            high = np.asarray(case.wide(*[x.astype(np.float64) for x in arrays]))
        return high, np.zeros_like(high)
    found = []
    with mpmath.workprec(120):
        for row in zip(*[x.tolist() for x in arrays], strict=True):
            found.append(_pair(case.exact, row))
    high, low = np.array(found).reshape(-1, 2).T
    return high, low


def _pair(exact: Callable[..., Any], row: tuple[float, ...]) -> tuple[float, float]:
    try:
        value = exact(*[mpmath.mpf(x) for x in row])
    except (ValueError, ZeroDivisionError):
        return float("nan"), 0.0
    if not isinstance(value, mpmath.mpf) or mpmath.isnan(value):
        return float("nan"), 0.0
    try:
        high = float(value)
    except OverflowError:  # larger than every float64
        high = float("inf") if value > 0 else -float("inf")
    return high, 0.0 if np.isinf(high) else float(value - high)


def ulp_of(high: Any, dtype: Any) -> Any:
    """The distance of neighbours in ``dtype`` at these float64 numbers."""
    info = np.finfo(dtype)
    _, exponent = np.frexp(high)
    exponent = np.where(high == 0, info.minexp, exponent)  # frexp(0) is (0, 0)
    return np.ldexp(1.0, np.maximum(exponent - info.nmant - 1, info.minexp - info.nmant))


def errors(got: Any, exact: Pair, scale: Any = None) -> Any:
    """Errors in ulps, those of the exact value or of ``scale``; infinite where one of both is NaN.

    Infinity counts as the power of two that comes after the largest number. Nothing is measured where
    ``scale`` is infinite.
    """
    high, low = exact
    top = 2.0**127 if got.dtype == np.float32 else _LARGE
    with np.errstate(all="ignore"):
        half = np.where(np.abs(high) > 1, 0.5, 1.0)
        ours = np.where(np.isinf(got), np.copysign(top, got), got.astype(np.float64) * half)
        true = np.where(np.abs(high * half) >= top, np.copysign(top, high), high * half)
        unit = ulp_of(high if scale is None else np.maximum(np.abs(high), scale), got.dtype)
        unit = np.where(np.isfinite(high), unit, ulp_of(np.full_like(high, top), got.dtype) * 2)
        found = np.abs((ours - true) - low * half) / (unit * half)
        both_infinite = np.isinf(got) & np.isinf(high) & (np.sign(got) == np.sign(high))
    found = np.where(both_infinite | (scale is not None and np.isinf(scale)), 0.0, found)
    return np.where(np.isnan(got) & np.isnan(high), 0.0, np.where(np.isnan(found), np.inf, found))


def worst(case: Case, function: Callable[..., Any], arrays: Sequence[Any]) -> tuple[float, tuple[float, ...]]:
    """The largest error in ulps, and the arguments that have it."""
    exact = exact_values(case, arrays)
    with np.errstate(all="ignore"):
        scale = None if case.scale is None else case.scale(*[x.astype(np.float64) for x in arrays])
    found = errors(function(*arrays), exact, scale)
    i = int(np.argmax(found))
    return float(found[i]), tuple(x[i].item() for x in arrays)


# --- arguments -------------------------------------------------------------------------------------------


def arguments(case: Case, dtype: Any, count: int, seed: int = 0) -> list[Any]:
    """Finite arguments: a quarter over all exponents, the others in the ranges and next to thresholds."""
    random = np.random.default_rng(seed)
    return [_column(case, dtype, count, random) for _ in range(case.arity)]


def _column(case: Case, dtype: Any, count: int, random: np.random.Generator) -> Any:
    info = np.finfo(dtype)
    unsigned = np.uint32 if dtype == np.float32 else np.uint64
    parts = [random.integers(0, 2**info.bits - 1, count // 4, unsigned, endpoint=True).view(dtype)]
    each = (count - count // 4) // len(case.ranges)
    parts += [random.uniform(low, high, each).astype(dtype) for low, high in case.ranges]
    steps = np.arange(-20, 21)
    for middle in case.near:
        bits = np.array(middle, dtype).view(np.int32 if dtype == np.float32 else np.int64)
        parts.append((bits + steps).astype(bits.dtype).view(dtype))
    column = np.concatenate(parts)
    random.shuffle(column)
    return column[np.isfinite(column)] if case.arity == 1 else np.where(np.isfinite(column), column, 1)


def specials(dtype: Any, arity: int = 1) -> list[Any]:
    """Zeros, infinities, NaN, the smallest and largest numbers, small and large integers; all pairs."""
    info = np.finfo(dtype)
    above = [0.0, info.smallest_subnormal, info.tiny / 2, info.tiny, info.eps, 0.5, 1.0, 1.5, 2.0, 3.0]
    above += [4.0, 7.0, 1000.0, 1001.0, 1e30, info.max, np.inf]
    one = np.array([*above, *[-x for x in above], np.nan], dtype)
    return [x.ravel() for x in np.meshgrid(*[one] * arity, indexing="ij")]


def unlike(got: Any, wanted: Any) -> Any:
    """Where one is NaN, infinite or zero and the other is not, or where signs of numbers differ."""
    both_nan = np.isnan(got) & np.isnan(wanted)
    special = ~np.isfinite(wanted) | ~np.isfinite(got) | (wanted == 0) | (got == 0)
    return ~both_nan & ((special & (got != wanted)) | (np.signbit(got) != np.signbit(wanted)))
