"""Rows of the op table: powers and roots, exponentials and logarithms, sigmoid functions."""

from __future__ import annotations

from funcgrad._src.ops.exponential import relu, sigmoid, softplus
from tests.ops.case import Arg, Case

POSITIVE = Arg(low=0.3, high=3.0)
POSITIVE_ROW = Arg((4,), low=0.3, high=3.0)
AWAY = Arg(avoid=(0.0,), margin=0.3)
NUMBER = Arg((), kind="python", low=0.4, high=2.0)
COUNTS = Arg(low=0, high=4, dtype="int64")

ROOTS = [
    Case("square", lambda np, x: np.square(x), complex=True),
    Case("sqrt", lambda np, x: np.sqrt(x), (POSITIVE,), complex=True),
    Case("sqrt", lambda np, x: np.sqrt(x), (NUMBER,), label="python"),
    Case("cbrt", lambda np, x: np.cbrt(x), (AWAY,)),
    Case("reciprocal", lambda np, x: np.reciprocal(x), (AWAY,), complex=True),
]

WHOLE = [
    Case("integer_pow", lambda np, x: x**3, complex=True),
    Case("integer_pow", lambda np, x: x**2, (NUMBER,), label="square"),
    Case("integer_pow", lambda np, x: x**-2, (AWAY,), complex=True, label="negative"),
    Case("integer_pow", lambda np, x: x**-1, (NUMBER,), label="inverse"),
    Case("integer_pow", lambda np, x: x**0 + x, label="nought"),
    Case("integer_pow", lambda np, x: x**1, label="one"),
    Case("integer_pow", lambda np, x: x**7, (Arg((), kind="scalar"),), label="seven"),
    Case("integer_pow", lambda np, x: x**20, (Arg(low=0.7, high=1.2),), label="many"),
    Case("integer_pow", lambda np, n: n**2, (COUNTS,), label="integers"),
]

POWERS = [
    Case("pow", lambda np, x, y: x**y, (POSITIVE, Arg()), complex=True),
    Case("pow", lambda np, x, y: x**y, (Arg((3, 1), low=0.3, high=3.0), Arg((4,))), label="broadcast"),
    Case("pow", lambda np, x: x**1.7, (POSITIVE,), label="number"),
    Case("pow", lambda np, x: x**2.0 + x**1.0 + x**0.0, (Arg(),), label="whole numbers"),
    Case("pow", lambda np, y: 2.0**y, complex=True, label="of a number"),
    Case("pow", lambda np, y: 3**y, (NUMBER,), bits=False, label="of an integer"),
    Case("pow", lambda np, x, y: x**y, (NUMBER, NUMBER), label="python"),
    Case("pow", lambda np, x, n: x**n, (AWAY, COUNTS), label="integers"),
    Case("power", lambda np, x, y: np.power(x, y), (POSITIVE, Arg()), complex=True),
    Case("power", lambda np, x, y: np.power(x, y), (POSITIVE_ROW, Arg((3, 1))), label="broadcast"),
    Case("power", lambda np, x: np.power(x, 2), label="two"),
    Case("power", lambda np, x: np.power(x, -1.5), (POSITIVE,), label="number"),
    Case("power", lambda np, x, n: np.power(x, n), (AWAY, COUNTS), label="integers"),
    Case("float_power", lambda np, x, y: np.float_power(x, y), (POSITIVE, Arg())),
    Case(
        "float_power", lambda np, x, y: np.float_power(x, y), (POSITIVE_ROW, Arg((3, 1))), label="broadcast"
    ),
    Case("float_power", lambda np, x: np.float_power(x, 3), (Arg(),), label="three"),
]

EXPONENTIALS = [
    Case("exp", lambda np, x: np.exp(x), complex=True),
    Case("exp", lambda np, x: np.exp(x), (NUMBER,), label="python"),
    Case("exp", lambda np, n: np.exp(n), (COUNTS,), label="integers"),
    Case("exp2", lambda np, x: np.exp2(x), complex=True),
    Case("expm1", lambda np, x: np.expm1(x), complex=True),
    Case("log", lambda np, x: np.log(x), (POSITIVE,), complex=True),
    Case("log", lambda np, x: np.log(x), (Arg((), low=0.3, high=3.0),), label="0-d"),
    Case("log2", lambda np, x: np.log2(x), (POSITIVE,), complex=True),
    Case("log10", lambda np, x: np.log10(x), (POSITIVE,), complex=True),
    Case("log1p", lambda np, x: np.log1p(x), (Arg(low=-0.6, high=2.0),), complex=True),
]

SIGMOIDS = [
    Case("sigmoid", lambda np, x: sigmoid(x)),
    Case("sigmoid", lambda np, x: sigmoid(x), (Arg((), kind="python"),), label="python"),
    Case("sigmoid", lambda np, n: sigmoid(n), (COUNTS,), label="integers"),
    Case("sigmoid", lambda np, x: sigmoid(x), (Arg((3,), low=-60.0, high=60.0),), rtol=1e-6, label="tails"),
    Case("softplus", lambda np, x: softplus(x)),
    Case("softplus", lambda np, x: softplus(x), (Arg((0, 2)),), label="empty"),
    Case("relu", lambda np, x: relu(x), (Arg(avoid=(0.0,)),)),
    Case("relu", lambda np, x: relu(x), (Arg((), low=0.5),), label="0-d"),
    Case("logaddexp", lambda np, x, y: np.logaddexp(x, y), (Arg(), Arg())),
    Case("logaddexp", lambda np, x, y: np.logaddexp(x, y), (Arg((3, 1)), Arg((4,))), label="broadcast"),
    Case("logaddexp", lambda np, x: np.logaddexp(x, 0), (Arg(),), label="constant"),
    Case("logaddexp2", lambda np, x, y: np.logaddexp2(x, y), (Arg(), Arg())),
    Case("logaddexp2", lambda np, x, y: np.logaddexp2(x, y), (Arg((3, 1)), Arg((4,))), label="broadcast"),
]

CASES: list[Case] = [*ROOTS, *WHOLE, *POWERS, *EXPONENTIALS, *SIGMOIDS]
