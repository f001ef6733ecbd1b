"""Exponential, sine and cosine integrals, Fresnel's, and the dilogarithm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.primitive import Primitive
from .declare import Partials
from .special import no_slope, scipy_special, special
from .special_kit import number, order, over, polynomial, several
from .ufunc import Ufunc, pointwise, ufunc_aval

# --- exponential integrals -------------------------------------------------------------------------


def _exp_over(x: Any) -> Any:
    """``exp(x) / x``, also where ``exp(x)`` alone overflows."""
    half = np.exp(x / 2)
    return half / x * half


expi: Ufunc = special(
    "expi",
    Partials(lambda out, x: _exp_over(x)),
    doc="The exponential integral Ei; at 0 its derivative is infinite.",
)
exp1: Ufunc = special(
    "exp1",
    Partials(lambda out, x: _exp_over(-x)),
    doc="The exponential integral E1; at 0 its derivative is infinite.",
)


def _expn_slope(out: Any, n: Any, x: Any) -> Any:
    """``-expn(n - 1, x)``, and for order 0, whose value is exp(-x)/x, (1 + 1/x) of its negative."""
    n = order(n)
    return np.where(n == 0, -(1 + 1 / x) * out, -expn(np.maximum(n - 1, 0), x))


expn: Ufunc = special(
    "expn",
    Partials(no_slope("expn", "n x", "n"), _expn_slope),
    doc="The exponential integral of whole order ``n``; there is no derivative by the order.",
)

# --- sine and cosine integrals ---------------------------------------------------------------------

# sinh(x)/x and sin(x)/x in powers of x².
_SINH = [1 / math.factorial(2 * k + 1) for k in range(10)]
_SIN = [(-1) ** k * c for k, c in enumerate(_SINH)]


def _hyperbolic_slopes(out: Any, x: Any) -> tuple[Any, Any]:
    rising, falling = _exp_over(x), _exp_over(-x)
    close = np.abs(x) < 1
    series = polynomial(np.where(close, x, 0.0) ** 2, _SINH)
    return np.where(close, series, (rising + falling) / 2), (rising - falling) / 2


def _circular_slopes(out: Any, x: Any) -> tuple[Any, Any]:
    return over(np.sin(x), x, _SIN), np.cos(x) / x


shichi: Ufunc = special(
    "shichi",
    several("shichi", _hyperbolic_slopes),
    doc="The hyperbolic sine and cosine integrals; at 0 the second's derivative is infinite.",
)
sici: Ufunc = special(
    "sici",
    several("sici", _circular_slopes),
    doc="The sine and cosine integrals; at 0 the second's derivative is infinite.",
)

# --- the dilogarithm -------------------------------------------------------------------------------

# log(1 + w)/w in powers of w.
_LOG = [(-1) ** k / (k + 1) for k in range(20)]

spence: Ufunc = special(
    "spence",
    Partials(lambda out, z: -over(np.log(z), z - 1, _LOG, step=1, radius=0.125)),
    doc="The dilogarithm of ``1 - z``; at 0 its derivative is infinite.",
)

# --- Fresnel's integrals ---------------------------------------------------------------------------

# sin(π x²/2) and cos(π x²/2), with x² = high + low exactly (Dekker's product), less a multiple of 2.


def _square(xp: Any, x: Any) -> tuple[Any, Any, Any]:
    """``x²`` less the nearest even number, in two parts, and the sign of both functions."""
    x = xp.minimum(xp.absolute(x.astype(np.float64)), 1e150)
    high = x * x
    carried = x * 134217729.0  # 2**27 + 1
    a = carried - (carried - x)
    b = x - a
    low = ((a * a - high) + 2 * a * b) + b * b
    pairs = xp.rint(high / 2)
    return high - 2 * pairs, low, 1 - 2 * xp.remainder(pairs, 2)


def _sin_square(xp: Any, x: Any) -> Any:
    x = number(x)
    if x.dtype.kind == "c":
        return xp.sin((math.pi / 2) * (x * x))
    high, low, sign = _square(xp, x)
    return (sign * xp.sin((math.pi / 2) * (high + low))).astype(x.dtype)


def _cos_square(xp: Any, x: Any) -> Any:
    x = number(x)
    if x.dtype.kind == "c":
        return xp.cos((math.pi / 2) * (x * x))
    high, low, sign = _square(xp, x)
    return (sign * xp.sin((math.pi / 2) * ((1 - xp.absolute(high)) - xp.sign(high) * low))).astype(x.dtype)


sin_square_p: Primitive = pointwise(
    "sin_half_pi_square",
    _sin_square,
    Partials(lambda out, x: math.pi * x * cos_square_p.bind(x)),
    ufunc_aval(np.sin),
)
cos_square_p: Primitive = pointwise(
    "cos_half_pi_square",
    _cos_square,
    Partials(lambda out, x: -math.pi * x * sin_square_p.bind(x)),
    ufunc_aval(np.cos),
)

fresnel: Ufunc = special(
    "fresnel",
    several("fresnel", lambda out, z: (sin_square_p.bind(z), cos_square_p.bind(z))),
    doc="Fresnel's sine and cosine integrals.",
)

# F = ∫ exp(±it²) dt from x on, and K = exp(∓i(x² + π/4)) F / √π.


def _modfresnel(unit: complex) -> Any:
    constant = complex(np.exp(-unit * math.pi / 4)) / math.sqrt(math.pi)
    return lambda out, x: (-np.exp(unit * (x * x)), -2 * unit * x * out[1] - constant)


# An older SciPy gives the conjugates.
_UNIT = 1j if scipy_special.modfresnelp(1.0)[0].imag > 0 else -1j

modfresnelp: Ufunc = special(
    "modfresnelp", several("modfresnelp", _modfresnel(_UNIT)), doc="The modified Fresnel integrals F₊ and K₊."
)
modfresnelm: Ufunc = special(
    "modfresnelm", several("modfresnelm", _modfresnel(-1j)), doc="The modified Fresnel integrals F₋ and K₋."
)
