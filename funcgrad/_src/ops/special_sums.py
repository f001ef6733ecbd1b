"""SciPy's ``logsumexp``, ``softmax`` and ``log_softmax``, with SciPy's arguments, bit for bit.

``funcgrad.nn`` has functions of the same names that need no SciPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import Aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .axes import normal_axes, plus_one, reduced_shape
from .declare import NONDIFF, Explicit
from .reducing import Axes, kept, result_dtype, static_axis
from .shape import operand
from .slices import in_front
from .softmax import LOG_SOFTMAX_RULE, SOFTMAX_RULE, exp_difference_p, normalising
from .special import function_of
from .strong import strong_mul
from .structural import broadcast_to, convert, reshape, sum_p
from .tables import implements

FAMILY = "special_sums"

# --- softmax ---------------------------------------------------------------------------------------

softmax_p = normalising(
    "special_softmax",
    lambda xp, x, *, axis: function_of(xp, "softmax")(x, axis=axis),
    SOFTMAX_RULE,
    FAMILY,
)
log_softmax_p = normalising(
    "special_log_softmax",
    lambda xp, x, *, axis: function_of(xp, "log_softmax")(x, axis=axis),
    LOG_SOFTMAX_RULE,
    FAMILY,
)


@implements("scipy.special.softmax")
def softmax(x: Any, axis: Any = None) -> Any:
    """``exp(x)/Σ exp(x)`` along ``axis``, over everything by default."""
    x = operand(x)
    return softmax_p.bind(x, axis=static_axis(axis, aval_of(x).ndim))


@implements("scipy.special.log_softmax")
def log_softmax(x: Any, axis: Any = None) -> Any:
    """``log(softmax(x, axis))``, accurate where that is small."""
    x = operand(x)
    return log_softmax_p.bind(x, axis=static_axis(axis, aval_of(x).ndim))


# --- logsumexp -------------------------------------------------------------------------------------

# With S = Σ b·exp(a) and out = log |S|: ∂out/∂a = b·exp(a - out)·sign(S), ∂out/∂b = exp(a - out)·sign(S).
# Without signs, out = log S, which is NaN where S is negative.


def _logsumexp(xp: Any, a: Any, b: Any = None, *, axis: Axes, keepdims: bool, signed: bool) -> Any:
    options = {"axis": axis, "b": b, "keepdims": keepdims}
    found = function_of(xp, "logsumexp")(a, return_sign=signed, **options)
    return found[0] if signed else found


def _sign(xp: Any, a: Any, b: Any = None, *, axis: Axes, keepdims: bool) -> Any:
    return function_of(xp, "logsumexp")(a, axis=axis, b=b, keepdims=keepdims, return_sign=True)[1]


def _aval(a: Aval, b: Aval | None = None, *, axis: Axes, keepdims: bool, signed: bool = False) -> Aval:
    dtype = a.dtype if b is None else np.result_type(a.dtype, b.dtype)
    dtype = np.dtype(np.float64) if dtype.kind in "biu" else result_dtype(np.exp, dtype, None)
    return scalar_or_array(reduced_shape(a.shape, axis, keepdims), dtype, a.place)


def _batch(primitive: Primitive) -> Any:
    def batch(size: int, values: Any, at: Any, *, axis: Axes, **params: Any) -> Any:
        values = in_front(size, values, at)
        axes = plus_one(normal_axes(axis, aval_of(values[0]).ndim - 1))
        return primitive.bind(*values, axis=axes, **params), 0

    return batch


def _shares(out: Any, a: Any, b: Any, axis: Axes, keepdims: bool, signed: bool) -> Any:
    """exp(a - out)·sign(S)."""
    shape = aval_of(a).shape
    whole = kept(out, shape, axis, keepdims)
    complex_numbers = aval_of(out).dtype.kind == "c"
    shares = np.exp(a - whole) if complex_numbers else exp_difference_p.bind(a, whole)
    if signed and b is not None:
        shares = shares * kept(sign_p.bind(a, b, axis=axis, keepdims=keepdims), shape, axis, keepdims)
    return shares


def _summed(terms: Any, axis: Axes, keepdims: bool) -> Any:
    return sum_p.bind(terms, axis=axis, dtype=None, keepdims=keepdims)


def _jvp(
    t: Sequence[Any], out: Any, a: Any, b: Any = None, *, axis: Axes, keepdims: bool, signed: bool
) -> Any:
    shares = _shares(out, a, b, axis, keepdims, signed)
    terms = []
    if t[0] is not None:
        terms.append(strong_mul(t[0], shares if b is None else strong_mul(b, shares)))
    if b is not None and t[1] is not None:
        terms.append(strong_mul(t[1], shares))
    total = terms[0] if len(terms) == 1 else terms[0] + terms[1]
    return _summed(total, axis, keepdims)


def _vjp(g: Any, out: Any, a: Any, b: Any = None, *, axis: Axes, keepdims: bool, signed: bool) -> Any:
    shares = _shares(out, a, b, axis, keepdims, signed)
    g = kept(g, aval_of(a).shape, axis, keepdims)
    if b is None:
        return [strong_mul(g, shares)]
    return [strong_mul(g, strong_mul(b, shares)), strong_mul(g, shares)]


logsumexp_p = Primitive("special_logsumexp", _logsumexp, family=FAMILY)
logsumexp_p.aval = _aval
logsumexp_p.rule = Explicit(jvp=_jvp, vjp=_vjp)
logsumexp_p.batch = _batch(logsumexp_p)

sign_p = Primitive("special_logsumexp_sign", _sign, family=FAMILY)
sign_p.aval = _aval
sign_p.rule = NONDIFF
sign_p.batch = _batch(sign_p)


def _weights(a: Any, b: Any) -> tuple[Any, Any]:
    """Both operands in one shape; a weight that is a Python number is weak."""
    b = operand(b)
    if (aval := aval_of(b)).kind == "python":
        b = convert(b, np.result_type(aval_of(a).dtype, aval.dtype.type(0).item()), "scalar")
    shape = np.broadcast_shapes(aval_of(a).shape, aval_of(b).shape)
    return tuple(v if aval_of(v).shape == shape else broadcast_to(v, shape) for v in (a, b))


@implements("scipy.special.logsumexp")
def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """``log(Σ b·exp(a))`` over ``axis``, or with ``return_sign`` ``(log |Σ|, sign Σ)``, stable."""
    a = operand(a)
    values = (a,) if b is None else _weights(a, b)
    if return_sign and any(type(v) is Tracer and aval_of(v).dtype.kind == "c" for v in values):
        raise UnsupportedError(
            "logsumexp: return_sign=True is not supported on traced complex numbers.",
            hint="leave it out: the logarithm is complex then",
        )
    if keepdims and not aval_of(values[0]).ndim:
        values = tuple([reshape(v, (1,)) for v in values])  # to SciPy a number is an array of one element
    axis = static_axis(axis, aval_of(values[0]).ndim)
    out = logsumexp_p.bind(*values, axis=axis, keepdims=bool(keepdims), signed=bool(return_sign))
    if not return_sign:
        return out
    return out, sign_p.bind(*values, axis=axis, keepdims=bool(keepdims))
