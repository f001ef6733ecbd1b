"""Rows of the accuracy table: elliptic and exponential integrals, hypergeometric functions, polynomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import scipy.special as sp

import funcgrad.scipy.special as fsp
from funcgrad import jvp
from tests.ops.accuracy import Accuracy, decades, spread

SCIPYS = "as exact as SciPy's function"

# --- elliptic integrals ------------------------------------------------------------------------------

PARAMETERS = [
    *[-x for x in decades(1e-9, 1e5, 5)],
    0.0,
    *decades(1e-12, 0.9, 6),
    *[1 - x for x in decades(1e-12, 0.05, 5)],
]
ANGLES = [-1.5, -0.2, 1e-5, 0.7, 1.57, 2.0, 9.0]


def rd(x: Any, y: Any, z: Any) -> Any:
    return mp.elliprd(x, y, z)


def f_by_m(phi: Any, m: Any) -> Any:
    turns = mp.nint(phi / mp.pi)
    rest = phi - turns * mp.pi
    s, c = mp.sin(rest), mp.cos(rest)
    whole = 2 * turns * rd(0, 1, 1 - m) / 6 if turns else 0
    return whole + s**3 * rd(c * c, 1, 1 - m * s * s) / 6


def e_by_m(phi: Any, m: Any) -> Any:
    turns = mp.nint(phi / mp.pi)
    rest = phi - turns * mp.pi
    s, c = mp.sin(rest), mp.cos(rest)
    whole = 2 * turns * rd(0, 1 - m, 1) / 6 if turns else 0
    return -(whole + s**3 * rd(c * c, 1 - m * s * s, 1) / 6)


def exact_slope(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """mpmath's own differences, at 100 digits."""

    def slope(x: Any) -> Any:
        with mp.workdps(100):
            return mp.diff(f, x)

    return slope


def amp(u: Any, m: Any) -> Any:
    return mp.asin(mp.ellipfun("sn", u, m=m))


LEGENDRE = [
    Accuracy("ellipk", sp.ellipk, lambda m: rd(0, 1, 1 - m) / 6, PARAMETERS),
    Accuracy("ellipkm1", sp.ellipkm1, lambda p: -rd(0, 1, p) / 6, decades(1e-300, 1e6)),
    Accuracy("ellipe", sp.ellipe, lambda m: -rd(0, 1 - m, 1) / 6, PARAMETERS),
    *[
        Accuracy(
            f"ellipkinc by φ, m = {m}",
            lambda x, m=m: sp.ellipkinc(x, m),
            lambda x, m=m: 1 / mp.sqrt(1 - mp.mpf(m) * mp.sin(x) ** 2),
            ANGLES,
        )
        for m in (-20.0, 0.4, 0.999)
    ],
    *[
        Accuracy(
            f"ellipeinc by φ, m = {m}",
            lambda x, m=m: sp.ellipeinc(x, m),
            lambda x, m=m: mp.sqrt(1 - mp.mpf(m) * mp.sin(x) ** 2),
            ANGLES,
        )
        for m in (-20.0, 0.4, 0.999)
    ],
    *[
        Accuracy(
            f"ellipkinc by m, φ = {phi}",
            lambda m, phi=phi: sp.ellipkinc(phi, m),
            lambda m, phi=phi: f_by_m(mp.mpf(phi), m),
            PARAMETERS,
        )
        for phi in (1e-3, 1.2, 4.0)
    ],
    *[
        Accuracy(
            f"ellipeinc by m, φ = {phi}",
            lambda m, phi=phi: sp.ellipeinc(phi, m),
            lambda m, phi=phi: e_by_m(mp.mpf(phi), m),
            PARAMETERS,
        )
        for phi in (1e-3, 1.2, 4.0)
    ],
    Accuracy(
        "ellipj sn by m",
        lambda m: sp.ellipj(0.7, m)[0],
        lambda m: mp.cos(amp(0.7, m)) * -mp.sqrt(1 - m * mp.sin(amp(0.7, m)) ** 2) * f_by_m(amp(0.7, m), m),
        spread(0.05, 0.95, 6),
        ulps=100,
        reason=SCIPYS,
    ),
]

P = 0.375
ARGUMENTS = [*decades(1e-9, 0.1, 5), 1.0, *decades(0.2, 1e8, 8)]
CARLSON = [
    Accuracy("elliprf", lambda x: sp.elliprf(x, 0.3, 2.0), lambda x: -rd(mp.mpf(0.3), 2, x) / 6, ARGUMENTS),
    Accuracy(
        "elliprd by x",
        lambda x: sp.elliprd(x, 0.3, 1.0),
        exact_slope(lambda x: rd(x, mp.mpf(0.3), 1)),
        ARGUMENTS,
    ),
    Accuracy(
        "elliprd by z",
        lambda z: sp.elliprd(0.3, 1.0, z),
        exact_slope(lambda z: rd(mp.mpf(0.3), 1, z)),
        ARGUMENTS,
    ),
    Accuracy("elliprc by x", lambda x: sp.elliprc(x, 1.0), lambda x: -rd(1, 1, x) / 6, ARGUMENTS),
    Accuracy("elliprc by y", lambda y: sp.elliprc(1.0, y), lambda y: -rd(1, y, y) / 3, ARGUMENTS),
    Accuracy(
        "elliprg",
        lambda x: sp.elliprg(x, 0.3, 2.0),
        lambda x: (mp.elliprf(x, mp.mpf(0.3), 2) - x * rd(mp.mpf(0.3), 2, x) / 3) / 4,
        ARGUMENTS,
        ulps=100,
        reason="a difference of terms that agree to the logarithm of the argument",
    ),
    Accuracy(
        "elliprj by p",
        lambda p: sp.elliprj(0.3, 1.0, 2.0, p),
        exact_slope(lambda p: mp.elliprj(mp.mpf(0.3), 1, 2, p)),
        ARGUMENTS[3:10],
    ),
    Accuracy(
        "agm",
        lambda a: sp.agm(a, 1.0),
        lambda a: 2 / (3 * mp.pi) * (mp.agm(a, 1) / a) ** 2 * rd(0, 1 / a**2, 1),
        ARGUMENTS,
        ulps=16,
        reason=SCIPYS,
    ),
]

# --- exponential integrals and their kin -------------------------------------------------------------

ANY = [*[-x for x in decades(1e-8, 700.0, 8)], *decades(1e-8, 715.0, 8)]
PLANE = [x + 1j * y for x, y in zip(spread(0.3, 6.0, 8), spread(-3.0, 4.0, 8), strict=True)]
NEAR_ONE = [1 - 1e-9, 1.0, 1 + 3e-16, *spread(0.7, 1.4, 8)]

SMALL = [x + 1j * y for x, y in zip(spread(0.1, 3.0, 8), spread(-1.0, 1.5, 8), strict=True)]


def slope_of(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The derivative as a function, whose derivative is the second."""
    return lambda x: jvp(f, (x,), (np.ones_like(x),))[1]


def second_spence(z: Any) -> Any:
    return (1 / z + mp.log(z) / (1 - z)) / (1 - z) if z != 1 else mp.mpf(0.5)


INTEGRALS = [
    Accuracy("expi", sp.expi, lambda x: mp.exp(x) / x, ANY),
    Accuracy("exp1", sp.exp1, lambda x: -mp.exp(-x) / x, decades(1e-8, 700.0)),
    Accuracy("exp1 of complex numbers", sp.exp1, lambda z: -mp.exp(-z) / z, PLANE),
    *[
        Accuracy(
            f"expn({n})",
            lambda x, n=n: sp.expn(n, x),
            lambda x, n=n: -mp.expint(n - 1, x),
            decades(1e-6, 600.0),
            ulps=16,
            reason=SCIPYS,
        )
        for n in (0, 1, 2, 7)
    ],
    Accuracy("Shi", lambda x: sp.shichi(x)[0], lambda x: mp.sinh(x) / x, ANY),
    Accuracy("Chi", lambda x: sp.shichi(x)[1], lambda x: mp.cosh(x) / x, decades(1e-8, 715.0)),
    Accuracy("Si", lambda x: sp.sici(x)[0], lambda x: mp.sin(x) / x, ANY),
    Accuracy("Ci", lambda x: sp.sici(x)[1], lambda x: mp.cos(x) / x, decades(1e-8, 1e6)),
    Accuracy(
        "spence",
        sp.spence,
        lambda z: mp.log(z) / (1 - z) if z != 1 else mp.mpf(-1),
        [*decades(1e-300, 1e10), *NEAR_ONE],
    ),
    Accuracy(
        "second derivative of spence",
        slope_of(sp.spence),
        second_spence,
        NEAR_ONE,
        ulps=40,
        reason="a difference, but where a series takes its place",
    ),
    Accuracy(
        "fresnel S",
        lambda x: sp.fresnel(x)[0],
        lambda x: mp.sin(mp.pi * x * x / 2),
        [*ANY, 12345.678, 3.3e7 + 0.3],
    ),
    Accuracy(
        "fresnel C",
        lambda x: sp.fresnel(x)[1],
        lambda x: mp.cos(mp.pi * x * x / 2),
        [*ANY, 12345.678, 3.3e7 + 0.3],
    ),
    Accuracy(
        "fresnel S of complex numbers", lambda z: sp.fresnel(z)[0], lambda z: mp.sin(mp.pi * z * z / 2), SMALL
    ),
]

# --- Riemann's zeta ----------------------------------------------------------------------------------


def zeta_slope(s: Any) -> Any:
    return mp.zeta(s, 1, 1)


ZETA = [
    Accuracy("zeta", fsp.zeta, zeta_slope, [*decades(1.0001, 1.9, 5), *spread(2.0, 60.0, 6), 500.0]),
    Accuracy(
        "zetac below 1",
        sp.zetac,
        zeta_slope,
        [*spread(0.0, 0.99, 5), *spread(-6.3, -0.1, 5)],
        ulps=100,
        reason="a difference of terms, the more so towards 0",
    ),
]

# --- hypergeometric functions, Lambert's W -----------------------------------------------------------

INSIDE = spread(-0.9, 0.9, 10)


def lambert_slope(k: int) -> Callable[[Any], Any]:
    return lambda z: mp.exp(-mp.lambertw(z, k)) / (1 + mp.lambertw(z, k))


def omega(z: Any) -> Any:
    return mp.lambertw(mp.exp(z)) if z < 200 else mp.findroot(lambda w: w + mp.log(w) - z, z - mp.log(z))


HYPERGEOMETRIC = [
    Accuracy(
        "hyp0f1",
        lambda x: sp.hyp0f1(1.5, x),
        lambda x: mp.hyp0f1(2.5, x) / 1.5,
        spread(0.1, 90.0),
        20,
        SCIPYS,
    ),
    Accuracy(
        "hyp1f1",
        lambda x: sp.hyp1f1(0.5, 1.75, x),
        lambda x: mp.hyp1f1(1.5, 2.75, x) * 0.5 / 1.75,
        spread(-30.0, 30.0),
        ulps=20,
        reason=SCIPYS,
    ),
    Accuracy(
        "hyp2f1",
        lambda x: sp.hyp2f1(0.5, 1.25, 1.75, x),
        lambda x: mp.hyp2f1(1.5, 2.25, 2.75, x) * 0.5 * 1.25 / 1.75,
        INSIDE,
        ulps=40,
        reason=SCIPYS,
    ),
    Accuracy(
        "hyperu",
        lambda x: sp.hyperu(0.5, 1.75, x),
        lambda x: -0.5 * mp.hyperu(1.5, 2.75, x),
        decades(1e-3, 100.0),
        ulps=1e9,
        reason=SCIPYS,
    ),
    Accuracy(
        "wright_bessel",
        lambda x: sp.wright_bessel(1.0, 1.5, x),
        lambda x: mp.nsum(lambda k: x**k / (mp.factorial(k) * mp.gamma(k + 2.5)), [0, mp.inf]),
        decades(1e-3, 30.0, 6),
    ),
    Accuracy("lambertw", fsp.lambertw, lambert_slope(0), [*decades(1e-12, 1e300, 8), 0.0, -0.01, -0.3]),
    Accuracy("lambertw, k = -1", lambda z: fsp.lambertw(z, -1), lambert_slope(-1), [-0.3, -0.1, -1e-20]),
    Accuracy("lambertw of complex numbers", lambda z: fsp.lambertw(z, 1), lambert_slope(1), PLANE),
    Accuracy(
        "wrightomega",
        sp.wrightomega,
        lambda x: omega(x) / (1 + omega(x)),
        [*decades(-700.0, -1.0, 6), 0.0, *decades(0.1, 1e10, 8)],
    ),
]

# --- polynomials -------------------------------------------------------------------------------------

# Below 1 they oscillate; n = 4 has whole coefficients, and zeros of the derivative that these points avoid.
BEYOND = [1.0, *spread(1.1, 5.0, 6)]


def polynomial(name: str, slope: Callable[[Any], Any], *parameters: float) -> Accuracy:
    op = getattr(sp, f"eval_{name}")
    return Accuracy(f"eval_{name}", lambda x: op(4, *parameters, x), slope, BEYOND, 16, SCIPYS)


def derivative(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: mp.diff(f, x)


POLYNOMIALS = [
    polynomial("legendre", derivative(lambda x: (35 * x**4 - 30 * x**2 + 3) / 8)),
    polynomial("chebyt", derivative(lambda x: 8 * x**4 - 8 * x**2 + 1)),
    polynomial("chebyu", derivative(lambda x: 16 * x**4 - 12 * x**2 + 1)),
    polynomial("hermite", derivative(lambda x: 16 * x**4 - 48 * x**2 + 12)),
    polynomial("hermitenorm", derivative(lambda x: x**4 - 6 * x**2 + 3)),
    polynomial("gegenbauer", derivative(lambda x: mp.gegenbauer(4, 1.5, x)), 1.5),
    polynomial("jacobi", derivative(lambda x: mp.jacobi(4, 0.5, 1.25, x)), 0.5, 1.25),
    Accuracy(
        "eval_laguerre",
        lambda x: sp.eval_laguerre(4, -x),
        lambda x: (4 * x**3 + 48 * x**2 + 144 * x + 96) / 24,
        BEYOND,
    ),
]

# --- Voigt's profile ---------------------------------------------------------------------------------


def faddeeva(z: Any) -> Any:
    return mp.exp(-z * z) * mp.erfc(-1j * z)


def voigt(x: Any, sigma: Any, gamma: Any) -> Any:
    with mp.workdps(100):
        return mp.re(faddeeva((x + 1j * gamma) / (sigma * mp.sqrt(2)))) / (sigma * mp.sqrt(2 * mp.pi))


WINGS = [*spread(0.1, 9.0, 8), *decades(20.0, 1e5, 5)]
DIRECT = "a difference of terms, except in the wings"

PROFILES = [
    Accuracy(
        "voigt_profile by x",
        lambda x: sp.voigt_profile(x, 1.0, 0.25),
        lambda x: mp.diff(lambda t: voigt(t, 1, mp.mpf(0.25)), x),
        WINGS,
        ulps=2000,
        reason=DIRECT,
    ),
    Accuracy(
        "voigt_profile by γ",
        lambda x: sp.voigt_profile(10.0, 1.0, x),
        lambda x: mp.diff(lambda t: voigt(10, 1, t), x),
        decades(1e-6, 1e4, 8),
        ulps=100,
        reason=SCIPYS,
    ),
    Accuracy(
        "voigt_profile by σ",
        lambda x: sp.voigt_profile(10.0, x, 0.25),
        lambda x: mp.diff(lambda t: voigt(10, t, mp.mpf(0.25)), x),
        decades(1e-3, 1e4, 8),
        ulps=2000,
        reason=DIRECT,
    ),
]

ROWS: list[Accuracy] = [*LEGENDRE, *CARLSON, *INTEGRALS, *ZETA, *HYPERGEOMETRIC, *POLYNOMIALS, *PROFILES]
