"""``logsumexp``, ``softmax`` and ``log_softmax``: stable in value and derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.errors import DtypeError
from ..core.aval import Aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .axes import normal_axes, plus_one, reduced_shape
from .declare import Explicit, Partials
from .exponential import exp
from .reducing import Axes, kept, reduction_batch, result_dtype, static_axis
from .shape import operand
from .strong import strong_mul
from .structural import move_axis, sum_p
from .ufunc import pointwise, ufunc_aval

FAMILY = "softmax"


def _real(x: Any, what: str) -> Any:
    x = operand(x)
    if aval_of(x).dtype.kind == "c":
        raise DtypeError(
            f"{what}: complex numbers have no largest.", expected="real numbers", got=str(aval_of(x))
        )
    return x


def _exp_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return result_dtype(np.exp, dtype, None)


def _peak(xp: Any, x: Any, axes: Any) -> tuple[Any, Any]:
    """The numbers as floating ones, and the largest of them."""
    x = x.astype(_exp_dtype(x.dtype)) if hasattr(x, "dtype") else np.float64(x)
    if x.size == 0:
        return x, xp.full_like(x, -np.inf, shape=reduced_shape(x.shape, axes, True))
    return x, xp.max(x, axis=axes, keepdims=True)


def _log_total(xp: Any, x: Any, peak: Any, axes: Any) -> Any:
    """``log(Σ exp(x - peak))``; the largest are counted apart, so that small ones beside one are not lost."""
    top = x == peak
    rest = xp.exp(x - xp.where(xp.isfinite(peak), peak, x.dtype.type(0)))
    rest = xp.sum(xp.where(top, x.dtype.type(0), rest), axis=axes, keepdims=True)
    number = xp.maximum(xp.sum(top, axis=axes, keepdims=True), 1).astype(x.dtype)
    return xp.log(number) + xp.log1p(rest / number)


# --- exp_difference: the weights of logsumexp ------------------------------------------------------


def _exp_difference(xp: Any, x: Any, total: Any) -> Any:
    weights = xp.exp(x - total)
    infinite = xp.isinf(total)
    if xp is np and not infinite.any():
        return weights
    return xp.where(infinite, ((x == total) & (total > 0)).astype(weights.dtype), weights)[()]


# At total = -inf nothing contributes, at +inf the infinite terms do.
exp_difference_p = pointwise(
    "exp_difference",
    _exp_difference,
    Partials(lambda out, x, total: out, lambda out, x, total: -out),
    ufunc_aval(np.subtract),
)


# --- logsumexp -------------------------------------------------------------------------------------


def _logsumexp(xp: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
    axes = normal_axes(axis, np.ndim(x))
    x, peak = _peak(xp, x, axes)
    out = _log_total(xp, x, peak, axes) + peak
    return out if keepdims and out.ndim else out.reshape(reduced_shape(x.shape, axes, keepdims))[()]


def _logsumexp_aval(x: Aval, *, axis: Axes, keepdims: bool) -> Aval:
    return scalar_or_array(reduced_shape(x.shape, axis, keepdims), _exp_dtype(x.dtype), x.place)


def _shares(out: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    return exp_difference_p.bind(x, kept(out, aval_of(x).shape, axis, keepdims))


def _logsumexp_jvp(t: Any, out: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
    terms = strong_mul(t[0], _shares(out, x, axis, keepdims))
    return sum_p.bind(terms, axis=axis, dtype=None, keepdims=keepdims)


def _logsumexp_vjp(g: Any, out: Any, x: Any, *, axis: Axes, keepdims: bool) -> Any:
    return [strong_mul(kept(g, aval_of(x).shape, axis, keepdims), _shares(out, x, axis, keepdims))]


logsumexp_p = Primitive("logsumexp", _logsumexp, family=FAMILY)
logsumexp_p.aval = _logsumexp_aval
logsumexp_p.rule = Explicit(jvp=_logsumexp_jvp, vjp=_logsumexp_vjp)
logsumexp_p.batch = reduction_batch(logsumexp_p)


def logsumexp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """``log(Σ exp(a))`` over ``axis``; -inf of nothing. Where all are -inf the derivative is 0."""
    a = _real(a, "logsumexp")
    return logsumexp_p.bind(a, axis=static_axis(axis, aval_of(a).ndim), keepdims=keepdims)


# --- softmax, log_softmax --------------------------------------------------------------------------


def _softmax(xp: Any, x: Any, *, axis: Axes) -> Any:
    axes = normal_axes(axis, np.ndim(x))
    x, peak = _peak(xp, x, axes)
    e = xp.exp(x - peak)
    return e / xp.sum(e, axis=axes, keepdims=True)


def _log_softmax(xp: Any, x: Any, *, axis: Axes) -> Any:
    axes = normal_axes(axis, np.ndim(x))
    x, peak = _peak(xp, x, axes)
    return (x - peak) - _log_total(xp, x, peak, axes)


def _summed(x: Any, axis: Axes) -> Any:
    return sum_p.bind(x, axis=axis, dtype=None, keepdims=True)


def _softmax_jvp(t: Any, out: Any, x: Any, *, axis: Axes) -> Any:
    return out * (t[0] - _summed(out * t[0], axis))


def _softmax_vjp(g: Any, out: Any, x: Any, *, axis: Axes) -> Any:
    return [out * (g - _summed(out * g, axis))]


def _log_softmax_jvp(t: Any, out: Any, x: Any, *, axis: Axes) -> Any:
    return t[0] - _summed(exp(out) * t[0], axis)


def _log_softmax_vjp(g: Any, out: Any, x: Any, *, axis: Axes) -> Any:
    return [g - exp(out) * _summed(g, axis)]


def normalising(name: str, impl: Any, rule: Explicit, family: str = FAMILY) -> Primitive:
    """A primitive that keeps its operand's shape, and is normalised along ``axis``."""

    def batch(size: int, values: Any, at: Any, *, axis: Axes) -> Any:
        x = move_axis(values[0], at[0], 0)
        return primitive.bind(x, axis=plus_one(normal_axes(axis, aval_of(x).ndim - 1))), 0

    primitive = Primitive(name, impl, family=family)
    primitive.aval = lambda x, *, axis: scalar_or_array(x.shape, _exp_dtype(x.dtype), x.place)
    primitive.rule = rule
    primitive.batch = batch
    return primitive


SOFTMAX_RULE = Explicit(jvp=_softmax_jvp, vjp=_softmax_vjp)
LOG_SOFTMAX_RULE = Explicit(jvp=_log_softmax_jvp, vjp=_log_softmax_vjp)
softmax_p = normalising("softmax", _softmax, SOFTMAX_RULE)
log_softmax_p = normalising("log_softmax", _log_softmax, LOG_SOFTMAX_RULE)


def softmax(x: Any, axis: Any = -1) -> Any:
    """``exp(x) / Σ exp(x)`` along ``axis``; NaN where all are -inf."""
    x = _real(x, "softmax")
    return softmax_p.bind(x, axis=static_axis(axis, aval_of(x).ndim))


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """``x - log(Σ exp(x))`` along ``axis``; NaN where all are -inf."""
    x = _real(x, "log_softmax")
    return log_softmax_p.bind(x, axis=static_axis(axis, aval_of(x).ndim))
