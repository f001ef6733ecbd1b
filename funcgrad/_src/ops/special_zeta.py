"""Riemann's zeta function, whose derivative SciPy does not have: here by Euler's and Maclaurin's formula.

With N = 12 and J = 12 terms, and (s)_n = s (s+1) … (s+n-1),

    ζ(s) = Σ_{k<N} k^-s + N^(1-s) / (s-1) + N^-s / 2 + Σ_j B_2j / (2j)! (s)_{2j-1} N^(1-s-2j),

which is exact to rounding for s >= 0, term by term differentiated. Below 0 by the functional equation
ζ(s) = (2π)^s / π sin(πs/2) Γ(1-s) ζ(1-s).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .declare import Partials
from .special import missing, scipy_special, special
from .special_gamma import gamma, hurwitz, psi
from .tables import implements
from .ufunc import Ufunc

_N = 12
_LOG = math.log(_N)
# B_2j / (2j)!, the coefficients of x^2j in x/2 coth(x/2).
_BERNOULLI = [
    0.08333333333333333, -0.001388888888888889, 3.3068783068783064e-05, -8.267195767195768e-07,
    2.08767569878681e-08, -5.284190138687493e-10, 1.338253653068468e-11, -3.3896802963225827e-13,
    8.586062056277845e-15, -2.174868698558062e-16, 5.5090028283602295e-18, -1.3954464685812525e-19,
]  # fmt: skip


def _value_and_slope(s: Any) -> tuple[Any, Any]:
    """``ζ(s)`` and ``ζ'(s)`` for ``s >= 0``."""
    powers = [(math.log(k), float(k) ** -s) for k in range(_N - 1, 1, -1)]
    value = sum((power for _, power in powers), 0.0) + 1
    slope = -sum((log * power for log, power in powers), 0.0)
    last, gap = float(_N) ** -s, s - 1
    value = value + last * (_N / gap + 0.5)
    slope = slope - last * (_N * (_LOG / gap + 1 / (gap * gap)) + _LOG / 2)
    rising, change = s, 1.0  # (s)_{2j-1} and its derivative
    for j, coefficient in enumerate(_BERNOULLI, 1):
        for i in (2 * j - 3, 2 * j - 2) if j > 1 else ():
            rising, change = rising * (s + i), change * (s + i) + rising
        factor = last * (coefficient * float(_N) ** (1 - 2 * j))
        value = value + factor * rising
        slope = slope + factor * (change - _LOG * rising)
    return value, slope


def _slope(out: Any, s: Any) -> Any:
    """``ζ'(s)`` for real s; beyond 1100 it is 0 in double precision."""
    if aval_of(s).dtype.kind == "c":
        raise missing("scipy.special.zeta at complex numbers", "give it with custom_jvp")
    below = s < 0
    value, slope = _value_and_slope(np.minimum(np.where(below, 1 - s, s), 1100.0))
    s = np.where(below, s, -1.0)
    turn = (math.pi / 2) * (s % 4)
    reflected = np.sin(turn) * (value * (math.log(2 * math.pi) - psi(1 - s)) - slope)
    reflected = reflected + (math.pi / 2) * np.cos(turn) * value
    return np.where(below, (2 * math.pi) ** s / math.pi * gamma(1 - s) * reflected, slope)


riemann: Ufunc = special(
    "_riemann_zeta",
    Partials(_slope),
    doc="Riemann's zeta function.",
    ufunc=scipy_special._ufuncs._riemann_zeta,
)
zetac: Ufunc = special("zetac", Partials(_slope), doc="Riemann's zeta function less 1.")


@implements("scipy.special.zeta")
def zeta(x: Any, q: Any = None, out: Any = None) -> Any:
    """Riemann's zeta function, differentiable by a real x; Hurwitz' with ``q``, by q."""
    if out is not None:
        return riemann(x, out=out) if q is None else hurwitz(x, q, out=out)
    return riemann(x) if q is None else hurwitz(x, q)
