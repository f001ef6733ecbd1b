"""Gamma and beta functions, their logarithms, ratios and derivatives, and Hurwitz' zeta function."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..core.aval import Aval, make_aval
from .declare import NONDIFF, Partials
from .special import function_of, missing, no_slope, scipy_special, special
from .special_density import beta_density_p, digamma_gap, digamma_gap_p, gamma_density_p
from .special_kit import is_complex
from .tables import implements
from .ufunc import Ufunc, pointwise, ufunc_dtypes

# --- zeta and polygamma ----------------------------------------------------------------------------

hurwitz: Ufunc = special(
    "_zeta",
    Partials(no_slope("zeta", "x q", "x"), lambda out, x, q: -x * hurwitz(x + 1.0, q)),
    doc="Hurwitz' zeta function ``Σ (n + q)⁻ˣ``.",
    ufunc=scipy_special._ufuncs._zeta,
    elsewhere="zeta",
)


@functools.lru_cache(maxsize=256)
def _polygamma_dtype(n: np.dtype[Any], x: np.dtype[Any]) -> np.dtype[Any]:
    found: np.dtype[Any] = scipy_special.polygamma(np.ones((), n), np.ones((), x)).dtype
    return found


def _polygamma_aval(n: Aval, x: Aval) -> Aval:
    place = x.place if x.kind == "array" else n.place
    dtype = _polygamma_dtype(n.dtype, x.dtype)
    return make_aval(np.broadcast_shapes(n.shape, x.shape), dtype, "array", place)


polygamma_p = pointwise(
    "polygamma",
    lambda xp, n, x: function_of(xp, "polygamma")(n, x),
    Partials(no_slope("polygamma", "n x", "n"), lambda out, n, x: polygamma(n + 1, x)),
    _polygamma_aval,
)


@implements("scipy.special.polygamma")
def polygamma(n: Any, x: Any) -> Any:
    """The ``n``-th derivative of digamma, differentiable by ``x``; a 0-d array for numbers, as SciPy's."""
    return polygamma_p.bind(n, x)


# --- gamma -----------------------------------------------------------------------------------------


def _psi_partial(out: Any, x: Any) -> Any:
    if is_complex(x):
        raise missing(
            "scipy.special.digamma of complex numbers",
            "differentiate by real and imaginary parts with custom_jvp: SciPy has no complex polygamma",
        )
    return hurwitz(2.0, x)


psi: Ufunc = special(
    "psi",
    Partials(_psi_partial),
    doc="The digamma function, the derivative of log Γ.",
    aliases=("digamma",),
)
gammaln = special("gammaln", Partials(lambda out, x: psi(x)), doc="``log |Γ(x)|``.")
loggamma = special(
    "loggamma",
    Partials(lambda out, x: psi(x)),
    doc="The principal branch of log Γ; NaN for negative numbers.",
)
gammasgn = special("gammasgn", NONDIFF, doc="The sign of Γ.")
gamma: Ufunc = special(
    "gamma", Partials(lambda out, x: out * psi(x)), doc="Γ(x); its derivative overflows near the poles."
)


def _rgamma_partial(out: Any, x: Any) -> Any:
    """-ψ(x)/Γ(x); at the poles of Γ by 1/Γ(x) = Γ(1-x)·sin(πx)/π."""
    if is_complex(x):
        return -out * psi(x)
    pole = np.logical_and(x <= 0, np.floor(x) == x)
    z = np.where(pole, x, 0.0)
    there = gamma(1.0 - z) * (np.cos(np.pi * z) - psi(1.0 - z) * np.sin(np.pi * z) / np.pi)
    return np.where(pole, there, -out * psi(np.where(pole, 0.5, x)))


rgamma = special(
    "rgamma", Partials(_rgamma_partial), doc="``1/Γ(x)``; at the poles of Γ, ``±n!`` is its slope."
)


# --- of several variables --------------------------------------------------------------------------

beta = special(
    "beta",
    Partials(
        lambda out, a, b: -out * digamma_gap(a, b),
        lambda out, a, b: -out * digamma_gap(b, a),
    ),
    doc="``Γ(a)Γ(b)/Γ(a+b)``.",
)
betaln = special(
    "betaln",
    Partials(lambda out, a, b: -digamma_gap(a, b), lambda out, a, b: -digamma_gap(b, a)),
    doc="``log |B(a, b)|``.",
)
poch = special(
    "poch",
    Partials(lambda out, z, m: out * digamma_gap(z, m), lambda out, z, m: out * psi(z + m)),
    doc="``Γ(z+m)/Γ(z)``; NaN is its derivative at the poles.",
)
binom = special(
    "binom",
    Partials(
        lambda out, n, k: out * digamma_gap(n - k + 1.0, k),
        lambda out, n, k: out * digamma_gap(k + 1.0, n - 2.0 * k),
    ),
    doc="The binomial coefficient, of real numbers; NaN is its derivative where k > n are whole numbers.",
)


def _beta_slope(out: Any, a: Any, b: Any, x: Any) -> Any:
    """By x; at 0 and 1 by the densities with a parameter less, B(a-1, b)·(a-1) being B(a, b)·(a+b-1)."""
    inside = np.logical_and(x > 0, x < 1)
    y = np.where(inside, x, 0.5)
    there = (a + b - 1.0) * (beta_density_p.bind(a - 1.0, b, x) - beta_density_p.bind(a, b - 1.0, x))
    return np.where(inside, out * ((a - 1.0) / y - (b - 1.0) / (1.0 - y)), there)


digamma_gap_p.rule = Partials(
    lambda out, x, d: hurwitz(2.0, x + d) - hurwitz(2.0, x),
    lambda out, x, d: hurwitz(2.0, x + d),
)
gamma_density_p.rule = Partials(
    lambda out, a, x: out * (np.log(x) - psi(a)),
    lambda out, a, x: gamma_density_p.bind(a - 1.0, x) - out,
)
beta_density_p.rule = Partials(
    lambda out, a, b, x: out * (np.log(x) + digamma_gap(a, b)),
    lambda out, a, b, x: out * (np.log1p(-x) + digamma_gap(b, a)),
    _beta_slope,
)


# --- multigammaln ----------------------------------------------------------------------------------


def _multigammaln_aval(a: Aval, *, d: int) -> Aval:
    (dtype,) = ufunc_dtypes(scipy_special.gammaln, (a,))
    return make_aval(a.shape, np.result_type(dtype, np.float64), "array" if a.shape else "scalar", a.place)


def _multigammaln_partial(out: Any, a: Any, *, d: int) -> Any:
    return sum((psi(a - 0.5 * j) for j in range(1, d)), start=psi(a)) if d else 0.0


multigammaln_p = pointwise(
    "multigammaln",
    lambda xp, a, *, d: function_of(xp, "multigammaln")(a, d),
    Partials(_multigammaln_partial),
    _multigammaln_aval,
)


@implements("scipy.special.multigammaln")
def multigammaln(a: Any, d: Any) -> Any:
    """The logarithm of the multivariate gamma function of dimension ``d``, a whole number."""
    number = int(d)
    if number != d:
        return function_of(np, "multigammaln")(1.0, d)  # SciPy's own error
    return multigammaln_p.bind(a, d=number)
