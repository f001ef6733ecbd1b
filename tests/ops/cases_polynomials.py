"""Rows of the op table: polynomials by coefficients, their roots and fits; points at equal ratios."""

from __future__ import annotations

from typing import Any

import numpy as np

import funcgrad.numpy as fnp
from funcgrad._src.ops.kaiser import bessel_i_p
from funcgrad._src.ops.roots import roots_p
from funcgrad._src.ops.shape import concrete

from .case import Arg, Case
from .undispatched import called

FIVE, FOUR, THREE, TWO = Arg((5,)), Arg((4,)), Arg((3,)), Arg((2,))
CUBE, SCALAR = Arg((2, 3, 4)), Arg((), kind="scalar")
LED = Arg((3,), low=0.5, high=2.0)
POSITIVE = Arg((3,), low=0.4, high=3.0)
ROUNDED: dict[str, Any] = {"bits": False}
# The roots themselves come from NumPy: no value may be unknown, and none may be one of many.
KNOWN: dict[str, Any] = {"vmap": False, "jit": False, "device": False}


def places(rng: np.random.Generator) -> Any:
    """Points for a fit, well apart."""
    return np.array([-1.5, -0.8, 0.1, 0.7, 1.2, 1.9]) + rng.uniform(-0.1, 0.1, 6)


def apart(rng: np.random.Generator) -> Any:
    """Coefficients of a polynomial whose roots are apart, two of them complex."""
    return np.array([1.0, -0.5, 2.0, 1.5, -2.0]) + rng.uniform(-0.1, 0.1, 5)


FIT = (Arg(make=places), Arg((6,)))
WEIGHED = (*FIT, Arg((6,), low=0.5, high=2.0))
ROOTS = Arg(make=apart)

SUMS = [
    Case("concatenate, add", lambda np, a, b: np.polyadd(a, b), (THREE, FIVE), label="polyadd", complex=True),
    Case("add, concatenate", lambda np, a: np.polyadd(a, 2.0), (THREE,), label="polyadd-number"),
    Case(
        "concatenate, subtract", lambda np, a, b: np.polysub(a, b), (FIVE, TWO), label="polysub", complex=True
    ),
    Case(
        "convolve",
        lambda np, a, b: np.polymul(a, b),
        (THREE, FIVE),
        label="polymul",
        complex=True,
        known=True,
    ),
    Case("convolve", lambda np, a: np.polymul(a, 2.0), (THREE,), label="polymul-number", known=True),
    Case("getitem, divide", lambda np, u, v: np.polydiv(u, v), (FIVE, LED), label="polydiv", known=True),
    Case("real", lambda np, x: np.real_if_close(x * (1 + 0j)), label="real_if_close", known=True),
    Case(
        "bessel_i0",
        lambda np, b: called(np, b).kaiser(5, b),
        (Arg((), low=1.0, high=4.0, kind="scalar"),),
        label="kaiser",
    ),
    Case("slice, multiply", lambda np, p: np.polyder(p, 2), (FIVE,), label="polyder", complex=True),
    Case("concatenate, divide", lambda np, p: np.polyint(p), (FOUR,), label="polyint", complex=True),
    Case(
        "concatenate, divide",
        lambda np, p, k: fnp.polyint(p, 2, k),
        (FOUR, TWO),
        label="polyint-constants",
        complex=True,
    ),
    Case("concatenate, divide", lambda np, p: np.polyint(p, m=2, k=1.5), (FOUR,), label="polyint-number"),
]

VALUES = [
    Case("getitem, multiply", lambda np, p, x: np.polyval(p, x), (FOUR, CUBE), label="polyval", complex=True),
    Case("getitem, multiply", lambda np, p, x: np.polyval(p, x), (FOUR, SCALAR), label="polyval-number"),
    Case("full, multiply", lambda np, x: np.polyval([1.0, 0.0, -2.0], x), (THREE,), label="polyval-list"),
    Case("getitem, multiply", lambda np, p: np.polyval(p, [1.0, 2.0]), (Arg((3, 2)),), label="polyval-rows"),
    Case("vander", lambda np, x: np.vander(x), (FOUR,), label="square", complex=True, **ROUNDED),
    Case("vander", lambda np, x: np.vander(x, 5, increasing=True), (THREE,), label="increasing", **ROUNDED),
    Case("vander", lambda np, x: np.vander(x, 1), (THREE,), label="ones"),
]

FITS = [
    Case("lstsq", lambda np, x, y: np.polyfit(x, y, 2), FIT, label="polyfit", **ROUNDED),
    Case("lstsq", lambda np, x, y, w: np.polyfit(x, y, 1, w=w), WEIGHED, label="polyfit-weights", **ROUNDED),
    Case(
        "lstsq",
        lambda np, x, y, w: np.polyfit(x, y, 2, w=w, full=True)[:2],
        (FIT[0], Arg((6, 2)), WEIGHED[2]),
        label="polyfit-full",
        **ROUNDED,
    ),
    Case("lstsq", lambda np, x, y: np.polyfit(x, y, 2, cov=True), FIT, label="polyfit-covariance", **ROUNDED),
    Case(
        "lstsq",
        lambda np, x, y: np.polyfit(x, y, 1, cov="unscaled"),
        (FIT[0], Arg((6, 2))),
        label="polyfit-unscaled",
        **ROUNDED,
    ),
]

FROM_ROOTS = [
    Case("convolve", lambda np, r: np.poly(r), (FOUR,), label="poly", **ROUNDED),
    Case("roots", lambda np, p: roots_p.bind(p, np.roots(concrete(p))), (ROOTS,), rtol=1e-7, **KNOWN),
]

POINTS = [
    Case("bessel_i0", lambda np, x: np.i0(x), (Arg((3, 4), low=-30.0, high=30.0),)),
    Case("bessel_i0", lambda np, x: np.i0(x), (SCALAR,), label="number"),
    Case("bessel_in", lambda np, x: bessel_i_p.bind(x, n=1), (Arg((3, 4), low=-30.0, high=30.0),), label="1"),
    Case("bessel_in", lambda np, x: bessel_i_p.bind(x, n=2), (Arg((3, 4), low=-3.0, high=3.0),), label="2"),
    Case(
        "bessel_i0",
        lambda np, b: fnp.kaiser(7, b),
        (Arg((), low=1.0, high=8.0, kind="scalar"),),
        label="kaiser",
    ),
    Case(
        "linspace, log10, power",
        lambda np, a, b: np.geomspace(a, b, 5),
        (POSITIVE, Arg((2, 1), low=1.0, high=9.0)),
        label="geomspace",
        **ROUNDED,
    ),
    Case(
        "linspace, log10, power",
        lambda np, a, b: np.geomspace(-a, -b, 4, endpoint=False, axis=-1),
        (POSITIVE, POSITIVE),
        label="geomspace-negative",
        **ROUNDED,
    ),
    Case(
        "linspace, log10, power",
        lambda np, a: np.geomspace(a, 3.0 + 1.0j, 4),
        (Arg((2,), low=0.5, dtype="complex128"),),
        label="geomspace-complex",
        **ROUNDED,
    ),
    Case(
        "linspace, power",
        lambda np, a, b, c: np.logspace(a, b, 4, base=c, axis=-1),
        (TWO, SCALAR, Arg((3, 1), low=0.5, high=3.0)),
        label="logspace-bases",
        **ROUNDED,
    ),
]

CASES: list[Case] = [*SUMS, *VALUES, *FITS, *FROM_ROOTS, *POINTS]
