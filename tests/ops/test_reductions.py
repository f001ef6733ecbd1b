"""Reductions where the op table cannot go: ties, zeros, constants, infinities, batches of initial values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from funcgrad import grad, hessian, jvp, vjp, vmap
from funcgrad._src.base.errors import DtypeError
from funcgrad._src.ops.softmax import log_softmax, logsumexp, softmax

INF, NAN = np.inf, np.nan
pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

GRADIENTS: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "max shares evenly": (np.max, [1, 3, 3, 2], [0, 0.5, 0.5, 0]),
    "min shares evenly": (np.min, [1, 1, 1, 2], [1 / 3, 1 / 3, 1 / 3, 0]),
    "initial takes a share": (lambda x: np.max(x, initial=3), [1, 3, 3, 2], [0, 1 / 3, 1 / 3, 0]),
    "initial takes all": (lambda x: np.min(x, initial=0), [1, 3, 3, 2], [0, 0, 0, 0]),
    "what is masked out has no share": (
        lambda x: np.max(x, initial=-9, where=np.array([True, True, False])),
        [1, 3, 3],
        [0, 1, 0],
    ),
    "max of infinities": (np.max, [INF, 1, INF], [0.5, 0, 0.5]),
    "max of NaN": (np.max, [1, NAN, 3], [0, 1, 0]),
    "ptp of equal ones": (np.ptp, [2, 2], [0, 0]),
    "prod with one zero": (np.prod, [0, 2, 3], [6, 0, 0]),
    "prod with two zeros": (np.prod, [0, 2, 0], [0, 0, 0]),
    "prod of one": (np.prod, [0], [1]),
    "cumprod with zeros": (lambda x: np.cumprod(x).sum(), [2, 0, 3, 0, 5], [1, 2 * (1 + 3), 0, 0, 0]),
    "std of a constant": (np.std, [2, 2, 2], [0, 0, 0]),
    "std of a constant whose mean is rounded": (np.std, [0.1, 0.1, 0.1], [0, 0, 0]),
    "std of one": (np.std, [3], [0]),
    "var of a constant": (np.var, [0.1, 0.1, 0.1], [0, 0, 0]),
    "std far from zero": (np.std, [1e8, 1e8 + 1], [-0.5, 0.5]),
    "var with no freedom": (lambda x: np.var(x, ddof=1), [3], [NAN]),
    "logsumexp beside nothing": (logsumexp, [-INF, 0, -INF], [0, 1, 0]),
    "logsumexp of nothing": (logsumexp, [-INF, -INF], [0, 0]),
    "logsumexp of infinity": (logsumexp, [INF, 0], [1, 0]),
    "logsumexp of large ones": (logsumexp, [1000, 1000], [0.5, 0.5]),
    "softmax beside nothing": (lambda x: softmax(x)[1], [-INF, 0.0, 0.0], [0, 0.25, -0.25]),
    "log_softmax beside nothing": (lambda x: log_softmax(x)[1], [-INF, 0.0, 0.0], [0, 0.5, -0.5]),
    "sum of none": (lambda x: np.sum(x, where=False), [1, 2], [0, 0]),
    "a mask hides NaN": (lambda x: np.sum(np.sqrt(x), where=x > 0), [-1, 4], [0, 0.25]),
}


@pytest.mark.parametrize("what", GRADIENTS)
def test_the_gradient_at_special_points_in_both_modes(what: str) -> None:
    fun, point, expected = GRADIENTS[what]
    x = np.array(point, float)
    atol = 1e-15 if "constant" not in what and "far" not in what else 1e-12
    np.testing.assert_allclose(grad(fun)(x), expected, atol=atol)
    forward = [jvp(fun, (x,), (e,))[1] for e in np.eye(len(x))]
    np.testing.assert_allclose(forward, expected, atol=atol)


def test_the_second_derivative_of_a_product_is_exact_at_zeros() -> None:
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = 6.0
    np.testing.assert_array_equal(hessian(np.prod)(np.array([0.0, 0.0, 3.0, 2.0])), expected)
    third = grad(lambda x: hessian(np.prod)(x)[0, 1])(np.array([0.0, 0.0, 3.0, 2.0]))
    np.testing.assert_array_equal(third, [0.0, 0.0, 2.0, 3.0])


def test_the_second_derivative_beside_nothing_is_finite() -> None:
    found = hessian(logsumexp)(np.array([-INF, 1.0, 1.0]))
    np.testing.assert_allclose(found, [[0, 0, 0], [0, 0.25, -0.25], [0, -0.25, 0.25]], atol=1e-15)
    np.testing.assert_array_equal(hessian(np.std)(np.full(3, 0.1)), np.zeros((3, 3)))


POINTS = [[0.0, -50.0], [1000.0, 999.0], [-INF, 0.0], [3.0, 3.0, 3.0], [-1e5, -1e5 - 1]]


@pytest.mark.parametrize("point", POINTS)
def test_softmax_and_its_relatives_have_scipys_values(point: list[float]) -> None:
    x = np.array(point)
    np.testing.assert_allclose(logsumexp(x), special.logsumexp(x), rtol=1e-15)
    np.testing.assert_allclose(softmax(x), special.softmax(x), rtol=1e-15)
    np.testing.assert_allclose(
        log_softmax(x)[np.isfinite(x)], special.log_softmax(x)[np.isfinite(x)], 1e-15, 1e-21
    )


def test_softmax_of_nothing_and_of_other_kinds() -> None:
    assert logsumexp(np.zeros(0)) == -INF
    assert softmax(np.zeros((2, 0))).shape == (2, 0)
    assert (type(logsumexp(2.0)), logsumexp(2.0)) == (np.float64, 2.0)
    assert (softmax(np.float32([1, 2])).dtype, logsumexp(np.array([1, 1])).dtype) == (np.float32, np.float64)
    with pytest.raises(DtypeError):
        softmax(np.ones(2, complex))


INITIALS: dict[str, tuple[Callable[..., Any], list[float]]] = {
    "sum": (lambda x, i: np.sum(x, initial=i), [13.0, 32.0]),
    "prod": (lambda x, i: np.prod(x, initial=i), [0.0, 1200.0]),
    "max": (lambda x, i: np.max(x, initial=i), [10.0, 20.0]),
    "min": (lambda x, i: np.min(x, initial=i), [0.0, 3.0]),
    "a mask too": (lambda x, i: np.max(x, initial=i, where=np.array([True, False, True])), [10.0, 20.0]),
}


@pytest.mark.parametrize("name", INITIALS)
def test_initial_values_may_be_batched(name: str) -> None:
    fun, expected = INITIALS[name]
    x, initial = np.arange(6.0).reshape(2, 3), np.array([10.0, 20.0])
    np.testing.assert_array_equal(vmap(fun)(x, initial), expected)
    pulled = vmap(lambda a, i: vjp(fun, a, i)[1](np.float64(1.0)))(x, initial)
    for k in range(2):
        each = vjp(fun, x[k], initial[k])[1](np.float64(1.0))
        np.testing.assert_array_equal(pulled[0][k], each[0])
        np.testing.assert_array_equal(pulled[1][k], each[1])


def test_out_takes_a_traced_target() -> None:
    def run(x: Any) -> Any:
        total, running = np.zeros(2, like=x), np.zeros_like(x)
        np.sum(x, axis=1, out=total)
        np.cumsum(x, axis=0, out=running)
        return (total * total).sum() + running.sum()

    x = np.arange(4.0).reshape(2, 2)
    np.testing.assert_array_equal(grad(run)(x), [[2 + 2.0, 2 + 2.0], [10 + 1.0, 10 + 1.0]])


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="ddof and correction"):
        grad(lambda x: np.var(x, ddof=1, correction=1))(np.ones(3))
    with pytest.raises(np.exceptions.AxisError):
        grad(lambda x: np.sum(x, axis=2).sum())(np.ones(3))
    with pytest.raises(ValueError, match="axis"):
        grad(lambda x: np.sum(x, axis=(0, 0)).sum())(np.ones((3, 3)))
    with pytest.raises(ValueError, match="zero-size"):
        grad(np.max)(np.ones(0))
