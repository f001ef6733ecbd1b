"""Rows of the op table: spherical Bessel functions, Airy's, Kelvin's, cylinder and Struve functions."""

from __future__ import annotations

import scipy.special

from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

POSITIVE = Arg(low=0.3, high=4.0)
ANY = Arg(low=-3.0, high=3.0)
SMALL = Arg((4,), low=-0.2, high=0.2)
COLUMN = Arg((3, 1), low=0.3, high=4.0)
NUMBER = Arg((), kind="python", low=0.4, high=2.0)
ORDERS = Arg((4,), low=0, high=4, dtype="int64")

# An older SciPy gives NaN for negative numbers.
BOTH = ANY if scipy.special.spherical_jn(2, -1.0) > 0 else POSITIVE
AROUND = SMALL if BOTH is ANY else POSITIVE

SPHERICAL = [
    Case(
        "spherical_jn",
        lambda np, x: special(np).spherical_jn(2, x),
        (BOTH,),
        complex=True,
        device=False,
    ),
    Case(
        "spherical_jn", lambda np, x: special(np).spherical_jn(0, x), (AROUND,), device=False, label="small"
    ),
    Case(
        "spherical_jn",
        lambda np, n, x: special(np).spherical_jn(n, x),
        (ORDERS, COLUMN),
        device=False,
        label="orders",
    ),
    Case(
        "spherical_jn", lambda np, x: special(np).spherical_jn(1, x), (NUMBER,), device=False, label="number"
    ),
    Case(
        "spherical_yn",
        lambda np, x: special(np).spherical_yn(1, x),
        (POSITIVE,),
        complex=True,
        device=False,
    ),
    Case("spherical_in", lambda np, x: special(np).spherical_in(1, x), (BOTH,), complex=True, device=False),
    Case(
        "spherical_kn",
        lambda np, x: special(np).spherical_kn(2, x),
        (POSITIVE,),
        complex=True,
        device=False,
    ),
    Case("spherical_jn", lambda np, x: special(np).spherical_jn(2, x, True), (BOTH,), device=False),
    Case("spherical_yn", lambda np, x: special(np).spherical_yn(2, x, True), (POSITIVE,), device=False),
    Case(
        "spherical_in",
        lambda np, x: special(np).spherical_in(2, x, derivative=True),
        (POSITIVE,),
        device=False,
    ),
    Case(
        "spherical_kn",
        lambda np, x: special(np).spherical_kn(0, x, derivative=True),
        (POSITIVE,),
        device=False,
    ),
]

# SciPy computes these to six digits or so.
ROUGH = 1e-5

EQUATIONS = [
    Case("airy", lambda np, x: special(np).airy(x), (ANY,), complex=True, device=False),
    Case("airye", lambda np, x: special(np).airye(x), (POSITIVE,), complex=True, device=False),
    Case(
        "airye",
        lambda np, x: special(np).airye(x)[2:],
        (Arg(low=-3.0, high=-0.3),),
        device=False,
        label="below",
    ),
    Case("itairy", lambda np, x: special(np).itairy(x), (ANY,), rtol=ROUGH, device=False),
    Case("pbdv", lambda np, x: special(np).pbdv(1.3, x), (POSITIVE,), rtol=1e-7, device=False),
    Case("pbvv", lambda np, x: special(np).pbvv(1.3, x), (POSITIVE,), rtol=1e-7, device=False),
    Case("pbwa", lambda np, x: special(np).pbwa(1.3, x), (POSITIVE,), rtol=1e-7, device=False),
    *[
        Case(
            name, lambda np, x, name=name: getattr(special(np), name)(x), (POSITIVE,), rtol=1e-7, device=False
        )
        for name in ("ber", "bei", "berp", "beip", "ker", "kei", "kerp", "keip", "kelvin")
    ],
    Case("beip", lambda np, x: special(np).beip(x), (SMALL,), device=False, label="small"),
]

STRUVE = [
    Case("struve", lambda np, x: special(np).struve(1.5, x), (POSITIVE,), rtol=1e-7, device=False),
    Case("struve", lambda np, x: special(np).struve(0, x), (ANY,), device=False, label="nought"),
    Case("struve", lambda np, n, x: special(np).struve(n, x), (ORDERS, COLUMN), device=False, label="orders"),
    Case("modstruve", lambda np, x: special(np).modstruve(1.5, x), (POSITIVE,), rtol=1e-7, device=False),
    Case(
        "modstruve",
        lambda np, n, x: special(np).modstruve(n, x),
        (ORDERS, COLUMN),
        device=False,
        label="orders",
    ),
    *[
        Case(
            name,
            lambda np, x, name=name: getattr(special(np), name)(x),
            (POSITIVE,),
            rtol=ROUGH,
            device=False,
        )
        for name in ("itj0y0", "iti0k0", "it2j0y0", "it2i0k0", "itstruve0", "it2struve0", "itmodstruve0")
    ],
]

CASES: list[Case] = [*SPHERICAL, *EQUATIONS, *STRUVE]
