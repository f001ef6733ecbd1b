"""How the axes of an argument lie in memory, as a number that is looked up in every call."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from numpy import ndarray

OTHER, C, F, GAPS, ROWS, REPEATED = range(6)  # what is known of the layout of an input


def code_of(x: Any) -> int:
    """How the axes of an argument lie: one of the codes.

    ``GAPS`` is C order with gaps, ``ROWS`` the same with the elements of a row side by side, ``REPEATED`` one
    axis of the same element.
    """
    if type(x) is not ndarray:
        return OTHER
    flags = x.flags
    if flags.c_contiguous:
        return C
    if flags.f_contiguous:
        return F
    steps = [step for step, n in zip(x.strides, x.shape, strict=True) if n != 1]
    if len(steps) == 1 and steps[0] == 0:
        return REPEATED
    ordered = steps[-1] > 0 and all([a > b for a, b in pairwise(steps)])
    if not ordered:
        return OTHER
    return ROWS if steps[-1] == x.itemsize else GAPS
