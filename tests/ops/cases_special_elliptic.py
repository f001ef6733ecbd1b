"""Rows of the op table: elliptic integrals and functions."""

from __future__ import annotations

from typing import Any

from funcgrad._src.ops.special_carlson import carlson_p
from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

PARAMETER = Arg(low=-3.0, high=0.9)
FRACTION = Arg(low=0.1, high=0.9)
ANGLE = Arg(low=-1.4, high=1.4)
TURNS = Arg(low=-9.0, high=9.0, avoid=tuple(k * 1.5707963 for k in range(-7, 8)), margin=0.1)
ROW = Arg((4,), low=0.1, high=0.9)
COLUMN = Arg((3, 1), low=0.1, high=0.9)
POSITIVE = Arg(low=0.3, high=3.0)
NEGATIVE = Arg(low=-3.0, high=-0.3)


def broadcasting(name: str, count: int) -> Any:
    calls = {
        2: lambda np, x, y: getattr(special(np), name)(x, y),
        3: lambda np, x, y, z: getattr(special(np), name)(x, y, z),
        4: lambda np, x, y, z, p: getattr(special(np), name)(x, y, z, p),
    }
    return calls[count]


LEGENDRE = [
    Case("ellipk", lambda np, m: special(np).ellipk(m), (PARAMETER,)),
    Case("ellipk", lambda np, m: special(np).ellipk(m), (Arg((4,), low=-1e-3, high=1e-3),), label="circle"),
    Case("ellipkm1", lambda np, p: special(np).ellipkm1(p), (POSITIVE,)),
    Case("ellipe", lambda np, m: special(np).ellipe(m), (PARAMETER,), device=False),
    Case("ellipkinc", lambda np, phi, m: special(np).ellipkinc(phi, m), (ANGLE, PARAMETER)),
    Case("ellipkinc", lambda np, phi, m: special(np).ellipkinc(phi, m), (TURNS, FRACTION), label="turns"),
    Case("ellipkinc", lambda np, phi, m: special(np).ellipkinc(phi, m), (ROW, COLUMN), label="broadcast"),
    Case("ellipeinc", lambda np, phi, m: special(np).ellipeinc(phi, m), (ANGLE, PARAMETER)),
    Case(
        "ellipeinc",
        lambda np, phi, m: special(np).ellipeinc(phi, m),
        (TURNS, FRACTION),
        device=False,
        label="turns",
    ),
    Case("ellipeinc", lambda np, phi, m: special(np).ellipeinc(phi, m), (ROW, COLUMN), label="broadcast"),
    Case("ellipj", lambda np, u, m: special(np).ellipj(u, m), (ANGLE, FRACTION), rtol=1e-7),
    Case("ellipj", lambda np, u, m: special(np).ellipj(u, m), (ROW, COLUMN), rtol=1e-7, label="broadcast"),
]

CARLSON = [
    Case(
        "elliprd",
        lambda np, x, y, z: special(np).elliprd(x, y, z),
        (POSITIVE,) * 3,
        complex=True,
        device=False,
    ),
    Case(
        "elliprf",
        lambda np, x, y, z: special(np).elliprf(x, y, z),
        (POSITIVE,) * 3,
        complex=True,
        device=False,
    ),
    Case(
        "elliprg",
        lambda np, x, y, z: special(np).elliprg(x, y, z),
        (POSITIVE,) * 3,
        complex=True,
        device=False,
    ),
    Case("elliprc", lambda np, x, y: special(np).elliprc(x, y), (POSITIVE,) * 2, complex=True, device=False),
    Case(
        "elliprc",
        lambda np, x, y: special(np).elliprc(x, y),
        (POSITIVE, NEGATIVE),
        device=False,
        label="below",
    ),
    Case(
        "elliprj",
        lambda np, x, y, z, p: special(np).elliprj(x, y, z, p),
        (POSITIVE,) * 4,
        complex=True,
        device=False,
    ),
    Case(
        "elliprj",
        lambda np, x, y, z, p: special(np).elliprj(x, y, z, p),
        (*(POSITIVE,) * 3, NEGATIVE),
        order=1,
        device=False,
        label="below",
    ),
    Case(
        "elliprd",
        lambda np, x: special(np).elliprd(x, x, x),
        (Arg((4,), low=0.3, high=3.0),),
        device=False,
        label="equal",
    ),
    Case(
        "carlson",
        lambda np, x, y, z, w: carlson_p.bind(x, y, z, w, powers=(1.5, 0.5, 0.5, 1.0)),
        (POSITIVE,) * 4,
        complex=True,
    ),
    Case("agm", lambda np, a, b: special(np).agm(a, b), (POSITIVE,) * 2, device=False),
    *[
        Case(
            name, broadcasting(name, count), (ROW, *(COLUMN,) * (count - 1)), device=False, label="broadcast"
        )
        for name, count in (("elliprd", 3), ("elliprf", 3), ("elliprg", 3), ("elliprc", 2), ("elliprj", 4))
    ],
    Case("agm", lambda np, a, b: special(np).agm(a, b), (ROW, COLUMN), device=False, label="broadcast"),
]

CASES: list[Case] = [*LEGENDRE, *CARLSON]
