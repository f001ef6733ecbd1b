"""``convolve`` and ``correlate`` of rows of numbers.

On two rows they are NumPy's functions. On stacks of rows, which ``vmap`` makes, each row of one is taken
with the row of the other. Both are linear in each operand, and each one's transposes are the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive
from .contract import conj, product_aval, refuse
from .declare import Multilinear
from .given import arrays_of
from .plain import plainly
from .slices import ALL, embed, in_front
from .structural import reshape
from .tables import implements

FAMILY = "convolving"
_MODES = {0: "valid", 1: "same", 2: "full"}


def _mode(mode: Any) -> str:
    """The name of a mode; NumPy's own error for what is none."""
    name = _MODES.get(mode, mode) if isinstance(mode, int) else mode
    if name not in _MODES.values():
        np.correlate(np.ones(1), np.ones(1), mode)
    return str(name)


def _part(m: int, n: int, mode: str, reverse: bool) -> tuple[int, int]:
    """Where in the full result a mode's begins, and how long it is.

    ``"same"`` has one more to the left than to the right of the middle, or, where NumPy exchanges the
    operands of ``correlate``, to the right.
    """
    long, short = max(m, n), min(m, n)
    if mode == "full":
        return 0, m + n - 1
    if mode == "valid":
        return short - 1, long - short + 1
    return short // 2 if reverse and m < n else (short - 1) // 2, long


def _full(g: Any, m: int, n: int, mode: str, reverse: bool = False) -> Any:
    """A mode's cotangent as that of the full result."""
    start, length = _part(m, n, mode, reverse)
    shape = aval_of(g).shape
    if mode == "full":
        return g
    index = (*(ALL,) * (len(shape) - 1), (start, start + length, None))
    return embed(g, (*shape[:-1], m + n - 1), index)


def _rows(xp: Any, a: Any, v: Any, mode: str, reverse: bool) -> Any:
    """The products of all windows of the rows of ``a``, widened by zeros, with the rows of ``v``."""
    m, n = a.shape[-1], v.shape[-1]
    start, length = _part(m, n, mode, reverse)
    wide = xp.zeros((*a.shape[:-1], m + 2 * (n - 1)), np.result_type(a.dtype, v.dtype))
    wide[..., n - 1 : n - 1 + m] = a
    windows = xp.lib.stride_tricks.sliding_window_view(wide, n, axis=-1)[..., start : start + length, :]
    return xp.einsum("...ij,...j->...i", windows, v)


def _aval(function: Any, reverse: bool) -> Any:
    def aval(a: Aval, v: Aval, *, mode: str) -> Aval:
        if a.ndim != v.ndim or not a.ndim or not a.shape[-1] or not v.shape[-1]:
            refuse(function, a, v)
        length = _part(a.shape[-1], v.shape[-1], mode, reverse)[1]
        return product_aval((a, v), (*np.broadcast_shapes(a.shape[:-1], v.shape[:-1]), length), "array")

    return aval


def _batch(primitive: Primitive) -> Any:
    def batch(size: int, values: Any, axes: Any, *, mode: str) -> Any:
        return primitive.bind(*in_front(size, values, axes), mode=mode), 0

    return batch


# --- convolve --------------------------------------------------------------------------------------

# full[k] = sum_i a[i] v[k-i], so the cotangent of a[i] is sum_k g[k] v[k-i]: a correlation.


def _convolve(xp: Any, a: Any, v: Any, *, mode: str) -> Any:
    return xp.convolve(a, v, mode) if a.ndim == 1 else _rows(xp, a, v[..., ::-1], mode, False)


convolve_p = Primitive("convolve", _convolve, family=FAMILY)
convolve_p.aval = _aval(np.convolve, False)
convolve_p.rule = Multilinear(
    lambda g, a, v, *, mode: correlate_p.bind(
        _full(g, a.shape[-1], v.shape[-1], mode), conj(v), mode="valid"
    ),
    lambda g, a, v, *, mode: correlate_p.bind(
        _full(g, a.shape[-1], v.shape[-1], mode), conj(a), mode="valid"
    ),
)
convolve_p.batch = _batch(convolve_p)


@implements(np.convolve)
@plainly(np.convolve)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """The sums of ``a[i] * v[k - i]``: all (``"full"``), as in the longer row, or without edges."""
    a, v = (reshape(x, (1,)) if not aval_of(x).ndim else x for x in arrays_of(a, v))
    for name, x in (("a", a), ("v", v)):
        if aval_of(x).ndim == 1 and not aval_of(x).size:
            raise ValueError(f"{name} cannot be empty")
    if aval_of(a).ndim > 1 or aval_of(v).ndim > 1:
        refuse(np.convolve, aval_of(a), aval_of(v))
    return convolve_p.bind(a, v, mode=_mode(mode))


# --- correlate -------------------------------------------------------------------------------------

# full[f] = sum_n a[n + f - (N-1)] conj(v[n]): the convolution with the reversed conjugate. The cotangent
# of a is a convolution; that of conj(v[n]) is sum_f g[f] a[f + n - (N-1)], a correlation of a with g.


def _correlate(xp: Any, a: Any, v: Any, *, mode: str) -> Any:
    return xp.correlate(a, v, mode) if a.ndim == 1 else _rows(xp, a, v.conj(), mode, True)


correlate_p: Primitive = Primitive("correlate", _correlate, family=FAMILY)
correlate_p.aval = _aval(np.correlate, True)
correlate_p.rule = Multilinear(
    lambda g, a, v, *, mode: convolve_p.bind(
        _full(g, a.shape[-1], v.shape[-1], mode, True), conj(v), mode="valid"
    ),
    lambda g, a, v, *, mode: conj(
        correlate_p.bind(a, conj(_full(g, a.shape[-1], v.shape[-1], mode, True)), mode="valid")
    ),
)
correlate_p.batch = _batch(correlate_p)


@implements(np.correlate)
@plainly(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """The sums of ``a[n + k] * conj(v[n])``: all (``"full"``), as in the longer row, or without edges."""
    a, v = arrays_of(a, v)
    if aval_of(a).ndim != 1 or aval_of(v).ndim != 1:
        refuse(np.correlate, aval_of(a), aval_of(v))
    return correlate_p.bind(a, v, mode=_mode(mode))
