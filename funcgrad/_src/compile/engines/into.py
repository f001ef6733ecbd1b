"""Primitives of several calls, computed in memory that is there, with the bits of their implementations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.aval import Aval
from ...ir.jaxpr import Equation
from ..overwrite import OVERWRITES
from .narrow import narrow

_add_up = narrow(np.add.reduce)
_EXACT = {"f": 1 << 24, "d": 1 << 53}  # whole numbers up to here are numbers of the dtype


def ties_fit(eqn: Equation) -> bool:
    """Whether ``ties_into`` does what the equation says: real numbers, of which one axis can be counted."""
    x, peak = eqn.ins[0].aval, eqn.ins[1].aval
    if len(eqn.ins) != 2 or x.kind != "array" or peak.kind != "array" or peak.dtype != x.dtype:
        return False
    return bool(peak.shape == counts_shape(eqn) and x.size <= _EXACT.get(x.dtype.char, 0))


def counts_shape(eqn: Equation) -> tuple[int, ...]:
    """The shape of what is counted: that of the operand, with 1 for every axis that is reduced."""
    x: Aval = eqn.ins[0].aval
    return tuple([1 if d in eqn.params["axes"] else n for d, n in enumerate(x.shape)])


def ties_into(x: Any, peak: Any, axes: tuple[int, ...], out: Any, masks: Any, counts: Any) -> None:
    """``tie_weights``: 1 over the number of ties where ``x`` is the peak, or NaN, else 0."""
    tied, unknown = masks
    np.equal(x, peak, tied)
    np.not_equal(x, x, unknown)
    np.logical_or(tied, unknown, tied)
    np.copyto(out, tied)
    _add_up(out, axes, None, counts, True)
    np.maximum(counts, 1, out=counts)
    np.divide(out, counts, out)


def cholesky_into(potrf: Any, a: Any, out: Any) -> None:
    """The lower Cholesky factor of ``a`` in ``out``, in C order, by LAPACK in place.

    LAPACK sees the transpose, in Fortran's order, and makes its upper factor.
    """
    np.copyto(out, a)
    if potrf(out.T, 0, 1, 1)[1]:
        raise np.linalg.LinAlgError("Matrix is not positive definite")


def copy_then(name: str) -> Any:
    """What copies its first operand into ``out``, and writes there."""
    return _COPIED[name]


def _copied(name: str) -> Any:
    write = OVERWRITES[name].write

    def into(out: Any, x: Any, *operands: Any, **params: Any) -> None:
        np.copyto(out, x)
        write(np, out, *operands, **params)

    return into


COPIED = ("index_add", "index_multiply", "index_set", "write_slice")
_COPIED = {name: _copied(name) for name in COPIED}
