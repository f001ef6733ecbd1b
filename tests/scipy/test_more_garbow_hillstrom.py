"""Gradients and Hessians of the functions that optimisers are tested with, to 1e-10."""

from __future__ import annotations

import types
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

from funcgrad import grad, hessian, jacrev, jit
from tests.scipy.more_garbow_hillstrom import FUNCTIONS

STEP = mpmath.mpf(10) ** -20
MANY_DIGITS = types.SimpleNamespace(
    **{
        name: np.frompyfunc(getattr(mpmath, there), 1, 1)
        for name, there in (
            ("exp", "exp"),
            ("sqrt", "sqrt"),
            ("sin", "sin"),
            ("cos", "cos"),
            ("arctan", "atan"),
        )
    }
)


def exactly(fun: Any, start: Any) -> tuple[Any, Any]:
    """Gradient and Hessian by differences of 90 digits: their error is the step squared, 1e-40."""
    with mpmath.workdps(90):
        point = np.array([mpmath.mpf(x) for x in start], object)
        steps = [np.array([STEP * (i == j) for j in range(len(start))], object) for i in range(len(start))]

        def value(*moves: Any) -> Any:
            return fun(sum(moves, point), MANY_DIGITS)

        gradient = [(value(e) - value(-e)) / (2 * STEP) for e in steps]
        matrix = np.zeros((len(start), len(start)))
        for i, e in enumerate(steps):
            for j, d in enumerate(steps[: i + 1]):
                twice = value(e, d) - value(e, -d) - value(-e, d) + value(-e, -d)
                matrix[i, j] = matrix[j, i] = float(twice / (4 * STEP**2))
        return np.array([float(g) for g in gradient]), matrix


def assert_close(have: Any, want: Any) -> None:
    """To 1e-10, and a zero to 1e-14 of the largest."""
    np.testing.assert_allclose(have, want, rtol=1e-10, atol=1e-14 * np.max(np.abs(want)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient_and_hessian(name: str) -> None:
    """At the standard starting point, in both ways to the second order, and compiled."""
    fun, start = FUNCTIONS[name]
    x = np.array(start)

    def f(x: Any) -> Any:
        return fun(x, np)

    gradient, matrix = exactly(fun, start)
    assert_close(grad(f)(x), gradient)
    assert_close(hessian(f)(x), matrix)
    assert_close(jacrev(grad(f))(x), matrix)
    if name != "helical valley":  # it asks on which side of zero it is
        assert_close(jit(grad(f))(x), gradient)


def test_all_are_there() -> None:
    assert len(FUNCTIONS) == 35


@pytest.mark.parametrize("n", [2, 3, 10, 50])
def test_rosenbrock_of_scipy(n: int) -> None:
    """SciPy's analytic derivatives of its chained function."""
    x = np.random.default_rng(n).uniform(-2.0, 2.0, n)

    def f(x: Any) -> Any:
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0, axis=0)

    assert f(x) == rosen(x)
    assert_close(grad(f)(x), rosen_der(x))
    assert_close(hessian(f)(x), rosen_hess(x))
