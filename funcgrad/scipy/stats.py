"""Probability distributions of SciPy, differentiable by the point and by the parameters.

The distributions have SciPy's names, and of its methods ``pdf``, ``logpdf``, ``cdf``, ``logcdf``, ``sf`` and
``logsf`` (``pmf`` and ``logpmf`` where they are discrete). On plain arrays they are SciPy's; on traced values
they agree with them to rounding. What has no derivative, such as ``t.cdf`` by ``df``, is an error.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.scipy.stats import gamma, norm
>>> grad(norm.logpdf)(1.0)
-1.0
>>> data = np.array([1.0, 2.0, 4.0])
>>> grad(lambda mean: norm.logpdf(data, mean, 2.0).sum())(0.0)
1.75
>>> round(grad(lambda a: gamma.logpdf(2.0, a))(1.0), 6)
1.270363
"""

from __future__ import annotations

from .._src.scipy.continuous import (
    beta,
    cauchy,
    chi2,
    expon,
    gamma,
    laplace,
    logistic,
    lognorm,
    norm,
    pareto,
    t,
    uniform,
    weibull_min,
)
from .._src.scipy.discrete import bernoulli, binom, nbinom, poisson
from .._src.scipy.multivariate import dirichlet, multivariate_normal

__all__ = [
    "bernoulli",
    "beta",
    "binom",
    "cauchy",
    "chi2",
    "dirichlet",
    "expon",
    "gamma",
    "laplace",
    "logistic",
    "lognorm",
    "multivariate_normal",
    "nbinom",
    "norm",
    "pareto",
    "poisson",
    "t",
    "uniform",
    "weibull_min",
]
