"""Derivatives that lose their digits in the formula one would write first, computed so that they keep them.

``gaussian``       exp(-c·x²), whose exponent is not rounded
``erfcx_slope``    2x·erfcx(x) - 2/√π, which cancels for large x
``dawsn_slope``    1 - 2x·dawsn(x), which cancels for large x and crosses zero near 0.924
``moment``         ∫₀¹ sⁿ·exp(s·t) ds, the nth derivative of (exp(t) - 1)/t, in which the terms cancel near 0
``log1pmx``        log1p(x) - x

They are elementwise primitives of their own, so that they may be differentiated and compiled again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .declare import Partials
from .special import function_of
from .special_kit import number
from .ufunc import pointwise, ufunc_aval

_SLOPE = 2.0 / math.sqrt(math.pi)


def horner(coefficients: Sequence[float], x: Any) -> Any:
    """The polynomial with these coefficients, that of x⁰ first."""
    total = coefficients[-1] + 0.0 * x
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


# --- gaussian --------------------------------------------------------------------------------------


def _gaussian(xp: Any, x: Any, *, c: float) -> Any:
    """exp(-c·a²) = exp(-c·h²)·exp(-c·(a-h)(a+h)), where h has few digits, so that its square is exact."""
    if x.dtype.kind == "c":
        return xp.exp(-c * x * x)
    a = xp.minimum(xp.absolute(x), 60.0)  # beyond, the result is 0 or inf
    h = xp.floor(a * 64) / 64
    return xp.exp(-c * h * h) * xp.exp(-c * (a - h) * (a + h))


gaussian_p = pointwise(
    "gaussian",
    lambda xp, x, *, c: _gaussian(xp, number(x), c=c),
    Partials(lambda out, x, *, c: -2.0 * c * x * out),
    ufunc_aval(np.exp),
)


def gaussian(x: Any, c: float = 1.0) -> Any:
    """``exp(-c·x²)``, with all digits far out too; ``c`` is a power of two, or minus one."""
    return gaussian_p.bind(x, c=c)


# --- the slope of erfcx ----------------------------------------------------------------------------

_STEP = 1 / 8
_SQUARES = tuple((j * _STEP) ** 2 for j in range(1, 51))


def _erfcx_slope(xp: Any, x: Any) -> Any:
    """2x·erfcx(x) - 2/√π.

    From 0.75 on, as -2/π ∫ exp(-t²)·t²/(t² + x²) dt by the trapezoidal rule, whose error is of the order
    of exp(-(π/step)²): from erfcx(x) = x/π ∫ exp(-t²)/(t² + x²) dt (Abramowitz and Stegun, 7.4.13).
    Below 0 with erfcx(x) = 2 exp(x²) - erfcx(-x).
    """
    x = number(x)
    far = xp.maximum(x, 0.75)
    square, total = far * far, 0.0
    for s in reversed(_SQUARES):
        total = total + math.exp(-s) * s / (s + square)
    value = function_of(xp, "erfcx")(xp.absolute(x))
    value = xp.where(x < 0, 2.0 * _gaussian(xp, x, c=-1.0) - value, value)
    return xp.where(x >= 0.75, (-4 * _STEP / math.pi) * total, 2.0 * x * value - _SLOPE)[()]


erfcx_slope_p = pointwise(
    "erfcx_slope",
    _erfcx_slope,
    # The slope's own derivative, 2·erfcx(x) + 2x·slope, is given where erfcx is an op: special_error.
    None,
    ufunc_aval(np.exp),
)


# --- the slope of Dawson's integral ----------------------------------------------------------------

# 1 - 2x·dawsn(x) is (x - root)·P(x) from 0.5 to 1.5, and P(x)/x² above: polynomials in the place of x
# within its interval, from -1 to 1, interpolated at Chebyshev's points with 40 digits.
_ROOT, _ROOT_REST = 0.92413887300459177, 2.3780739826467795e-17
_NEAR = (
    -1.0039267387913526, 0.5278444691557052, 0.06745904102955713, -0.10452408731346545,
    0.012813326437101692, 0.008256048640037957, -0.002256571030382497, -0.00030395624574697163,
    0.00017485651988040184, -7.470356195191501e-07, -8.665095894642993e-06, 7.603692136952767e-07,
    3.019480314155728e-07, -5.0888655006257104e-08, -7.368200848330583e-09, 2.1428793634566525e-09,
    1.0346930539650768e-10, -6.120389373207878e-11, 3.5641485750969315e-13,
)  # fmt: skip
_MIDDLE = (
    -0.7821268004342198, 0.17005115103127202, 0.08711505013364973, -0.1805974946046828,
    0.08743462496334113, 0.00988789696428049, -0.028161238209115008, 0.009738523519024362,
    0.0017253262132726774, -0.0022277481377296366, 0.0004440215946791278, 0.0001664375145412111,
    -9.743358780344871e-05, 6.165138975260786e-06, 8.246701320978153e-06, -2.3603306154837865e-06,
    -2.1624109224779533e-07, 2.2857995142987952e-07, -2.589052408194107e-08, -1.1431847069719532e-08,
    3.579458098155684e-09, 1.721169589527816e-10, -2.2916522906288718e-10, 1.2859846315462878e-11,
    7.903954042076605e-12,
)  # fmt: skip
_FAR = (
    -0.5612121259593551, 0.03491877286683011, -0.016780512180597423, 0.008076679417020905,
    -0.0038633481670783845, 0.0016276001448359756, -0.0004555578541098678, -3.5836442386000235e-05,
    0.00013847015014381976, -9.200804373656403e-05, 3.369117980861084e-05, -4.347795787427949e-06,
    -2.8356996839162885e-06, 2.0506358185761794e-06, -5.963358797567836e-07, 1.5044808410672812e-08,
    6.090432409342849e-08, -2.5405509318850867e-08, 3.3805362032491018e-09, 1.1903321938022604e-09,
    -6.961307215793218e-10, 1.1452085606301273e-10, 2.1365016244276644e-11, -1.1939489599408198e-11,
    1.3181927218792366e-12,
)  # fmt: skip
_FARTHER = (
    -0.5258197484115134, 0.008780599167128145, -0.002314650789025782, 0.0005614408647714636,
    -0.00013238885292649082, 3.114418059430755e-05, -7.426010190263053e-06, 1.817213638216992e-06,
    -4.618902544897137e-07, 1.2328861638342042e-07, -3.4700299744181144e-08, 1.016500654566661e-08,
    -2.9840534226019423e-09, 8.219041490755939e-10, -1.8937854801227858e-10, 2.569694414540228e-11,
    5.14926563678068e-12, -5.763091110009161e-12, 2.6871558656087573e-12, -7.659612829539836e-13,
    1.0168786204926527e-13,
)  # fmt: skip
_PIECES = ((1.5, 3.0, _MIDDLE), (3.0, 4.75, _FAR), (4.75, 6.5, _FARTHER))
# Beyond, the asymptotic series -Σ (2n-1)!!/(2x²)ⁿ.
_SERIES = tuple(math.prod(range(1, 2 * n, 2)) * 0.5**n for n in range(1, 37))


def _dawsn_slope(xp: Any, x: Any) -> Any:
    x = xp.absolute(number(x))
    y = xp.minimum(x, 1e100)
    q = 1 / (y * y)
    out = -q * horner(_SERIES, xp.minimum(q, 0.025))
    for low, high, coefficients in reversed(_PIECES):
        u = xp.clip((2 * x - (low + high)) / (high - low), -1.0, 1.0)
        out = xp.where(x < high, q * horner(coefficients, u), out)
    near = ((x - _ROOT) - _ROOT_REST) * horner(_NEAR, xp.clip(2 * x - 2.0, -1.0, 1.0))
    out = xp.where(x < 1.5, near, out)
    return xp.where(x < 0.5, 1 - 2 * x * function_of(xp, "dawsn")(x), out)[()]


dawsn_slope_p = pointwise("dawsn_slope", _dawsn_slope, None, ufunc_aval(np.exp))


# --- moments of the exponential function -----------------------------------------------------------


def _moment(xp: Any, t: Any, *, n: int) -> Any:
    """Near 0 by Taylor's series, elsewhere by E(n) = (exp(t) - n·E(n-1))/t, from integration by parts."""
    t = number(t)
    close = n + 1.0 if n else 0.5
    near = abs(t) < min(close, 2.0)
    inside = xp.where(near, t, t.dtype.type(0))
    series = horner([1 / (math.factorial(k) * (n + k + 1)) for k in range(28)], inside)
    safe = xp.where(near, t.dtype.type(1), t)
    e = xp.exp(safe)
    found = xp.expm1(safe) / safe
    for k in range(1, n + 1):
        found = (e - k * found) / safe
    found = xp.where(xp.isinf(e), e, found)
    return xp.where(near, series, found)[()]


moment_p = pointwise(
    "exponential_moment",
    _moment,
    Partials(lambda out, t, *, n: moment(t, n + 1)),
    ufunc_aval(np.exp),
)


def moment(t: Any, n: int) -> Any:
    """``∫₀¹ sⁿ·exp(s·t) ds``."""
    return moment_p.bind(t, n=n)


# --- log1p(x) - x ----------------------------------------------------------------------------------

_ODD = tuple(1 / (2 * k + 3) for k in range(24))


def log1pmx_of(xp: Any, x: Any) -> Any:
    """``log1p(x) - x``: with r = x/(2 + x), log1p(x) = 2(r + r³/3 + …) and 2r - x = -r·x."""
    near = (x > -0.6) & (x < 1.0)
    y = xp.where(near, x, x.dtype.type(0))
    r = y / (2 + y)
    s = r * r
    return xp.where(near, r * (2 * s * horner(_ODD, s) - y), xp.log1p(x) - x)[()]


log1pmx_p = pointwise(
    "log1pmx",
    lambda xp, x: log1pmx_of(xp, number(x)),
    Partials(lambda out, x: -x / (1 + x)),
    ufunc_aval(np.exp),
)


def log1pmx(x: Any) -> Any:
    """``log1p(x) - x``, accurate near 0."""
    return log1pmx_p.bind(x)
