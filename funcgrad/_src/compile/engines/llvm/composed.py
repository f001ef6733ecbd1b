"""Elementwise equations that are no ufunc of NumPy, and those whose params decide."""

from __future__ import annotations

from collections.abc import Callable

from ....ir.jaxpr import Equation
from .builder import Builder
from .comparisons import is_nan, truth
from .conversions import convert
from .registers import Register, choose, number
from .ways import KERNELS, Way

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


def _strong_product(eqn: Equation) -> Way | None:
    """The product, and 0 where a zero that is strong met an infinity or NaN."""
    dtype = eqn.outs[0].aval.dtype
    multiply = KERNELS["multiply", dtype.kind]
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


COMPOSED["where"] = _where
COMPOSED["convert"] = _convert
COMPOSED["strong_mul"] = _strong_product
for _name in ("copy", "stop_gradient", "fence"):
    COMPOSED[_name] = _same
COMPOSED["real"] = lambda eqn: _part("real", eqn)
COMPOSED["imag"] = lambda eqn: _part("imag", eqn)
