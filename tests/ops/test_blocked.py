"""Cholesky's derivative by blocks is that of the formula, whatever the blocks are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad
from funcgrad._src.ops.blocked import adjoint, cholesky_change, half
from funcgrad._src.ops.linalg import cholesky_change_p


def by_formula(low: Any, h: Any) -> Any:
    """``low^-H half(low^H h) low^-1``, its Hermitian part, by two systems of the whole size."""
    back = adjoint(np, low)
    inner = np.linalg.solve(back, half(np, back @ h))
    found = adjoint(np, np.linalg.solve(back, adjoint(np, inner)))
    return 0.5 * (found + adjoint(np, found))


def operands(shape: tuple[int, ...], dtype: Any) -> list[Any]:
    rng = np.random.default_rng(3)
    a, h = (rng.standard_normal(shape).astype(dtype) for _ in range(2))
    if np.dtype(dtype).kind == "c":
        a, h = a + 1j * rng.standard_normal(shape), h + 1j * rng.standard_normal(shape)
    positive = a @ adjoint(np, a) + shape[-1] * np.eye(shape[-1])
    return [np.linalg.cholesky(positive.astype(dtype)), h.astype(dtype)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (7, 7), (3, 8, 8), (2, 0, 3, 3)])
def test_blocks_do_not_matter(shape: tuple[int, ...], block: int, dtype: Any) -> None:
    low, h = operands(shape, dtype)
    found = cholesky_change(np, low, h, block)
    rtol = 1e-5 if dtype is np.float32 else 1e-11
    np.testing.assert_allclose(found, by_formula(low, h), rtol=rtol, atol=rtol)
    assert found.dtype == dtype


@pytest.mark.parametrize("n", [63, 64, 65, 200])
def test_large_matrices(n: int) -> None:
    low, h = operands((n, n), np.float64)
    found = cholesky_change_p.bind(low, h)
    np.testing.assert_allclose(found, by_formula(low, h), rtol=1e-9, atol=1e-11)
    assert np.array_equal(found, found.T)


def test_only_the_lower_triangle_counts() -> None:
    low, h = operands((100, 100), np.float64)
    garbage = np.triu(np.full((100, 100), np.nan), 1)
    assert np.array_equal(cholesky_change(np, low, h), cholesky_change(np, low, h + garbage))


def test_operands_are_left_alone() -> None:
    low, h = operands((100, 100), np.float64)
    kept = low.copy(), h.copy()
    cholesky_change_p.bind(low, h)
    assert np.array_equal(low, kept[0])
    assert np.array_equal(h, kept[1])


def test_the_gradient_of_a_large_log_determinant() -> None:
    """Half of the logarithm of the determinant has half of the inverse as its gradient."""
    low, _ = operands((150, 150), np.float64)
    a = low @ low.T
    found = grad(lambda a: np.log(np.diag(np.linalg.cholesky(a))).sum())(a)
    np.testing.assert_allclose(found, 0.5 * np.linalg.inv(a), rtol=1e-9, atol=1e-12)
