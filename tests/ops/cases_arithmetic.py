"""Rows of the op table: arithmetic, quotients and remainders, rounding, parts of a number."""

from __future__ import annotations

from tests.ops.case import Arg, Case

AWAY = Arg(avoid=(0.0,), margin=0.3)
ROW = Arg((4,))
COLUMN = Arg((3, 1))
EMPTY = Arg((0, 4))
NUMBER = Arg((), kind="python", avoid=(0.0,), margin=0.3)
SCALAR = Arg((), kind="scalar", avoid=(0.0,), margin=0.3)
COUNTS = Arg(low=1, high=5, dtype="int64")
# Quotients between 2.1 and 2.9: away from the jumps, and not 0.
OVER, UNDER = Arg(low=2.6, high=2.9), Arg(low=1.0, high=1.2)
UNDER_ROW = Arg((4,), low=1.0, high=1.2)
INSIDE = Arg(avoid=(-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0), margin=0.1)

SUMS = [
    Case("add", lambda np, x, y: np.add(x, y), (Arg(), Arg()), complex=True),
    Case("add", lambda np, x, y: x + y, (COLUMN, ROW), label="broadcast"),
    Case("add", lambda np, x, y: x + y, (NUMBER, Arg()), label="python"),
    Case("add", lambda np, x: 2 + x + 0.5, (SCALAR,), label="constants"),
    Case("add", lambda np, x, n: x + n, (Arg(), COUNTS), label="integers"),
    Case("add", lambda np, x, y: x + y, (EMPTY, Arg((4,))), label="empty"),
    Case("add", lambda np, x, y: np.add(x, y, dtype=np.float64), (Arg(), ROW), label="dtype", jit=False),
    Case("subtract", lambda np, x, y: np.subtract(x, y), (Arg(), Arg()), complex=True),
    Case("subtract", lambda np, x, y: x - y, (COLUMN, ROW), label="broadcast"),
    Case("subtract", lambda np, x: 1 - x, (NUMBER,), label="python"),
    Case("negative", lambda np, x: -x, complex=True),
    Case("negative", lambda np, x: np.negative(x), (NUMBER,), label="python"),
    Case("positive", lambda np, x: +x, complex=True),
    Case("positive", lambda np, x: np.positive(x), (Arg(()),), label="0-d"),
]

PRODUCTS = [
    Case("multiply", lambda np, x, y: np.multiply(x, y), (Arg(), Arg()), complex=True),
    Case("multiply", lambda np, x, y: x * y, (ROW, Arg((2, 1, 4))), label="broadcast"),
    Case("multiply", lambda np, x, y: x * y, (NUMBER, SCALAR), label="python scalar"),
    Case("multiply", lambda np, x, n: n * x * 2, (Arg(), COUNTS), label="integers"),
    Case("multiply", lambda np, x: x * x, complex=True, label="itself"),
    Case("divide", lambda np, x, y: np.divide(x, y), (Arg(), AWAY), complex=True),
    Case("divide", lambda np, x, y: x / y, (COLUMN, Arg((4,), low=0.5)), label="broadcast"),
    Case("divide", lambda np, x, y: x / y, (Arg(), NUMBER), label="python"),
    Case("divide", lambda np, x, n: x / n, (Arg(), COUNTS), label="by integers"),
    Case("divide", lambda np, x, n: n / x, (AWAY, COUNTS), label="of integers"),
]

QUOTIENTS = [
    Case("floor_divide", lambda np, x, y: np.floor_divide(x, y), (OVER, UNDER)),
    Case("floor_divide", lambda np, x, y: x // y, (OVER, UNDER_ROW), label="operator"),
    Case("remainder", lambda np, x, y: np.remainder(x, y), (OVER, UNDER)),
    Case("remainder", lambda np, x, y: x % y, (OVER, UNDER_ROW), label="broadcast"),
    Case("remainder", lambda np, x: x % 1.0, (INSIDE,), label="python"),
    Case("remainder", lambda np, y: 2.7 % y, (UNDER,), label="reflected"),
    Case("remainder", lambda np, x, n: np.mod(x, n), (Arg(low=5.2, high=5.8), COUNTS), label="integers"),
    Case("fmod", lambda np, x, y: np.fmod(x, y), (OVER, UNDER)),
    Case("fmod", lambda np, x, y: np.fmod(-x, y), (OVER, UNDER_ROW), label="negative"),
    Case("divmod", lambda np, x, y: np.divmod(x, y), (OVER, UNDER)),
    Case("divmod", lambda np, x, y: np.divmod(x, y)[1], (OVER, UNDER_ROW), label="broadcast"),
    Case("divmod", lambda np, x, y: divmod(x, y), (OVER, NUMBER), diff=(0,), device=False, label="operator"),
]

ROUNDED = [
    Case("floor", lambda np, x: np.floor(x), (INSIDE,)),
    Case("ceil", lambda np, x: np.ceil(x), (INSIDE,)),
    Case("trunc", lambda np, x: np.trunc(x), (INSIDE,)),
    Case("rint", lambda np, x: np.rint(x), (INSIDE,)),
    Case("rint", lambda np, x: np.rint(x), (Arg((), kind="python", low=0.6, high=0.9),), label="python"),
]

PARTS = [
    Case("modf", lambda np, x: np.modf(x), (INSIDE,)),
    Case("modf", lambda np, x: np.modf(x)[0], (Arg((), low=0.2, high=0.8),), label="0-d"),
    Case("ldexp", lambda np, x, n: np.ldexp(x, n), (Arg(), COUNTS)),
    Case("ldexp", lambda np, x: np.ldexp(x, -3), (Arg((0,)),), label="empty"),
    Case("frexp", lambda np, x: np.frexp(x), (Arg(low=1.1, high=1.9),)),
    Case("frexp", lambda np, x: np.frexp(x)[0], (Arg((), low=4.5, high=7.0),), label="0-d"),
    Case("nextafter", lambda np, x, y: np.nextafter(x, y), (Arg(), Arg((4,), low=5.0, high=6.0)), diff=(0,)),
    Case("spacing", lambda np, x: np.spacing(x), (Arg(low=1.1, high=1.9),), diff=()),
]

CASES: list[Case] = [*SUMS, *PRODUCTS, *QUOTIENTS, *ROUNDED, *PARTS]
