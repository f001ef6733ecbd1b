"""Rows of the accuracy table: gamma and beta functions, distributions, entropies, elementary functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import scipy.special as sp

import funcgrad.scipy.special as fsp
from tests.ops.accuracy import Accuracy, decades, spread

POSITIVE = decades(1e-5, 1e5, 20)
SIDES = [*decades(-300.0, -1e-10), *decades(1e-10, 300.0)]
PROBABILITY = [*decades(1e-200, 0.4), *spread(0.4, 0.9), *[1.0 - 2.0**-k for k in range(4, 40, 7)]]
HALF = mp.mpf(0.5)

_VALUE = "SciPy's own value is no better"
_LOG = "the error of a density grows with its logarithm"


# --- gamma -----------------------------------------------------------------------------------------


def gap(x: Any, d: Any) -> Any:
    return mp.digamma(x + d) - mp.digamma(x)


GAMMA = [
    Accuracy(
        "gamma", sp.gamma, lambda x: mp.gamma(x) * mp.digamma(x), [*decades(1e-5, 1.3), *spread(1.6, 170.0)]
    ),
    Accuracy("gammaln", sp.gammaln, mp.digamma, [*POSITIVE, 1.46, -0.3, -2.2, -7.9]),
    Accuracy("loggamma", sp.loggamma, mp.digamma, [1 + 2j, -3.2 + 0.5j, 30 - 40j, 0.1 + 0.1j]),
    Accuracy(
        "rgamma",
        sp.rgamma,
        lambda x: -mp.digamma(x) * mp.rgamma(x),
        [*decades(1e-5, 1.3), *spread(1.6, 170.0), -0.3, -2.2, -7.9],
    ),
    Accuracy("digamma", sp.digamma, lambda x: mp.psi(1, x), [*POSITIVE, -0.3, -2.2, -7.9]),
    Accuracy("polygamma", lambda x: fsp.polygamma(2, x), lambda x: mp.psi(3, x), POSITIVE),
    Accuracy("zeta", lambda q: sp.zeta(2.5, q), lambda q: -2.5 * mp.zeta(3.5, q), decades(1e-3, 1e5)),
    Accuracy(
        "multigammaln",
        lambda a: fsp.multigammaln(a, 3),
        lambda a: mp.digamma(a) + mp.digamma(a - HALF) + mp.digamma(a - 1),
        decades(2.3, 1e5),
    ),
    Accuracy(
        "beta",
        lambda a: sp.beta(a, 2.5),
        lambda a: -mp.beta(a, 2.5) * gap(a, mp.mpf(2.5)),
        decades(1e-5, 10.0),
        20.0,
        _VALUE,
    ),
    Accuracy("betaln", lambda a: sp.betaln(a, 2.5), lambda a: -gap(a, mp.mpf(2.5)), decades(1e-5, 1e8)),
    Accuracy(
        "poch by z",
        lambda z: sp.poch(z, 2.5),
        lambda z: mp.rf(z, 2.5) * gap(z, mp.mpf(2.5)),
        decades(1e-2, 30.0),
        200.0,
        _VALUE,
    ),
    Accuracy(
        "poch by m",
        lambda m: sp.poch(3.5, m),
        lambda m: mp.rf(3.5, m) * mp.digamma(3.5 + m),
        decades(1e-2, 30.0),
        20.0,
        _VALUE,
    ),
    Accuracy(
        "binom by n",
        lambda n: sp.binom(n, 2.5),
        lambda n: mp.binomial(n, 2.5) * gap(n - 1.5, mp.mpf(2.5)),
        decades(2.0, 60.0),
        50.0,
        _VALUE,
    ),
    Accuracy(
        "binom by k",
        lambda k: sp.binom(20.0, k),
        lambda k: mp.binomial(20, k) * gap(k + 1, 20 - 2 * k),
        spread(0.5, 8.0),
        100.0,
        _VALUE,
    ),
]


# --- densities -------------------------------------------------------------------------------------


def gamma_density(a: float) -> Callable[[Any], Any]:
    return lambda x: mp.exp((mp.mpf(a) - 1) * mp.log(x) - x - mp.loggamma(a))


def beta_density(a: float, b: float) -> Callable[[Any], Any]:
    return lambda x: x ** (mp.mpf(a) - 1) * (1 - x) ** (mp.mpf(b) - 1) / mp.beta(a, b)


def t_density(v: float) -> Callable[[Any], Any]:
    return lambda t: (1 + t * t / v) ** (-(v + mp.mpf(1)) / 2) / (mp.sqrt(v) * mp.beta(HALF, v / mp.mpf(2)))


def f_density(n: float, d: float) -> Callable[[Any], Any]:
    density = beta_density(n / 2, d / 2)
    return lambda x: density(n * x / (d + n * x)) * n * d / (d + n * x) ** 2


def minus(density: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: -density(x)


DENSITIES = [
    Accuracy("gammainc small", lambda x: sp.gammainc(0.3, x), gamma_density(0.3), decades(1e-100, 600.0)),
    Accuracy("gammainc", lambda x: sp.gammainc(4.5, x), gamma_density(4.5), decades(1e-60, 700.0)),
    Accuracy(
        "gammainc large",
        lambda x: sp.gammainc(300.0, x),
        gamma_density(300.0),
        spread(200.0, 420.0),
        60.0,
        _LOG,
    ),
    Accuracy("gammaincc", lambda x: sp.gammaincc(4.5, x), minus(gamma_density(4.5)), decades(1e-60, 700.0)),
    Accuracy(
        "chdtr", lambda x: sp.chdtr(3.0, x), lambda x: gamma_density(1.5)(x / 2) / 2, decades(1e-60, 1400.0)
    ),
    Accuracy(
        "gdtr", lambda x: sp.gdtr(2.0, 1.5, x), lambda x: 2 * gamma_density(1.5)(2 * x), decades(1e-60, 350.0)
    ),
    Accuracy("pdtr", lambda m: sp.pdtr(3, m), minus(gamma_density(4.0)), decades(1e-60, 700.0)),
    Accuracy("betainc", lambda x: sp.betainc(0.7, 3.5, x), beta_density(0.7, 3.5), PROBABILITY),
    Accuracy(
        "betainc large",
        lambda x: sp.betainc(70.0, 35.0, x),
        beta_density(70.0, 35.0),
        spread(0.5, 0.8),
        16.0,
        _LOG,
    ),
    Accuracy("betaincc", lambda x: sp.betaincc(0.7, 3.5, x), minus(beta_density(0.7, 3.5)), PROBABILITY),
    Accuracy("bdtr", lambda p: sp.bdtr(2, 7, p), minus(beta_density(3.0, 5.0)), decades(1e-100, 0.9)),
    Accuracy("nbdtr", lambda p: sp.nbdtr(2, 7, p), beta_density(7.0, 3.0), decades(1e-40, 0.9)),
    Accuracy("fdtr", lambda x: sp.fdtr(3.0, 4.0, x), f_density(3.0, 4.0), decades(1e-60, 1e18)),
    Accuracy("stdtr", lambda t: sp.stdtr(4.5, t), t_density(4.5), [*spread(-6.0, 6.0), *decades(6.0, 1e30)]),
    Accuracy("stdtr large", lambda t: sp.stdtr(80.0, t), t_density(80.0), spread(-6.0, 6.0), 20.0, _LOG),
]


# --- entropies and losses --------------------------------------------------------------------------


def boxcox_by_exponent(x: float) -> Callable[[Any], Any]:
    return lambda m: (mp.exp(m * mp.log(x)) * (m * mp.log(x) - 1) + 1) / m**2


def inv_boxcox_by_exponent(y: float) -> Callable[[Any], Any]:
    return lambda m: mp.exp(mp.log1p(m * y) / m) * (y / (m * (1 + m * y)) - mp.log1p(m * y) / m**2)


SMALL = [*decades(-0.3, -1e-8, 8), *decades(1e-8, 20.0)]
ENTROPIES = [
    Accuracy("xlogy by y", lambda y: sp.xlogy(1.5, y), lambda y: mp.mpf(1.5) / y, POSITIVE),
    Accuracy("xlog1py by y", lambda y: sp.xlog1py(1.5, y), lambda y: mp.mpf(1.5) / (1 + y), SMALL),
    Accuracy("entr", sp.entr, lambda x: -mp.log(x) - 1, [*decades(1e-300, 0.2), *decades(0.6, 1e300)]),
    Accuracy(
        "rel_entr by x",
        lambda x: sp.rel_entr(x, 0.7),
        lambda x: mp.log(x / mp.mpf(0.7)) + 1,
        [*decades(1e-300, 0.1), *decades(0.5, 1e300), 0.7],
    ),
    Accuracy("rel_entr by y", lambda y: sp.rel_entr(0.7, y), lambda y: -mp.mpf(0.7) / y, POSITIVE),
    Accuracy(
        "kl_div by x",
        lambda x: sp.kl_div(x, 0.7),
        lambda x: mp.log(x / mp.mpf(0.7)),
        [*decades(1e-300, 1e300), 0.69999, 0.7001],
    ),
    Accuracy(
        "kl_div by y",
        lambda y: sp.kl_div(0.7, y),
        lambda y: 1 - mp.mpf(0.7) / y,
        [*POSITIVE, 0.69999, 0.7001],
    ),
    Accuracy(
        "huber",
        lambda r: sp.huber(1.5, r),
        lambda r: max(min(r, mp.mpf(1.5)), mp.mpf(-1.5)),
        spread(-4.0, 4.0),
    ),
    Accuracy(
        "pseudo_huber by r",
        lambda r: sp.pseudo_huber(1.5, r),
        lambda r: r / mp.sqrt(1 + (r / mp.mpf(1.5)) ** 2),
        decades(1e-100, 1e100),
    ),
    Accuracy(
        "pseudo_huber by delta",
        lambda d: sp.pseudo_huber(d, 2.0),
        lambda d: (mp.sqrt(d * d + 4) - d) ** 2 / mp.sqrt(d * d + 4),
        decades(1e-10, 1e15),
    ),
    Accuracy("boxcox", lambda x: sp.boxcox(x, 0.3), lambda x: x ** (mp.mpf(0.3) - 1), decades(1e-10, 1e10)),
    Accuracy("boxcox by exponent", lambda m: sp.boxcox(2.5, m), boxcox_by_exponent(2.5), SIDES),
    Accuracy("boxcox1p", lambda x: sp.boxcox1p(x, 0.3), lambda x: (1 + x) ** (mp.mpf(0.3) - 1), SMALL),
    Accuracy(
        "inv_boxcox",
        lambda y: sp.inv_boxcox(y, 0.3),
        lambda y: mp.exp(mp.log1p(mp.mpf(0.3) * y) * (1 / mp.mpf(0.3) - 1)),
        SMALL,
    ),
    Accuracy("inv_boxcox by exponent", lambda m: sp.inv_boxcox(1.5, m), inv_boxcox_by_exponent(1.5), SMALL),
    Accuracy(
        "inv_boxcox1p",
        lambda y: sp.inv_boxcox1p(y, 0.3),
        lambda y: mp.exp(mp.log1p(mp.mpf(0.3) * y) * (1 / mp.mpf(0.3) - 1)),
        SMALL,
    ),
]


# --- elementary ------------------------------------------------------------------------------------


def degrees(x: Any) -> Any:
    return x * mp.pi / 180


ELEMENTARY = [
    Accuracy("expit", sp.expit, lambda x: 1 / (2 + mp.exp(x) + mp.exp(-x)), spread(-700.0, 700.0, 20)),
    Accuracy("log_expit", sp.log_expit, lambda x: 1 / (1 + mp.exp(x)), spread(-700.0, 700.0, 20)),
    Accuracy("logit", sp.logit, lambda p: 1 / (p * (1 - p)), PROBABILITY),
    Accuracy("softplus", fsp.softplus, lambda x: 1 / (1 + mp.exp(-x)), spread(-700.0, 700.0, 20)),
    Accuracy("exprel", sp.exprel, lambda x: ((x - 1) * mp.exp(x) + 1) / x**2, SIDES),
    Accuracy("expm1", sp.expm1, mp.exp, spread(-700.0, 700.0, 20)),
    Accuracy("log1p", sp.log1p, lambda x: 1 / (1 + x), SMALL),
    Accuracy("exp2", sp.exp2, lambda x: mp.log(2) * mp.mpf(2) ** x, spread(-1000.0, 1000.0)),
    Accuracy("exp10", sp.exp10, lambda x: mp.log(10) * mp.mpf(10) ** x, spread(-300.0, 300.0)),
    Accuracy("cbrt", sp.cbrt, lambda x: mp.cbrt(x) / (3 * x), decades(1e-200, 1e200)),
    Accuracy("cosm1", sp.cosm1, lambda x: -mp.sin(x), decades(1e-200, 1e3)),
    Accuracy("sindg", sp.sindg, lambda x: degrees(mp.cos(degrees(x))), spread(-80.0, 80.0)),
    Accuracy("cosdg", sp.cosdg, lambda x: -degrees(mp.sin(degrees(x))), spread(10.0, 170.0)),
    Accuracy("tandg", sp.tandg, lambda x: degrees(mp.sec(degrees(x)) ** 2), spread(-80.0, 80.0)),
    Accuracy("cotdg", sp.cotdg, lambda x: -degrees(mp.csc(degrees(x)) ** 2), spread(10.0, 170.0)),
]

ROWS: list[Accuracy] = [*GAMMA, *DENSITIES, *ENTROPIES, *ELEMENTARY]
