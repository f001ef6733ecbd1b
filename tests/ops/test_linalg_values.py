"""Eigenvalues and decompositions: dtypes by number, conventions of vectors, values that coincide."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, jvp, make_jaxpr, vjp, vmap
from funcgrad._src.ops.eigen import ALWAYS_COMPLEX
from funcgrad.errors import ConcretizationError, UnsupportedError
from tests.mock_device import to_mock

REAL = np.array([[2.0, 1.0], [0.5, -1.0]])
TURNING = np.array([[0.0, 1.0], [-1.0, 0.5]])
ITS_DTYPE = np.complex128 if ALWAYS_COMPLEX else np.float64  # of the eigenvalues of REAL


# --- real or complex -------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "dtype"), [(REAL, ITS_DTYPE), (TURNING, np.complex128)])
@pytest.mark.parametrize("function", [np.linalg.eigvals, lambda a: np.linalg.eig(a).eigenvalues])
def test_the_dtype_of_eigenvalues_is_numpys(function: Any, a: Any, dtype: Any) -> None:
    out, pull = vjp(function, a)
    assert out.dtype == dtype
    assert pull(out)[0].dtype == np.float64
    assert jvp(function, (a,), (a,))[1].dtype == dtype
    assert vjp(function, a.astype(np.float32))[0].dtype == function(a.astype(np.float32)).dtype


@pytest.mark.parametrize("function", [np.linalg.eig, np.linalg.eigvals])
def test_a_batch_has_the_dtype_that_numpy_gives_the_stack(function: Any) -> None:
    for stack in (np.stack([REAL, 2 * REAL]), np.stack([REAL, TURNING])):
        found, expected = vmap(function)(stack), function(stack)
        assert [x.dtype for x in found] == [x.dtype for x in expected]
        assert all(np.array_equal(x, y) for x, y in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", ["eig", "eigvals"])
@pytest.mark.parametrize("staged", [jit, make_jaxpr])
def test_without_numbers_the_dtype_of_a_real_matrix_is_unknown(name: str, staged: Any) -> None:
    function = getattr(np.linalg, name)
    assert jit(lambda a: function(a.astype(complex))[0])(REAL).dtype == complex
    if ALWAYS_COMPLEX:
        assert make_jaxpr(function)(REAL).out_avals[0].dtype == complex
        return
    with pytest.raises(ConcretizationError) as caught:
        (partial(jit, guards=False) if staged is jit else staged)(lambda a: function(a)[0])(REAL)
    assert caught.value.headline == (
        f"np.linalg.{name}: whether the result is real or complex depends on traced numbers, which are "
        f"unknown under `{staged.__name__}`."
    )
    assert caught.value.hint == (
        f"np.linalg.{name}(a.astype(complex)) is always complex; np.linalg.{name}h is for symmetric matrices"
    )


def test_devices_give_complex_eigenvalues_as_cupy_does() -> None:
    assert fnp.linalg.eigvals(to_mock(REAL)).dtype == complex
    assert fnp.linalg.eig(to_mock(REAL))[1].dtype == complex


# --- which vectors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("a", [REAL + 0j, TURNING, TURNING * (1 + 2j)])
def test_a_change_of_eigenvectors_keeps_their_norm_and_their_real_element(a: Any) -> None:
    change = np.array([[0.3, -1.0], [2.0, 0.7]])
    (_, v), (_, dv) = jvp(lambda a: tuple(np.linalg.eig(a)), (a,), (change.astype(a.dtype),))
    assert np.allclose(np.sum(v.conj() * dv, 0).real, 0)
    largest = np.argmax(np.abs(v) + (v.imag == 0), 0)
    assert np.allclose(dv[largest, [0, 1]].imag, 0)


def test_eigenvalues_in_another_order_find_their_vectors() -> None:
    rng = np.random.default_rng(3)
    for n in (5, 20):
        a = rng.normal(size=(n, n))
        weights = rng.normal(size=n)
        w, v = np.linalg.eig(a)
        found = grad(lambda a, w=weights: np.sum(np.linalg.eigvals(a).real * w))(a)
        order = [int(np.argmin(abs(w - x))) for x in np.linalg.eigvals(a)]
        left = np.linalg.inv(v)
        expected = sum(c * np.outer(left[j], v[:, j]).real for c, j in zip(weights, order, strict=True))
        assert np.allclose(found, expected)


def test_the_full_qr_is_deprecated_as_in_numpy() -> None:
    with pytest.warns(DeprecationWarning, match="'full' option is deprecated"):
        grad(lambda a: np.linalg.qr(a, "full")[1][0, 0])(REAL)
    with pytest.raises(UnsupportedError, match="'economic'"):
        grad(lambda a: np.linalg.qr(a, "economic")[0, 0])(REAL)
    with pytest.raises(ValueError, match="Unrecognized mode"):
        grad(lambda a: np.linalg.qr(a, "thin")[0, 0])(REAL)


def test_additional_vectors_turn_with_the_rest_and_not_among_themselves() -> None:
    a, change = np.eye(4, 2) + 0.1, np.arange(8.0).reshape(4, 2)
    for function in (lambda a: np.linalg.svd(a)[0], lambda a: np.linalg.qr(a, "complete")[0]):
        q, dq = jvp(function, (a,), (change,))
        turn = q.T @ dq
        assert np.allclose(turn, -turn.T)
        assert np.allclose(turn[2:, 2:], 0)


# --- values that coincide --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.sum(np.linalg.eigvals(a) ** 2).real,
        lambda a: np.sum(np.linalg.eig(a)[0] ** 2).real,
        lambda a: np.sum(np.linalg.eigvalsh(a) ** 2),
        lambda a: np.sum(np.linalg.eigh(a)[0] ** 2),
        lambda a: np.sum(np.linalg.svd(a)[1] ** 2),
        lambda a: np.sum(np.linalg.svd(a, hermitian=True)[1] ** 2),
        lambda a: np.linalg.norm(a, "nuc") ** 2 / 3,
        lambda a: np.sum(np.linalg.lstsq(a, np.eye(3))[3] ** 2),
    ],
)
def test_functions_of_values_that_coincide_have_gradients(function: Any) -> None:
    assert np.allclose(grad(function)(2 * np.eye(3)), 4 * np.eye(3))


@pytest.mark.parametrize(
    "function",
    [
        lambda a: np.linalg.pinv(a)[0, 1],
        lambda a: np.linalg.inv(a)[0, 1],
        lambda a: np.linalg.solve(a, np.eye(3)[1])[0],
        lambda a: np.linalg.lstsq(a, np.eye(3)[1])[0][0],
        lambda a: np.linalg.pinv(a, hermitian=True)[0, 1] * 2,
    ],
)
def test_what_does_not_pass_through_vectors_is_right_where_values_coincide(function: Any) -> None:
    found = grad(function)(2 * np.eye(3))
    assert np.isclose(found[0, 1], -0.25)
