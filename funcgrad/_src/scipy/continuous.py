"""Continuous distributions: the formulas of their standard forms.

Where SciPy has a formula for a tail, so has this table; other logarithms are logarithms of the function.
The formulas are those of N. L. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions, 2nd
edition, volumes 1 and 2, and of scipy.stats.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ops.families import find_named
from .distribution import Continuous

(
    betaln, betainc, betaincc, expit, gammainc, gammaincc, gammaln, log_expit, log_ndtr, ndtr, stdtr, xlog1py,
    xlogy,
) = (
    find_named(f"scipy.special.{name}")
    for name in (
        "betaln", "betainc", "betaincc", "expit", "gammainc", "gammaincc", "gammaln", "log_expit", "log_ndtr",
        "ndtr", "stdtr", "xlog1py", "xlogy",
    )
)  # fmt: skip

_LOG_ROOT_TAU = 0.5 * math.log(2.0 * math.pi)
_ROOT_TAU = math.sqrt(2.0 * math.pi)
_INF = math.inf


def log_rest(log_p: Any) -> Any:
    """``log(1 - exp(log_p))``, accurate at both ends.

    M. Mächler (2012), "Accurately computing log(1 - exp(-abs(a)))", the vignette of the R package Rmpfr.
    """
    return np.where(log_p > -math.log(2.0), np.log(-np.expm1(log_p)), np.log1p(-np.exp(log_p)))


# --- on the whole line -----------------------------------------------------------------------------

norm = Continuous(
    "norm",
    pdf=lambda z: np.exp(-z * z / 2.0) / _ROOT_TAU,
    logpdf=lambda z: -z * z / 2.0 - _LOG_ROOT_TAU,
    cdf=ndtr,
    sf=lambda z: ndtr(-z),
    logcdf=log_ndtr,
    logsf=lambda z: log_ndtr(-z),
)
t = Continuous(
    "t",
    ("df",),
    logpdf=lambda z, df: (
        gammaln((df + 1.0) / 2.0)
        - gammaln(df / 2.0)
        - 0.5 * np.log(df * math.pi)
        - (df + 1.0) / 2.0 * np.log1p(z * z / df)
    ),
    cdf=lambda z, df: stdtr(df, z),
    sf=lambda z, df: stdtr(df, -z),
)
cauchy = Continuous(
    "cauchy",
    pdf=lambda z: 1.0 / math.pi / (1.0 + z * z),
    logpdf=lambda z: -math.log(math.pi) - np.log1p(z * z),
    cdf=lambda z: np.arctan2(1.0, -z) / math.pi,
    sf=lambda z: np.arctan2(1.0, z) / math.pi,
)


def _laplace_cdf(z: Any) -> Any:
    half = 0.5 * np.exp(-np.abs(z))
    return np.where(z > 0, 1.0 - half, half)


def _laplace_logcdf(z: Any) -> Any:
    below = -np.abs(z)
    return np.where(z > 0, np.log1p(-0.5 * np.exp(below)), below - math.log(2.0))


laplace = Continuous(
    "laplace",
    pdf=lambda z: 0.5 * np.exp(-np.abs(z)),
    logpdf=lambda z: -math.log(2.0) - np.abs(z),
    cdf=_laplace_cdf,
    sf=lambda z: _laplace_cdf(-z),
    logcdf=_laplace_logcdf,
    logsf=lambda z: _laplace_logcdf(-z),
)


def _logistic_logpdf(z: Any) -> Any:
    below = -np.abs(z)
    return below - 2.0 * np.log1p(np.exp(below))


logistic = Continuous(
    "logistic",
    logpdf=_logistic_logpdf,
    cdf=expit,
    sf=lambda z: expit(-z),
    logcdf=log_expit,
    logsf=lambda z: log_expit(-z),
)

# --- on the positive numbers -----------------------------------------------------------------------

expon = Continuous(
    "expon",
    support=(0.0, _INF),
    logpdf=lambda z: -z,
    cdf=lambda z: -np.expm1(-z),
    sf=lambda z: np.exp(-z),
    logcdf=lambda z: log_rest(-z),
    logsf=lambda z: -z,
)
gamma = Continuous(
    "gamma",
    ("a",),
    support=(0.0, _INF),
    logpdf=lambda z, a: xlogy(a - 1.0, z) - z - gammaln(a),
    cdf=lambda z, a: gammainc(a, z),
    sf=lambda z, a: gammaincc(a, z),
)
chi2 = Continuous(
    "chi2",
    ("df",),
    support=(0.0, _INF),
    logpdf=lambda z, df: xlogy(df / 2.0 - 1.0, z) - z / 2.0 - gammaln(df / 2.0) - math.log(2.0) * df / 2.0,
    cdf=lambda z, df: gammainc(df / 2.0, z / 2.0),
    sf=lambda z, df: gammaincc(df / 2.0, z / 2.0),
)
lognorm = Continuous(
    "lognorm",
    ("s",),
    support=(0.0, _INF),
    logpdf=lambda z, s: np.where(
        z == 0, -np.inf, -(np.log(z) ** 2) / (2.0 * s * s) - np.log(s * z * _ROOT_TAU)
    ),
    cdf=lambda z, s: ndtr(np.log(z) / s),
    sf=lambda z, s: ndtr(-np.log(z) / s),
    logcdf=lambda z, s: log_ndtr(np.log(z) / s),
    logsf=lambda z, s: log_ndtr(-np.log(z) / s),
)
weibull_min = Continuous(
    "weibull_min",
    ("c",),
    support=(0.0, _INF),
    logpdf=lambda z, c: np.log(c) + xlogy(c - 1.0, z) - z**c,
    pdf=lambda z, c: c * z ** (c - 1.0) * np.exp(-(z**c)),
    cdf=lambda z, c: -np.expm1(-(z**c)),
    sf=lambda z, c: np.exp(-(z**c)),
    logcdf=lambda z, c: log_rest(-(z**c)),
    logsf=lambda z, c: -(z**c),
)
pareto = Continuous(
    "pareto",
    ("b",),
    support=(1.0, _INF),
    pdf=lambda z, b: b * z ** (-b - 1.0),
    logpdf=lambda z, b: np.log(b) - (b + 1.0) * np.log(z),
    cdf=lambda z, b: -np.expm1(-b * np.log(z)),
    sf=lambda z, b: z**-b,
    logcdf=lambda z, b: log_rest(-b * np.log(z)),
    logsf=lambda z, b: -b * np.log(z),
)

# --- on the unit interval --------------------------------------------------------------------------

uniform = Continuous(
    "uniform",
    support=(0.0, 1.0),
    logpdf=lambda z: 0.0 * z,
    pdf=lambda z: 1.0 + 0.0 * z,
    cdf=lambda z: z,
    sf=lambda z: 1.0 - z,
    logsf=lambda z: np.log1p(-z),
)
beta = Continuous(
    "beta",
    ("a", "b"),
    support=(0.0, 1.0),
    logpdf=lambda z, a, b: xlog1py(b - 1.0, -z) + xlogy(a - 1.0, z) - betaln(a, b),
    cdf=lambda z, a, b: betainc(a, b, z),
    sf=lambda z, a, b: betaincc(a, b, z),
)
