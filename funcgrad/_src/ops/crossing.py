"""``cross``: the product of two vectors that is normal to both.

Vectors of two components, of which NumPy warns, lie in the plane of the first two axes: where both do, the
result is the third component alone. Their derivative is that of the same vectors with a third component 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive
from .axes import normal_axis
from .contract import column, product_aval, refuse
from .declare import Multilinear
from .given import arrays_of
from .plain import plainly
from .slices import ALL, cut_axis, embed
from .structural import move_axis
from .tables import implements
from .ufunc import elementwise_batch

FAMILY = "crossing"


def _cross_aval(x: Aval, y: Aval) -> Aval:
    space = () if x.shape[-1] == y.shape[-1] == 2 else (3,)
    return product_aval((x, y), (*np.broadcast_shapes(x.shape[:-1], y.shape[:-1]), *space), "array")


def _in_space(x: Any, first: int) -> Any:
    """Vectors of three components, those of ``x`` from ``first`` on, with zeros for the others."""
    *shape, n = aval_of(x).shape
    return x if n == 3 else embed(x, (*shape, 3), (*(ALL,) * len(shape), (first, first + n, None)))


def _back(g: Any, x: Any, y: Any, order: int) -> Any:
    """The cotangent of ``x``, whose other factor ``y`` stands behind it (or, order -1, before)."""
    g = _in_space(column(g), 2) if x.shape[-1] == aval_of(y).shape[-1] == 2 else g
    found = cross_p.bind(*(_in_space(y, 0), g)[::order])
    return found if x.shape[-1] == 3 else cut_axis(found, aval_of(found).ndim - 1, 0, 2)


cross_p: Primitive = Primitive("cross", lambda xp, x, y: xp.cross(x, y), host=np.cross, family=FAMILY)
cross_p.aval = _cross_aval
cross_p.rule = Multilinear(lambda g, x, y: _back(g, x, y, 1), lambda g, x, y: _back(g, y, x, -1))
cross_p.batch = elementwise_batch(cross_p)


@implements(np.cross)
@plainly(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The cross product of vectors of three components (or two: their third is 0)."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = arrays_of(a, b)
    if not aval_of(a).ndim or not aval_of(b).ndim:
        refuse(np.cross, aval_of(a), aval_of(b))
    a, b = _axis_last(a, axisa), _axis_last(b, axisb)
    (*front, m), (*other, n) = aval_of(a).shape, aval_of(b).shape
    if not {m, n} <= {2, 3}:
        refuse(np.cross, aval_of(a), aval_of(b))
    ndim = len(np.broadcast_shapes(tuple(front), tuple(other))) + 1
    if m == n == 2:
        return cross_p.bind(a, b)
    axisc = normal_axis(axisc, ndim)
    return move_axis(cross_p.bind(a, b), ndim - 1, axisc)


def _axis_last(x: Any, axis: int) -> Any:
    ndim = aval_of(x).ndim
    return move_axis(x, normal_axis(axis, ndim), ndim - 1)


@implements(np.linalg.cross)
@plainly(np.linalg.cross)
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """``np.cross`` of vectors of three components."""
    x1, x2 = arrays_of(x1, x2)
    if aval_of(x1).shape[axis] != 3 or aval_of(x2).shape[axis] != 3:
        refuse(lambda a, b: np.linalg.cross(a, b, axis=axis), aval_of(x1), aval_of(x2))
    return cross(x1, x2, axis=axis)
