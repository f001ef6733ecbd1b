"""Densities, and differences of the digamma function, with the digits that a naive formula loses.

``digamma_gap``     ψ(x + d) - ψ(x)
``gamma_density``   xᵃ⁻¹·exp(-x)/Γ(a)
``beta_density``    xᵃ⁻¹·(1-x)ᵇ⁻¹/B(a, b)
``t_density``       that of Student's distribution

They are the derivatives of the incomplete gamma and beta functions and of their kin; the rules of those
that need ψ stand in special_gamma. With large parameters the densities are written as a deviance from the
mode (C. Loader, "Fast and accurate computation of binomial probabilities", 2000); far out in a tail their
relative error grows with the logarithm.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .declare import Partials
from .special import function_of, scipy_special
from .special_stable import horner, log1pmx_of
from .ufunc import pointwise, ufunc_aval

_BERNOULLI = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)  # B₂ₖ/2k
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_SHIFT = 10


def floating(*values: Any) -> list[Any]:
    """Operands as floating numbers of NumPy or arrays."""
    return [
        v * 1.0
        if hasattr(v, "dtype") and v.dtype.kind != "f"
        else v
        if hasattr(v, "dtype")
        else np.float64(v)
        for v in values
    ]


# --- differences of the digamma function -----------------------------------------------------------


def _digamma_gap(xp: Any, x: Any, d: Any) -> Any:
    """By ψ(x) = ψ(x + 10) - Σ 1/(x + i), and the asymptotic series there, each difference taken exactly."""
    x, d = floating(x, d)
    psi = function_of(xp, "digamma")
    regular = (x > 0) & (x + d > 0)
    one = xp.ones_like(x + d)
    p, q = xp.where(regular, x, one), xp.where(regular, x + d, one)
    total = 0.0 * one
    for i in range(_SHIFT):
        total = total + 1 / ((p + i) * (q + i))
    a, b = p + _SHIFT, q + _SHIFT
    u, v = 1 / (a * a), 1 / (b * b)
    total = total + 0.5 / (a * b)
    sums, power = one, one
    series = 0.0 * one
    for c in _BERNOULLI:
        series = series + c * sums
        power = power * v
        sums = u * sums + power
    total = total + series * (a + b) * u * v
    near = d * total + xp.log1p(xp.where(regular, d, 0.0 * one) / a)
    return xp.where(regular, near, psi(x + d) - psi(x))[()]


digamma_gap_p = pointwise("digamma_gap", _digamma_gap, None, ufunc_aval(scipy_special.gammainc))


def digamma_gap(x: Any, d: Any) -> Any:
    """``ψ(x + d) - ψ(x)``, accurate for large x and small d."""
    return digamma_gap_p.bind(x, d)


# --- the gamma density -----------------------------------------------------------------------------

_LARGE = 24.0


def _stirling_rest(xp: Any, a: Any) -> Any:
    """``log Γ(a) - ((a - ½)·log(a) - a + ½·log(2π))``."""
    big = xp.maximum(a, 10.0)
    small = xp.where(a < 10, a, 1.0 + 0.0 * a)
    near = (
        function_of(xp, "gammaln")(small)
        - (small - 0.5) * xp.log(small)
        + small
        - 0.5 * math.log(2 * math.pi)
    )
    return xp.where(a < 10, near, horner(_STIRLING, 1 / (big * big)) / big)


def _beta(xp: Any, a: Any, b: Any) -> Any:
    """B(a, b) of positive numbers by gamma functions, of large ones by Stirling's series; else SciPy's."""
    n = a + b
    positive, large = (a > 0) & (b > 0), n > 160
    one = 1.0 + 0.0 * n
    few, many = xp.where(positive & ~large, a, one), xp.where(positive & ~large, b, one)
    gamma = function_of(xp, "gamma")
    total = few + many
    lost = (few - (total - (total - few))) + (many - (total - few))  # few + many is total + lost
    near = gamma(few) * gamma(many) / gamma(total) * (1 - lost * function_of(xp, "digamma")(total))
    p, q = xp.where(positive & large, a, one), xp.where(positive & large, b, one)
    p, q = xp.maximum(p, q), xp.minimum(p, q)
    rest = _stirling_rest(xp, p) + _stirling_rest(xp, q) - _stirling_rest(xp, p + q)
    far = xp.exp(rest - p * xp.log1p(q / p)) * (q / (p + q)) ** (q - 0.5) * xp.sqrt(2 * math.pi / p)
    other = function_of(xp, "beta")(xp.where(positive, one, a), b)
    return xp.where(positive, xp.where(large, far, near), other)


def _power(xp: Any, x: Any, a: Any) -> Any:
    """``x**(a-1)``, for small a too, where a - 1 is rounded."""
    small = (a < 1) & (x != 0)
    return xp.where(small, x**a / xp.where(small, x, 1.0), x ** xp.where(small, 0.0 * a, a - 1))


def _gamma_density(xp: Any, a: Any, x: Any) -> Any:
    a, x = floating(a, x)
    large = (a > _LARGE) & (x > 0)
    few = xp.minimum(a, _LARGE)
    half = xp.exp(-0.5 * x)
    direct = _power(xp, x, few) * half * half / function_of(xp, "gamma")(few)
    direct = xp.where(a > _LARGE, xp.where(x == 0, 0.0 * few, few * xp.nan), direct)
    b, y = xp.where(large, a, 1.0), xp.where(large, x, 1.0)
    deviance = -b * log1pmx_of(xp, (y - b) / b)
    far = xp.exp(-deviance - _stirling_rest(xp, b)) * xp.sqrt(b / (2 * math.pi)) / y
    return xp.where(large, far, direct)[()]


gamma_density_p = pointwise("gamma_density", _gamma_density, None, ufunc_aval(scipy_special.gammainc))


def gamma_density(a: Any, x: Any) -> Any:
    """``xᵃ⁻¹·exp(-x)/Γ(a)``."""
    return gamma_density_p.bind(a, x)


# --- the beta density ------------------------------------------------------------------------------


def _deviance(xp: Any, a: Any, m: Any) -> Any:
    """``a·log(a/m) + m - a``."""
    return -a * log1pmx_of(xp, (m - a) / a)


def _beta_density(xp: Any, a: Any, b: Any, x: Any) -> Any:
    a, b, x = floating(a, b, x)
    y = 1 - x
    n = a + b
    large = (n > 2 * _LARGE) & (a > 0) & (b > 0) & (x > 0) & (x < 1)
    few, many = xp.where(large, 1.0, a), xp.where(large, 1.0, b)
    last = xp.where(
        (x < 0.5) & (x > 0), xp.exp((many - 1) * xp.log1p(-xp.minimum(x, 0.5))), _power(xp, y, many)
    )
    direct = _power(xp, x, few) * last / _beta(xp, few, many)
    direct = xp.where((x < 0) | (x > 1), xp.nan, direct)
    a, b, n = xp.where(large, a, 1.0), xp.where(large, b, 1.0), xp.where(large, n, 2.0)
    x, y = xp.where(large, x, 0.5), xp.where(large, y, 0.5)
    rest = _stirling_rest(xp, n) - _stirling_rest(xp, a) - _stirling_rest(xp, b)
    exponent = rest - _deviance(xp, a, n * x) - _deviance(xp, b, n * y)
    far = xp.exp(exponent) * xp.sqrt(a * b / (2 * math.pi * n)) / (x * y)
    return xp.where(large, far, direct)[()]


beta_density_p = pointwise("beta_density", _beta_density, None, ufunc_aval(scipy_special.betainc))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """``xᵃ⁻¹·(1-x)ᵇ⁻¹/B(a, b)``."""
    return beta_density_p.bind(a, b, x)


# --- Student's density -----------------------------------------------------------------------------


def _t_density(xp: Any, v: Any, t: Any) -> Any:
    v, t = floating(v, t)
    h, e = 0.5 * v, 0.5 * (v + 1)
    u = t * t / v
    near = xp.minimum(u, 1.0)
    kernel = xp.where(u < 1, xp.exp(-e * xp.log1p(near)), (1 + u) ** -h / xp.sqrt(1 + u))
    big = xp.maximum(h, 10.0)
    ratio = big * log1pmx_of(xp, 0.5 / big) + _stirling_rest(xp, big + 0.5) - _stirling_rest(xp, big)
    few = xp.minimum(h, 10.0)
    direct = 1 / (xp.sqrt(2 * few) * _beta(xp, few, 0.5 + 0.0 * few))
    return (kernel * xp.where(h < 10, direct, xp.exp(ratio) / math.sqrt(2 * math.pi)))[()]


def _t_by_freedom(out: Any, v: Any, t: Any) -> Any:
    s = t * t
    kernel = 0.5 * (v + 1.0) * s / (v * (v + s)) - 0.5 * np.log1p(s / v)
    return out * (kernel - 0.5 / v + 0.5 * digamma_gap(0.5 * v, 0.5))


t_density_p = pointwise(
    "t_density",
    _t_density,
    Partials(_t_by_freedom, lambda out, v, t: -out * (v + 1.0) * t / (v + t * t)),
    ufunc_aval(scipy_special.gammainc),
)


def t_density(v: Any, t: Any) -> Any:
    """Student's density with ``v`` degrees of freedom at ``t``."""
    return t_density_p.bind(v, t)
