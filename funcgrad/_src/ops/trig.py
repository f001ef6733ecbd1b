"""Trigonometric and hyperbolic functions, angles and sides of triangles, and sinc."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.primitive import Primitive
from .declare import Partials
from .exponential import sqrt
from .select import where
from .tables import implements
from .ufunc import Ufunc, elementwise, linear, pointwise, ufunc_aval

# --- sine and its kin ------------------------------------------------------------------------------

sin = elementwise("sin", Partials(lambda out, x: cos(x)), doc="Sine of an angle in radians.")
cos: Ufunc = elementwise("cos", Partials(lambda out, x: -sin(x)), doc="Cosine of an angle in radians.")
tan = elementwise("tan", Partials(lambda out, x: 1 + out * out), doc="Tangent of an angle in radians.")
# (1-x)(1+x) keeps the digits that 1 - x*x loses near 1.
arcsin = elementwise(
    "arcsin",
    Partials(lambda out, x: 1 / sqrt((1 - x) * (1 + x))),
    doc="Inverse sine; at -1 and 1 its derivative is infinite.",
)
arccos = elementwise(
    "arccos",
    Partials(lambda out, x: -1 / sqrt((1 - x) * (1 + x))),
    doc="Inverse cosine; at -1 and 1 its derivative is infinite.",
)
arctan = elementwise("arctan", Partials(lambda out, x: 1 / (1 + x * x)), doc="Inverse tangent.")

# --- hyperbolic ------------------------------------------------------------------------------------

sinh = elementwise("sinh", Partials(lambda out, x: cosh(x)), doc="Hyperbolic sine.")
cosh: Ufunc = elementwise("cosh", Partials(lambda out, x: sinh(x)), doc="Hyperbolic cosine.")
tanh = elementwise("tanh", Partials(lambda out, x: 1.0 - out * out), doc="Hyperbolic tangent.")
arcsinh = elementwise("arcsinh", Partials(lambda out, x: 1 / sqrt(1 + x * x)), doc="Inverse hyperbolic sine.")
# sqrt(x-1) sqrt(x+1), not sqrt(x*x-1): they differ in the left half of the complex plane.
arccosh = elementwise(
    "arccosh",
    Partials(lambda out, x: 1 / (sqrt(x - 1) * sqrt(x + 1))),
    doc="Inverse hyperbolic cosine; at 1 its derivative is infinite.",
)
arctanh = elementwise(
    "arctanh",
    Partials(lambda out, x: 1 / ((1 - x) * (1 + x))),
    doc="Inverse hyperbolic tangent; at -1 and 1 its derivative is infinite.",
)

# --- two sides of a triangle -----------------------------------------------------------------------

hypot = elementwise(
    "hypot",
    Partials(
        lambda out, x, y: where(out == 0, 0.0, x / out),
        lambda out, x, y: where(out == 0, 0.0, y / out),
    ),
    doc="``sqrt(x*x + y*y)`` without overflow; at the origin its derivatives are 0.",
)


def _turn(side: Any, x: Any, y: Any) -> Any:
    """``side / (x*x + y*y)`` without overflow, 0 at the origin."""
    r = hypot(x, y)
    return where(r == 0, 0.0, side / r / r)


arctan2 = elementwise(
    "arctan2",
    Partials(lambda out, y, x: _turn(x, x, y), lambda out, y, x: -_turn(y, x, y)),
    doc="Angle of the point ``(x, y)``, given as ``arctan2(y, x)``; at the origin its derivatives are 0.",
)

# --- degrees and radians ---------------------------------------------------------------------------

deg2rad: Ufunc = elementwise("deg2rad", linear(lambda g, x: deg2rad(g)), doc="Degrees to radians.")
radians: Ufunc = elementwise("radians", linear(lambda g, x: radians(g)), doc="Degrees to radians.")
rad2deg: Ufunc = elementwise("rad2deg", linear(lambda g, x: rad2deg(g)), doc="Radians to degrees.")
degrees: Ufunc = elementwise("degrees", linear(lambda g, x: degrees(g)), doc="Radians to degrees.")

# --- sinc ------------------------------------------------------------------------------------------

# With f(t) = sin(t)/t the k-th derivative is (f_k below) by Leibniz' rule on t f(t) = sin(t):
#     t f_k + k f_(k-1) = sin(t + k pi/2),
# a recurrence that is stable for |t| > k. Nearer to 0 the series of sin(t)/t, differentiated k times,
#     f_k(t) = sum over j >= 0, j = k mod 2, of (-1)^m t^j / ((2m+1) j!),  2m = j + k,
# loses at most a factor e^(k+2) of precision. So every derivative is exact at 0, too.


def _sinc(xp: Any, x: Any, *, order: int) -> Any:
    """The derivative of that order of ``sin(pi x) / (pi x)``."""
    if order == 0:
        return xp.sinc(x)
    t = math.pi * x
    near = xp.absolute(t) < order + 2
    series = _sinc_series(xp.where(near, t, 0.0), order)
    far = xp.where(near, 1.0, t)
    turns = (xp.sin(far), xp.cos(far), -xp.sin(far), -xp.cos(far))
    value = turns[0] / far
    for k in range(1, order + 1):
        value = (turns[k % 4] - k * value) / far
    return (math.pi**order * xp.where(near, series, value))[()]


def _sinc_series(t: Any, order: int) -> Any:
    terms = 12 + 2 * order
    total: Any = 0.0
    for i in reversed(range(terms)):
        j = 2 * i + order % 2
        m = (j + order) // 2
        total = total * (t * t) + (-1) ** m / ((2 * m + 1) * math.factorial(j))
    return total * t if order % 2 else total


sinc_p: Primitive = pointwise(
    "sinc",
    _sinc,
    Partials(lambda out, x, *, order: sinc_p.bind(x, order=order + 1)),
    ufunc_aval(np.multiply, math.pi),
)


@implements(np.sinc)
def sinc(x: Any) -> Any:
    """``sin(pi x) / (pi x)``, 1 at 0; all its derivatives are exact there."""
    return sinc_p.bind(x, order=0)
