"""Rows of the accuracy table: Bessel functions, and those of Airy, Kelvin and Struve."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import mpmath as mp
import scipy.special as sp

import funcgrad.scipy.special as fsp
from tests.ops.accuracy import Accuracy, decades, spread

SMALL_TO_LARGE = [*decades(1e-8, 0.3, 4), *decades(0.5, 600.0, 9)]
BOTH_SIGNS = [*[-x for x in decades(1e-6, 600.0, 8)], *decades(1e-6, 600.0, 8)]
WAVES = [*decades(1e-8, 0.9, 4), *spread(1.0, 40.0, 9)]
FAR = [*decades(1e-6, 1e6, 14)]
PLANE = [x + 1j * y for x, y in zip(spread(0.3, 6.0, 8), spread(-3.0, 4.0, 8), strict=True)]

J, Y, I, K = (functools.cache(f) for f in (mp.besselj, mp.bessely, mp.besseli, mp.besselk))

OSCILLATES = "relative to the amplitude, whose phase SciPy's functions know to a few ulp of the argument"
CANCELS = "relative to the value, of which the derivative is a small part"
SCIPYS = "as exact as SciPy's function"


def amplitude(slope: Callable[[Any], Any], other: Callable[[Any], Any], start: float) -> Any:
    """The amplitude of an oscillating derivative, from ``start`` on."""
    return lambda x: mp.hypot(slope(x), other(x)) if abs(x) > start else slope(x)


def half(f: Callable[..., Any], v: Any, x: Any, sign: int) -> Any:
    return (f(v - 1, x) + sign * f(v + 1, x)) / 2


# --- Bessel functions --------------------------------------------------------------------------------


def j_slope(v: float) -> Callable[[Any], Any]:
    return lambda x: half(J, v, x, -1)


def y_slope(v: float) -> Callable[[Any], Any]:
    return lambda x: half(Y, v, x, -1)


def i_slope(v: float) -> Callable[[Any], Any]:
    return lambda x: half(I, v, x, 1)


def k_slope(v: float) -> Callable[[Any], Any]:
    return lambda x: -half(K, v, x, 1)


def h_slope(sign: int, v: float) -> Callable[[Any], Any]:
    return lambda z: j_slope(v)(z) + sign * 1j * y_slope(v)(z)


def wave(name: str, fun: Any, slope: Any, other: Any, points: Any = WAVES, ulps: float = 40.0) -> Accuracy:
    return Accuracy(name, fun, slope, points, ulps, OSCILLATES, amplitude(slope, other, 1.0))


BESSEL = [
    wave("j0", sp.j0, j_slope(0), y_slope(0)),
    wave("j1", sp.j1, j_slope(1), y_slope(1)),
    wave("y0", sp.y0, y_slope(0), j_slope(0)),
    wave("y1", sp.y1, y_slope(1), j_slope(1)),
    *[wave(f"jv({v})", lambda x, v=v: sp.jv(v, x), j_slope(v), y_slope(v), ulps=400) for v in (0.5, 3, 2.3)],
    *[wave(f"yv({v})", lambda x, v=v: sp.yv(v, x), y_slope(v), j_slope(v), ulps=100) for v in (0.5, 3, 2.3)],
    wave("yn(2)", lambda x: sp.yn(2, x), y_slope(2), j_slope(2)),
    *[Accuracy(f"iv({v})", lambda x, v=v: sp.iv(v, x), i_slope(v), SMALL_TO_LARGE) for v in (0, 0.5, 2.3)],
    *[Accuracy(f"kv({v})", lambda x, v=v: sp.kv(v, x), k_slope(v), SMALL_TO_LARGE) for v in (0, 0.5, 2.3)],
    Accuracy("kn(2)", lambda x: sp.kn(2, x), k_slope(2), SMALL_TO_LARGE),
    Accuracy("i0", sp.i0, i_slope(0), BOTH_SIGNS),
    Accuracy("i1", sp.i1, i_slope(1), BOTH_SIGNS),
    Accuracy("k0", sp.k0, k_slope(0), SMALL_TO_LARGE),
    Accuracy("k1", sp.k1, k_slope(1), SMALL_TO_LARGE),
    Accuracy("jv of complex numbers", lambda z: sp.jv(1.5, z), j_slope(1.5), PLANE, ulps=120, reason=SCIPYS),
    Accuracy("yv of complex numbers", lambda z: sp.yv(1.5, z), y_slope(1.5), PLANE, ulps=120, reason=SCIPYS),
    Accuracy("iv of complex numbers", lambda z: sp.iv(1.5, z), i_slope(1.5), PLANE, ulps=120, reason=SCIPYS),
    Accuracy("kv of complex numbers", lambda z: sp.kv(1.5, z), k_slope(1.5), PLANE),
    Accuracy("hankel1", lambda z: sp.hankel1(1.5, z), h_slope(1, 1.5), PLANE, ulps=120, reason=SCIPYS),
    Accuracy("hankel2", lambda z: sp.hankel2(1.5, z), h_slope(-1, 1.5), PLANE, ulps=120, reason=SCIPYS),
]


def i_gap(x: Any) -> Any:
    return mp.hyp1f1(1.5, 2, -2 * abs(x))


def k_gap(x: Any) -> Any:
    """``k1e - k0e``."""
    return mp.exp(x) * (K(1, x) - K(0, x)) if x < 1e3 else k_gap_far(x)


def k_gap_far(x: Any) -> Any:
    return mp.sqrt(mp.pi) * mp.hyperu(mp.mpf(3) / 2, 2, 2 * x)


def ie(v: float, x: Any) -> Any:
    return mp.exp(-abs(x)) * I(v, x)


def ke(v: float, x: Any) -> Any:
    return mp.exp(x) * K(v, x)


MIDDLE = [1e-6, 0.01, 0.4, 1.1, 3.7, 31.0, 433.0]
SCALED = [
    Accuracy("i0e", sp.i0e, lambda x: -mp.sign(x) * i_gap(x), [-x for x in FAR] + FAR),
    Accuracy("i1e", sp.i1e, lambda x: i_gap(x) - ie(1, x) / x, MIDDLE, 32.0, "crosses zero at 1.5"),
    Accuracy("k0e", sp.k0e, lambda x: -k_gap(x), FAR),
    Accuracy("k1e", sp.k1e, lambda x: k_gap(x) - ke(1, x) / x, SMALL_TO_LARGE),
    Accuracy(
        "ive",
        lambda x: sp.ive(1.5, x),
        lambda x: half(ie, 1.5, x, 1) - ie(1.5, x),
        decades(0.1, 600.0),
        reason=CANCELS,
        ulps=200,
        scale=lambda x: ie(1.5, x),
    ),
    Accuracy(
        "kve",
        lambda x: sp.kve(1.5, x),
        lambda x: ke(1.5, x) - half(ke, 1.5, x, 1),
        decades(0.1, 600.0),
        reason=CANCELS,
        ulps=20,
        scale=lambda x: ke(1.5, x),
    ),
    wave("jve", lambda x: sp.jve(1.5, x), j_slope(1.5), y_slope(1.5), ulps=100),
    wave("yve", lambda x: sp.yve(1.5, x), y_slope(1.5), j_slope(1.5)),
    Accuracy(
        "hankel1e",
        lambda z: sp.hankel1e(1.5, z),
        lambda z: mp.exp(-1j * z) * (h_slope(1, 1.5)(z) - 1j * mp.hankel1(1.5, z)),
        PLANE,
        reason=CANCELS,
        ulps=100,
        scale=lambda z: mp.exp(-1j * z) * mp.hankel1(1.5, z),
    ),
    Accuracy(
        "hankel2e",
        lambda z: sp.hankel2e(1.5, z),
        lambda z: mp.exp(1j * z) * (h_slope(-1, 1.5)(z) + 1j * mp.hankel2(1.5, z)),
        PLANE,
        reason=CANCELS,
        ulps=100,
        scale=lambda z: mp.exp(1j * z) * mp.hankel2(1.5, z),
    ),
]


def spherical(f: Callable[..., Any], n: int, x: Any) -> Any:
    return mp.sqrt(mp.pi / (2 * x)) * f(n + mp.mpf(1) / 2, x)


def spherical_slope(f: Callable[..., Any], n: int, signs: tuple[int, int]) -> Callable[[Any], Any]:
    def slope(x: Any) -> Any:
        below = n * spherical(f, n - 1, x) if n else 0
        return (signs[0] * below + signs[1] * (n + 1) * spherical(f, n + 1, x)) / (2 * n + 1)

    return slope


SPHERICAL = [
    row
    for n in (0, 1, 3)
    for row in (
        wave(
            f"spherical_jn({n})",
            lambda x, n=n: fsp.spherical_jn(n, x),
            spherical_slope(J, n, (1, -1)),
            spherical_slope(Y, n, (1, -1)),
        ),
        wave(
            f"spherical_yn({n})",
            lambda x, n=n: fsp.spherical_yn(n, x),
            spherical_slope(Y, n, (1, -1)),
            spherical_slope(J, n, (1, -1)),
        ),
        Accuracy(
            f"spherical_in({n})",
            lambda x, n=n: fsp.spherical_in(n, x),
            spherical_slope(I, n, (1, 1)),
            SMALL_TO_LARGE,
        ),
        Accuracy(
            f"spherical_kn({n})",
            lambda x, n=n: fsp.spherical_kn(n, x),
            spherical_slope(K, n, (-1, -1)),
            SMALL_TO_LARGE,
        ),
    )
]

# --- Airy's, Kelvin's and Struve's -------------------------------------------------------------------

KELVIN = decades(1e-3, 6.0, 4)
AIRY_POINTS = [*spread(-12.0, -1.0, 8), *spread(-0.9, 20.0, 8)]


def kelvin_slope(f: Callable[..., Any], count: int = 1) -> Callable[[Any], Any]:
    """Differences of a function that is given to more digits than are asked for."""

    def slope(x: Any) -> Any:
        with mp.workdps(40):
            return mp.diff(lambda t: f(0, t), x, count)

    return slope


AIRY = [
    Accuracy(
        "airy Ai",
        lambda x: sp.airy(x)[0],
        lambda x: mp.airyai(x, derivative=1),
        AIRY_POINTS,
        reason=OSCILLATES,
        ulps=200,
        scale=lambda x: mp.hypot(mp.airyai(x, derivative=1), mp.airybi(x, derivative=1) * (x < 0)),
    ),
    Accuracy(
        "airy Ai'",
        lambda x: sp.airy(x)[1],
        lambda x: x * mp.airyai(x),
        AIRY_POINTS,
        reason=OSCILLATES,
        ulps=200,
        scale=lambda x: x * mp.hypot(mp.airyai(x), mp.airybi(x) * (x < 0)),
    ),
    Accuracy(
        "airy Bi",
        lambda x: sp.airy(x)[2],
        lambda x: mp.airybi(x, derivative=1),
        AIRY_POINTS,
        reason=OSCILLATES,
        ulps=800,
        scale=lambda x: mp.hypot(mp.airyai(x, derivative=1), mp.airybi(x, derivative=1)),
    ),
    Accuracy(
        "airye Ai",
        lambda x: sp.airye(x)[0],
        lambda x: mp.exp(2 * x**1.5 / 3) * (mp.airyai(x, derivative=1) + mp.sqrt(x) * mp.airyai(x)),
        decades(0.01, 50.0),
        reason=CANCELS,
        ulps=500,
        scale=lambda x: mp.exp(2 * x**1.5 / 3) * mp.sqrt(x) * mp.airyai(x),
    ),
    Accuracy(
        "airye Bi",
        lambda x: sp.airye(x)[2],
        lambda x: mp.exp(-2 * x**1.5 / 3) * (mp.airybi(x, derivative=1) - mp.sqrt(x) * mp.airybi(x)),
        decades(0.01, 50.0),
        reason=CANCELS,
        scale=lambda x: mp.exp(-2 * x**1.5 / 3) * mp.sqrt(x) * mp.airybi(x),
    ),
    *[
        Accuracy(name, getattr(sp, name), kelvin_slope(getattr(mp, name)), KELVIN, 1e5, SCIPYS)
        for name in ("ber", "bei", "ker", "kei")
    ],
    *[
        Accuracy(f"{name}p", getattr(sp, f"{name}p"), kelvin_slope(getattr(mp, name), 2), KELVIN, 1e6, SCIPYS)
        for name in ("ber", "bei", "ker", "kei")
    ],
]

STRUVE = [
    *[
        Accuracy(
            f"struve({v})",
            lambda x, v=v: sp.struve(v, x),
            lambda x, v=v: mp.struveh(v - 1, x) - v * mp.struveh(v, x) / x,
            [*decades(1e-3, 0.9, 6), *spread(1.0, 12.0, 8)],
            ulps=100,
            reason=SCIPYS,
        )
        for v in (0, 1, 2.5)
    ],
    *[
        Accuracy(
            f"modstruve({v})",
            lambda x, v=v: sp.modstruve(v, x),
            lambda x, v=v: mp.struvel(v - 1, x) - v * mp.struvel(v, x) / x,
            [*decades(1e-3, 0.9, 6), *spread(1.0, 30.0, 8)],
            ulps=2000,
            reason=SCIPYS,
        )
        for v in (0, 1)
    ],
    Accuracy("it2j0y0", lambda x: sp.it2j0y0(x)[0], lambda x: (1 - J(0, x)) / x, WAVES),
    Accuracy("it2i0k0", lambda x: sp.it2i0k0(x)[0], lambda x: (I(0, x) - 1) / x, WAVES),
    Accuracy("it2struve0", sp.it2struve0, lambda x: -mp.struveh(0, x) / x, decades(1e-6, 3.0)),
]

ROWS: list[Accuracy] = [*BESSEL, *SCALED, *SPHERICAL, *AIRY, *STRUVE]
