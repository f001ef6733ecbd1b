"""Matrix products in BLAS's forms: made by the compiler's passes, not by any function of NumPy's.

``product`` is a product of matrices either of which may be transposed, ``gemm`` its multiple added to
something. Transposes are plain, also of complex matrices.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import SCALAR_AVALS, Aval, aval_of, make_aval
from ..core.primitive import Primitive
from .contract import matmul, product_aval, refuse, swap
from .declare import Explicit, Multilinear
from .structural import convert, move_axis, reshape, sum_axes

FAMILY = "blas"

# --- product ---------------------------------------------------------------------------------------


def _turned(xp: Any, a: Any, b: Any, transpose_a: bool, transpose_b: bool) -> Any:
    return xp.matmul(a.T if transpose_a else a, b.T if transpose_b else b)


def _product(xp: Any, a: Any, b: Any, *, transpose_a: bool, transpose_b: bool) -> Any:
    return _turned(xp, a, b, transpose_a, transpose_b)


def _product_aval(a: Aval, b: Aval, *, transpose_a: bool, transpose_b: bool) -> Aval:
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError(
            f"a product in BLAS's form takes two matrices, not arrays of shape {a.shape} and {b.shape}"
        )
    rows, inner = a.shape[::-1] if transpose_a else a.shape
    again, columns = b.shape[::-1] if transpose_b else b.shape
    if inner != again:
        refuse(lambda a, b: product(a, b, transpose_a, transpose_b), a, b)
    return product_aval((a, b), (rows, columns))


def _by_left(g: Any, b: Any, turned: bool, turned_b: bool) -> Any:
    """The cotangent of the left operand, which is transposed if that was."""
    b = b if turned_b else swap(b)
    return matmul(swap(b), swap(g)) if turned else matmul(g, b)


def _by_right(g: Any, a: Any, turned: bool, turned_a: bool) -> Any:
    a = a if turned_a else swap(a)
    return matmul(swap(g), swap(a)) if turned else matmul(a, g)


def _stacked(size: int, values: Any, axes: Any, *, transpose_a: bool, transpose_b: bool) -> Any:
    """The products of matrices, of which one or both are stacks."""
    turned = []
    for value, axis, turn in zip(values, axes, (transpose_a, transpose_b), strict=True):
        value = value if axis is None else move_axis(value, axis, 0)
        turned.append(swap(value) if turn else value)
    return matmul(*turned), 0


product_p = Primitive("product", _product, family=FAMILY)
product_p.aval = _product_aval
product_p.rule = Multilinear(
    lambda g, a, b, *, transpose_a, transpose_b: _by_left(g, b, transpose_a, transpose_b),
    lambda g, a, b, *, transpose_a, transpose_b: _by_right(g, a, transpose_b, transpose_a),
)
product_p.batch = _stacked


def product(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    """The product of two matrices, each transposed first if its flag says so."""
    return product_p.bind(a, b, transpose_a=transpose_a, transpose_b=transpose_b)


# --- gemm ------------------------------------------------------------------------------------------


def _gemm(xp: Any, c: Any, a: Any, b: Any, alpha: Any, *, transpose_a: bool, transpose_b: bool) -> Any:
    alpha = a.dtype.type(alpha) if type(alpha) in SCALAR_AVALS else alpha.astype(a.dtype)
    return c + alpha * _turned(xp, a, b, transpose_a, transpose_b)


def _gemm_aval(c: Aval, a: Aval, b: Aval, alpha: Aval, **flags: bool) -> Aval:
    out = _product_aval(a, b, **flags)
    if np.broadcast_shapes(c.shape, out.shape) != out.shape or alpha.shape:
        raise ValueError(f"{c} and {alpha} do not go with a product of shape {out.shape}")
    return make_aval(out.shape, np.result_type(c.dtype, out.dtype), "array", out.place)


def _gemm_jvp(
    tangents: Any, out: Any, c: Any, a: Any, b: Any, alpha: Any, *, transpose_a: bool, transpose_b: bool
) -> Any:
    by_c, by_a, by_b, by_alpha = tangents
    total = by_c
    for left, right, scale in ((by_a, b, alpha), (a, by_b, alpha), (a, b, by_alpha)):
        if left is not None and right is not None and scale is not None:
            change = scale * product(left, right, transpose_a, transpose_b)
            total = change if total is None else total + change
    return total


def _gemm_vjp(
    g: Any, out: Any, c: Any, a: Any, b: Any, alpha: Any, *, transpose_a: bool, transpose_b: bool
) -> Any:
    scaled = g * alpha
    return [
        g,
        _by_left(scaled, b, transpose_a, transpose_b),
        _by_right(scaled, a, transpose_b, transpose_a),
        sum_axes(g * product(a, b, transpose_a, transpose_b)),
    ]


def _gemm_batch(size: int, values: Any, axes: Any, **flags: bool) -> Any:
    c, a, b, alpha = values
    at_c, at_a, at_b, at_alpha = axes
    found, _ = _stacked(size, (a, b), (at_a, at_b), **flags)
    if aval_of(alpha).kind != "python":
        alpha = convert(alpha, aval_of(found).dtype)
    if at_alpha is not None:
        alpha = reshape(alpha, (size, 1, 1))
    if at_c is not None:
        c = move_axis(c, at_c, 0)
        shape = aval_of(c).shape
        c = reshape(c, (size, *(1,) * (3 - len(shape)), *shape[1:]))
    return c + alpha * found, 0


gemm_p = Primitive("gemm", _gemm, family=FAMILY)
gemm_p.aval = _gemm_aval
gemm_p.rule = Explicit(jvp=_gemm_jvp, vjp=_gemm_vjp)
gemm_p.batch = _gemm_batch


def gemm(
    c: Any, a: Any, b: Any, alpha: Any = 1.0, transpose_a: bool = False, transpose_b: bool = False
) -> Any:
    """``c + alpha · op(a) @ op(b)``, in the dtype of the matrices; ``c`` broadcasts to the product."""
    return gemm_p.bind(c, a, b, alpha, transpose_a=transpose_a, transpose_b=transpose_b)
