"""Carlson's symmetric elliptic integrals, and the arithmetic-geometric mean.

Their derivatives are integrals of one kind,

    I(x, y, z, w) = ∫₀^∞ (t + x)^-p (t + y)^-q (t + z)^-r (t + w)^-s dt,

with dI/dx = -p I of p + 1, and so on; in them (DLMF 19.16) R_F = ½ I(½,½,½,0), R_C(x, y) = ½ I(½,1,0,0),
R_D = 3/2 I(½,½,3/2,0) and R_J = 3/2 I(½,½,½,1). So first derivatives are R_D or one more such integral, of
positive terms: nothing cancels where arguments are equal. ``carlson_p`` takes the trapezoidal rule of step h
in log t, where the integrand decays exponentially to both sides and is analytic for |Im log t| < π - |arg x|;
its error is exp(-2π (π - |arg x|) / h) times a power of 1/h.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .declare import Partials
from .special import scipy_special, special
from .special_kit import is_complex
from .strong import strong_mul
from .ufunc import Ufunc, pointwise, ufunc_aval

Powers = tuple[float, float, float, float]
_LEFT, _RIGHT = -84.0, 27.0  # the integrand is below rounding there, for arguments up to 1
_AT_ONCE = 1 << 16  # numbers to compute with at once

# --- the integral ----------------------------------------------------------------------------------


def _integral(xp: Any, *arguments: Any, powers: Powers) -> Any:
    dtype = np.result_type(*[aval_of(a).dtype for a in arguments], np.float32)
    wide = np.complex128 if dtype.kind == "c" else np.float64
    used = [(xp.asarray(a, dtype=wide), p) for a, p in zip(arguments, powers, strict=True) if p]
    scale = functools.reduce(xp.maximum, [xp.absolute(a) for a, _ in used])
    shares = [((a / scale)[..., None], round(2 * p)) for a, p in used]
    step = 0.1875 if dtype.kind == "c" else 0.375  # exact in binary, as all points are then
    points = np.arange(_left(xp, [a for a, _ in used], scale), _RIGHT, step)
    block = max(1, _AT_ONCE // max(1, math.prod(scale.shape)))
    total: Any = 0.0
    for start in range(0, points.size, block):
        t = term = xp.asarray(np.exp(points[start : start + block]))
        for a, doubled in shares:
            term = term / xp.sqrt(t + a) ** doubled
        total = total + xp.sum(term, axis=-1)
    total = total * step * scale ** (1 - sum(powers))
    for a, p in used:
        if p >= 1:
            total = xp.where(a == 0, np.inf, total)
    return total.astype(dtype)[()]


def _left(xp: Any, arguments: list[Any], scale: Any) -> float:
    """Where to begin: further to the left on the host if an argument is very small beside another."""
    if xp is not np:
        return _LEFT
    smallest = min([float(np.min(np.abs(a) / scale, initial=1.0, where=a != 0)) for a in arguments])
    return _LEFT + min(0.0, math.floor(math.log(smallest) + 45.0))


def _slope(i: int) -> Any:
    """The derivative by argument ``i``."""

    def slope(out: Any, x: Any, y: Any, z: Any, w: Any, *, powers: Powers) -> Any:
        raised = (*powers[:i], powers[i] + 1, *powers[i + 1 :])
        return -powers[i] * carlson_p.bind(x, y, z, w, powers=raised)

    return slope


carlson_p = pointwise(
    "carlson",
    _integral,
    Partials(*map(_slope, range(4))),
    ufunc_aval(scipy_special.elliprj),
)
carlson_p.kernel = None


def _by(i: int, p: float, q: float, r: float, s: float = 0.0) -> Any:
    """The derivative by argument ``i`` of 3/2 I with these powers."""
    powers = tuple(power + (k == i) for k, power in enumerate((p, q, r, s)))
    factor = -1.5 * (p, q, r, s)[i]

    def slope(x: Any, y: Any, z: Any, w: Any = 1.0) -> Any:
        return factor * carlson_p.bind(x, y, z, w, powers=powers)

    return slope


# --- the second kind, R_D, which the first derivatives of the others are made of ---------------------


_D_BY = [_by(i, 0.5, 0.5, 1.5) for i in range(3)]
elliprd: Ufunc = special(
    "elliprd",
    Partials(
        lambda out, x, y, z: _D_BY[0](x, y, z),
        lambda out, x, y, z: _D_BY[1](x, y, z),
        lambda out, x, y, z: _D_BY[2](x, y, z),
    ),
    doc="Carlson's R_D(x, y, z).",
)


def _duplicated(xp: Any, x: Any, y: Any, z: Any) -> Any:
    """R_D where there is no library: Carlson's duplication, and the first terms of a Taylor series.

    Source: Carlson, "Numerical computation of real or complex elliptic integrals", 1995.
    """
    mean = (x + y + 3 * z) / 5
    dx, dy = mean - x, mean - y
    total, factor = 0.0 * mean, 1.0
    for _ in range(6):
        sx, sy, sz = xp.sqrt(x), xp.sqrt(y), xp.sqrt(z)
        shift = sx * (sy + sz) + sy * sz
        total = total + factor / (sz * (z + shift))
        factor /= 4
        x, y, z, mean = (x + shift) / 4, (y + shift) / 4, (z + shift) / 4, (mean + shift) / 4
    a, b = factor * dx / mean, factor * dy / mean
    c = -(a + b) / 3
    e2, e3, e4 = a * b - 6 * c * c, (3 * a * b - 8 * c * c) * c, 3 * (a * b - c * c) * c * c
    e5 = a * b * c**3
    series = 1 - 3 * e2 / 14 + e3 / 6 + 9 * e2**2 / 88 - 3 * e4 / 22 - 9 * e2 * e3 / 52 + 3 * e5 / 26
    return factor * series / (mean * xp.sqrt(mean)) + 3 * total


elliprd.primitive.impl = _duplicated

# --- the others ------------------------------------------------------------------------------------

elliprf: Ufunc = special(
    "elliprf",
    Partials(
        lambda out, x, y, z: elliprd(y, z, x) / -6,
        lambda out, x, y, z: elliprd(z, x, y) / -6,
        lambda out, x, y, z: elliprd(x, y, z) / -6,
    ),
    doc="Carlson's R_F(x, y, z); by an argument that is 0 the derivative is infinite.",
)

# R_G = ¼ ∫ t Π (t + ·)^-½ Σ x/(t + x) dt, of degree ½: dR_G/dx = ⅛ ∫ t (t + x)^-3/2 (t + y)^-½ (t + z)^-½ dt
# = ¼ (R_F - x R_D(y, z, x) / 3).


def _g_slope(x: Any, y: Any, z: Any) -> Any:
    return (elliprf(x, y, z) - strong_mul(x, elliprd(y, z, x)) / 3) / 4


elliprg: Ufunc = special(
    "elliprg",
    Partials(
        lambda out, x, y, z: _g_slope(x, y, z),
        lambda out, x, y, z: _g_slope(y, z, x),
        lambda out, x, y, z: _g_slope(z, x, y),
    ),
    doc="Carlson's R_G(x, y, z).",
)

# R_C(x, y) = R_F(x, y, y). For negative y it is Cauchy's principal value, and from its differential equation
# dR_C/dx = (R_C - x^-½) / (2(y - x)); the other by Euler's theorem, the degree being -½.


def _c_by_x(out: Any, x: Any, y: Any) -> Any:
    slope = elliprd(y, y, x) / -6
    return slope if is_complex(out) else np.where(y < 0, (out - 1 / np.sqrt(x)) / (2 * (y - x)), slope)


def _c_by_y(out: Any, x: Any, y: Any) -> Any:
    slope = elliprd(x, y, y) / -3
    if is_complex(out):
        return slope
    return np.where(y < 0, -(out / 2 + (x * out - np.sqrt(x)) / (2 * (y - x))) / y, slope)


elliprc: Ufunc = special(
    "elliprc", Partials(_c_by_x, _c_by_y), doc="Carlson's R_C(x, y), for negative y its principal value."
)

# R_J for negative p is a principal value: dR_J/dx = (R_J - R_D(y, z, x)) / (2(p - x)) by partial fractions,
# and by p from Euler's theorem, the degree being -3/2.

_J_BY = [_by(i, 0.5, 0.5, 0.5, 1.0) for i in range(4)]


def _fraction(out: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    return (out - elliprd(y, z, x)) / (2 * (p - x))


def _j_slope(out: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    slope = _J_BY[0](x, y, z, p)
    return slope if is_complex(out) else np.where(p < 0, _fraction(out, x, y, z, p), slope)


def _j_by_p(out: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    slope = _J_BY[3](x, y, z, p)
    if is_complex(out):
        return slope
    parts = [u * _fraction(out, u, v, w, p) for u, v, w in ((x, y, z), (y, z, x), (z, x, y))]
    return np.where(p < 0, -(1.5 * out + parts[0] + parts[1] + parts[2]) / p, slope)


elliprj: Ufunc = special(
    "elliprj",
    Partials(
        _j_slope,
        lambda out, x, y, z, p: _j_slope(out, y, z, x, p),
        lambda out, x, y, z, p: _j_slope(out, z, x, y, p),
        _j_by_p,
    ),
    doc="Carlson's R_J(x, y, z, p), for negative p its principal value.",
)

# agm(a, b) = π / (2 R_F(0, a², b²)), so d agm/da = 2/(3π) (agm/a)² R_D(0, (b/a)², 1).


def _agm_slope(out: Any, a: Any, b: Any) -> Any:
    share, ratio = out / a, b / a
    return (2 / (3 * math.pi)) * share * share * elliprd(0.0, ratio * ratio, 1.0)


agm: Ufunc = special(
    "agm",
    Partials(_agm_slope, lambda out, a, b: _agm_slope(out, b, a)),
    doc="The arithmetic-geometric mean.",
)
