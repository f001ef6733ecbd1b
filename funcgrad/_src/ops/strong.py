"""``strong_mul``: the product of the chain rule, in which zero times anything is zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import make_aval, result_kind
from ..core.primitive import Primitive
from .declare import Multilinear
from .ufunc import elementwise_batch

FAMILY = "strong"


def _strong_mul(xp: Any, a: Any, b: Any, *, strong: tuple[bool, bool]) -> Any:
    product = a * b
    if type(product) is float or type(product) is complex:  # Python numbers alone
        return type(product)(0) if (strong[0] and a == 0) or (strong[1] and b == 0) else product
    if xp is np:
        total = np.add.reduce(product, axis=None) if type(product) is np.ndarray else product
        if total == total:
            return product
    zero = (a == 0) if strong[0] else (b == 0)
    if strong == (True, True):
        zero = zero | (b == 0)
    selected = xp.where(zero, product.dtype.type(0), product)
    return selected if type(product) is type(selected) else selected[()]


strong_mul_p = Primitive("strong_mul", _strong_mul, family=FAMILY)
strong_mul_p.aval = lambda a, b, *, strong: make_aval(
    np.broadcast_shapes(a.shape, b.shape),
    np.result_type(*[v.dtype.type(0).item() if v.kind == "python" else v.dtype for v in (a, b)]),
    result_kind((a, b), np.broadcast_shapes(a.shape, b.shape)),
    b.place if b.kind == "array" else a.place,
)
strong_mul_p.batch = elementwise_batch(strong_mul_p)
strong_mul_p.rule = Multilinear(
    lambda g, a, b, *, strong: strong_mul(g, b, (True, not strong[0] and strong[1])),
    lambda g, a, b, *, strong: strong_mul(g, a, (True, not strong[1] and strong[0])),
)


def strong_mul(a: Any, b: Any, strong: tuple[bool, bool] = (True, False)) -> Any:
    """``a * b`` where a zero in a strong operand makes the product zero, whatever the other is.

    Its derivative by a strong operand is strong in the incoming (co)tangent, by the other operand
    strong in both, so that the family is closed.
    """
    return strong_mul_p.bind(a, b, strong=strong)
