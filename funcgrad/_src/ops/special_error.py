"""Error functions, the functions of Dawson and Faddeeva, and those of the normal distribution.

Where a derivative would be the exponential of a large square, it is written with the known value instead:
exp(y²) = erfcx(y)/erfc(y), and erfc(y) is what an inverse function was given.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .declare import Partials
from .special import special
from .special_kit import is_complex
from .special_stable import dawsn_slope_p, erfcx_slope_p, gaussian
from .ufunc import Ufunc

_SLOPE = 2.0 / math.sqrt(math.pi)
_ROOT_HALF = math.sqrt(0.5)
_PEAK = 1.0 / math.sqrt(2.0 * math.pi)  # of the normal density
_MILLS = math.sqrt(0.5 * math.pi)

# --- erf and its kin -------------------------------------------------------------------------------

erf = special(
    "erf",
    Partials(lambda out, x: _SLOPE * gaussian(x)),
    doc="The error function, ``2/√π ∫₀ˣ exp(-t²) dt``.",
)
erfc = special("erfc", Partials(lambda out, x: -_SLOPE * gaussian(x)), doc="``1 - erf(x)``.")
erfi = special("erfi", Partials(lambda out, x: _SLOPE * gaussian(x, -1.0)), doc="``-i·erf(i·x)``.")


def _erfcx_partial(out: Any, x: Any) -> Any:
    return 2.0 * x * out - _SLOPE if is_complex(x) else erfcx_slope_p.bind(x)


def _dawsn_partial(out: Any, x: Any) -> Any:
    return 1.0 - 2.0 * x * out if is_complex(x) else dawsn_slope_p.bind(x)


erfcx: Ufunc = special("erfcx", Partials(_erfcx_partial), doc="``exp(x²)·erfc(x)``.")
dawsn: Ufunc = special(
    "dawsn", Partials(_dawsn_partial), doc="Dawson's integral ``exp(-x²) ∫₀ˣ exp(t²) dt``."
)
erfcx_slope_p.rule = Partials(lambda out, x: 2.0 * (erfcx(x) + x * out))
dawsn_slope_p.rule = Partials(lambda out, x: -2.0 * (dawsn(x) + x * out))
wofz = special(
    "wofz",
    Partials(lambda out, z: _SLOPE * 1j - 2.0 * z * out),
    doc="Faddeeva's function ``exp(-z²)·erfc(-i·z)``; its derivative loses |z|² of its digits for large z.",
)

# --- inverses --------------------------------------------------------------------------------------


def _over(y: Any, rest: Any) -> Any:
    """``exp(y²)`` of a non-negative y, given ``erfc(y)``; infinite with y."""
    finite = np.isfinite(y)
    ratio = erfcx(np.where(finite, y, 0.0)) / np.where(finite, rest, 1.0)
    return np.where(np.isinf(y), np.inf, np.where(np.isnan(y), np.nan, ratio))


def _erfinv_partial(out: Any, x: Any) -> Any:
    near = np.abs(x) < 0.5
    return 1.0 / _SLOPE * np.where(near, gaussian(out, -1.0), _over(np.abs(out), 1.0 - np.abs(x)))


def _erfcinv_partial(out: Any, x: Any) -> Any:
    near = np.abs(x - 1.0) < 0.5
    tail = _over(np.abs(out), np.where(x < 1, x, 2.0 - x))
    return -1.0 / _SLOPE * np.where(near, gaussian(out, -1.0), tail)


def _ndtri_partial(out: Any, p: Any) -> Any:
    near = np.abs(p - 0.5) < 0.25
    tail = _over(_ROOT_HALF * np.abs(out), np.where(p < 0.5, p, 1.0 - p))
    return _MILLS * np.where(near, 2.0 * gaussian(out, -0.5), tail)


erfinv = special(
    "erfinv", Partials(_erfinv_partial), doc="The inverse of erf; at -1 and 1 its derivative is infinite."
)
erfcinv = special(
    "erfcinv",
    Partials(_erfcinv_partial),
    doc="The inverse of erfc; at 0 and 2 its derivative is infinite.",
)

# --- the normal distribution -----------------------------------------------------------------------


def _log_ndtr_partial(out: Any, x: Any) -> Any:
    """φ(x)/Φ(x): by erfcx below 0, where both are small."""
    if is_complex(x):
        return _PEAK * np.exp(-0.5 * x * x - out)
    below = _MILLS * erfcx(-_ROOT_HALF * np.where(x < 0, x, 0.0))
    return np.where(x < 0, 1.0 / below, _PEAK * gaussian(x, 0.5) / ndtr(np.where(x < 0, 0.0, x)))


def _ndtri_exp_partial(out: Any, y: Any) -> Any:
    """Φ(x)/φ(x) at x = ndtri_exp(y): above the median by 1 - Φ(x) = -expm1(y)."""
    other = np.exp(y) / -np.expm1(y)
    tail = _MILLS * erfcx(_ROOT_HALF * np.abs(out))
    return np.where(out < 0, tail, tail * other)


ndtr: Ufunc = special(
    "ndtr", Partials(lambda out, x: _PEAK * gaussian(x, 0.5)), doc="The normal distribution function."
)
log_ndtr = special(
    "log_ndtr", Partials(_log_ndtr_partial), doc="The logarithm of ndtr, accurate in both tails."
)
ndtri = special(
    "ndtri",
    Partials(_ndtri_partial),
    doc="The inverse of ndtr; at 0 and 1 its derivative is infinite.",
)
ndtri_exp = special(
    "ndtri_exp", Partials(_ndtri_exp_partial), doc="The inverse of log_ndtr, accurate for large -y."
)
nrdtrimn = special(
    "nrdtrimn",
    Partials(
        lambda out, p, std, x: -std * _ndtri_partial(ndtri(p), p),
        lambda out, p, std, x: -ndtri(p),
        lambda out, p, std, x: 1.0,
    ),
    doc="The mean of the normal distribution with deviation std whose distribution function is p at x.",
)
nrdtrisd = special(
    "nrdtrisd",
    Partials(
        lambda out, mn, p, x: -1.0 / ndtri(p),
        lambda out, mn, p, x: -out * _ndtri_partial(ndtri(p), p) / ndtri(p),
        lambda out, mn, p, x: 1.0 / ndtri(p),
    ),
    doc="The deviation of the normal distribution with mean mn whose distribution function is p at x.",
)


def _owens_slope(out: Any, h: Any, a: Any) -> Any:
    return -0.5 * _PEAK * gaussian(h, 0.5) * erf(_ROOT_HALF * a * h)


def _owens_by_slope(out: Any, h: Any, a: Any) -> Any:
    return gaussian(h, 0.5) * gaussian(a * h, 0.5) / (2.0 * math.pi * (1.0 + a * a))


owens_t = special("owens_t", Partials(_owens_slope, _owens_by_slope), doc="Owen's T function of h and a.")
