"""Rows of the op table: exponential, sine and cosine integrals, Fresnel's; hypergeometric functions."""

from __future__ import annotations

import scipy.special

from funcgrad._src.ops.special_integrals import cos_square_p, sin_square_p
from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

# An older SciPy's hyp1f1 is wrong for complex numbers: it does not depend on them.
RECENT = scipy.special.hyp1f1(0.5, 1.5, 1.0 + 0.5j) != scipy.special.hyp1f1(0.5, 1.5, 1.0 + 0.25j)

POSITIVE = Arg(low=0.3, high=4.0)
ANY = Arg(low=-3.0, high=3.0)
AWAY = Arg(low=-3.0, high=3.0, avoid=(0.0,), margin=0.3)
INSIDE = Arg(low=-0.8, high=0.8)
SMALL = Arg((4,), low=-0.2, high=0.2)
COLUMN = Arg((3, 1), low=0.3, high=4.0)
NUMBER = Arg((), kind="python", low=0.4, high=2.0)
ORDERS = Arg((4,), low=0, high=4, dtype="int64")

INTEGRALS = [
    Case("expi", lambda np, x: special(np).expi(x), (AWAY,)),
    Case("expi", lambda np, x: special(np).expi(x), (POSITIVE,), complex=True, device=False, label="complex"),
    Case("exp1", lambda np, x: special(np).exp1(x), (POSITIVE,)),
    Case("exp1", lambda np, x: special(np).exp1(x), (POSITIVE,), complex=True, device=False, label="complex"),
    Case("exp1", lambda np, x: special(np).exp1(x), (NUMBER,), label="python"),
    Case("expn", lambda np, x: special(np).expn(3, x), (POSITIVE,)),
    Case("expn", lambda np, n, x: special(np).expn(n, x), (ORDERS, COLUMN), label="orders"),
    Case("shichi", lambda np, x: special(np).shichi(x), (POSITIVE,)),
    Case("shichi", lambda np, x: special(np).shichi(x)[0], (SMALL,), label="small"),
    Case("sici", lambda np, x: special(np).sici(x), (POSITIVE,)),
    Case("sici", lambda np, x: special(np).sici(x)[0], (SMALL,), label="small"),
    Case("sici", lambda np, x: special(np).sici(x), (POSITIVE,), complex=True, device=False, label="complex"),
    Case(
        "shichi",
        lambda np, x: special(np).shichi(x),
        (POSITIVE,),
        complex=True,
        device=False,
        label="complex",
    ),
    Case("spence", lambda np, x: special(np).spence(x), (POSITIVE,), complex=True, device=False),
    Case(
        "spence",
        lambda np, x: special(np).spence(x),
        (Arg((5,), low=0.8, high=1.2),),
        device=False,
        label="1",
    ),
    Case("fresnel", lambda np, x: special(np).fresnel(x), (ANY,), complex=True, device=False),
    Case("sin_half_pi_square", lambda np, x: sin_square_p.bind(x), (ANY,), complex=True),
    Case("cos_half_pi_square", lambda np, x: cos_square_p.bind(x), (ANY,), complex=True),
    Case("modfresnelp", lambda np, x: special(np).modfresnelp(x), (POSITIVE,), rtol=1e-7, device=False),
    Case("modfresnelm", lambda np, x: special(np).modfresnelm(x), (POSITIVE,), rtol=1e-7, device=False),
]

ZETA = [
    Case("_riemann_zeta", lambda np, x: special(np).zeta(x), (Arg(low=1.5, high=9.0),), device=False),
    Case("zetac", lambda np, x: special(np).zetac(x), (Arg(low=1.5, high=9.0),)),
    Case("zetac", lambda np, x: special(np).zetac(x), (Arg(low=-5.7, high=0.5),), label="below 1"),
]

HYPERGEOMETRIC = [
    Case("hyp0f1", lambda np, x: special(np).hyp0f1(1.5, x), (ANY,), complex=True, device=False),
    Case("hyp1f1", lambda np, x: special(np).hyp1f1(0.5, 1.7, x), (ANY,), complex=RECENT, device=False),
    Case("hyp2f1", lambda np, x: special(np).hyp2f1(0.5, 1.2, 1.7, x), (INSIDE,), device=False),
    Case(
        "hyp2f1",
        lambda np, x: special(np).hyp2f1(0.5, 1.2, 1.7, x),
        (Arg(low=-0.5, high=0.2),),
        complex=True,
        device=False,
        label="complex",
    ),
    Case("hyperu", lambda np, x: special(np).hyperu(0.5, 1.7, x), (POSITIVE,), rtol=1e-6, device=False),
    Case("wright_bessel", lambda np, x: special(np).wright_bessel(1.0, 1.7, x), (POSITIVE,)),
    Case("_lambertw", lambda np, x: special(np).lambertw(x), (POSITIVE,), complex=True, device=False),
    Case("_lambertw", lambda np, x: special(np).lambertw(x), (SMALL,), device=False, label="small"),
    Case(
        "_lambertw",
        lambda np, x: special(np).lambertw(x, -1),
        (Arg(low=-0.3, high=-0.1),),
        device=False,
        label="-1",
    ),
    Case("_lambertw", lambda np, x: special(np).lambertw(x, k=2), (NUMBER,), device=False, label="python"),
    Case("wrightomega", lambda np, x: special(np).wrightomega(x), (ANY,), complex=True, device=False),
]

WIDTH = Arg(low=0.3, high=2.0)
PROFILES = [
    Case(
        "voigt_profile",
        lambda np, x, sigma, gamma: special(np).voigt_profile(x, sigma, gamma),
        (ANY, WIDTH, WIDTH),
        device=False,
    ),
    Case(
        "voigt_profile",
        lambda np, x, sigma, gamma: special(np).voigt_profile(x, sigma, gamma),
        (Arg((3, 1), low=20.0, high=50.0), WIDTH, Arg((), low=0.3, high=2.0)),
        device=False,
        label="wings",
    ),
]

SINCE_1_14 = [
    Case(
        "log_wright_bessel",
        lambda np, x: special(np).log_wright_bessel(1.0, 1.7, x),
        (POSITIVE,),
        device=False,
    ),
]

CASES: list[Case] = [
    *(SINCE_1_14 if hasattr(scipy.special, "log_wright_bessel") else []),
    *INTEGRALS,
    *ZETA,
    *HYPERGEOMETRIC,
    *PROFILES,
]
