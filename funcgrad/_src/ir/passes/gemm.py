"""Sums with a scaled matrix product as one call of BLAS: ``c + alpha · op(a) @ op(b)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..jaxpr import Atom, Equation, Jaxpr, Literal
from .sweep import Found, Sweep, is_number

_PRODUCTS = ("matmul", "dot", "product")


def form_gemm(jaxpr: Jaxpr) -> Found:
    """Rewrite ``c ± s·(a @ b)`` as ``gemm``.

    The matrices, ``c`` and the result have one floating dtype; ``c`` has the shape of the product, or is a
    bias that broadcasts to it; nothing else reads the product or its multiple; ``s`` is a scalar, and no zero
    that is written in the program. BLAS rounds otherwise than product, multiple and sum one by one.
    """
    return Sweep(jaxpr, {"add": _add, "subtract": _subtract}).run()


def _add(sweep: Sweep, eqn: Equation) -> Equation | None:
    a, b = eqn.ins
    return _gemm(sweep, eqn, a, b, 1.0) or _gemm(sweep, eqn, b, a, 1.0)


def _subtract(sweep: Sweep, eqn: Equation) -> Equation | None:
    a, b = eqn.ins
    return _gemm(sweep, eqn, a, b, -1.0)


def _gemm(sweep: Sweep, eqn: Equation, c: Atom, multiple: Atom, sign: float) -> Equation | None:
    out = eqn.outs[0].aval
    if out.ndim != 2 or c.aval.kind != "array" or multiple.aval != out or not sweep.read_once(multiple):
        return None
    found = _scaled(sweep, multiple)
    if found is None:
        return None
    product, scale = found
    if any([atom.aval.dtype != out.dtype for atom in (c, *product.ins)]) or out.dtype.kind not in "fc":
        return None
    if any([atom.aval.ndim != 2 for atom in product.ins]):
        return None
    alpha = _signed(sweep, scale, sign)
    flags = product.params or {"transpose_a": False, "transpose_b": False}
    new = sweep.instead(eqn, "gemm", c, *product.ins, alpha, **flags)
    if new is not None:
        sweep.note("sums with a product of matrices")
    return new


def _scaled(sweep: Sweep, atom: Atom) -> tuple[Equation, Atom] | None:
    """A product of matrices and the scalar that it is multiplied by."""
    product = sweep.maker(atom, *_PRODUCTS)
    if product is not None:
        return product, Literal(1.0)
    times = sweep.maker(atom, "multiply")
    if times is None:
        return None
    for scale, inner in (times.ins, times.ins[::-1]):
        product = sweep.maker(inner, *_PRODUCTS)
        if product is not None and sweep.read_once(inner) and _is_scale(scale, atom):
            return product, scale
    return None


def _is_scale(atom: Atom, result: Atom) -> bool:
    aval = atom.aval
    if type(atom) is Literal and (is_number(atom.value, 0) or aval.dtype.kind not in "ifc"):
        return False
    weak = aval.kind == "python" and (aval.dtype.kind in "fc" or type(atom) is Literal)
    return weak or (aval.kind == "scalar" and aval.dtype == result.aval.dtype)


def _signed(sweep: Sweep, scale: Atom, sign: float) -> Atom:
    if type(scale) is not Literal:
        return scale if sign > 0 else sweep.emit("negative", scale)
    value: Any = float(scale.value) if isinstance(scale.value, (int, np.integer)) else scale.value
    return Literal(value if sign > 0 else -value)
