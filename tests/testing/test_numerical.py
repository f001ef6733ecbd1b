"""Derivatives without rules: differences and the complex step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad._src.base.errors import ArgumentError, TreeError
from funcgrad.testing import complex_step, numerical_jacobian, numerical_jvp


def test_differences_of_float64_are_good_to_eleven_digits() -> None:
    x = np.array([0.3, 1.7])
    got = numerical_jvp(np.sin, (x,), (np.array([1.0, -2.0]),))
    np.testing.assert_allclose(got, np.cos(x) * [1.0, -2.0], rtol=1e-11)


def test_differences_of_float32_are_good_to_four_digits() -> None:
    x = np.array([0.3, 1.7], np.float32)
    np.testing.assert_allclose(numerical_jvp(np.sin, (x,), (np.ones_like(x),)), np.cos(x), rtol=1e-4)


def test_trees_integers_and_python_floats() -> None:
    def f(p: Any, n: int) -> Any:
        assert type(p["a"]) is float
        return {"y": p["a"] * p["b"] ** n}

    got = numerical_jvp(f, ({"a": 2.0, "b": np.array([3.0])}, 2), ({"a": 1.0, "b": np.array([1.0])}, 0))
    np.testing.assert_allclose(got["y"], [9.0 + 12.0], rtol=1e-11)


def test_a_large_tangent_does_not_make_a_large_step() -> None:
    got = numerical_jvp(np.sin, (0.5,), (1e6,))
    np.testing.assert_allclose(got, 1e6 * np.cos(0.5), rtol=1e-11)


def test_jacobians_have_the_shape_of_output_then_argument() -> None:
    w, x = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0])
    by_w, by_x = numerical_jacobian(lambda w, x: w @ x, w, x)
    np.testing.assert_allclose(by_x, w, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(by_w, np.einsum("ij,k->ijk", np.eye(2), x), rtol=1e-10, atol=1e-10)


def test_complex_jacobians_follow_the_convention_of_grad() -> None:
    z = np.array([1.0 + 2.0j])
    np.testing.assert_allclose(numerical_jacobian(lambda z: np.abs(z) ** 2, z), [[2 - 4j]], rtol=1e-10)
    np.testing.assert_allclose(numerical_jacobian(lambda z: z**2, z), [[2 + 4j]], rtol=1e-10)


def test_a_function_without_complex_derivative_is_refused() -> None:
    with pytest.raises(ArgumentError, match="not a holomorphic function"):
        numerical_jacobian(np.conj, np.array([1.0 + 2.0j]))


def test_integers_have_no_jacobian() -> None:
    with pytest.raises(ArgumentError, match="not floating point"):
        numerical_jacobian(lambda n: n, 3)


def test_tangents_must_match() -> None:
    with pytest.raises(TreeError):
        numerical_jvp(lambda p: p["a"], ({"a": 1.0},), ({"b": 1.0},))


def test_the_complex_step_is_exact() -> None:
    x = np.array([0.3, 1.7])
    np.testing.assert_allclose(complex_step(np.exp, (x,), (np.ones(2),)), np.exp(x), rtol=1e-15)
    with pytest.raises(ArgumentError, match="must be real"):
        complex_step(np.exp, (1j,), (1.0,))
