"""Small Cholesky factors are native, and so are their derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit
from tests.compile.llvm.native import FLOATS, laid_out, llvm, native_steps

__all__ = ["llvm"]
pytestmark = pytest.mark.usefixtures("llvm")

SIZES = (1, 2, 3, 4, 5, 8, 13, 32, 33, 64)


def positive(shape: tuple[int, ...], dtype: Any) -> Any:
    random = np.random.default_rng(shape[-1])
    a = random.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        a = a + 1j * random.normal(size=shape)
    return (a @ a.conj().swapaxes(-1, -2) + np.eye(shape[-1])).astype(dtype)


def half_read(a: Any, upper: bool) -> Any:
    """NaN where nothing is to be read."""
    a = np.array(a)
    a[..., *(np.tril_indices(a.shape[-1], -1) if upper else np.triu_indices(a.shape[-1], 1))] = np.nan
    return a


def assert_factors(found: Any, a: Any, upper: bool) -> None:
    """Higham's bound, (n + 1)·u·|L||L^H|, doubled for complex products; zeros in the other triangle."""
    low = (found.conj().swapaxes(-1, -2) if upper else found).astype(np.clongdouble)
    assert np.array_equal(np.triu(low, 1), np.zeros_like(low))
    most = np.abs(low) @ np.abs(low).swapaxes(-1, -2)
    times = 4 if found.dtype.kind == "c" else 1
    left = np.abs(low @ low.conj().swapaxes(-1, -2) - a)
    assert np.all(left <= times * (a.shape[-1] + 1) * np.finfo(a.dtype).eps / 2 * most)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("upper", [False, True])
def test_factors(upper: bool, dtype: Any) -> None:
    def factor(a: Any) -> Any:
        return np.linalg.cholesky(a, upper=upper)

    for shape in (*[(n, n) for n in SIZES], (2, 3, 5, 5), (1, 4, 4)):
        a = positive(shape, dtype)
        given = half_read(a, upper)
        assert native_steps(factor, (given,)) == ["cholesky"]
        found, expected = jit(factor)(given), factor(given)
        assert (type(found), found.dtype, found.shape) == (type(expected), expected.dtype, expected.shape)
        assert found.strides == expected.strides or 1 in shape
        assert_factors(found, a, upper)


@pytest.mark.parametrize("how", ["F", "turned", "gaps"])
def test_matrices_that_lie_otherwise(how: str) -> None:
    a = positive((9, 9), np.float64)
    for upper in (False, True):
        found = jit(lambda a, upper=upper: np.linalg.cholesky(a, upper=upper))(laid_out(a, how))
        assert_factors(found, a, upper)


def test_integers() -> None:
    a = np.array([[4, 2], [2, 5]])
    assert native_steps(np.linalg.cholesky, (a,)) == ["cholesky"]
    np.testing.assert_array_equal(jit(np.linalg.cholesky)(a), [[2.0, 0.0], [1.0, 2.0]])


def test_what_is_not_positive_is_refused() -> None:
    good = positive((6, 6), np.float64)
    stack = np.stack([good, -good, good])
    for a in (-good, good - 20 * np.eye(6), np.zeros((3, 3)), stack, -good + 0j):
        with pytest.raises(np.linalg.LinAlgError) as expected:
            np.linalg.cholesky(a)
        compiled = jit(np.linalg.cholesky)
        for _ in range(2):
            with pytest.raises(np.linalg.LinAlgError) as found:
                compiled(a)
            assert str(found.value) == str(expected.value)


def test_large_ones_and_none_are_lapacks() -> None:
    for n in (65, 0):
        assert native_steps(np.linalg.cholesky, (np.eye(n),)) == ["-cholesky"]
    assert jit(np.linalg.cholesky)(np.eye(0)).shape == (0, 0)


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (9, 9), (64, 64), (3, 5, 5)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_derivatives(shape: tuple[int, ...], dtype: Any) -> None:
    def loss(a: Any) -> Any:
        return (np.sin(np.linalg.cholesky(a)) * np.arange(1, shape[-1] + 1)).sum()

    a = positive(shape, dtype)
    steps = native_steps(grad(loss), (a,))
    assert ("solve_triangular" in steps) == (shape[-1] > 1)
    assert ("-cholesky_change" in steps) == (shape[-1] == 1)
    found, expected = jit(grad(loss))(a), grad(loss)(a)
    assert (found.dtype, found.strides) == (expected.dtype, expected.strides)
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=1e3 * np.finfo(dtype).eps * np.abs(expected).max()
    )
