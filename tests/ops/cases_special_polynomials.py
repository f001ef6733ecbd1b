"""Rows of the op table: orthogonal polynomials and Legendre functions."""

from __future__ import annotations

import scipy.special

from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

INSIDE = Arg(low=-0.9, high=0.9)
UNIT = Arg(low=0.05, high=0.95)
COLUMN = Arg((3, 1), low=0.1, high=0.9)
DEGREES = Arg((4,), low=0, high=5, dtype="int64")
NUMBER = Arg((), kind="python", low=0.4, high=2.0)
SIMPLE = (
    "legendre", "chebyt", "chebyu", "chebyc", "chebys", "laguerre", "sh_legendre", "sh_chebyt", "sh_chebyu",
)  # fmt: skip

HARMONICS = [
    Case("sph_harm_y", lambda np, a, b: special(np).sph_harm_y(3, 2, a, b), (UNIT, INSIDE), device=False),
    Case(
        "sph_harm_y",
        lambda np, n, a, b: special(np).sph_harm_y(n, -1, a, b),
        (DEGREES, COLUMN, Arg((), low=-2.0, high=2.0)),
        device=False,
        label="degrees",
    ),
    Case(
        "sph_harm_y",
        lambda np, a, b: special(np).sph_harm_y(1, 1, a, b),
        (NUMBER, NUMBER),
        device=False,
        label="python",
    ),
]

CASES: list[Case] = [
    *[
        Case(
            f"eval_{name}",
            lambda np, x, name=name: getattr(special(np), f"eval_{name}")(3.0, x),
            (UNIT,),
            complex=True,
            device=False,
        )
        for name in SIMPLE
    ],
    *[
        Case(
            f"eval_{name}",
            lambda np, n, x, name=name: getattr(special(np), f"eval_{name}")(n, x),
            (DEGREES, COLUMN),
            device=False,
            label="degrees",
        )
        for name in (*SIMPLE, "hermite", "hermitenorm")
    ],
    Case("eval_hermite", lambda np, x: special(np).eval_hermite(4, x), (INSIDE,), device=False),
    Case("eval_hermitenorm", lambda np, x: special(np).eval_hermitenorm(0, x), (INSIDE,), device=False),
    Case(
        "eval_legendre", lambda np, x: special(np).eval_legendre(2.5, x), (UNIT,), device=False, label="real"
    ),
    Case("eval_gegenbauer", lambda np, x: special(np).eval_gegenbauer(3, 1.5, x), (INSIDE,), device=False),
    Case("eval_genlaguerre", lambda np, x: special(np).eval_genlaguerre(3, 0.5, x), (INSIDE,), device=False),
    Case("eval_jacobi", lambda np, x: special(np).eval_jacobi(3, 0.5, 1.2, x), (INSIDE,), device=False),
    Case("eval_sh_jacobi", lambda np, x: special(np).eval_sh_jacobi(3, 3.0, 1.2, x), (UNIT,), device=False),
    Case("lpmv", lambda np, x: special(np).lpmv(2, 3, x), (INSIDE,), device=False),
    Case("lpmv", lambda np, x: special(np).lpmv(0, 2.5, x), (UNIT,), device=False, label="polynomial"),
    *([] if not hasattr(scipy.special, "sph_harm_y") else HARMONICS),
]
