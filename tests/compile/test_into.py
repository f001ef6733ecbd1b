"""Primitives that are computed in a workspace have the bits of their implementations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit
from tests.compile.comparing import same_bits

pytestmark = [pytest.mark.usefixtures("numpy_engine"), pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")]


def numbers(*shape: int, dtype: Any = np.float64) -> Any:
    return np.round(np.random.default_rng(5).standard_normal(shape), 1).astype(dtype)


def largest(axis: Any) -> Any:
    return lambda x: grad(lambda x: (np.max(x, axis=axis) * 3.0).sum())(x) * 2.0


def means(axis: Any) -> Any:
    return lambda x: np.sqrt(np.abs(np.mean(x, axis=axis)))


def updated(x: Any) -> Any:
    y = np.broadcast_to(x[:, :1], x.shape).copy()
    y[1:3] += x[1:3]
    y[[0, 0, 2], 1] += 2.0
    y[:, 2] *= 3.0
    z = x * 2.0
    w = z * 1.0
    w[0] = 7.0
    return y * 2.0 + w * z


PROGRAMS: dict[str, Any] = {
    "ties along the last axis": largest(1),
    "ties along the first axis": largest(0),
    "ties along both": largest(None),
    "ties of the smallest": lambda x: grad(lambda x: np.min(x, axis=1).sum())(x) * 2.0,
    "mean along the last axis": means(1),
    "mean along the first axis": means(0),
    "centred": lambda x: np.exp(x - x.mean(axis=0)) + x.mean(axis=1, keepdims=True) * 2.0,
    "updates": updated,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7, 5), (3000, 5), (300, 60), (1, 5)])
@pytest.mark.parametrize("name", PROGRAMS)
def test_bits(name: str, shape: tuple[int, int], dtype: Any) -> None:
    function = PROGRAMS[name]
    x = numbers(*shape, dtype=dtype)
    if shape[0] < 3 and name == "updates":
        x = numbers(3, 5, dtype=dtype)
    for value in (None, np.nan, np.inf, -0.0):
        if value is not None:
            x[0, :2] = value
            x[-1] = value
        for laid in (x, np.asfortranarray(x)):
            assert same_bits(jit(function)(laid), function(laid)), value


# --- cholesky --------------------------------------------------------------------------------------


def factor(a: Any) -> Any:
    return np.linalg.cholesky(a) * 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128, np.int64])
@pytest.mark.parametrize("n", [0, 1, 3, 40, 150])
def test_factors(n: int, dtype: Any) -> None:
    x = numbers(n, n, dtype=dtype)
    a = (x @ x.T + 100 * n * np.eye(n)).astype(dtype)
    kept = a.copy()
    for laid in (a, np.asfortranarray(a), np.triu(a, 1) * 3 + np.tril(a)):
        found, expected = jit(factor)(laid), factor(laid)
        rtol = 1e-5 if dtype is np.float32 else 1e-12
        np.testing.assert_allclose(found, expected, rtol, rtol)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert np.array_equal(found, np.tril(found))
    assert np.array_equal(a, kept)


@pytest.mark.parametrize("n", [3, 150])
@pytest.mark.parametrize(("place", "value"), [(1, np.nan), (1, np.inf), (2, -5.0), (0, 0.0)])
def test_matrices_that_are_not_positive(n: int, place: int, value: float) -> None:
    """The same error, or NaN at the same places."""
    a = np.eye(n) + 0.1
    a[place, place] = value
    if value <= 0.0:
        for _ in range(2):
            with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
                jit(factor)(a)
    else:
        assert np.array_equal(np.isnan(jit(factor)(a)), np.isnan(factor(a)))


def test_names_of_places() -> None:
    """What these programs need lies in the workspace."""
    x = numbers(3000, 5)
    plan = str(jit(largest(1)).lower(x).plan)
    assert all("slot" in line for line in plan.splitlines() if "tie_weights" in line)
    plan = str(jit(means(0)).lower(x).plan)
    assert all("slot" in line for line in plan.splitlines() if "mean" in line)
