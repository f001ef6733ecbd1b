"""Rows of the op table: comparisons, truth, bits and rounding, which have no derivative."""

from __future__ import annotations

from typing import Any

import numpy

from tests.ops.case import Arg, Case

BITS = Arg(low=0, high=6, dtype="int64")
BITS_ROW = Arg((4,), low=1, high=6, dtype="int64")
TRUTH = Arg(dtype="bool")
NUMBER = Arg((), kind="python")


def special(rng: Any) -> Any:
    return numpy.array([0.0, -0.0, 1.5, numpy.nan, numpy.inf, -numpy.inf])


def special_complex(rng: Any) -> Any:
    return numpy.array([0.0, 1.0 + 2.0j, 3.0j, complex(numpy.nan, 0.0), -1.0])


SPECIAL = Arg(make=special)

COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
TRUTHS = ("logical_and", "logical_or", "logical_xor")
BINARY_BITS = ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "gcd", "lcm")
QUESTIONS = ("isnan", "isinf", "isfinite", "signbit", "isposinf", "isneginf", "isreal", "iscomplex")


def binary(name: str, a: Arg, b: Arg, label: str = "", **options: Any) -> Case:
    return Case(name, lambda np, x, y: getattr(np, name)(x, y), (a, b), diff=(), label=label, **options)


def unary(name: str, a: Arg, label: str = "", **options: Any) -> Case:
    return Case(name, lambda np, x: getattr(np, name)(x), (a,), diff=(), label=label, **options)


OPERATORS = [
    Case("equal", lambda np, x: x == 1.0, (NUMBER,), diff=(), label="operator"),
    Case("not_equal", lambda np, x, y: x != y, (Arg(), NUMBER), diff=(), label="operator"),
    Case("less", lambda np, x: x < 0, (Arg(),), diff=(), label="operator"),
    Case("less_equal", lambda np, x, y: x <= y, (NUMBER, Arg((), kind="scalar")), diff=(), label="operator"),
    Case("greater", lambda np, x: x > 0, (NUMBER,), diff=(), label="operator"),
    Case("greater_equal", lambda np, x, y: x >= y, (Arg((3, 1)), Arg((4,))), diff=(), label="operator"),
    Case("bitwise_and", lambda np, x, y: (x > 0) & (y > 0), (Arg(), Arg()), diff=(), label="of truths"),
    Case("bitwise_or", lambda np, x, y: (x > 0) | (y > 0), (Arg(), Arg()), diff=(), label="of truths"),
    Case("bitwise_xor", lambda np, x, y: (x > 0) ^ (y > 0), (Arg(), Arg()), diff=(), label="of truths"),
    Case("invert", lambda np, x: ~(x > 0), (Arg(),), diff=(), label="of truths"),
    Case("invert", lambda np, n: ~n, (BITS,), diff=(), label="integers"),
    Case("left_shift", lambda np, n: n << 2, (BITS,), diff=(), label="operator"),
    Case("right_shift", lambda np, n: n >> 1, (BITS,), diff=(), label="operator"),
]

FUNCTIONS = [
    unary("logical_not", TRUTH),
    unary("invert", BITS),
    unary("invert", TRUTH, "truths"),
    unary("logical_not", Arg(), "floating"),
    unary("bitwise_count", BITS),
    Case("isclose", lambda np, x, y: np.isclose(x, y), (Arg(), Arg((4,))), diff=()),
    Case(
        "isclose",
        lambda np, x: np.isclose(x, x + 0.1, rtol=0.1, atol=0.0, equal_nan=True),
        (SPECIAL,),
        diff=(),
        label="tolerances",
    ),
    Case("round", lambda np, x: np.round(x), diff=(), complex=True),
    Case("round", lambda np, x: np.round(x, 2), diff=(), label="decimals"),
    Case("round", lambda np, x: np.around(x, decimals=-1), (Arg(high=90.0),), diff=(), label="tens"),
    Case("round_number", lambda np, x: round(x, 2), (Arg((), kind="python"),), diff=(), vmap=False),
    Case("trunc", lambda np, x: np.fix(x), diff=(), label="fix"),
    unary("isreal", Arg(make=special_complex), "complex", float32=False),
    unary("iscomplex", Arg(make=special_complex), "complex", float32=False),
]

# A bool of Python's: its numbers must be known.
WHOLE: dict[str, Any] = {"diff": (), "known": True}
EQUALITY = [
    Case("isclose", lambda np, x, y: np.allclose(x, y), (Arg(), Arg((4,))), **WHOLE, label="all"),
    Case("isclose", lambda np, x: np.allclose(x, x, equal_nan=True), (SPECIAL,), **WHOLE, label="all-nan"),
    Case("equal", lambda np, x, y: np.array_equal(x, y), (Arg(), Arg()), **WHOLE, label="array_equal"),
    Case("equal", lambda np, x, y: np.array_equal(x, y), (Arg(), Arg((4,))), **WHOLE, label="of shapes"),
    Case("equal", lambda np, x: np.array_equal(x, x, equal_nan=True), (SPECIAL,), **WHOLE, label="of NaN"),
    Case("equal", lambda np, x: np.array_equiv(x, x[0]), **WHOLE, label="array_equiv"),
]

CASES: list[Case] = [
    *EQUALITY,
    *[binary(name, Arg(), Arg()) for name in COMPARISONS],
    *[binary(name, SPECIAL, SPECIAL, "special") for name in COMPARISONS],
    *[binary(name, TRUTH, TRUTH) for name in TRUTHS],
    *[binary(name, Arg(), Arg((4,), dtype="bool"), "mixed") for name in TRUTHS],
    *[binary(name, BITS, BITS_ROW) for name in BINARY_BITS],
    *[unary(name, SPECIAL) for name in QUESTIONS],
    *[unary(name, NUMBER, "python") for name in QUESTIONS],
    *OPERATORS,
    *FUNCTIONS,
]
