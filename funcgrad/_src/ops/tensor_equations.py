"""Equations between tensors: ``tensorsolve`` and ``tensorinv``, which reshape to matrices."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import index
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .contract import operand, refuse
from .linalg import inv, solve
from .structural import reshape, transpose
from .tables import implements


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Iterable[int] | None = None) -> Any:
    """The ``x`` for which ``tensordot(a, x, x.ndim)`` is ``b``; ``axes`` of ``a`` are moved to its end."""
    a, b = operand(a), operand(b)
    if type(a) is type(b) is np.ndarray:
        return np.linalg.tensorsolve(a, b, axes)
    ndim, rows = aval_of(a).ndim, aval_of(b).ndim
    if axes is not None:
        order = list(range(ndim))
        for axis in axes:
            order.remove(axis)
            order.insert(ndim, axis)
        a = transpose(a, order)
    shape = aval_of(a).shape
    wanted = shape[-(ndim - rows) :]
    size = math.prod(wanted)
    if aval_of(a).size != size**2:
        raise np.linalg.LinAlgError(
            "Input arrays must satisfy the requirement prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])"
        )
    return reshape(solve(reshape(a, (size, size)), reshape(b, (aval_of(b).size,))), wanted)


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of ``a`` as the map of its last axes to its first ``ind`` axes."""
    a, ind = operand(a), index(ind)
    if type(a) is np.ndarray:
        return np.linalg.tensorinv(a, ind)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    shape = aval_of(a).shape
    if not aval_of(a).size or not shape:
        refuse(lambda a: np.linalg.tensorinv(a, ind), aval_of(a))
    inverse = inv(reshape(a, (math.prod(shape[ind:]), math.prod(shape[:ind]))))
    return reshape(inverse, shape[ind:] + shape[:ind])
