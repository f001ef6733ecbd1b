"""How the axes of an argument lie in memory, as a number that is looked up in every call."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

from numpy import ndarray

OTHER, C, F, GAPS, ROWS, REPEATED, TURNED = range(7)  # what is known of the layout of an input


def code_of(x: Any) -> int:
    """How the axes of an argument lie: one of the codes.

    ``GAPS`` is C order with gaps, ``ROWS`` the same with the elements of a row side by side, ``REPEATED`` one
    axis of the same element. An axis may run backwards. From ``TURNED`` on a code tells the order of other
    axes without gaps: see `order_of`.
    """
    if type(x) is not ndarray:
        return OTHER
    flags = x.flags
    if flags.c_contiguous:
        return C
    if flags.f_contiguous:
        return F
    axes = [axis for axis, n in enumerate(x.shape) if n != 1]
    if len(axes) == 1 and x.strides[axes[0]] == 0:
        return REPEATED
    order = sorted(axes, key=lambda axis: -abs(x.strides[axis]))
    steps = [x.strides[axis] for axis in order]
    if steps[-1] == 0 or not all([abs(a) > abs(b) for a, b in pairwise(steps)]):
        return OTHER
    if order == axes:
        return ROWS if steps[-1] == x.itemsize else GAPS
    sizes = [x.shape[axis] for axis in order]
    if steps != [x.itemsize * prod(sizes[k + 1 :]) for k in range(len(order))]:
        return OTHER
    alone = [axis for axis, n in enumerate(x.shape) if n == 1]
    code: int = TURNED + sum([axis * x.ndim**k for k, axis in enumerate((*alone, *order))])
    return code


def order_of(code: int, ndim: int) -> tuple[int, ...]:
    """The axes from the slowest to the fastest that a code from ``TURNED`` on tells."""
    return tuple([(code - TURNED) // ndim**k % ndim for k in range(ndim)])
