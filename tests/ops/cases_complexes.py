"""Rows of the op table: complex parts, conjugate, absolute values, signs, angles."""

from __future__ import annotations

from typing import Any

from funcgrad._src.ops.complexes import join_p
from tests.ops.case import Arg, Case

AWAY = Arg(avoid=(0.0,), margin=0.3)
COMPLEX = Arg(dtype="complex128")
COMPLEX_ROW = Arg((4,), dtype="complex128")
NUMBER = Arg((), kind="python", low=0.3)


def unary(name: str, arg: Arg = AWAY, label: str = "", primitive: str = "", **options: Any) -> Case:
    return Case(primitive or name, lambda np, x: getattr(np, name)(x), (arg,), label=label, **options)


CASES: list[Case] = [
    unary("real", COMPLEX, order=2, label="view"),
    Case("real", lambda np, z: (z * z).real, (COMPLEX,), label="attribute"),
    unary("imag", COMPLEX),
    Case("imag", lambda np, z: (z * z).imag, (COMPLEX_ROW,), label="attribute"),
    unary("imag", Arg(), "of real"),
    unary("conjugate", COMPLEX),
    unary("conjugate", Arg(), "of real", complex=True),
    Case("conjugate", lambda np, z: z.conj() * z, (COMPLEX,), label="method"),
    Case("join_complex", lambda np, x, y: join_p.bind(x, y), (Arg(), Arg())),
    Case("join_complex", lambda np, x, y: join_p.bind(x, y), (Arg((3, 1)), Arg((4,))), label="broadcast"),
    unary("absolute", complex=True),
    Case("absolute", lambda np, x: abs(x), (NUMBER,), label="operator"),
    Case("absolute", lambda np, z: abs(z), (COMPLEX_ROW,), label="modulus"),
    unary("fabs"),
    unary("sign"),
    unary("sign", NUMBER, "python"),
    unary("sign", COMPLEX, primitive="sign_complex"),
    Case("sign_complex", lambda np, z: np.sign(z).real, (COMPLEX_ROW,), label="real part"),
    Case("copysign", lambda np, x, y: np.copysign(x, y), (AWAY, Arg((4,), avoid=(0.0,)))),
    Case("copysign", lambda np, x: np.copysign(x, -1), (AWAY,), label="constant"),
    Case("heaviside", lambda np, n, y: np.heaviside(n, y), (Arg(low=-1, high=1, dtype="int64"), Arg((4,)))),
    Case("heaviside", lambda np, x: np.heaviside(x, 0.5), (AWAY,), label="constant"),
    Case("arctan2, imag, real", lambda np, z: np.angle(z), (COMPLEX,), label="angle"),
    Case("arctan2, imag, real", lambda np, z: np.angle(z, deg=True), (COMPLEX_ROW,), label="degrees"),
    Case("arctan2", lambda np, x: np.angle(x), (AWAY,), label="angle of real"),
]
