"""Rows of the op table: functions that SciPy composes of its ufuncs."""

from __future__ import annotations

from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

POSITIVE = Arg(low=0.5, high=5.0)
NUMBERS, CHOICES = Arg((3, 1), low=3.2, high=6.0), Arg((4,), low=0.2, high=2.8)

CASES: list[Case] = [
    Case("jv", lambda np, z: special(np).jvp(1, z), (POSITIVE,), device=False, label="jvp"),
    Case("jv", lambda np, z: special(np).jvp(0.5, z, 2), (POSITIVE,), device=False, label="second jvp"),
    Case("yv", lambda np, z: special(np).yvp(1, z), (POSITIVE,), device=False, label="yvp"),
    Case("iv", lambda np, z: special(np).ivp(1, z), (POSITIVE,), device=False, label="ivp"),
    Case("kv", lambda np, z: special(np).kvp(1, z), (POSITIVE,), device=False, label="kvp"),
    Case("hankel1", lambda np, z: special(np).h1vp(1, z), (POSITIVE,), device=False, label="h1vp"),
    Case("hankel2", lambda np, z: special(np).h2vp(1, z), (POSITIVE,), device=False, label="h2vp"),
    Case(
        "eval_genlaguerre",
        lambda np, x: special(np).assoc_laguerre(x, 3, 0.5),
        device=False,
        label="assoc_laguerre",
    ),
    Case("binom", lambda np, n, k: special(np).comb(n, k), (NUMBERS, CHOICES), label="comb"),
    Case(
        "binom",
        lambda np, n, k: special(np).comb(n, k, repetition=True),
        (NUMBERS, CHOICES),
        label="repetition",
    ),
    Case("poch", lambda np, n, k: special(np).perm(n, k), (NUMBERS, CHOICES), label="perm"),
]
