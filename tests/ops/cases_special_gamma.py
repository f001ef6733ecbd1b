"""Rows of the op table: gamma and beta functions, zeta, and the densities made of them."""

from __future__ import annotations

from funcgrad._src.ops.special_density import beta_density, digamma_gap, gamma_density, t_density
from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

POSITIVE = Arg(low=0.3, high=5.0)
ROW, COLUMN = Arg((4,), low=0.3, high=5.0), Arg((3, 1), low=0.3, high=5.0)
BELOW = Arg(low=-2.9, high=-0.1, avoid=(-2.0, -1.0), margin=0.15)
COMPLEX = Arg(dtype="complex128")
COUNTS = Arg(low=1, high=4, dtype="int64")
SHAPE = Arg(low=2.5, high=6.0)
WITHIN = Arg((4,), low=0.1, high=0.9)
WIDE = Arg(low=30.0, high=60.0)

GAMMA = [
    Case("gamma", lambda np, x: special(np).gamma(x), (POSITIVE,)),
    Case("gamma", lambda np, x: special(np).gamma(x), (BELOW,), label="negative"),
    Case("gamma", lambda np, x: special(np).gamma(x), (COMPLEX,), order=1, device=False, label="complex"),
    Case("gammaln", lambda np, x: special(np).gammaln(x), (POSITIVE,)),
    Case("gammaln", lambda np, x: special(np).gammaln(x), (BELOW,), label="negative"),
    Case("gammaln", lambda np, n: special(np).gammaln(n), (COUNTS,), label="integers"),
    Case("gammaln", lambda np, x: special(np).gammaln(x), (Arg((), low=1.0, kind="python"),), label="python"),
    Case("loggamma", lambda np, x: special(np).loggamma(x), (POSITIVE,)),
    Case("loggamma", lambda np, x: special(np).loggamma(x), (COMPLEX,), order=1, label="complex"),
    Case("rgamma", lambda np, x: special(np).rgamma(x), (Arg(low=-2.5, high=4.0),), rtol=1e-6),
    Case("rgamma", lambda np, x: special(np).rgamma(x), (COMPLEX,), order=1, label="complex"),
    Case("gammasgn", lambda np, x: special(np).gammasgn(x), (BELOW,)),
    Case("psi", lambda np, x: special(np).psi(x), (POSITIVE,)),
    Case("psi", lambda np, x: special(np).digamma(x), (BELOW,), label="digamma"),
    Case("polygamma", lambda np, x: special(np).polygamma(2, x), (POSITIVE,)),
    Case("polygamma", lambda np, x: special(np).polygamma(0, x), (POSITIVE,), label="nought"),
    Case(
        "polygamma",
        lambda np, n, x: special(np).polygamma(n, x),
        (Arg((3, 1), low=1, high=4, dtype="int64"), ROW),
        label="broadcast",
    ),
    Case(
        "polygamma",
        lambda np, x: special(np).polygamma(1, x),
        (Arg((), low=1.0, kind="scalar"),),
        label="scalar",
    ),
    Case("_zeta", lambda np, q: special(np).zeta(2.5, q), (POSITIVE,)),
    Case(
        "_zeta",
        lambda np, x, q: special(np).zeta(x, q),
        (Arg((3, 1), low=2, high=4, dtype="int64"), ROW),
        label="broadcast",
    ),
    Case(
        "_riemann_zeta", lambda np, x: special(np).zeta(x), (Arg(low=2, high=5, dtype="int64"),), device=False
    ),
    Case("multigammaln", lambda np, a: special(np).multigammaln(a, 3), (Arg(low=1.5, high=6.0),)),
    Case(
        "multigammaln",
        lambda np, a: special(np).multigammaln(a, 1),
        (Arg((), low=1.5, kind="scalar"),),
        label="scalar",
    ),
]

PAIRS = [
    Case("beta", lambda np, a, b: special(np).beta(a, b), (POSITIVE, POSITIVE)),
    Case("beta", lambda np, a, b: special(np).beta(a, b), (COLUMN, ROW), label="broadcast"),
    Case("betaln", lambda np, a, b: special(np).betaln(a, b), (POSITIVE, POSITIVE)),
    Case("betaln", lambda np, a, b: special(np).betaln(a, b), (COLUMN, ROW), label="broadcast"),
    Case("poch", lambda np, z, m: special(np).poch(z, m), (POSITIVE, Arg())),
    Case("poch", lambda np, z, m: special(np).poch(z, m), (COLUMN, ROW), label="broadcast"),
    Case("binom", lambda np, n, k: special(np).binom(n, k), (Arg(low=3.2, high=6.0), Arg(low=0.2, high=2.8))),
    Case(
        "binom",
        lambda np, n, k: special(np).binom(n, k),
        (Arg((3, 1), low=3.2, high=6.0), Arg((4,), low=0.2, high=2.8)),
        label="broadcast",
    ),
]

DENSITIES = [
    Case("digamma_gap", lambda np, x, d: digamma_gap(x, d), (COLUMN, ROW)),
    Case("digamma_gap", lambda np, x, d: digamma_gap(x, d), (BELOW, POSITIVE), rtol=1e-6, label="negative"),
    Case("gamma_density", lambda np, a, x: gamma_density(a, x), (COLUMN, ROW)),
    Case("gamma_density", lambda np, a, x: gamma_density(a, x), (WIDE, WIDE), label="wide"),
    Case(
        "beta_density",
        lambda np, a, b, x: beta_density(a, b, x),
        (Arg((3, 1), low=2.5, high=6.0), SHAPE, WITHIN),
    ),
    Case(
        "beta_density",
        lambda np, a, b, x: beta_density(a, b, x),
        (WIDE, WIDE, Arg(low=0.4, high=0.6)),
        label="wide",
    ),
    Case("t_density", lambda np, v, t: t_density(v, t), (COLUMN, Arg((4,)))),
    Case("t_density", lambda np, v, t: t_density(v, t), (WIDE, Arg()), label="wide"),
]

CASES: list[Case] = [*GAMMA, *PAIRS, *DENSITIES]
