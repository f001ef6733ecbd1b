"""Rows for ops/blas.py: matrix products in the forms that the compiler makes."""

from __future__ import annotations

from typing import Any

from funcgrad._src.ops.blas import gemm, product
from tests.ops.case import Arg, Case

Shape = tuple[int, ...]


def _product(a: Shape, b: Shape, transpose_a: bool, transpose_b: bool) -> Case:
    def call(np_: Any, x: Any, y: Any) -> Any:
        return product(x, y, transpose_a, transpose_b)

    label = f"{transpose_a} {transpose_b} {a}"
    return Case("product", call, (Arg(a), Arg(b)), complex=True, bits=False, label=label)


def _gemm(c: Shape, a: Shape, b: Shape, transpose_a: bool, transpose_b: bool) -> Case:
    def call(np_: Any, c: Any, x: Any, y: Any) -> Any:
        return gemm(c, x, y, -0.5, transpose_a, transpose_b)

    label = f"{transpose_a} {transpose_b} {c}"
    return Case("gemm", call, (Arg(c), Arg(a), Arg(b)), complex=True, bits=False, label=label)


def _scaled(np_: Any, c: Any, x: Any, y: Any, alpha: Any) -> Any:
    return gemm(c, x, y, alpha)


_OPERANDS = (Arg((2, 4)), Arg((2, 3)), Arg((3, 4)))

CASES: list[Case] = [
    _product((2, 3), (3, 4), False, False),
    _product((3, 2), (3, 4), True, False),
    _product((2, 3), (4, 3), False, True),
    _product((3, 2), (4, 3), True, True),
    _product((2, 0), (0, 3), False, False),
    _gemm((2, 4), (2, 3), (3, 4), False, False),
    _gemm((2, 4), (3, 2), (3, 4), True, False),
    _gemm((2, 4), (2, 3), (4, 3), False, True),
    _gemm((4,), (3, 2), (4, 3), True, True),
    _gemm((2, 1), (2, 3), (3, 4), False, False),
    Case("gemm", _scaled, (*_OPERANDS, Arg((), kind="python")), bits=False, label="weak alpha"),
    Case("gemm", _scaled, (*_OPERANDS, Arg((), kind="scalar")), bits=False, label="alpha"),
]
