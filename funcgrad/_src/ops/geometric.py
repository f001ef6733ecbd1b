"""``geomspace``: points at equal ratios, differentiable by both ends."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..core.aval import aval_of
from ..core.trace import is_known
from .complexes import sign
from .creation import logspace
from .exponential import log10
from .given import arrays_of
from .join import concatenate
from .plain import plainly
from .shape import concrete, moveaxis, shape_of
from .slices import cut_axis
from .structural import broadcast_to, convert, reshape
from .tables import implements


@implements(np.geomspace)
@plainly(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """``num`` points, each the same multiple of the one before; differentiable by both ends."""
    start, stop = arrays_of(start, stop)
    if _is_zero(start) or _is_zero(stop):
        raise ValueError("Geometric sequence cannot include zero")
    num = operator.index(num)
    wide = np.result_type(aval_of(start).dtype, aval_of(stop).dtype, float(num), np.zeros((), dtype))
    start, stop = convert(start, wide), convert(stop, wide)
    turn = sign(start)  # from positive numbers to positive numbers, and turned back at the end
    start, stop = start / turn, stop / turn
    points = logspace(log10(start), log10(stop), num, endpoint, dtype=wide)
    points = moveaxis(_with_ends(points, start, stop, bool(endpoint)) * turn, 0, axis)
    return points if dtype is None else convert(points, dtype)


def _is_zero(x: Any) -> bool:
    """Whether a zero is known to be among the numbers."""
    known = concrete(x) if is_known(x) else None
    return type(known) is np.ndarray and not known.all()


def _with_ends(points: Any, start: Any, stop: Any, endpoint: bool) -> Any:
    """The points with the ends exactly as they are given."""
    num, *shape = shape_of(points)
    if num == 0:
        return points
    last = num > 1 and endpoint
    parts = [_row(start, shape), cut_axis(points, 0, 1, num - last)]
    return concatenate([*parts, _row(stop, shape)] if last else parts)


def _row(x: Any, shape: list[int]) -> Any:
    return broadcast_to(reshape(x, (1, *(1,) * (len(shape) - len(shape_of(x))), *shape_of(x))), (1, *shape))
