"""Entropies, Huber's losses, the transforms of Box and Cox, and what else is made of x·log(y)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .declare import Partials
from .exponential import log1p
from .special import special
from .special_stable import log1pmx, moment
from .strong import strong_mul
from .ufunc import Ufunc

# --- x·log(y) --------------------------------------------------------------------------------------

xlogy = special(
    "xlogy",
    Partials(lambda out, x, y: np.log(y), lambda out, x, y: strong_mul(x, 1.0 / y)),
    doc="``x·log(y)``, and 0 where x is 0, whatever y is; so is its derivative by y.",
)
xlog1py = special(
    "xlog1py",
    Partials(lambda out, x, y: log1p(y), lambda out, x, y: strong_mul(x, 1.0 / (1.0 + y))),
    doc="``x·log1p(y)``, and 0 where x is 0, whatever y is; so is its derivative by y.",
)
entr = special(
    "entr",
    Partials(lambda out, x: -np.log(x) - 1.0),
    doc="``-x·log(x)``, -inf below 0; at 0 its derivative is infinite.",
)


def _log_ratio(x: Any, y: Any) -> Any:
    """``log(x/y)``, with all digits where x is near y."""
    ratio = x / y
    near = np.logical_and(ratio > 0.5, ratio < 2.0)
    return np.where(near, log1p((np.where(near, x, y) - y) / y), np.log(ratio))


rel_entr = special(
    "rel_entr",
    Partials(lambda out, x, y: _log_ratio(x, y) + 1.0, lambda out, x, y: -strong_mul(x, 1.0 / y)),
    doc="``x·log(x/y)``; where x is 0 its derivative by x is -inf, by y it is 0.",
)
kl_div = special(
    "kl_div",
    Partials(lambda out, x, y: _log_ratio(x, y), lambda out, x, y: (y - x) / y),
    doc="``x·log(x/y) - x + y``; where x is 0 its derivative by x is -inf.",
)

# --- Huber's losses --------------------------------------------------------------------------------

huber = special(
    "huber",
    Partials(
        lambda out, delta, r: np.where(np.abs(r) > delta, np.abs(r) - delta, 0.0),
        lambda out, delta, r: np.clip(r, -delta, delta),
    ),
    doc="``r²/2`` up to ``|r| = delta``, linear beyond; differentiable everywhere for positive delta.",
)


def _pseudo_huber_by_delta(out: Any, delta: Any, r: Any) -> Any:
    """(h - δ)²/h with h = hypot(δ, r), and h - δ = r²/(h + δ)."""
    h = np.hypot(delta, r)
    some = h > 0
    h = np.where(some, h, 1.0)
    gap = r * (r / np.where(some, h + delta, 1.0))
    return gap * (gap / h)


def _pseudo_huber_by_r(out: Any, delta: Any, r: Any) -> Any:
    h = np.hypot(delta, r)
    return r * (delta / np.where(h > 0, h, 1.0))


pseudo_huber = special(
    "pseudo_huber",
    Partials(_pseudo_huber_by_delta, _pseudo_huber_by_r),
    doc="``δ²·(√(1 + (r/δ)²) - 1)``; where both are 0 its derivatives are 0.",
)

# --- the transforms of Box and Cox -----------------------------------------------------------------


def _by_exponent(log: Any, lmbda: Any) -> Any:
    """The derivative by λ of (exp(λ·log) - 1)/λ."""
    return log * log * moment(lmbda * log, 1)


def _boxcox_by_x(out: Any, x: Any, lmbda: Any) -> Any:
    """x^(λ-1), where the rounding of λ - 1 would cost digits far out."""
    nought = x == 0
    ratio = np.power(x, lmbda) / np.where(nought, 1.0, x)
    return np.where(nought, np.power(x, lmbda - 1.0), ratio)


def _boxcox_by_exponent(out: Any, x: Any, lmbda: Any) -> Any:
    log = np.log(x)
    far = np.abs(lmbda * log) > 2.0
    some = np.where(far, lmbda, 1.0)
    power = np.power(x, some)
    return np.where(
        far, (power * log - (power - 1.0) / some) / some, _by_exponent(log, np.where(far, 0.0, lmbda))
    )


boxcox = special(
    "boxcox",
    Partials(_boxcox_by_x, _boxcox_by_exponent),
    doc="``(x^λ - 1)/λ``, and log(x) for λ = 0, where its derivative by λ is log(x)²/2.",
)
boxcox1p = special(
    "boxcox1p",
    Partials(
        lambda out, x, lmbda: np.exp((lmbda - 1.0) * log1p(x)),
        lambda out, x, lmbda: _by_exponent(log1p(x), lmbda),
    ),
    doc="``((1+x)^λ - 1)/λ``, and log1p(x) for λ = 0.",
)


def _inverse_by_exponent(y: Any, lmbda: Any) -> Any:
    """The derivative by λ of log1p(λ·y)/λ: y²·(u/(1+u) - log1p(u))/u² with u = λ·y.

    With v = u/(1+u) it is (log1p(-v) + v)/u², and its series is -½ + ⅔u - …
    """
    u = lmbda * y
    near = np.abs(u) < 1e-4
    away = np.where(near, 1.0, u)
    far = log1pmx(-away / (1.0 + away)) / (away * away)
    series = -0.5 + u * (2 / 3 + u * (-0.75 + u * (0.8 - u * (5 / 6))))
    return y * y * np.where(near, series, far)


inv_boxcox: Ufunc = special(
    "inv_boxcox",
    Partials(
        lambda out, y, lmbda: out / (1.0 + lmbda * y),
        lambda out, y, lmbda: out * _inverse_by_exponent(y, lmbda),
    ),
    doc="The inverse of boxcox by x: ``(1 + λy)^(1/λ)``, and exp(y) for λ = 0.",
)
inv_boxcox1p = special(
    "inv_boxcox1p",
    Partials(
        lambda out, y, lmbda: inv_boxcox(y, lmbda) / (1.0 + lmbda * y),
        lambda out, y, lmbda: inv_boxcox(y, lmbda) * _inverse_by_exponent(y, lmbda),
    ),
    doc="The inverse of boxcox1p by x: ``(1 + λy)^(1/λ) - 1``.",
)


def _tukey_density(out: Any, x: Any, lmbda: Any) -> Any:
    return 1.0 / (np.power(out, lmbda - 1.0) + np.power(1.0 - out, lmbda - 1.0))


def _tukey_by_shape(out: Any, x: Any, lmbda: Any) -> Any:
    """-∂Q/∂λ over ∂Q/∂p of the quantile function Q(p) = (p^λ - (1-p)^λ)/λ at p = out."""
    slope = _by_exponent(np.log(out), lmbda) - _by_exponent(log1p(-out), lmbda)
    return -slope * _tukey_density(out, x, lmbda)


tklmbda = special(
    "tklmbda",
    Partials(_tukey_density, _tukey_by_shape),
    doc="The distribution function of Tukey's lambda distribution.",
)
