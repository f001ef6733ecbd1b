"""The elementary functions of the LLVM engine: what they are, and how far from that they may be."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

from tests.compile.llvm.vector_maths import Case

EXPONENTS = ((-105, 90), (-1, 1), (-746, 711))
NEAR_ONE = ((0, 2), (0.7, 1.6), (0, 1e5), (0.99, 1.01))
WIDE = ((-10, 10), (-1, 1), (-746, 711))
PAIRS = ((-30, 30), (-1, 1), (-746, 50))

# --- in float64 --------------------------------------------------------------------------------------------


def sigmoid(x: Any) -> Any:
    return np.where(x < -40, np.exp(np.minimum(x, 0)), 1 / (1 + np.exp(-np.maximum(x, -40))))


def softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


def log_expit(x: Any) -> Any:
    return -np.logaddexp(-x, 0)


def exp_difference(x: Any, total: Any) -> Any:
    infinite = (x == total) & (total > 0)
    return np.where(np.isinf(total), infinite.astype(x.dtype), np.exp(x - total))


# --- in mpmath ---------------------------------------------------------------------------------------------


def exact_softplus(x: mpf) -> mpf:
    return max(x, mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x)))


def exact_logaddexp(x: mpf, y: mpf) -> mpf:
    return max(x, y) + mpmath.log1p(mpmath.exp(-abs(x - y)))


def exact_logaddexp2(x: mpf, y: mpf) -> mpf:
    return max(x, y) + mpmath.log1p(mpf(2) ** -abs(x - y)) / mpmath.log(2)


def exact_cbrt(x: mpf) -> mpf:
    return mpmath.cbrt(x) if x >= 0 else -mpmath.cbrt(-x)


def exact_power(x: mpf, y: mpf) -> mpf:
    if y == 0:
        return mpf(1)
    if x == 0:
        return mpf(0) if y > 0 else mpf("inf")
    if x < 0 and not mpmath.isint(y):
        return mpf("nan")
    sign = -1 if x < 0 and mpmath.isint(y) and int(y) % 2 else 1
    log = y * mpmath.log(abs(x))
    return sign * mpmath.exp(max(min(log, mpf(5000)), mpf(-5000)))


# --- whose ulps are counted where terms cancel, or a difference is rounded ------------------------


def share(x: Any, total: Any) -> Any:
    """A difference of ``d`` has an error of ``d`` times half an ulp, which counts for the exponential."""
    gap = x - total
    return np.where(gap > 700, np.inf, np.exp(np.minimum(gap, 700)) * (1 + np.minimum(np.abs(gap), 1000)))


def terms(x: Any, y: Any) -> Any:
    """The two terms of ``max(x, y) + log(1 + exp(-abs(x - y)))``, the difference rounded."""
    gap = np.abs(x - y)
    return np.maximum(np.abs(np.maximum(x, y)), np.log1p(np.exp(-gap)) * (1 + gap))


def terms2(x: Any, y: Any) -> Any:
    """The same to the base 2."""
    gap = np.abs(x - y)
    return np.maximum(np.abs(np.maximum(x, y)), np.log1p(np.exp2(-gap)) / np.log(2) * (1 + gap))


# name, exact, in float64, ulps (float32, float64), ranges, thresholds
CASES = [
    Case("arccosh", mpmath.acosh, np.arccosh, (1.9, 1.7), ((1, 2), (1, 90), (1, 1e10)), (1, 1.5)),
    Case("arcsinh", mpmath.asinh, np.arcsinh, (1.8, 1.8), ((-2, 2), (-0.5, 0.5), (-1e10, 1e10)), (0.25, 1)),
    Case("arctanh", mpmath.atanh, np.arctanh, (1.5, 1.3), ((-1, 1), (-0.1, 0.1), (0.9, 1)), (1, -1, 0.2)),
    Case("cbrt", exact_cbrt, np.cbrt, (1.0, 1.0), WIDE, (1, 8, 27, 1e-310)),
    Case("cosh", mpmath.cosh, np.cosh, (1.8, 1.7), ((-2, 2), (-90, 90), (-711, 711)), (89.4, 710.4)),
    Case("exp", mpmath.exp, np.exp, (1.2, 1.2), EXPONENTS, (88.7228, -87.33, -103.97, 709.78, -745.13)),
    Case(
        "exp2",
        lambda x: mpf(2) ** x,
        np.exp2,
        (1.2, 1.2),
        ((-151, 129), (-1, 1), (-1076, 1026)),
        (128, -126, -149, -150, 1024, -1022, -1075),
    ),
    Case(
        "exp_difference",
        lambda x, total: mpmath.exp(x - total),
        exp_difference,
        (1.2, 1.2),
        PAIRS,
        arity=2,
        scale=share,
    ),
    Case("expm1", mpmath.expm1, np.expm1, (1.5, 1.2), EXPONENTS, (88.7, 709.7, 0.5, -0.5, -17.3, -36.7)),
    Case("hypot", lambda x, y: mpmath.sqrt(x * x + y * y), np.hypot, (1.3, 1.3), WIDE, arity=2),
    Case("log", mpmath.log, np.log, (1, 1), NEAR_ONE, (1, 0.75, 1.5, 2.0**-126)),
    Case("log10", mpmath.log10, np.log10, (1.4, 1.3), NEAR_ONE, (1, 0.75, 1.5, 2.0**-126)),
    Case("log1p", mpmath.log1p, np.log1p, (1, 1), ((-1, 2), (-0.1, 0.1), (0, 1e5)), (-1, -0.25, 0.5)),
    Case("log2", lambda x: mpmath.log(x) / mpmath.log(2), np.log2, (1.7, 1.4), NEAR_ONE, (1, 0.75, 1.5)),
    Case("log_expit", lambda x: -exact_softplus(-x), log_expit, (1.8, 1.8), EXPONENTS, (18, -18)),
    Case("logaddexp", exact_logaddexp, np.logaddexp, (1.8, 1.5), PAIRS, arity=2, scale=terms),
    Case("logaddexp2", exact_logaddexp2, np.logaddexp2, (1.8, 1.5), PAIRS, arity=2, scale=terms2),
    Case("power", exact_power, np.power, (0.7, 1.1), ((0, 10), (-10, 10), (0.9, 1.1), (0, 1000)), arity=2),
    Case("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), sigmoid, (2, 2), EXPONENTS, (-87.33, -103.97, 17)),
    Case("sinh", mpmath.sinh, np.sinh, (1.5, 1.8), ((-2, 2), (-90, 90), (-711, 711)), (1, 89.4, 710.4)),
    Case("softplus", exact_softplus, softplus, (1.8, 1.8), EXPONENTS, (-87.33, -103.97, -745.13, 18)),
    Case("tanh", mpmath.tanh, np.tanh, (2, 2), ((-10, 10), (-1, 1), (-20, 20)), (0.17, 9.01, 19.06)),
]
