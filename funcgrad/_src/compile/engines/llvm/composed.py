"""Elementwise equations that are no ufunc of NumPy, and those whose params decide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....ir.jaxpr import Equation
from .builder import Builder, Value
from .comparisons import Function, is_finite, is_nan, truth
from .complex_numbers import plain_multiply
from .conversions import convert
from .maths.error_functions import gaussian
from .maths.trigonometric import sinc
from .registers import Complex, Dtype, Register, choose, number, part
from .ways import KERNELS, Way, by_ufunc

COMPOSED: dict[str, Callable[[Equation], Way | None]] = {}


def _where(eqn: Equation) -> Way:
    dtype = eqn.outs[0].aval.dtype

    def function(b: Builder, condition: Register, x: Register, y: Register) -> Register:
        return choose(b, truth(b, condition), x, y)

    return Way((eqn.ins[0].aval.dtype, dtype, dtype), function)


def _convert(eqn: Equation) -> Way | None:
    have, want = eqn.ins[0].aval.dtype, eqn.outs[0].aval.dtype
    if have.kind == "c" and want.kind not in "cb":
        return None  # NumPy warns
    return Way((have,), lambda b, x: convert(b, x, have, want))


def _same(eqn: Equation) -> Way:
    return Way((eqn.ins[0].aval.dtype,), lambda b, x: x)


def _complex_scalars(eqn: Equation) -> bool:
    """Whether NumPy takes the operators of its scalars, which are not the ufuncs for complex numbers."""
    avals = [atom.aval for atom in eqn.ins]
    kinds = [aval.kind for aval in avals]
    return "array" not in kinds and any([aval.dtype.kind == "c" for aval in avals])


def _product(eqn: Equation, dtype: Dtype) -> Function:
    """The product that NumPy takes: of two complex scalars every product of parts is rounded."""
    return plain_multiply if _complex_scalars(eqn) else KERNELS["multiply", dtype.kind]


def _square(eqn: Equation) -> Way | None:
    found = by_ufunc(eqn)
    if found is None or not _complex_scalars(eqn):
        return found
    return Way(found.dtypes, lambda b, x: plain_multiply(b, x, x))


def _in_order(eqn: Equation) -> Way | None:
    """A comparison; of complex scalars with NaN the operator says otherwise than the ufunc."""
    return None if _complex_scalars(eqn) else by_ufunc(eqn)


def _multiply(eqn: Equation) -> Way | None:
    found = by_ufunc(eqn)
    return None if found is None else Way(found.dtypes, _product(eqn, found.dtypes[0]))


def _strong_product(eqn: Equation) -> Way | None:
    """The product, and 0 where a zero that is strong met an infinity or NaN."""
    dtype = eqn.outs[0].aval.dtype
    multiply = _product(eqn, dtype)
    if dtype.kind not in "fc":
        return Way((dtype, dtype), multiply)

    def function(b: Builder, x: Register, y: Register) -> Register:
        product = multiply(b, x, y)
        zeros = [~truth(b, v) for v, strong in zip((x, y), eqn.params["strong"], strict=True) if strong]
        zero = zeros[0] | zeros[1] if len(zeros) == 2 else zeros[0]
        return choose(b, zero & is_nan(b, product), number(b, 0, dtype), product)

    return Way((dtype, dtype), function) if any(eqn.params["strong"]) else Way((dtype, dtype), multiply)


def _part(name: str, eqn: Equation) -> Way:
    have = eqn.ins[0].aval.dtype
    if have.kind == "c":
        return Way((have,), KERNELS[name, "c"])
    if name == "real":
        return _same(eqn)
    return Way((have,), lambda b, x: number(b, 0, have))


def _join(eqn: Equation) -> Way | None:
    dtype = part(eqn.outs[0].aval.dtype)
    if any([atom.aval.dtype.kind == "c" for atom in eqn.ins]):
        return None
    return Way((dtype, dtype), KERNELS["join_complex", "f"])


# --- clip, and what depends on zero ----------------------------------------------------------------


def _clip(eqn: Equation) -> Way | None:
    """NumPy's two forms: between bounds that are numbers it keeps -0.0 where the bound is 0.0."""
    dtype = eqn.outs[0].aval.dtype
    if dtype.kind == "c":
        return None
    at_least, at_most = KERNELS["maximum", dtype.kind], KERNELS["minimum", dtype.kind]
    if dtype.kind == "f" and not any([atom.aval.ndim for atom in eqn.ins[1:]]):
        return Way((dtype,) * 3, _between)
    return Way((dtype,) * 3, lambda b, x, low, high: at_most(b, at_least(b, x, low), high))


def _between(b: Builder, x: Value, low: Value, high: Value) -> Value:
    raised = b.select(x.lt(low) | low.is_nan(), low, x)
    return b.select(raised.gt(high) | high.is_nan(), b.select(raised.is_nan(), raised, high), raised)


def _relu(eqn: Equation) -> Way | None:
    dtype = eqn.outs[0].aval.dtype
    if dtype.kind == "f":
        return Way((dtype,), lambda b, x: b.select(x.le(0), 0, x))
    larger = KERNELS["maximum", dtype.kind]
    return Way((dtype,), lambda b, x: larger(b, x, number(b, 0, dtype)))


def _nan_to_num(eqn: Equation) -> Way:
    dtype, params = eqn.outs[0].aval.dtype, eqn.params
    if dtype.kind not in "fc":
        return _same(eqn)
    held = np.finfo(dtype)

    def real(b: Builder, x: Value) -> Value:
        high, low = params["posinf"], params["neginf"]
        x = b.select(x.eq(float("inf")), float(held.max if high is None else high), x)
        x = b.select(x.eq(float("-inf")), float(held.min if low is None else low), x)
        return b.select(x.is_nan(), float(params["nan"]), x)

    return Way((dtype,), lambda b, x: _each(x, lambda v: real(b, v)))


def _replace_nan(eqn: Equation) -> Way | None:
    dtype, value = eqn.outs[0].aval.dtype, eqn.params["value"]
    if dtype.kind not in "fc":
        return _same(eqn)
    return Way((dtype,), lambda b, x: choose(b, is_nan(b, x), number(b, value, dtype), x))


def _reciprocal_or_zero(eqn: Equation) -> Way | None:
    dtype = eqn.outs[0].aval.dtype
    return Way((dtype,), lambda b, x: b.select(x.eq(0), x, 1 / x)) if dtype.kind == "f" else None


def _each(x: Register, function: Callable[[Value], Value]) -> Register:
    """A function of real numbers for both parts of a complex one."""
    return Complex(function(x.re), function(x.im)) if isinstance(x, Complex) else function(x)


# --- rounding, closeness ---------------------------------------------------------------------------


def _round(eqn: Equation) -> Way | None:
    dtype, decimals = eqn.outs[0].aval.dtype, eqn.params["decimals"]
    if dtype != eqn.ins[0].aval.dtype or abs(decimals) > 300:
        return None
    if dtype.kind in "iu":
        return _same(eqn) if decimals >= 0 else None
    if dtype.kind == "b":
        return None
    scale = float(10 ** abs(decimals))

    def real(b: Builder, x: Value) -> Value:
        if decimals == 0:
            return b.rint(x)
        return b.rint(x * scale) / scale if decimals > 0 else b.rint(x / scale) * scale

    return Way((dtype,), lambda b, x: _each(x, lambda v: real(b, v)))


def _is_close(eqn: Equation) -> Way | None:
    dtype, params = eqn.ins[0].aval.dtype, eqn.params
    if dtype.kind != "f" or any([a.aval.dtype != dtype or a.aval.kind == "python" for a in eqn.ins]):
        return None
    tolerances = (params["rtol"], params["atol"])
    if any([isinstance(t, np.floating) and t.dtype != dtype for t in tolerances]):
        return None  # wider than the operands
    relative, absolute = map(float, tolerances)

    def function(b: Builder, x: Value, y: Value) -> Value:
        near = b.abs(x - y).le(b.abs(y) * relative + absolute) & is_finite(b, y)
        found = near | x.eq(y)
        return found | (x.is_nan() & y.is_nan()) if params["equal_nan"] else found

    return Way((dtype, dtype), function)


# --- functions whose params decide -----------------------------------------------------------------------


def _sinc(eqn: Equation) -> Way | None:
    dtype = eqn.outs[0].aval.dtype
    return Way((dtype,), lambda b, x: sinc(x)) if dtype.char in "fd" and not eqn.params["order"] else None


def _gaussian(eqn: Equation) -> Way | None:
    dtype, c = eqn.outs[0].aval.dtype, eqn.params["c"]
    return Way((dtype,), lambda b, x: gaussian(x, c)) if dtype.char in "fd" else None


COMPOSED["where"] = _where
COMPOSED["convert"] = _convert
COMPOSED["strong_mul"] = _strong_product
for _name in ("copy", "stop_gradient", "fence"):
    COMPOSED[_name] = _same
COMPOSED["real"] = lambda eqn: _part("real", eqn)
COMPOSED["imag"] = lambda eqn: _part("imag", eqn)
COMPOSED["join_complex"] = _join
COMPOSED["clip"] = _clip
COMPOSED["relu"] = _relu
COMPOSED["nan_to_num"] = _nan_to_num
COMPOSED["replace_nan"] = _replace_nan
COMPOSED["reciprocal_or_zero"] = _reciprocal_or_zero
COMPOSED["round"] = _round
COMPOSED["isclose"] = _is_close
COMPOSED["multiply"] = _multiply
COMPOSED["square"] = _square
COMPOSED["sinc"] = _sinc
COMPOSED["gaussian"] = _gaussian
for _name in ("less", "less_equal", "greater", "greater_equal"):
    COMPOSED[_name] = _in_order
