"""Struve functions, and integrals of Bessel and Struve functions of order 0.

H_v' = (H_{v-1} - H_{v+1} + c) / 2 = H_{v-1} - v H_v / x, and the same for L_v with a plus; c is the first
term of the series, (x/2)^v / (√π Γ(v + 3/2)) (DLMF 11.4.23-27). In the first form nothing cancels near 0, in
the second nothing far out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .declare import Partials
from .special import no_slope, scipy_special, special
from .special_bessel import I1_SERIES, i0, j0, k0, y0
from .special_kit import order, over, several
from .ufunc import Ufunc

_BY_ORDER = "there is no derivative by the order"

# --- Struve functions ------------------------------------------------------------------------------


def _first_term(v: Any, x: Any) -> Any:
    return (x / 2) ** v * (scipy_special.rgamma(v + 1.5) / math.sqrt(math.pi))


def _struve_slope(out: Any, v: Any, x: Any) -> Any:
    v = order(v)
    below = struve(v - 1, x)
    close = np.abs(x) < 2 + np.abs(v)
    near = (below - struve(v + 1, x) + _first_term(v, np.where(close, x, 1.0))) / 2
    return np.where(close, near, below - v * (out / np.where(close, 1.0, x)))


def _modstruve_slope(out: Any, v: Any, x: Any) -> Any:
    v = order(v)
    return (modstruve(v - 1, x) + modstruve(v + 1, x) + _first_term(v, x)) / 2


struve: Ufunc = special(
    "struve",
    Partials(no_slope("struve", "v x", "v"), _struve_slope),
    doc=f"The Struve function H of order ``v``; {_BY_ORDER}.",
)
modstruve: Ufunc = special(
    "modstruve",
    Partials(no_slope("modstruve", "v x", "v"), _modstruve_slope),
    doc=f"The modified Struve function L of order ``v``; {_BY_ORDER}.",
)

# --- integrals -------------------------------------------------------------------------------------

# (I_0(x) - 1)/x and (1 - J_0(x))/x in powers of x², times x: Σ (±1)^k x^(2k) / (4^(k+1) (k+1)!²).
_I_SERIES = [c / (2 * (k + 1)) for k, c in enumerate(I1_SERIES)]
_J_SERIES = [(-1) ** k * c for k, c in enumerate(_I_SERIES)]
# H_0(x)/x in powers of x²: ½ (-1)^k / (4^k Γ(k + 3/2)²).
_H_SERIES = [0.5 * (-0.25) ** k / math.gamma(k + 1.5) ** 2 for k in range(10)]

itj0y0: Ufunc = special(
    "itj0y0",
    several("itj0y0", lambda out, x: (j0(x), y0(x))),
    doc="The integrals from 0 to x of the Bessel functions J and Y of order 0.",
)
iti0k0: Ufunc = special(
    "iti0k0",
    several("iti0k0", lambda out, x: (i0(x), k0(x))),
    doc="The integrals from 0 to x of the modified Bessel functions I and K of order 0.",
)
it2j0y0: Ufunc = special(
    "it2j0y0",
    several("it2j0y0", lambda out, x: (over(1 - j0(x), x, _J_SERIES, factor=x), -y0(x) / x)),
    doc="The integrals of ``(1 - j0(t)) / t`` from 0 to x, and of ``y0(t) / t`` from x on.",
)
it2i0k0: Ufunc = special(
    "it2i0k0",
    several("it2i0k0", lambda out, x: (over(i0(x) - 1, x, _I_SERIES, factor=x), -k0(x) / x)),
    doc="The integrals of ``(i0(t) - 1) / t`` from 0 to x, and of ``k0(t) / t`` from x on.",
)
itstruve0: Ufunc = special(
    "itstruve0",
    Partials(lambda out, x: struve(0, x)),
    doc="The integral from 0 to x of the Struve function H of order 0.",
)
it2struve0: Ufunc = special(
    "it2struve0",
    Partials(lambda out, x: -over(struve(0, x), x, _H_SERIES)),
    doc="The integral from x on of ``struve(0, t) / t``.",
)
itmodstruve0: Ufunc = special(
    "itmodstruve0",
    Partials(lambda out, x: modstruve(0, x)),
    doc="The integral from 0 to x of the modified Struve function L of order 0.",
)
