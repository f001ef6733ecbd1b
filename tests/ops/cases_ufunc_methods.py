"""Rows for the methods of ufuncs: ops/ufunc_reduce.py, ufunc_reduceat.py, ufunc_scans.py and outer.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funcgrad._src.ops.ufunc_scans import fill_at, scan_p
from tests.ops.case import Arg, Case

Call = Callable[..., Any]

ROW = (Arg((5,)),)
CUBE = (Arg((2, 3, 4)),)
POSITIVE = (Arg((3, 4), 0.5, 1.5),)
EMPTY = (Arg((0, 3)),)
MASK = Arg((3, 4), make=lambda rng: np.array([[1, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 1]], bool))
BITS = (Arg((3, 4), 0, 100, dtype="int64"),)
NUMBER = Arg((), 0.5, 1.5, kind="scalar")


def distinct(rng: np.random.Generator) -> Any:
    """Numbers far enough from each other for differences, the running peaks too."""
    return rng.permuted(np.linspace(-2, 2, 12)).reshape(3, 4)


DISTINCT = (Arg(make=distinct),)


def row(primitives: str, label: str, call: Call, args: tuple[Arg, ...] = (Arg(),), **options: Any) -> Case:
    """A row with a label; batched and compiled reductions agree within rounding."""
    options.setdefault("bits", False)
    return Case(primitives, call, args, label=label, **options)


REDUCE = [
    row("ufunc_reduce", "subtract", lambda np, x: np.subtract.reduce(x), complex=True),
    row("ufunc_reduce", "subtract-axis", lambda np, x: np.subtract.reduce(x, axis=1, keepdims=True), CUBE),
    row("ufunc_reduce", "subtract-all", lambda np, x: np.subtract.reduce(x, axis=None), ROW),
    row("ufunc_reduce", "subtract-no-axes", lambda np, x: np.subtract.reduce(x, axis=(), initial=2.0)),
    row("ufunc_reduce", "subtract-none", lambda np, x: np.subtract.reduce(x, axis=()), complex=True),
    row("ufunc_reduce", "subtract-dtype", lambda np, x: np.subtract.reduce(x, -1, np.complex128)),
    row(
        "ufunc_reduce",
        "subtract-mask",
        lambda np, x, m, i: np.subtract.reduce(x, axis=1, initial=i, where=m),
        (Arg(), MASK, NUMBER),
        vmap=False,
    ),
    row("ufunc_reduce", "empty-initial", lambda np, x: np.subtract.reduce(x, initial=1.5), EMPTY),
    row("ufunc_reduce", "divide", lambda np, x: np.divide.reduce(x), POSITIVE, complex=True),
    row(
        "ufunc_reduce", "divide-axis", lambda np, x: np.divide.reduce(x, axis=-1), (Arg((2, 3, 4), 0.5, 1.5),)
    ),
    row("ufunc_reduce", "divide-middle", lambda np, x: np.divide.reduce(x, 1), (Arg((2, 3, 4), 0.5, 1.5),)),
    row("ufunc_reduce", "divide-one", lambda np, x: np.divide.reduce(x, 1), (Arg((3, 1)),), complex=True),
    row(
        "ufunc_reduce",
        "divide-initial",
        lambda np, x, i: np.divide.reduce(x, axis=1, initial=i, keepdims=True),
        (*POSITIVE, NUMBER),
        vmap=False,
    ),
    row(
        "ufunc_reduce",
        "divide-mask",
        lambda np, x, m, i: np.divide.reduce(x, axis=0, initial=i, where=m),
        (*POSITIVE, MASK, NUMBER),
        vmap=False,
    ),
    row(
        "ufunc_reduce",
        "float_power",
        lambda np, x: np.float_power.reduce(x),
        POSITIVE,
        float32=False,
        complex=True,
    ),
    row(
        "ufunc_reduce",
        "remainder",
        lambda np, x: np.remainder.reduce(x),
        (Arg(make=lambda rng: np.array([[7.3, 9.1], [2.2, 5.7]])),),
    ),
    row(
        "ufunc_reduce", "copysign", lambda np, x: np.copysign.reduce(x, axis=1), (Arg(avoid=(0.0,)),), order=1
    ),
    row(
        "ufunc_reduce", "floor_divide", lambda np, x: np.floor_divide.reduce(x + 9.3), (Arg((1, 3)),), order=1
    ),
    row("ufunc_reduce", "hypot", lambda np, x: np.hypot.reduce(x)),
    row("ufunc_reduce", "hypot-all", lambda np, x: np.hypot.reduce(x, axis=None), CUBE),
    row("ufunc_reduce", "hypot-mask", lambda np, x, m: np.hypot.reduce(x, axis=1, where=m), (Arg(), MASK)),
    row("ufunc_reduce", "hypot-bare", lambda np, x: np.hypot.reduce(x, axis=1, initial=None), (Arg((3, 1)),)),
    row("ufunc_reduce", "hypot-empty", lambda np, x: np.hypot.reduce(x), EMPTY),
    row("ufunc_reduce", "logaddexp", lambda np, x: np.logaddexp.reduce(x)),
    row(
        "ufunc_reduce",
        "logaddexp-axes",
        lambda np, x: np.logaddexp.reduce(x, axis=(0, -1), keepdims=True),
        CUBE,
    ),
    row(
        "ufunc_reduce",
        "logaddexp-mask",
        lambda np, x, m, i: np.logaddexp.reduce(x, axis=(0, 1), where=m, initial=i),
        (Arg(), MASK, NUMBER),
        vmap=False,
    ),
    row("ufunc_reduce", "logaddexp2", lambda np, x: np.logaddexp2.reduce(x, axis=1)),
    row("ufunc_reduce", "fmax", lambda np, x: np.fmax.reduce(x), DISTINCT),
    row(
        "ufunc_reduce",
        "fmax-all",
        lambda np, x: np.fmax.reduce(x, axis=None, keepdims=True),
        DISTINCT,
        order=1,
    ),
    row(
        "ufunc_reduce",
        "fmin-mask",
        lambda np, x, m: np.fmin.reduce(x, axis=1, where=m, initial=9.0),
        (*DISTINCT, MASK),
    ),
    row(
        "ufunc_reduce",
        "fmin-initial",
        lambda np, x, i: np.fmin.reduce(x, axis=(0, 1), initial=i),
        (*DISTINCT, Arg((), -2.6, -2.4, kind="scalar")),
        vmap=False,
    ),
    row(
        "ufunc_reduce",
        "maximum-dtype",
        lambda np, x: np.maximum.reduce(x, axis=1, dtype=np.complex128),
        DISTINCT,
        order=1,
    ),
    row("ufunc_reduce", "add-bare", lambda np, x: np.add.reduce(x, axis=(0, 1), initial=None), complex=True),
    row(
        "ufunc_reduce",
        "multiply-bare",
        lambda np, x: np.multiply.reduce(x, axis=1, initial=None),
        complex=True,
    ),
    row("ufunc_reduce", "logical_xor", lambda np, x: np.logical_xor.reduce(x > 0, axis=None), diff=()),
    row("ufunc_reduce", "logical_xor-floats", lambda np, x: np.logical_xor.reduce(x, axis=1), diff=()),
    row(
        "ufunc_reduce",
        "bitwise_and",
        lambda np, x: np.bitwise_and.reduce(x, axis=1),
        BITS,
        diff=(),
        bits=True,
    ),
    row(
        "ufunc_reduce",
        "bitwise_or",
        lambda np, x: np.bitwise_or.reduce(x, axis=None),
        BITS,
        diff=(),
        bits=True,
    ),
    row(
        "ufunc_reduce",
        "bitwise_xor",
        lambda np, x, m: np.bitwise_xor.reduce(x, where=m),
        (*BITS, MASK),
        diff=(),
        bits=True,
    ),
    row("ufunc_reduce", "gcd", lambda np, x: np.gcd.reduce(x, axis=(0, 1)), BITS, diff=(), bits=True),
    row(
        "ufunc_reduce",
        "lcm",
        lambda np, x: np.lcm.reduce(x, axis=1),
        (Arg((2, 2), 1, 9, dtype="int64"),),
        diff=(),
        bits=True,
    ),
    row(
        "ufunc_reduce",
        "left_shift",
        lambda np, x: np.left_shift.reduce(x),
        (Arg((2, 3), 0, 4, dtype="int64"),),
        diff=(),
        bits=True,
    ),
    row("ufunc_reduce", "equal", lambda np, x: np.equal.reduce(x > 0), diff=()),
]

ACCUMULATE = [
    row("ufunc_scan", "subtract", lambda np, x: np.subtract.accumulate(x), complex=True),
    row("ufunc_scan", "divide", lambda np, x: np.divide.accumulate(x, axis=1), POSITIVE, complex=True),
    row(
        "ufunc_scan",
        "power",
        lambda np, x: np.power.accumulate(x, -1),
        (Arg((2, 3), 0.5, 1.5),),
        complex=True,
    ),
    row("ufunc_scan", "logaddexp", lambda np, x: np.logaddexp.accumulate(x, axis=1)),
    row("ufunc_scan", "hypot", lambda np, x: np.hypot.accumulate(x, axis=0), (Arg(avoid=(0.0,)),)),
    row(
        "ufunc_scan",
        "fmod",
        lambda np, x: np.fmod.accumulate(x),
        (Arg(make=lambda rng: np.array([[7.3, 9.1], [2.2, 5.7]])),),
    ),
    row("ufunc_scan", "maximum", lambda np, x: np.maximum.accumulate(x), DISTINCT),
    row(
        "ufunc_scan",
        "maximum-row",
        lambda np, x: np.maximum.accumulate(x, axis=None),
        (Arg(make=lambda rng: distinct(rng)[0]),),
    ),
    row("ufunc_scan", "minimum", lambda np, x: np.minimum.accumulate(x, axis=1), DISTINCT),
    row("ufunc_scan", "fmax", lambda np, x: np.fmax.accumulate(x, axis=1), DISTINCT),
    row("ufunc_scan", "fmin", lambda np, x: np.fmin.accumulate(x, axis=-2), DISTINCT),
    row("ufunc_scan", "dtype", lambda np, x: np.subtract.accumulate(x, 1, np.complex128)),
    row("ufunc_scan", "empty", lambda np, x: np.divide.accumulate(x), EMPTY),
    row("ufunc_scan", "empty-rows", lambda np, x: np.maximum.accumulate(x, axis=1), EMPTY),
    row("ufunc_scan", "discrete", lambda np, x: np.logical_or.accumulate(x > 0, axis=1), diff=()),
    row("ufunc_scan", "bits", lambda np, x: np.bitwise_xor.accumulate(x), BITS, diff=(), bits=True),
    row(
        "ufunc_scan",
        "lcm",
        lambda np, x: np.lcm.accumulate(x),
        (Arg((2, 2), 1, 9, dtype="int64"),),
        diff=(),
        bits=True,
    ),
    row(
        "ufunc_scan",
        "mask",
        lambda np, x, m: scan_p.bind(x, m, name="divide", axis=1, starts=(0,), dtype=None),
        (*POSITIVE, MASK),
    ),
    row(
        "ufunc_scan",
        "starts",
        lambda np, x: scan_p.bind(x, name="divide", axis=1, starts=(0, 1, 3), dtype=None),
        POSITIVE,
        complex=True,
    ),
    row("fill_at", "one", lambda np, x: fill_at(x, 1, (2,), 3.0), complex=True),
    row("fill_at", "several", lambda np, x: fill_at(x, 0, (0, 2), 0.5) ** 2),
    row("cumsum", "tuple", lambda np, x: np.add.accumulate(x, axis=(1,))),
]

REDUCEAT = [
    row("ufunc_reduceat", "add", lambda np, x: np.add.reduceat(x, [0, 2]), complex=True),
    row("ufunc_reduceat", "add-axis", lambda np, x: np.add.reduceat(x, [1, 2], axis=1), CUBE),
    row(
        "ufunc_reduceat",
        "add-overlapping",
        lambda np, x: np.add.reduceat(x, [0, 4, 1, 3, 3], 0),
        ROW,
        complex=True,
    ),
    row("ufunc_reduceat", "add-dtype", lambda np, x: np.add.reduceat(x, np.array([0]), -1, np.complex128)),
    row("ufunc_reduceat", "none", lambda np, x: np.add.reduceat(x, [], axis=1)),
    row("ufunc_reduceat", "subtract", lambda np, x: np.subtract.reduceat(x, [0, 2], axis=1), complex=True),
    row("ufunc_reduceat", "multiply", lambda np, x: np.multiply.reduceat(x, [0, 3], axis=1), complex=True),
    row("ufunc_reduceat", "multiply-overlapping", lambda np, x: np.multiply.reduceat(x, [2, 0, 1], axis=1)),
    row("ufunc_reduceat", "divide", lambda np, x: np.divide.reduceat(x, [0, 1], axis=0), POSITIVE),
    row("ufunc_reduceat", "logaddexp", lambda np, x: np.logaddexp.reduceat(x, [0, 2], axis=1)),
    row("ufunc_reduceat", "maximum", lambda np, x: np.maximum.reduceat(x, [0, 2], axis=1), DISTINCT),
    row("ufunc_reduceat", "fmin", lambda np, x: np.fmin.reduceat(x, [1, 0, 2], axis=0), DISTINCT),
    row(
        "ufunc_reduceat",
        "bitwise_or",
        lambda np, x: np.bitwise_or.reduceat(x, [0, 2], axis=1),
        BITS,
        diff=(),
        bits=True,
    ),
]

OUTER = [
    row(
        "multiply",
        "outer",
        lambda np, x, y: np.multiply.outer(x, y),
        (Arg((2, 3)), Arg((4,))),
        complex=True,
        bits=True,
    ),
    row("subtract", "outer", lambda np, x, y: np.subtract.outer(x, y), (Arg((3,)), Arg((2, 2))), bits=True),
    row("divide", "outer", lambda np, x, y: np.divide.outer(x, y), (*ROW, *POSITIVE), bits=True),
    row("hypot", "outer", lambda np, x, y: np.hypot.outer(x, y), (*ROW, Arg((2,))), bits=True),
    row(
        "power",
        "outer-dtype",
        lambda np, x: np.power.outer(x, np.arange(3), dtype=np.float64),
        POSITIVE,
        float32=False,
        device=False,
        bits=True,
    ),
    row("less", "outer", lambda np, x, y: np.less.outer(x, y), (*ROW, *ROW), diff=(), bits=True),
]

CASES: list[Case] = [*REDUCE, *ACCUMULATE, *REDUCEAT, *OUTER]
