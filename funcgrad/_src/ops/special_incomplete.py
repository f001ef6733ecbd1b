"""Incomplete gamma and beta functions, and the distribution functions made of them.

They are differentiated by the argument of the distribution: its density. By a parameter there is no
formula, and asking for one is an error; a count that SciPy rounds down is a step function, whose derivative
is zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .declare import Partials
from .special import no_slope, special
from .special_density import beta_density, gamma_density, t_density

# --- gamma -----------------------------------------------------------------------------------------


def _no_a(name: str) -> Any:
    return no_slope(name, "a x", "a")


gammainc = special(
    "gammainc",
    Partials(_no_a("gammainc"), lambda out, a, x: gamma_density(a, x)),
    doc="The regularised lower incomplete gamma function; differentiable by x.",
)
gammaincc = special(
    "gammaincc",
    Partials(_no_a("gammaincc"), lambda out, a, x: -gamma_density(a, x)),
    doc="The regularised upper incomplete gamma function; differentiable by x.",
)
gammaincinv = special(
    "gammaincinv",
    Partials(no_slope("gammaincinv", "a y", "a"), lambda out, a, y: 1.0 / gamma_density(a, out)),
    doc="The inverse of gammainc; differentiable by y.",
)
gammainccinv = special(
    "gammainccinv",
    Partials(no_slope("gammainccinv", "a y", "a"), lambda out, a, y: -1.0 / gamma_density(a, out)),
    doc="The inverse of gammaincc; differentiable by y.",
)
gdtr = special(
    "gdtr",
    Partials(
        lambda out, a, b, x: x * gamma_density(b, a * x),
        no_slope("gdtr", "a b x", "b"),
        lambda out, a, b, x: a * gamma_density(b, a * x),
    ),
    doc="The gamma distribution function with rate a and shape b at x; differentiable by a and x.",
)
gdtrc = special(
    "gdtrc",
    Partials(
        lambda out, a, b, x: -x * gamma_density(b, a * x),
        no_slope("gdtrc", "a b x", "b"),
        lambda out, a, b, x: -a * gamma_density(b, a * x),
    ),
    doc="``1 - gdtr``; differentiable by a and x.",
)
gdtrix = special(
    "gdtrix",
    Partials(
        lambda out, a, b, p: -out / a,
        no_slope("gdtrix", "a b p", "b"),
        lambda out, a, b, p: 1.0 / (a * gamma_density(b, a * out)),
    ),
    doc="The inverse of gdtr by x; differentiable by a and p.",
)
gdtria = special(
    "gdtria",
    Partials(
        lambda out, p, b, x: 1.0 / (x * gamma_density(b, out * x)),
        no_slope("gdtria", "p b x", "b"),
        lambda out, p, b, x: -out / x,
    ),
    doc="The inverse of gdtr by a; differentiable by p and x.",
)
chdtr = special(
    "chdtr",
    Partials(no_slope("chdtr", "v x", "v"), lambda out, v, x: 0.5 * gamma_density(0.5 * v, 0.5 * x)),
    doc="The chi-squared distribution function; differentiable by x.",
)
chdtrc = special(
    "chdtrc",
    Partials(no_slope("chdtrc", "v x", "v"), lambda out, v, x: -0.5 * gamma_density(0.5 * v, 0.5 * x)),
    doc="``1 - chdtr``; differentiable by x.",
)
chdtri = special(
    "chdtri",
    Partials(no_slope("chdtri", "v p", "v"), lambda out, v, p: -2.0 / gamma_density(0.5 * v, 0.5 * out)),
    doc="The inverse of chdtrc; differentiable by p.",
)
pdtr = special(
    "pdtr",
    Partials(None, lambda out, k, m: -gamma_density(np.floor(k) + 1.0, m)),
    doc="The Poisson distribution function of k events with mean m, a step function of k.",
)
pdtrc = special(
    "pdtrc",
    Partials(None, lambda out, k, m: gamma_density(np.floor(k) + 1.0, m)),
    doc="``1 - pdtr``, a step function of k.",
)
pdtri = special(
    "pdtri",
    Partials(None, lambda out, k, y: -1.0 / gamma_density(np.floor(k) + 1.0, out)),
    doc="The inverse of pdtr by the mean, a step function of k.",
)

# --- beta ------------------------------------------------------------------------------------------


def _no(name: str, which: str, last: str = "x") -> Any:
    return no_slope(name, f"a b {last}", which)


betainc = special(
    "betainc",
    Partials(_no("betainc", "a"), _no("betainc", "b"), lambda out, a, b, x: beta_density(a, b, x)),
    doc="The regularised incomplete beta function; differentiable by x.",
)
betaincc = special(
    "betaincc",
    Partials(_no("betaincc", "a"), _no("betaincc", "b"), lambda out, a, b, x: -beta_density(a, b, x)),
    doc="``1 - betainc``; differentiable by x.",
)
betaincinv = special(
    "betaincinv",
    Partials(
        _no("betaincinv", "a", "y"),
        _no("betaincinv", "b", "y"),
        lambda out, a, b, y: 1.0 / beta_density(a, b, out),
    ),
    doc="The inverse of betainc; differentiable by y.",
)
betainccinv = special(
    "betainccinv",
    Partials(
        _no("betainccinv", "a", "y"),
        _no("betainccinv", "b", "y"),
        lambda out, a, b, y: -1.0 / beta_density(a, b, out),
    ),
    doc="The inverse of betaincc; differentiable by y.",
)


def _binomial(k: Any, n: Any, p: Any) -> Any:
    """The derivative of bdtrc(k, n, p) by p."""
    k, n = np.floor(k), np.floor(n)
    return beta_density(k + 1.0, n - k, p)


bdtr = special(
    "bdtr",
    Partials(None, None, lambda out, k, n, p: -_binomial(k, n, p)),
    doc="The binomial distribution function of k successes in n trials, a step function of k and n.",
)
bdtrc = special(
    "bdtrc",
    Partials(None, None, lambda out, k, n, p: _binomial(k, n, p)),
    doc="``1 - bdtr``, a step function of k and n.",
)
bdtri = special(
    "bdtri",
    Partials(None, None, lambda out, k, n, y: -1.0 / _binomial(k, n, out)),
    doc="The inverse of bdtr by the probability, a step function of k and n.",
)
nbdtr = special(
    "nbdtr",
    Partials(None, None, lambda out, k, n, p: beta_density(np.floor(n), np.floor(k) + 1.0, p)),
    doc="The negative binomial distribution function, a step function of k and n.",
)
nbdtrc = special(
    "nbdtrc",
    Partials(None, None, lambda out, k, n, p: -beta_density(np.floor(n), np.floor(k) + 1.0, p)),
    doc="``1 - nbdtr``, a step function of k and n.",
)
nbdtri = special(
    "nbdtri",
    Partials(None, None, lambda out, k, n, y: 1.0 / beta_density(np.floor(n), np.floor(k) + 1.0, out)),
    doc="The inverse of nbdtr by the probability, a step function of k and n.",
)


def _f_density(n: Any, d: Any, x: Any) -> Any:
    """That of the F distribution: I(n·x/(d + n·x)) with parameters n/2 and d/2, from the nearer end."""
    m = n * x
    w, low = d + m, m < d
    a, b = np.where(low, n, d), np.where(low, d, n)
    return beta_density(0.5 * a, 0.5 * b, np.where(low, m, d) / w) * (n / w) * (d / w)


fdtr = special(
    "fdtr",
    Partials(
        no_slope("fdtr", "dfn dfd x", "dfn"),
        no_slope("fdtr", "dfn dfd x", "dfd"),
        lambda out, n, d, x: _f_density(n, d, x),
    ),
    doc="The F distribution function; differentiable by x.",
)
fdtrc = special(
    "fdtrc",
    Partials(
        no_slope("fdtrc", "dfn dfd x", "dfn"),
        no_slope("fdtrc", "dfn dfd x", "dfd"),
        lambda out, n, d, x: -_f_density(n, d, x),
    ),
    doc="``1 - fdtr``; differentiable by x.",
)
fdtri = special(
    "fdtri",
    Partials(
        no_slope("fdtri", "dfn dfd p", "dfn"),
        no_slope("fdtri", "dfn dfd p", "dfd"),
        lambda out, n, d, p: 1.0 / _f_density(n, d, out),
    ),
    doc="The inverse of fdtr; differentiable by p.",
)
stdtr = special(
    "stdtr",
    Partials(no_slope("stdtr", "df t", "df"), lambda out, df, t: t_density(df, t)),
    doc="Student's distribution function; differentiable by t.",
)
stdtrit = special(
    "stdtrit",
    Partials(no_slope("stdtrit", "df p", "df"), lambda out, df, p: 1.0 / t_density(df, out)),
    doc="The inverse of stdtr; differentiable by p.",
)
