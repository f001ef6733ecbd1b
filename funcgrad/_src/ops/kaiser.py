"""The Bessel function ``i0`` as NumPy computes it, and Kaiser's window, which is made of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of, make_aval
from ..core.primitive import Primitive
from .declare import Partials
from .exponential import sqrt
from .given import arrays_of
from .plain import plainly
from .structural import convert
from .tables import implements
from .ufunc import elementwise_batch

FAMILY = "kaiser"


# --- bessel_i: I_n(x) for n = 1, 2, … ------------------------------------------------------------------

# The derivatives of i0. Below 18.5 the ascending series, whose terms are all positive; above it the
# asymptotic one, whose terms fall below 1e-16 there: 8 ulp for n up to 4. I_n' = (I_(n-1) + I_(n+1)) / 2,
# again without cancellation. Source: Abramowitz and Stegun, 9.6.10, 9.7.1, 9.6.26.

_NEAR, _ASCENDING, _ASYMPTOTIC = 18.5, 48, 38


def _horner(coefficients: list[float], x: Any) -> Any:
    total: Any = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


def _bessel_i(xp: Any, x: Any, *, n: int) -> Any:
    size = abs(x)
    near, far = xp.minimum(size, _NEAR), xp.maximum(size, _NEAR)
    below = [1 / (math.factorial(k) * math.factorial(k + n)) for k in range(_ASCENDING)]
    above = [1.0]
    for k in range(1, _ASYMPTOTIC):
        above.append(above[-1] * ((2 * k - 1) ** 2 - 4 * n * n) / (8 * k))
    half = near / 2
    low = half**n * _horner(below, half * half)
    high = xp.exp(far) / xp.sqrt(2 * math.pi * far) * _horner(above, 1 / far)
    found = xp.where(size <= _NEAR, low, high)
    return xp.where(x < 0, -found, found) if n % 2 else found


bessel_i_p = Primitive("bessel_in", _bessel_i, family=FAMILY)
bessel_i_p.aval = lambda x, *, n: make_aval(x.shape, x.dtype, "array", x.place)
bessel_i_p.rule = Partials(lambda out, x, *, n: 0.5 * (_order(x, n - 1) + _order(x, n + 1)))
bessel_i_p.batch = elementwise_batch(bessel_i_p)


def _order(x: Any, n: int) -> Any:
    return bessel_i_p.bind(x, n=n) if n else i0_p.bind(x)


# --- i0 --------------------------------------------------------------------------------------------


def _i0_aval(x: Aval) -> Aval:
    if x.dtype.kind == "c":
        raise TypeError("i0 not supported for complex values")
    return make_aval(x.shape, x.dtype if x.inexact else np.dtype(np.float64), "array", x.place)


i0_p: Primitive = Primitive("bessel_i0", lambda xp, x: xp.i0(x), family=FAMILY)
i0_p.aval = _i0_aval
i0_p.rule = Partials(lambda out, x: _order(x, 1))
i0_p.batch = elementwise_batch(i0_p)


@implements(np.i0)
@plainly(np.i0)
def i0(x: Any) -> Any:
    """The modified Bessel function of the first kind, of order 0; an array, 0-d for a number."""
    return i0_p.bind(arrays_of(x)[0])


# --- kaiser ----------------------------------------------------------------------------------------


@implements(np.kaiser)
@plainly(np.kaiser)
def kaiser(M: Any, beta: Any) -> Any:
    """Kaiser's window of ``M`` points, whose shape ``beta`` may be traced (in ``funcgrad.numpy``)."""
    number = float(M)
    dtype = np.result_type(aval_of(beta).dtype, np.float64)
    if number == 1:
        return np.ones(1, dtype)
    beta = convert(beta, dtype, "scalar")
    alpha = (number - 1) / 2.0
    places = (np.arange(0, number, dtype=dtype) - alpha) / alpha
    return i0(beta * sqrt(1 - places**2.0)) / i0(beta)
