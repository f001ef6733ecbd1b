"""Operands and call helpers for rows about matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.case import Arg, Case

Call = Callable[..., Any]


def matrix_case(primitives: str, call: Call, *shapes: Any, label: str = "", **options: Any) -> Case:
    """A row with operands in [-1, 1]; what comes of a factorisation is compared within rounding."""
    args = tuple(shape if isinstance(shape, Arg) else Arg(shape, -1.0, 1.0) for shape in shapes)
    shown = " ".join("x".join(map(str, arg.shape)) for arg in args)
    options = {"complex": True, "bits": False, **options}
    return Case(primitives, call, args, label=f"{label} {shown}".strip(), **options)


def fixed(*rows: list[float]) -> Arg:
    """One matrix, always the same."""
    return Arg((len(rows), len(rows[0])), make=lambda rng: np.array(rows))


def regular(np_: Any, x: Any) -> Any:
    """``x`` with so large a diagonal that it has an inverse."""
    return x + 4 * np_.tril(np_.triu(np_.ones_like(x)))


def adjoint(np_: Any, x: Any) -> Any:
    """The conjugate transpose of each matrix."""
    return np_.conj(np_.swapaxes(x, -1, -2))


def definite(np_: Any, x: Any) -> Any:
    """A symmetric (Hermitian) positive definite matrix made of ``x``."""
    return regular(np_, np_.matmul(x, adjoint(np_, x)))


def symmetric(np_: Any, x: Any) -> Any:
    """A symmetric (Hermitian) matrix made of ``x``."""
    return x + adjoint(np_, x)


TALL = fixed([1.0, 0.5], [-0.25, 2.0], [0.75, 1.0])
WIDE = fixed([1.0, 0.5, 0.25], [-0.5, 2.0, 1.0])
SQUARE = fixed([1.0, 0.5, 0.25], [-0.5, 2.0, 1.0], [0.125, 0.75, -1.5])
