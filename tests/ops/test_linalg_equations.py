"""Equations without a unique solution, condition numbers and determinants where matrices are singular."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, hessian, jit, jvp, vjp, vmap
from tests.mock_device import to_mock

Array = np.ndarray[Any, np.dtype[Any]]
DEFICIENT = np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [1.0, 2.0, 1.0], [0.0, 0.0, 2.0]])
B = np.array([1.0, -1.0, 0.5, 2.0])


def along_rank_two(t: float) -> Array:
    """A path of matrices of rank 2 through ``DEFICIENT``."""
    turn = np.eye(4) + t * np.array([[0, 1, 0, 2], [1, 0, 0, 0], [0, 3, 1, 0], [1, 0, 0, 0.5]])
    return turn @ DEFICIENT @ (np.eye(3) + t * np.array([[0, 1, 0], [2, 0, 1], [0, 0.5, 0]]))


def difference(fun: Callable[[Any], Any], h: float = 1e-6) -> Any:
    return (fun(h) - fun(-h)) / (2 * h)


# --- lstsq, pinv, matrix_rank ----------------------------------------------------------------------


@pytest.mark.parametrize("b", [B, np.stack([B, B**2], 1)])
@pytest.mark.parametrize("part", [0, 3])
def test_lstsq_is_differentiated_along_matrices_of_one_rank(b: Array, part: int) -> None:
    def solved(a: Any) -> Any:
        return np.linalg.lstsq(a, b, rcond=1e-8)[part][:2]

    slope = difference(along_rank_two)
    expected = difference(lambda t: solved(along_rank_two(t)))
    assert np.allclose(jvp(solved, (DEFICIENT,), (slope,))[1], expected, atol=1e-7)
    out, pull = vjp(solved, DEFICIENT)
    weights = np.cos(np.arange(out.size)).reshape(out.shape)
    assert np.isclose(np.sum(pull(weights)[0] * slope), np.sum(weights * expected), atol=1e-7)


def test_pinv_is_differentiated_along_matrices_of_one_rank() -> None:
    slope = difference(along_rank_two)
    expected = difference(lambda t: np.linalg.pinv(along_rank_two(t), rcond=1e-8))
    found = jvp(lambda a: np.linalg.pinv(a, rcond=1e-8), (DEFICIENT,), (slope,))[1]
    assert np.allclose(found, expected, atol=1e-7)


def test_without_full_rank_there_are_no_residuals() -> None:
    seen = []
    grad(lambda a: (seen.append(np.linalg.lstsq(a, B)), np.sum(a))[1])(DEFICIENT)
    _, residuals, rank, s = seen[0]
    assert residuals.shape == (0,)
    assert (rank, type(rank)) == (2, np.int32)
    assert s.shape == (3,)


def test_where_the_rank_is_unknown_missing_residuals_are_nan() -> None:
    x, residuals, rank, s = jit(lambda a: tuple(np.linalg.lstsq(a, B)))(DEFICIENT)
    expected = np.linalg.lstsq(DEFICIENT, B)
    assert np.array_equal(x, expected[0])
    assert np.isnan(residuals).all()
    assert rank == expected[2]
    assert np.array_equal(s, expected[3])


def test_lstsq_of_a_batch_tells_the_rank_of_each() -> None:
    full = DEFICIENT + np.eye(4, 3)
    x, residuals, rank, s = vmap(lambda a: tuple(np.linalg.lstsq(a, B)))(np.stack([full, DEFICIENT]))
    assert rank.tolist() == [3, 2]
    assert np.allclose(residuals[0], np.linalg.lstsq(full, B)[1])
    assert np.isnan(residuals[1]).all()
    for i, a in enumerate([full, DEFICIENT]):
        assert np.allclose(x[i], np.linalg.lstsq(a, B)[0])
        assert np.allclose(s[i], np.linalg.lstsq(a, B)[3])


def test_orthogonal_columns_are_no_trouble_in_a_batch() -> None:
    """Their singular values coincide: a derivative through singular vectors would be NaN."""
    a, b = np.stack([np.eye(3, 2), 2 * np.eye(3, 2)]), np.arange(6.0).reshape(2, 3)

    def sums(a: Any) -> Any:
        return sum(np.sum(part) for part in vmap(lambda a, b: np.linalg.lstsq(a, b)[0])(a, b))

    expected = [grad(lambda a, b=b: np.sum(np.linalg.lstsq(a, b)[0]))(a) for a, b in zip(a, b, strict=True)]
    assert np.allclose(grad(sums)(a), expected)


def test_the_cutoff_may_be_traced_and_has_no_derivative() -> None:
    a = np.array([[[1.0, 0.0], [0.0, 1e-3]], [[1.0, 0.0], [0.0, 1e-3]]])
    cut = np.array([1e-2, 1e-4])
    out, pull = vjp(lambda a, c: fnp.linalg.pinv(a, c), a, cut)
    assert np.array_equal(out, np.linalg.pinv(a, cut))
    assert np.array_equal(pull(out)[1], np.zeros(2))
    assert np.array_equal(vmap(lambda a, c: fnp.linalg.pinv(a, c))(a, cut), out)
    assert np.array_equal(vmap(lambda c: fnp.linalg.pinv(a[0], c))(cut), out)
    assert vmap(lambda a, c: fnp.linalg.matrix_rank(a, rtol=c))(a, cut).tolist() == [1, 2]
    assert jit(lambda c: fnp.linalg.matrix_rank(a, c))(cut).tolist() == [1, 2]


def test_pinv_of_hermitian_matrices_reads_one_triangle_and_shares_its_gradient() -> None:
    lower = np.array([[2.0, 9.0], [1.0, 3.0]])
    assert np.allclose(
        grad(lambda a: np.linalg.pinv(a, hermitian=True)[0, 1])(lower).sum(), -grad_of_inverse()
    )
    found = grad(lambda a: np.linalg.pinv(a, hermitian=True)[0, 1])(lower)
    assert np.array_equal(found, found.T)


def grad_of_inverse() -> float:
    """Minus the derivative of an element of the inverse of [[2, 1], [1, 3]] in the direction of ones."""
    inverse = np.linalg.inv(np.array([[2.0, 1.0], [1.0, 3.0]]))
    return float((inverse @ np.ones((2, 2)) @ inverse)[0, 1])


@pytest.mark.parametrize(
    "value", [3.0, np.float64(0.0), np.zeros(3), np.ones(2), np.eye(3), np.zeros((2, 2, 2))]
)
def test_matrix_rank_of_traced_values_is_numpys(value: Any) -> None:
    seen: list[Any] = []
    vjp(lambda x: (seen.append(np.linalg.matrix_rank(x)), x)[1], value)
    expected = np.linalg.matrix_rank(value)
    assert type(seen[0]) is type(expected)
    assert np.array_equal(seen[0], expected)


def test_matrix_rank_of_vectors_in_a_batch() -> None:
    assert vmap(np.linalg.matrix_rank)(np.array([[0.0, 0.0], [0.0, 1.0]])).tolist() == [0, 1]


# --- cond ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [None, 2, -2])
def test_the_identity_is_a_stationary_point_of_cond(p: Any) -> None:
    assert np.array_equal(grad(lambda a: np.linalg.cond(a, p))(np.eye(3)), np.zeros((3, 3)))


SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
PAIR = np.stack([SINGULAR, np.array([[2.0, 1.0], [0.0, 3.0]])])


@pytest.mark.parametrize("p", [None, 2, 1, np.inf, "fro"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_masked_singular_matrix_does_not_spoil_the_gradient_of_cond(p: Any) -> None:
    def masked(a: Any) -> Any:
        return np.sum(np.where(np.array([False, True]), np.linalg.cond(a, p), 0.0))

    found = grad(masked)(PAIR)
    assert np.array_equal(found[0], np.zeros((2, 2)))
    assert np.allclose(found[1], grad(lambda a: np.linalg.cond(a, p))(PAIR[1]))


# --- determinants ----------------------------------------------------------------------------------


def third_derivative(a: Array, *directions: Array) -> float:
    """Of a polynomial, by its mean over points on three circles, to rounding."""
    points = np.exp(2j * np.pi * np.arange(8) / 8)
    grids = np.meshgrid(points, points, points)
    moved = a + sum(z[..., None, None] * b for z, b in zip(grids, directions, strict=True))
    return float(np.mean(np.linalg.det(moved) / (grids[0] * grids[1] * grids[2])).real)


@pytest.mark.parametrize("rank", range(5))
def test_the_third_derivative_of_det_holds_at_every_rank(rank: int) -> None:
    rng = np.random.default_rng(rank)
    a = rng.normal(size=(4, rank)) @ rng.normal(size=(rank, 4))
    x, y, z = rng.normal(size=(3, 4, 4))

    def second(a: Any) -> Any:
        return jvp(lambda a: jvp(np.linalg.det, (a,), (x,))[1], (a,), (y,))[1]

    expected = third_derivative(a, x, y, z)
    assert np.isclose(jvp(second, (a,), (z,))[1], expected, atol=1e-12 * np.abs(a).max(initial=1.0) * 100)
    assert np.isclose(np.sum(grad(second)(a) * z), expected, atol=1e-12 * np.abs(a).max(initial=1.0) * 100)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_logarithm_of_a_zero_determinant_has_an_infinite_gradient() -> None:
    found = grad(lambda a: np.linalg.slogdet(a)[1])(SINGULAR)
    assert np.array_equal(found, [[np.inf, -np.inf], [-np.inf, np.inf]])
    assert jvp(lambda a: np.linalg.slogdet(a)[1], (SINGULAR,), (np.eye(2),))[1] == np.inf


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_masked_singular_matrix_does_not_spoil_the_derivatives_of_slogdet() -> None:
    def masked(a: Any) -> Any:
        return np.sum(np.where(np.array([False, True]), np.linalg.slogdet(a)[1], 0.0))

    alone = PAIR[1]
    for found in (grad(masked)(PAIR), jit(grad(masked))(PAIR)):
        assert np.array_equal(found[0], np.zeros((2, 2)))
        assert np.allclose(found[1], np.linalg.inv(alone).T)
    second = hessian(masked)(PAIR)
    assert not second[0].any()
    assert np.allclose(second[1, :, :, 1], hessian(lambda a: np.linalg.slogdet(a)[1])(alone))


def test_a_complex_singular_matrix_has_no_gradient() -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(grad(lambda a: np.linalg.slogdet(a)[1])(SINGULAR * (1 + 1j))).all()


# --- devices ---------------------------------------------------------------------------------------


def test_devices_have_what_cupy_lacks() -> None:
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    assert np.allclose(fnp.linalg.pinv(to_mock(a), hermitian=True).get(), np.linalg.inv(a))
    assert fnp.linalg.matrix_rank(to_mock(a), rtol=1e-3, hermitian=True).get() == 2
    x, residuals, rank, _ = fnp.linalg.lstsq(to_mock(DEFICIENT), to_mock(B))
    assert np.allclose(x.get(), np.linalg.lstsq(DEFICIENT, B)[0])
    assert np.isnan(residuals.get()).all()
    assert rank.get() == 2
