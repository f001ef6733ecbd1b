"""Rows for the operations that every driver needs, called as rules call them."""

from __future__ import annotations

import numpy

from funcgrad._src.ops.strong import strong_mul
from funcgrad._src.ops.structural import (
    broadcast_to,
    convert,
    copy_p,
    fence,
    full_p,
    real,
    reshape,
    stop_gradient_p,
    sum_axes,
    transpose,
)
from tests.ops.case import Arg, Case

VECTOR = Arg((3,))
ROW = Arg((1, 3))
NOTHING = Arg(())

CASES: list[Case] = [
    Case("strong_mul", lambda np, a, b: strong_mul(a, b), (Arg(), Arg()), complex=True, label="array array"),
    Case("strong_mul", lambda np, a, b: strong_mul(a, b), (Arg((4, 3)), VECTOR), label="array row"),
    Case("strong_mul", lambda np, a, b: strong_mul(a, b, (True, True)), (NOTHING, Arg()), label="0-d array"),
    Case("strong_mul", lambda np, a, b: strong_mul(a, b, (False, True)), (ROW, Arg((4, 1))), label="second"),
    Case(
        "strong_mul",
        lambda np, a, b: strong_mul(a, b),
        (Arg((), kind="scalar"), Arg((), kind="python")),
        label="scalars",
    ),
    Case("convert", lambda np, x: convert(x, "complex128"), label="to complex"),
    Case("convert", lambda np, x: convert(x, "float64"), (Arg(dtype="int64"),), label="from int"),
    Case("convert", lambda np, x: convert(x, "complex128"), (NOTHING,), label="0-d"),
    Case("copy", lambda np, x: copy_p.bind(x), complex=True),
    Case("copy", lambda np, x: copy_p.bind(x), (NOTHING,), label="0-d"),
    Case("fence", lambda np, x: fence(x), complex=True),
    Case("stop_gradient", lambda np, x: stop_gradient_p.bind(x), diff=()),
    Case(
        "full",
        lambda np: full_p.bind(shape=(2, 3), value=1.5, dtype=numpy.dtype(float), place="host"),
        (),
        device=False,
    ),
    Case("broadcast_to", lambda np, x: broadcast_to(x, (2, 4, 3)), (VECTOR,), complex=True, label="row"),
    Case("broadcast_to", lambda np, x: broadcast_to(x, (4, 3)), (Arg((4, 1)),), label="column"),
    Case("broadcast_to", lambda np, x: broadcast_to(x, (2, 3)), (NOTHING,), label="0-d"),
    Case("reshape", lambda np, x: reshape(x, (2, -1)), complex=True, label="-1"),
    Case("reshape", lambda np, x: reshape(x, (6, 2), order="F"), label="F"),
    Case("reshape", lambda np, x: reshape(x, ()), (Arg((1, 1)),), label="to 0-d"),
    Case("transpose", lambda np, x: transpose(x), complex=True, label="reversed"),
    Case("transpose", lambda np, x: transpose(x, (1, 2, 0)), (Arg((2, 3, 4)),), label="cycle"),
    Case("transpose", lambda np, x: transpose(x, (-1, 0, 1)), (Arg((2, 3, 4)),), label="negative"),
    Case("sum", lambda np, x: sum_axes(x), complex=True, bits=False, label="all"),
    Case("sum", lambda np, x: sum_axes(x, (0, 2)), (Arg((2, 3, 4)),), bits=False, label="two axes"),
    Case("sum", lambda np, x: sum_axes(x, -1, True), bits=False, label="keepdims"),
    Case("sum", lambda np, x: sum_axes(x), (NOTHING,), bits=False, label="0-d"),
    Case("real", lambda np, z: real(z), (Arg(dtype="complex128"),)),
    Case("real", lambda np, z: real(z), complex=True, label="real"),
]
