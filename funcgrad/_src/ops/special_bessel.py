"""Bessel functions of real order: J, Y, I, K and Hankel's, and the same of orders 0 and 1.

With C_v one of J, Y, H: C_v' = (C_{v-1} - C_{v+1}) / 2; I_v' = (I_{v-1} + I_{v+1}) / 2;
K_v' = -(K_{v-1} + K_{v+1}) / 2 (DLMF 10.6.1, 10.29.1). No derivative by the order is known here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .declare import Partials
from .special import no_slope, special
from .special_kit import order, over
from .strong import strong_mul
from .ufunc import Ufunc

# J_1(x)/x and I_1(x)/x in powers of x²: (∓1)^k / (2 · 4^k k! (k+1)!).
I1_SERIES = [0.5 / (4.0**k * math.factorial(k) * math.factorial(k + 1)) for k in range(11)]
J1_SERIES = [(-1) ** k * c for k, c in enumerate(I1_SERIES)]
_HINT = "; there is no derivative by the order"


# --- any order -------------------------------------------------------------------------------------


def _by_order(name: str) -> Any:
    return no_slope(name, "v z", "v")


def half_sum(cylinder: Any, v: Any, z: Any) -> Any:
    """``(C(v - 1, z) + C(v + 1, z)) / 2``."""
    v = order(v)
    return (cylinder(v - 1, z) + cylinder(v + 1, z)) / 2


def half_difference(cylinder: Any, v: Any, z: Any) -> Any:
    """``(C(v - 1, z) - C(v + 1, z)) / 2``."""
    v = order(v)
    return (cylinder(v - 1, z) - cylinder(v + 1, z)) / 2


def rising(out: Any, x: Any, slope: Any) -> Any:
    """The slope of a function that rises from -inf at 0."""
    return np.where(x == 0, -out, slope)


jv: Ufunc = special(
    "jv",
    Partials(_by_order("jv"), lambda out, v, z: half_difference(jv, v, z)),
    aliases=("jn",),
    doc=f"The Bessel function J of order ``v``{_HINT}.",
)
yv: Ufunc = special(
    "yv",
    Partials(_by_order("yv"), lambda out, v, z: rising(out, z, half_difference(yv, v, z))),
    doc=f"The Bessel function Y of order ``v``; at 0 its derivative is infinite{_HINT}.",
)
iv: Ufunc = special(
    "iv",
    Partials(_by_order("iv"), lambda out, v, z: half_sum(iv, v, z)),
    doc=f"The modified Bessel function I of order ``v``{_HINT}.",
)
kv: Ufunc = special(
    "kv",
    Partials(_by_order("kv"), lambda out, v, z: -half_sum(kv, v, z)),
    doc=f"The modified Bessel function K of order ``v``{_HINT}.",
)
hankel1: Ufunc = special(
    "hankel1",
    Partials(_by_order("hankel1"), lambda out, v, z: half_difference(hankel1, v, z)),
    doc=f"The Hankel function ``J + iY`` of order ``v``{_HINT}.",
)
hankel2: Ufunc = special(
    "hankel2",
    Partials(_by_order("hankel2"), lambda out, v, z: half_difference(hankel2, v, z)),
    doc=f"The Hankel function ``J - iY`` of order ``v``{_HINT}.",
)
yn: Ufunc = special(
    "yn",
    Partials(no_slope("yn", "n x", "n"), lambda out, n, x: rising(out, x, half_difference(yn, n, x))),
    doc=f"The Bessel function Y of whole order ``n``; at 0 its derivative is infinite{_HINT}.",
)
kn: Ufunc = special(
    "kn",
    Partials(no_slope("kn", "n x", "n"), lambda out, n, x: -half_sum(kn, n, x)),
    doc=f"The modified Bessel function K of whole order ``n``{_HINT}.",
)

# --- orders 0 and 1 --------------------------------------------------------------------------------

j0: Ufunc = special("j0", Partials(lambda out, x: -j1(x)), doc="The Bessel function J of order 0.")
j1: Ufunc = special(
    "j1",
    Partials(lambda out, x: j0(x) - over(out, x, J1_SERIES)),
    doc="The Bessel function J of order 1.",
)
y0: Ufunc = special(
    "y0",
    Partials(lambda out, x: -y1(x)),
    doc="The Bessel function Y of order 0; at 0 its derivative is infinite.",
)
y1: Ufunc = special(
    "y1",
    Partials(lambda out, x: (strong_mul(x, y0(x)) - out) / x),
    doc="The Bessel function Y of order 1; at 0 its derivative is infinite.",
)
i0: Ufunc = special("i0", Partials(lambda out, x: i1(x)), doc="The modified Bessel function I of order 0.")
i1: Ufunc = special(
    "i1",
    Partials(lambda out, x: i0(x) - over(out, x, I1_SERIES)),
    doc="The modified Bessel function I of order 1.",
)
k0: Ufunc = special("k0", Partials(lambda out, x: -k1(x)), doc="The modified Bessel function K of order 0.")
k1: Ufunc = special(
    "k1", Partials(lambda out, x: -k0(x) - out / x), doc="The modified Bessel function K of order 1."
)
