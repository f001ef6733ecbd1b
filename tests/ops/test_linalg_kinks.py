"""Norms, determinants and decompositions where their derivative needs a convention or great care."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, vjp

Array = np.ndarray[Any, np.dtype[Any]]

VECTOR_ORDERS = [None, 2, 1, np.inf, -np.inf, 0, 3, 1.5, 0.5]
MATRIX_ORDERS = [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf]


@pytest.mark.parametrize("ord_", VECTOR_ORDERS)
def test_the_gradient_of_a_vector_norm_at_zero_is_zero(ord_: Any) -> None:
    assert np.array_equal(grad(lambda x: np.linalg.norm(x, ord_))(np.zeros(3)), np.zeros(3))


@pytest.mark.parametrize("ord_", MATRIX_ORDERS)
def test_the_gradient_of_a_matrix_norm_at_zero_is_zero(ord_: Any) -> None:
    assert np.array_equal(grad(lambda x: np.linalg.norm(x, ord_))(np.zeros((2, 3))), np.zeros((2, 3)))


TIES: list[tuple[Any, list[Any], list[Any]]] = [
    (np.inf, [2.0, -2.0, 1.0], [0.5, -0.5, 0.0]),
    (-np.inf, [2.0, -1.0, 1.0], [0.0, -0.5, 0.5]),
    (1, [2.0, 0.0, -1.0], [1.0, 0.0, -1.0]),
    (3, [0.0, 0.0, -2.0], [0.0, 0.0, -1.0]),
    (0.5, [0.0, 4.0], [0.0, 1.0]),
    (1, [[1.0, -2.0], [1.0, 0.0]], [[0.5, -0.5], [0.5, 0.0]]),
    (np.inf, [[1.0, -1.0], [2.0, 0.0]], [[0.5, -0.5], [0.5, 0.0]]),
    (2, [[3.0, 0.0], [0.0, 3.0]], [[0.5, 0.0], [0.0, 0.5]]),
    ("nuc", [[3.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]),
]


@pytest.mark.parametrize(("ord_", "x", "expected"), TIES)
def test_ties_share_equally(ord_: Any, x: Any, expected: Any) -> None:
    assert np.allclose(grad(lambda x: np.linalg.norm(x, ord_))(np.array(x)), expected, atol=1e-15)


@pytest.mark.parametrize("scale", [1e-200, 1e-160, 1e160, 1e200])
@pytest.mark.parametrize("ord_", [None, 2])
@pytest.mark.filterwarnings("ignore:overflow")
def test_the_slope_of_a_norm_neither_overflows_nor_underflows(scale: float, ord_: Any) -> None:
    x = np.array([3.0, 0.0, -4.0]) * scale
    assert np.allclose(grad(lambda x: np.linalg.norm(x, ord_))(x), [0.6, 0.0, -0.8], rtol=1e-14)


def test_a_squared_norm_has_a_second_derivative_of_zero_at_zero_and_no_nan() -> None:
    found = grad(lambda x: grad(lambda y: np.linalg.norm(y) ** 2)(x) @ np.ones(2))(np.zeros(2))
    assert np.array_equal(found, np.zeros(2))


def minors(a: Array) -> Array:
    """Cofactors by their definition."""
    n = len(a)
    found = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            rest = np.delete(np.delete(a, i, 0), j, 1)
            found[i, j] = (-1) ** (i + j) * np.linalg.det(rest)
    return found


@pytest.mark.parametrize("rank", range(6))
def test_the_gradient_of_det_is_the_cofactors_at_every_rank(rank: int) -> None:
    rng = np.random.default_rng(rank)
    a = rng.normal(size=(5, rank)) @ rng.normal(size=(rank, 5))
    scale = np.abs(a).max(initial=1.0) ** 4
    assert np.allclose(grad(np.linalg.det)(a), minors(a), atol=1e-12 * scale)


def test_det_of_nearly_singular_matrices_keeps_its_digits() -> None:
    a = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0 + 1e-13], [1.0, 0.0, 1.0]])
    assert np.allclose(grad(np.linalg.det)(a), minors(a), rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_det_of_nan_has_a_gradient_of_nan() -> None:
    assert np.isnan(grad(np.linalg.det)(np.full((2, 2), np.nan))).all()


SINGULAR: list[Callable[[Any], Any]] = [
    lambda a: np.linalg.inv(a)[0, 0],
    lambda a: np.linalg.solve(a, np.ones(2))[0],
    lambda a: np.linalg.cholesky(a - 1.0)[0, 0],
]


@pytest.mark.parametrize("fun", SINGULAR)
def test_numpys_own_error_passes_through(fun: Callable[[Any], Any]) -> None:
    with pytest.raises(np.linalg.LinAlgError):
        grad(fun)(np.zeros((2, 2)))


def test_values_that_coincide_have_derivatives_if_no_vector_is_used() -> None:
    a = np.diag([2.0, 2.0, 1.0])
    w, pull = vjp(lambda a: np.linalg.eigh(a)[0], a)
    assert np.allclose(pull(np.ones_like(w))[0], np.eye(3))
    assert np.allclose(grad(lambda a: np.linalg.svd(a)[1] @ np.ones(3))(a), np.eye(3))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_vectors_of_values_that_coincide_have_no_derivative() -> None:
    found = grad(lambda a: np.linalg.eigh(a)[1][1, 0])(np.diag([2.0, 2.0]))
    assert not np.isfinite(found).all()


def test_cholesky_shares_a_change_between_both_triangles() -> None:
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    found = grad(lambda a: np.linalg.cholesky(a)[1, 0])(a)
    assert np.array_equal(found, found.T)
    assert np.isclose(found[0, 1] + found[1, 0], 0.5)
