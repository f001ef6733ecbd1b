"""Powers and roots, exponentials and logarithms, and the sigmoid functions made of them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of, make_aval, result_kind
from ..core.trace import Tracer
from .declare import Partials
from .logic import isinf, logical_and
from .select import where
from .strong import strong_mul
from .structural import as_numpy, convert, real
from .ufunc import Ufunc, elementwise, pointwise, ufunc_aval, ufunc_dtypes

_LN2 = math.log(2.0)

# --- roots and squares -----------------------------------------------------------------------------

square = elementwise(
    "square",
    Partials(lambda out, x: 2.0 * x, optimistic=(lambda g, out, x: g * (x + x),)),
    doc="``x * x``, elementwise.",
)
sqrt = elementwise(
    "sqrt",
    Partials(lambda out, x: 0.5 / out, optimistic=(lambda g, out, x: g / (out + out),)),
    doc="Square root; at 0 its derivative is infinite.",
)
cbrt = elementwise(
    "cbrt", Partials(lambda out, x: (1 / 3) / (out * out)), doc="Cube root; at 0 its derivative is infinite."
)
reciprocal = elementwise("reciprocal", Partials(lambda out, x: -out * out), doc="``1 / x``, elementwise.")

# --- powers with a whole number as exponent --------------------------------------------------------


def _multiplied(x: Any, n: int) -> Any:
    """``x**n`` for ``n >= 1``: by products while they are few, which is many times faster."""
    if n > 16:
        return integer_pow_p.bind(x, n=n)
    result = None
    while True:
        if n & 1:
            result = x if result is None else result * x
        n >>= 1
        if not n:
            return result
        x = x * x


def _integer_slope(out: Any, x: Any, *, n: int) -> Any:
    """``n * x**(n-1)``, exact at 0: ``x**0`` has derivative 0 and ``x**1`` has 1."""
    if n == 0 or n == 1:
        return float(n)
    return n * _multiplied(as_numpy(x), n - 1) if n > 0 else n / _multiplied(as_numpy(x), 1 - n)


def _integer_pow_aval(x: Aval, *, n: int) -> Aval:
    if n == 2 and x.kind == "array":  # NumPy squares an array, of truth values to int8
        (dtype,) = ufunc_dtypes(np.square, (x,))
    else:
        (dtype,) = ufunc_dtypes(np.power, (x, aval_of(n)))
    return make_aval(x.shape, dtype, result_kind((x,), x.shape), x.place)


def _integer_pow(x: Any, *, n: int) -> Any:
    return x**n


integer_pow_p = pointwise(
    "integer_pow",
    lambda xp, x, *, n: x**n,
    Partials(_integer_slope),
    _integer_pow_aval,
    host=_integer_pow,
)

# --- powers ----------------------------------------------------------------------------------------


def _power_rule(raised: Callable[[Any, Any], Any]) -> Partials:
    """The derivatives of ``x**y`` by base and by exponent.

    By the base it is ``y * x**(y-1)``, and 0 where ``y == 0``: a strong zero, so that the derivative of
    this by y is right. By the exponent it is ``x**y * log(x)``, NaN for a negative base, and 0 at
    ``x == 0`` unless y is negative.
    """

    def by_base(out: Any, x: Any, y: Any) -> Any:
        x, y = as_numpy(x), as_numpy(y)
        if type(y) is not Tracer and aval_of(y).kind != "array":
            if y == 0 or y == 1:
                return float(y.real)
            return y * (x if y == 2 else raised(x, y - 1))
        return strong_mul(y, raised(x, y - 1))

    def by_exponent(out: Any, x: Any, y: Any) -> Any:
        slope = out * log(convert(as_numpy(x), aval_of(out).dtype))
        if type(x) is not Tracer and aval_of(x).kind != "array" and x != 0:
            return slope
        return where(logical_and(x == 0, real(y) >= 0), 0.0, slope)

    return Partials(by_base, by_exponent)


power = elementwise(
    "power",
    None,
    doc="``x**y`` as NumPy's ufunc computes it. ``x**0`` has derivative 0 everywhere.",
)
float_power = elementwise(
    "float_power",
    None,
    doc="``x**y`` in float64 or complex128 at least.",
)
pow_p = pointwise(
    "pow",
    lambda xp, x, y: x**y,
    None,
    ufunc_aval(np.power, operator=True),
    host=operator.pow,
    symbol="**",
)
for _primitive in (power.primitive, float_power.primitive, pow_p):
    _primitive.rule = _power_rule(_primitive.bind)
pow_p.kernel = "pow_operator"  # np.pow is the ufunc, whose last bits may differ from the operator's


def pow_operator(x: Any, y: Any) -> Any:
    """``x ** y`` as Python's operator; a Python int as exponent is part of the operation."""
    return integer_pow_p.bind(x, n=y) if type(y) is int else pow_p.bind(x, y)


# --- exponentials ----------------------------------------------------------------------------------

exp = elementwise("exp", Partials(lambda out, x: out), doc="``e**x``, elementwise.")
exp2 = elementwise("exp2", Partials(lambda out, x: _LN2 * out), doc="``2**x``, elementwise.")
expm1 = elementwise("expm1", Partials(lambda out, x: exp(x)), doc="``e**x - 1``, accurate near 0.")

# --- logarithms ------------------------------------------------------------------------------------

log: Ufunc = elementwise(
    "log",
    Partials(lambda out, x: 1.0 / x, optimistic=(lambda g, out, x: g / x,)),
    doc="Natural logarithm.",
)
log2 = elementwise("log2", Partials(lambda out, x: (1 / _LN2) / x), doc="Logarithm to the base 2.")
log10 = elementwise(
    "log10", Partials(lambda out, x: (1 / math.log(10.0)) / x), doc="Logarithm to the base 10."
)
log1p = elementwise("log1p", Partials(lambda out, x: 1 / (1 + x)), doc="``log(1 + x)``, accurate near 0.")

# --- sigmoid functions, and sums in the logarithm --------------------------------------------------


def _sigmoid(xp: Any, x: Any) -> Any:
    """``1 / (1 + e**-x)``, where nothing overflows and small results keep all their digits."""
    if not aval_of(x).inexact:
        x = x * 1.0
    return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.absolute(x)))


sigmoid_p = pointwise(
    "sigmoid", _sigmoid, Partials(lambda out, x: out * sigmoid(-x)), ufunc_aval(np.multiply, 1.0)
)


def sigmoid(x: Any) -> Any:
    """The logistic sigmoid ``1 / (1 + exp(-x))``, stable on both sides, as is its derivative."""
    return sigmoid_p.bind(x)


def _softplus(xp: Any, x: Any) -> Any:
    return xp.logaddexp(x, 0)


softplus_p = pointwise(
    "softplus", _softplus, Partials(lambda out, x: sigmoid(x)), ufunc_aval(np.logaddexp, 0)
)


def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``, stable on both sides."""
    return softplus_p.bind(x)


def _relu(xp: Any, x: Any) -> Any:
    return xp.maximum(x, 0)


relu_p = pointwise("relu", _relu, Partials(lambda out, x: out > 0, selects=True), ufunc_aval(np.maximum, 0))


def relu(x: Any) -> Any:
    """``max(x, 0)``; at 0 its derivative is 0."""
    return relu_p.bind(x)


def _gap(x: Any, y: Any) -> Any:
    """``x - y``; for equal infinities, which share no weight, that infinity."""
    return where(logical_and(isinf(x), x == y), x, x - y)


logaddexp = elementwise(
    "logaddexp",
    Partials(lambda out, x, y: sigmoid(_gap(x, y)), lambda out, x, y: sigmoid(_gap(y, x))),
    doc="``log(exp(x) + exp(y))``. Where both are -inf the derivatives are 0.",
)
logaddexp2 = elementwise(
    "logaddexp2",
    Partials(lambda out, x, y: sigmoid(_LN2 * _gap(x, y)), lambda out, x, y: sigmoid(_LN2 * _gap(y, x))),
    doc="``log2(2**x + 2**y)``. Where both are -inf the derivatives are 0.",
)
