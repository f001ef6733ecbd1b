"""Trigonometric and special functions of the LLVM engine: what they are, and how far off they may be."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import scipy.special as sp
from mpmath import mpf

from tests.compile.llvm.vector_maths import Case

ANGLES = ((-10, 10), (-1e5, 1e5), (-3e8, 3e8))
UNIT = ((-1, 1), (-0.55, 0.55), (0.9, 1))
SHARES = ((0, 1), (0, 0.01), (0.45, 0.55))
PLANE = ((-1, 1), (-1000, 1000), (0.5, 2))
POSITIVE = ((0, 5), (0, 1), (0, 1000))
TURNS = (2.0**16, 2.0**20, 2.0**28, 1.5707963267948966, 3.141592653589793)

# --- in float64 --------------------------------------------------------------------------------------------


def sinc(x: Any) -> Any:
    return np.where((x == np.rint(x)) & (x != 0) & np.isfinite(x), 0, np.sinc(x))


def gammaln(x: Any) -> Any:
    """SciPy says infinity of the smallest numbers."""
    return np.where((np.abs(x) < 1e-300) & (x != 0), -np.log(np.abs(x)), sp.gammaln(x))


def gaussian(x: Any) -> Any:
    """By an exact square of the leading digits."""
    size = np.minimum(np.abs(x), x.dtype.type(60))
    head = np.floor(size * 64) / 64
    return np.exp(-head * head) * np.exp(-(size - head) * (size + head))


def erfcinv(x: Any) -> Any:
    """SciPy halves the smallest number first."""
    return np.where((x > 0) & (x < 1e-300), sp.erfcinv(1e-300), sp.erfcinv(x))


def ndtr(x: Any) -> Any:
    """SciPy's tail ends early, in float32 for arguments and in float64 for results."""
    size = np.abs(x.astype(np.float64))
    tail = sp.erfcx(size / np.sqrt(2)) / 2 * np.exp(-size * size / 2)
    return np.where(x > 0, 1 - tail, tail).astype(x.dtype)


# --- in mpmath ---------------------------------------------------------------------------------------------


def exact_sinc(x: mpf) -> mpf:
    return mpmath.sinpi(x) / (mpmath.pi * x) if x else mpf(1)


def exact_erfc(x: mpf) -> mpf:
    return mpmath.erfc(max(min(x, mpf(40)), mpf(-40)))


def exact_erfcx(x: mpf) -> mpf:
    if abs(x) < 1000:
        return mpmath.exp(x * x) * mpmath.erfc(x)
    return (
        1 / (x * mpmath.sqrt(mpmath.pi)) * (1 - 1 / (2 * x**2) + 3 / (4 * x**4) - 15 / (8 * x**6))
        if x > 0
        else mpf("inf")
    )


def exact_erfcinv(x: mpf) -> mpf:
    if not 0 < x < 2:
        return mpf("inf") if x == 0 else mpf("-inf" if x == 2 else "nan")
    if x > 0.1:
        return mpmath.erfinv(1 - x) if x < 1.9 else -exact_erfcinv(2 - x)
    found = mpf(float(sp.erfcinv(max(float(x), 1e-300))))
    for _ in range(5):  # Newton's steps for the logarithm of erfc
        value = mpmath.erfc(found)
        found += (
            (mpmath.log(value) - mpmath.log(x)) * value * mpmath.exp(found**2) * mpmath.sqrt(mpmath.pi) / 2
        )
    return found


def exact_erfinv(x: mpf) -> mpf:
    return mpmath.erfinv(x) if abs(x) < 0.9 else exact_erfcinv(1 - x)


def exact_ndtri(x: mpf) -> mpf:
    return -mpmath.sqrt(2) * exact_erfcinv(2 * x)


def exact_ndtr(x: mpf) -> mpf:
    return exact_erfc(-x / mpmath.sqrt(2)) / 2


def exact_log_ndtr(x: mpf) -> mpf:
    if x > 0:
        return mpmath.log1p(-exact_ndtr(-x))
    if x > -50:
        return mpmath.log(exact_ndtr(x))
    square = x * x  # the asymptotic series of the tail
    tail = sum((-1) ** k * mpmath.fac2(2 * k - 1) / square**k for k in range(12))
    return -square / 2 - mpmath.log(-x * mpmath.sqrt(2 * mpmath.pi)) + mpmath.log(tail)


def exact_entr(x: mpf) -> mpf:
    return -x * mpmath.log(x) if x > 0 else mpf("-inf")


def exact_rel_entr(x: mpf, y: mpf) -> mpf:
    return x * mpmath.log(x / y) if x > 0 and y > 0 else mpf("inf")


def exact_logit(x: mpf) -> mpf:
    return (
        mpmath.log(x / (1 - x)) if 0 < x < 1 else mpf("-inf") if x == 0 else mpf("inf" if x == 1 else "nan")
    )


def exact_gamma(x: mpf) -> mpf:
    if x > 200 or x < -220:
        return mpf("inf") if x > 0 else mpf("nan") if mpmath.isint(x) else mpf(0)
    return mpmath.gamma(x)


def exact_gammaln(x: mpf) -> mpf:
    return mpf("inf") if x <= 0 and mpmath.isint(x) else mpmath.loggamma(x).real


def exact_psi(x: mpf) -> mpf:
    return mpf("nan") if x <= 0 and mpmath.isint(x) else mpmath.digamma(x)


# --- whose ulps are counted below 0, where terms cancel ---------------------------------------------------


def gammaln_terms(x: Any) -> Any:
    return np.where(x < 0, 1 + np.abs(gammaln(np.abs(x))), 0)


def psi_terms(x: Any) -> Any:
    """Twice the terms of the reflection formula."""
    terms = np.abs(sp.psi(np.abs(x))) + 1 / np.abs(x) + np.abs(np.pi / np.tan(np.pi * (x - np.rint(x))))
    return np.where(x < 0, 2 * terms, 0)


# name, exact, in float64, ulps (float32, float64), ranges, thresholds
CASES = [
    Case("arccos", mpmath.acos, np.arccos, (1.1, 1.1), UNIT, (0.5, -0.5, 1, -1)),
    Case("arcsin", mpmath.asin, np.arcsin, (1.7, 1.7), UNIT, (0.5, -0.5, 1, -1)),
    Case("arctan", mpmath.atan, np.arctan, (1.3, 1.6), ((-10, 10), (-1, 1), (-1000, 1000)), (1, -1)),
    Case("arctan2", mpmath.atan2, np.arctan2, (1.6, 1.7), PLANE, arity=2),
    Case("cos", mpmath.cos, np.cos, (2, 1.9), ANGLES, TURNS),
    Case("entr", exact_entr, sp.entr, (2, 2), POSITIVE, (1,)),
    Case("erf", mpmath.erf, sp.erf, (1.7, 1.8), ((-6, 6), (-1.5, 1.5), (1.1, 1.5)), (1.25, 4, 6)),
    Case("erfc", exact_erfc, sp.erfc, (2, 2), ((-1, 1), (0, 10), (0, 28)), (0.47, 10.1, 27.2)),
    Case("erfcx", exact_erfcx, sp.erfcx, (3.7, 3.3), ((-1, 1), (0, 30), (-28, 10)), (0.47, -0.47)),
    Case("gaussian", lambda x: mpmath.exp(-x * x), gaussian, (1.2, 1.2), ((-1, 1), (-10, 10), (-28, 28))),
    Case("erfcinv", exact_erfcinv, erfcinv, (2.7, 2.7), ((0, 2), (0, 0.01), (0.4, 0.6)), (0.5, 1, 1.5)),
    Case("erfinv", exact_erfinv, sp.erfinv, (2.7, 2.7), UNIT, (0.5, 1)),
    Case(
        "gamma",
        exact_gamma,
        sp.gamma,
        (0.7, 4.4),
        ((-6, 12), (-180, 172), (-36, 36)),
        (1, 2, 3, 6, 6.5, 171.6),
    ),
    Case(
        "gammaln",
        exact_gammaln,
        gammaln,
        (3.4, 3.4),
        ((0, 12), (0.5, 2.6), (-12, 0)),
        (1, 2, 2.5, 3.5, 4.5, 5.5, 6.5),
        scale=gammaln_terms,
    ),
    Case("log_ndtr", exact_log_ndtr, sp.log_ndtr, (4, 4), ((-6, 6), (-40, 8), (-1000, 0)), (0.66, -0.66)),
    Case("logit", exact_logit, sp.logit, (1.6, 1.6), SHARES, (0.5, 1)),
    Case("ndtr", exact_ndtr, ndtr, (3.4, 3.5), ((-6, 6), (-1, 1), (-38, 0)), (0.66, -0.66)),
    Case("ndtri", exact_ndtri, sp.ndtri, (3.7, 3.8), SHARES, (0.25, 0.75)),
    Case(
        "psi", exact_psi, sp.psi, (3.9, 3.9), ((0, 8), (1, 2), (-12, 0)), (1, 4, 6, 1.461632), scale=psi_terms
    ),
    Case("rel_entr", exact_rel_entr, sp.rel_entr, (2.8, 2.5), POSITIVE, arity=2),
    Case("sin", mpmath.sin, np.sin, (2, 2), ANGLES, TURNS),
    Case("sinc", exact_sinc, sinc, (2, 2), ((-10, 10), (-1, 1), (-1000, 1000)), (1, 2, 0.5)),
    Case("tan", mpmath.tan, np.tan, (2, 1.7), ANGLES, TURNS),
    Case("xlog1py", lambda x, y: x * mpmath.log1p(y), sp.xlog1py, (2, 2), POSITIVE, arity=2),
    Case("xlogy", lambda x, y: x * mpmath.log(y), sp.xlogy, (2, 2), POSITIVE, arity=2),
]
