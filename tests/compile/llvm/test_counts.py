"""Counts, truth of many and places of extremes are computed within loops, as NumPy does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import jit
from tests.compile.llvm.native import REAL, assert_same, laid_out, llvm, native_steps, numbers

__all__ = ["llvm"]
pytestmark = pytest.mark.usefixtures("llvm")

FUNCTIONS: dict[str, Any] = {
    "any": np.any,
    "all": lambda x, **how: np.all(x > x.min(), **how),
    "count": np.count_nonzero,
    "sum where": lambda x, **how: np.sum(x, where=x > 1, **how),
    "sum where in rows": lambda x, **how: np.sum(x, where=x[..., :1] > 1, **how),
    "share": lambda x, **how: np.mean(x > 1, **how),
    "argmax": np.argmax,
    "argmin": np.argmin,
}
SHAPES = ((70,), (4, 9), (40, 3), (2, 3, 5))


@pytest.mark.parametrize("dtype", REAL)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_counts_and_places(name: str, dtype: Any) -> None:
    """Equal elements and zeros among them; sums are of quarters, which are exact."""
    for shape in SHAPES:
        x = numbers(shape, dtype)
        for axis in (0, -1, *([None] if len(shape) == 1 or "arg" not in name else [])):

            def f(x: Any, axis: Any = axis) -> Any:
                return FUNCTIONS[name](x, axis=axis, keepdims=axis == 0)

            assert not [step for step in native_steps(f, (x,)) if step[0] == "-"]
            assert_same(jit(f)(x), f(x))


@pytest.mark.parametrize("how", ["F", "turned", "gaps"])
@pytest.mark.parametrize("name", ["any", "count", "argmax", "argmin"])
def test_arrays_that_lie_otherwise(name: str, how: str) -> None:
    x = numbers((7, 9), np.float64)
    for axis in (0, 1):

        def f(x: Any, axis: int = axis) -> Any:
            return FUNCTIONS[name](x, axis=axis)

        assert_same(jit(f)(laid_out(x, how)), f(laid_out(x, how)))


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_the_first_nan_is_the_extreme(name: str) -> None:
    x = numbers((6, 80), np.float64)
    x[0, 5] = x[0, 70] = x[3, 0] = x[4, 79] = np.nan
    x[1] = np.nan
    x[2] = -np.inf
    x[5, [3, 4]] = np.inf
    for axis in (0, 1):

        def f(x: Any, axis: int = axis) -> Any:
            return FUNCTIONS[name](x, axis=axis)

        assert_same(jit(f)(x), f(x))
        assert_same(jit(f)(np.where(np.isnan(x), np.inf, x)), f(np.where(np.isnan(x), np.inf, x)))


def test_a_nan_is_true_and_minus_zero_is_not() -> None:
    x = np.array([[np.nan, 0.0], [-0.0, 0.0], [-0.0, 1e-320]])
    for f in (lambda x: np.any(x, 1), lambda x: np.count_nonzero(x), lambda x: np.all(x, 0)):
        assert_same(jit(f)(x), f(x))


def test_accuracy_of_a_classifier_is_one_kernel() -> None:
    def accuracy(z: Any, y: Any) -> Any:
        return np.mean(np.argmax(z, axis=1) == y)

    z, y = numbers((30, 4), np.float64), np.arange(30) % 4
    lowered = jit(accuracy).lower(z, y)
    assert all(step.native for step in lowered.plan.steps)
    assert "k1(" not in lowered.code
    assert jit(accuracy)(z, y) == accuracy(z, y)


def test_nothing_has_no_largest() -> None:
    with pytest.raises(ValueError, match="attempt to get argmax of an empty sequence"):
        jit(lambda x: np.argmax(x, axis=1))(np.ones((3, 0)))
    assert not jit(np.any)(np.ones((3, 0)))
    assert jit(np.all)(np.ones((3, 0)))
