"""Rows of the op table: trigonometric and hyperbolic functions, angles, sinc."""

from __future__ import annotations

from typing import Any

import numpy

from tests.ops.case import Arg, Case

INSIDE = Arg(low=-0.9, high=0.9)
ABOVE = Arg(low=1.2, high=3.0)
AWAY = Arg(avoid=(0.0,), margin=0.3)
AWAY_ROW = Arg((4,), avoid=(0.0,), margin=0.3)
NUMBER = Arg((), kind="python", low=0.2, high=0.8)

DOMAINS = {
    "sin": Arg(), "cos": Arg(), "tan": Arg(low=-1.2, high=1.2), "arcsin": INSIDE, "arccos": INSIDE,
    "arctan": Arg(), "sinh": Arg(), "cosh": Arg(), "tanh": Arg(), "arcsinh": Arg(), "arccosh": ABOVE,
    "arctanh": INSIDE,
}  # fmt: skip
ANGLES = ("deg2rad", "radians", "rad2deg", "degrees")


def unary(name: str, arg: Arg, label: str = "", **options: Any) -> Case:
    return Case(name, lambda np, x: getattr(np, name)(x), (arg,), label=label, **options)


def near_zero(rng: Any) -> Any:
    return numpy.array([0.0, 1e-9, -1e-3, 0.05, -0.3, 0.95, 1.3, 2.5])


CASES: list[Case] = [
    *[unary(name, arg, complex=True) for name, arg in DOMAINS.items()],
    unary("sin", NUMBER, "python"),
    unary("cos", Arg(()), "0-d"),
    unary("tanh", Arg((0, 3)), "empty"),
    unary("sin", Arg(low=-3, high=3, dtype="int64"), "integers"),
    *[unary(name, Arg()) for name in ANGLES],
    unary("deg2rad", NUMBER, "python"),
    Case("hypot", lambda np, x, y: np.hypot(x, y), (Arg(low=0.5), Arg())),
    Case("hypot", lambda np, x, y: np.hypot(x, y), (Arg((3, 1), low=0.5), Arg((4,))), label="broadcast"),
    Case("hypot", lambda np, x: np.hypot(x, 3), (NUMBER,), label="python"),
    Case("arctan2", lambda np, y, x: np.arctan2(y, x), (AWAY, AWAY)),
    Case("arctan2", lambda np, y, x: np.arctan2(y, x), (Arg((3, 1), low=0.5), AWAY_ROW), label="broadcast"),
    Case("arctan2", lambda np, y: np.arctan2(y, -1.0), (AWAY,), label="constant"),
    unary("sinc", Arg(), complex=True),
    unary("sinc", Arg(make=near_zero), "near zero", order=3),
    unary("sinc", NUMBER, "python"),
    unary("sinc", Arg(low=-3, high=3, dtype="int64"), "integers"),
]
