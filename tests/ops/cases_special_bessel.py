"""Rows of the op table: Bessel functions."""

from __future__ import annotations

from funcgrad._src.ops.special_scaled import i_gap_p, k_gap_p
from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

POSITIVE = Arg(low=0.3, high=4.0)
ANY = Arg(low=-4.0, high=4.0)
AWAY = Arg(avoid=(0.0,), margin=0.3)
SMALL = Arg((4,), low=-0.2, high=0.2)
COLUMN = Arg((3, 1), low=0.3, high=4.0)
NUMBER = Arg((), kind="python", low=0.4, high=2.0)
ORDERS = Arg((4,), low=0, high=4, dtype="int64")


FIXED = [
    Case("j0", lambda np, x: special(np).j0(x), (ANY,)),
    Case("j1", lambda np, x: special(np).j1(x), (ANY,)),
    Case("j1", lambda np, x: special(np).j1(x), (SMALL,), label="small"),
    Case("y0", lambda np, x: special(np).y0(x), (POSITIVE,)),
    Case("y1", lambda np, x: special(np).y1(x), (POSITIVE,)),
    Case("i0", lambda np, x: special(np).i0(x), (ANY,)),
    Case("i1", lambda np, x: special(np).i1(x), (ANY,)),
    Case("i1", lambda np, x: special(np).i1(x), (NUMBER,), label="python"),
    Case("k0", lambda np, x: special(np).k0(x), (POSITIVE,)),
    Case("k1", lambda np, x: special(np).k1(x), (POSITIVE,)),
]

ANY_ORDER = [
    Case("jv", lambda np, x: special(np).jv(1.5, x), (POSITIVE,), complex=True, device=False),
    Case("jv", lambda np, x: special(np).jn(2, x), (SMALL,), device=False, label="jn"),
    Case("jv", lambda np, n, x: special(np).jv(n, x), (ORDERS, COLUMN), device=False, label="orders"),
    Case("yv", lambda np, x: special(np).yv(0.7, x), (POSITIVE,), complex=True, device=False),
    Case("iv", lambda np, x: special(np).iv(1.5, x), (POSITIVE,), complex=True, device=False),
    Case("iv", lambda np, n, x: special(np).iv(n, x), (ORDERS, COLUMN), device=False, label="orders"),
    Case("kv", lambda np, x: special(np).kv(0.7, x), (POSITIVE,), complex=True, device=False),
    Case("yn", lambda np, x: special(np).yn(2, x), (POSITIVE,)),
    Case("yn", lambda np, n, x: special(np).yn(n, x), (ORDERS, COLUMN), label="orders"),
    Case("kn", lambda np, x: special(np).kn(2, x), (POSITIVE,), device=False),
    Case("kn", lambda np, n, x: special(np).kn(n, x), (ORDERS, COLUMN), device=False, label="orders"),
    Case("hankel1", lambda np, x: special(np).hankel1(1.5, x), (POSITIVE,), complex=True, device=False),
    Case("hankel2", lambda np, x: special(np).hankel2(0, x), (POSITIVE,), complex=True, device=False),
]

SCALED = [
    Case("i0e", lambda np, x: special(np).i0e(x), (AWAY,)),
    Case("i1e", lambda np, x: special(np).i1e(x), (AWAY,)),
    Case("i0e", lambda np, x: special(np).i0e(x), (Arg(low=5.0, high=50.0),), label="far"),
    Case("i0e_less_i1e", lambda np, x: i_gap_p.bind(x), (AWAY,)),
    Case("k1e_less_k0e", lambda np, x: k_gap_p.bind(x), (POSITIVE,)),
    Case("k0e", lambda np, x: special(np).k0e(x), (POSITIVE,)),
    Case("k1e", lambda np, x: special(np).k1e(x), (POSITIVE,)),
    Case("k0e", lambda np, x: special(np).k0e(x), (Arg(low=5.0, high=50.0),), label="far"),
    Case("ive", lambda np, x: special(np).ive(1.5, x), (POSITIVE,), complex=True, device=False),
    Case("jve", lambda np, x: special(np).jve(1.5, x), (POSITIVE,), complex=True, device=False),
    Case("yve", lambda np, x: special(np).yve(1.5, x), (POSITIVE,), complex=True, device=False),
    Case("kve", lambda np, x: special(np).kve(1.5, x), (POSITIVE,), complex=True, device=False),
    Case("hankel1e", lambda np, x: special(np).hankel1e(1.5, x), (POSITIVE,), complex=True, device=False),
    Case("hankel2e", lambda np, x: special(np).hankel2e(1.5, x), (POSITIVE,), complex=True, device=False),
]

CASES: list[Case] = [*FIXED, *ANY_ORDER, *SCALED]
