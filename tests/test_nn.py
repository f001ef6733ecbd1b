"""funcgrad.nn: values of SciPy, derivatives that stay finite where the plain formula overflows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, nn, vmap
from funcgrad.testing import check_grads

X = np.array([-1000.0, -1.5, 0.5, 2.0, 1000.0])


@pytest.mark.parametrize("name", nn.__all__)
def test_derivatives_in_every_mode(name: str) -> None:
    check_grads(getattr(nn, name), (np.array([-1.5, 0.5, 2.0]),), order=2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", nn.__all__)
def test_values_and_gradients_stay_finite(name: str, dtype: Any) -> None:
    f, x = getattr(nn, name), X.astype(dtype)
    value, gradient = f(x), grad(lambda v: f(v).sum())(x)
    assert np.asarray(value).dtype == gradient.dtype == dtype
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()
    np.testing.assert_array_equal(jit(f, engine="numpy")(x), value)
    np.testing.assert_allclose(jit(f)(x), value, rtol=8 * np.finfo(dtype).eps, atol=8 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(vmap(f)(np.stack([x, x]))[1], value)


def test_known_values() -> None:
    np.testing.assert_allclose(nn.softmax(np.array([0.0, np.log(3.0)])), [0.25, 0.75], rtol=1e-15)
    np.testing.assert_allclose(nn.log_softmax(np.array([0.0, np.log(3.0)])), np.log([0.25, 0.75]), rtol=1e-15)
    np.testing.assert_allclose(
        nn.logsumexp(np.array([[0.0, np.log(3.0)]]), axis=1), [np.log(4.0)], rtol=1e-15
    )
    assert nn.sigmoid(0.0) == 0.5
    assert nn.relu(-2.0) == 0.0
    np.testing.assert_allclose(nn.softplus(np.array([0.0])), [np.log(2.0)], rtol=1e-15)


def test_kinks() -> None:
    assert grad(nn.relu)(0.0) == 0.0
    assert grad(nn.logsumexp)(np.array([-np.inf, 1.0])).tolist() == [0.0, 1.0]
