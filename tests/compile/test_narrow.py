"""Reductions over short rows, column by column, have the bits of NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import jit
from funcgrad._src.compile.engines.narrow import WIDEST, _fits, narrow
from tests.compile.comparing import same_bits

pytestmark = [pytest.mark.usefixtures("numpy_engine"), pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")]

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, 1.0, 1e-42, -3.0]
REDUCES = {"sum": np.add.reduce, "max": np.maximum.reduce, "min": np.minimum.reduce}


def numbers(kind: str, shape: tuple[int, int], dtype: Any) -> Any:
    rng = np.random.default_rng(7)
    if kind == "wide":
        return (rng.standard_normal(shape) * 10.0 ** rng.uniform(-5, 5, shape)).astype(dtype)
    if kind == "zeros":
        return rng.choice(np.array([0.0, -0.0, -0.0], dtype), shape)
    if kind == "negative zeros":
        return np.full(shape, -0.0, dtype)
    if kind == "below zero":
        return rng.choice(np.array([0.0, -0.0, -1.0, -2.0], dtype), shape)
    return rng.choice(np.array(SPECIAL, dtype), shape, p=[0.2, 0.3, 0.02, 0.02, 0.02, *[0.088] * 5])


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("kind", ["wide", "zeros", "negative zeros", "below zero", "special"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", REDUCES)
def test_bits(name: str, dtype: Any, kind: str, keepdims: bool) -> None:
    for columns in range(2, WIDEST + 1):
        x = numbers(kind, (64 * columns + 2049, columns), dtype)
        out = np.empty((len(x), 1) if keepdims else len(x), dtype)
        assert _fits(x, 1, None, out)
        found = narrow(REDUCES[name])(x, (1,), None, out, keepdims)
        assert found is out
        expected = REDUCES[name](x, axis=1, keepdims=keepdims)
        assert same_bits(out, expected), columns


# operand, axis, dtype, result: what is left to NumPy
X = np.ones((4096, 4))
OTHERS: dict[str, tuple[Any, Any, Any, Any]] = {
    "the first axis": (X, 0, None, np.empty(4)),
    "both axes": (X, (0, 1), None, np.empty(())),
    "few rows": (X[:100], 1, None, np.empty(100)),
    "one column": (X[:, :1].copy(), 1, None, np.empty(4096)),
    "many columns": (np.ones((4096, 33)), 1, None, np.empty(4096)),
    "Fortran's order": (np.asfortranarray(X), 1, None, np.empty(4096)),
    "half": (X.astype(np.float16), 1, None, np.empty(4096, np.float16)),
    "integers": (X.astype(int), 1, None, np.empty(4096, int)),
    "another dtype": (X.astype(np.float32), 1, np.dtype(np.float64), np.empty(4096)),
    "three axes": (np.ones((64, 64, 4)), 2, None, np.empty((64, 64))),
    "no result": (X, 1, None, None),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_left_to_numpy(name: str) -> None:
    x, axis, dtype, out = OTHERS[name]
    assert not _fits(x, axis, dtype, out)
    for reduce in REDUCES.values():
        expected = reduce(x, axis, dtype)
        assert same_bits(np.asarray(narrow(reduce)(x, axis, dtype, out, False)), np.asarray(expected))


def test_products_are_left_alone() -> None:
    assert narrow(np.multiply.reduce) == np.multiply.reduce


@pytest.mark.parametrize("columns", [3, 10, 20])
@pytest.mark.parametrize("rows", [3000, 40_000])
def test_compiled_programs(rows: int, columns: int) -> None:
    """Alone, and in blocks."""

    def f(x: Any) -> Any:
        y = x - np.max(x, axis=1, keepdims=True)
        return np.sqrt(np.abs(y)).sum(axis=1) + np.min(y, axis=1)

    x = numbers("special", (rows, columns), np.float32)
    assert same_bits(jit(f)(x), f(x))
