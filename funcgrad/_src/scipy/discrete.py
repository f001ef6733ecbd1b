"""Discrete distributions: the formulas of their standard forms, differentiable by the parameters.

The formulas are those of N. L. Johnson, A. W. Kemp and S. Kotz, Univariate Discrete Distributions, 3rd
edition. A cumulative probability is an incomplete gamma or beta function of the parameter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.families import find_named
from .distribution import Discrete

betainc, betaincc, gammainc, gammaincc, gammaln, xlog1py, xlogy = (
    find_named(f"scipy.special.{name}")
    for name in ("betainc", "betaincc", "gammainc", "gammaincc", "gammaln", "xlog1py", "xlogy")
)
_COUNTS = (0, np.inf)


def _is_probability(p: Any) -> Any:
    return (p >= 0) & (p <= 1)


def _log_choose(n: Any, k: Any) -> Any:
    return gammaln(n + 1.0) - (gammaln(k + 1.0) + gammaln(n - k + 1.0))


def _binomial_cdf(k: Any, n: Any, p: Any) -> Any:
    """P(X ≤ k) = I(1 − p; n − k, k + 1)."""
    return np.where(k >= n, 1.0, betaincc(k + 1.0, np.where(k >= n, 1.0, n - k), p))


def _binomial_sf(k: Any, n: Any, p: Any) -> Any:
    return np.where(k >= n, 0.0, betainc(k + 1.0, np.where(k >= n, 1.0, n - k), p))


poisson = Discrete(
    "poisson",
    ("mu",),
    support=_COUNTS,
    valid=lambda mu: mu >= 0,
    logpmf=lambda k, mu: xlogy(k, mu) - gammaln(k + 1.0) - mu,
    cdf=lambda k, mu: gammaincc(k + 1.0, mu),
    sf=lambda k, mu: gammainc(k + 1.0, mu),
)
binom = Discrete(
    "binom",
    ("n", "p"),
    support=_COUNTS,
    valid=lambda n, p: (n >= 0) & (n == np.floor(n)) & _is_probability(p),
    last=lambda n, p: n,
    logpmf=lambda k, n, p: _log_choose(n, k) + xlogy(k, p) + xlog1py(n - k, -p),
    cdf=_binomial_cdf,
    sf=_binomial_sf,
)
bernoulli = Discrete(
    "bernoulli",
    ("p",),
    support=_COUNTS,
    valid=_is_probability,
    last=lambda p: 1,
    logpmf=lambda k, p: xlogy(k, p) + xlog1py(1.0 - k, -p),
    cdf=lambda k, p: _binomial_cdf(k, 1, p),
    sf=lambda k, p: _binomial_sf(k, 1, p),
)
nbinom = Discrete(
    "nbinom",
    ("n", "p"),
    support=_COUNTS,
    valid=lambda n, p: (n > 0) & (p > 0) & (p <= 1),
    logpmf=lambda k, n, p: gammaln(n + k) - gammaln(k + 1.0) - gammaln(n) + n * np.log(p) + xlog1py(k, -p),
    cdf=lambda k, n, p: betainc(n, k + 1.0, p),
    sf=lambda k, n, p: betaincc(n, k + 1.0, p),
)
