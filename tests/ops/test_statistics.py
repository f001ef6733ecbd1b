"""Quantiles, counts and histograms: what rows of the table cannot say."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, jvp, value_and_grad, vjp, vmap
from funcgrad.errors import ConcretizationError, MutationError, UnsupportedError
from funcgrad.testing import check_grads
from tests.mock_device import to_mock

NAN = np.nan
SEQUENCE = np.array([0.3, -1.2, 2.0, 0.7, -0.4])


# --- quantiles -------------------------------------------------------------------------------------


def test_the_derivative_goes_to_the_elements_that_are_read() -> None:
    assert grad(np.median)(SEQUENCE).tolist() == [1, 0, 0, 0, 0]
    assert grad(np.median)(SEQUENCE[:4]).tolist() == [0.5, 0, 0, 0.5]
    np.testing.assert_allclose(grad(np.quantile)(SEQUENCE, 0.6), [0.6, 0, 0, 0.4, 0])


def test_of_equal_elements_the_first_in_a_stable_sort_is_the_smaller() -> None:
    ties = np.array([2.0, 1.0, 1.0, 1.0, 0.0])
    assert grad(np.median)(ties).tolist() == [0, 0, 1, 0, 0]
    assert grad(np.quantile)(ties, 0.25).tolist() == [0, 1, 0, 0, 0]
    tangent = jvp(np.median, (ties,), (np.arange(5.0),))[1]
    assert tangent == 2.0


def test_at_an_element_a_quantile_has_the_slope_above_it_and_none_at_the_end() -> None:
    x = np.array([0.0, 1.0, 5.0])
    by_q = grad(lambda q: np.quantile(x, q))
    assert [by_q(0.0), by_q(0.25), by_q(0.5), by_q(1.0)] == [2.0, 2.0, 8.0, 0.0]
    assert grad(lambda q: np.percentile(x, q))(50.0) == 0.08
    assert grad(lambda q: np.quantile(x, q, method="lower"))(0.6) == 0.0


def test_nan_is_the_result_and_has_the_derivative_or_is_passed_over() -> None:
    x = np.array([1.0, NAN, 3.0])
    assert grad(np.median)(x).tolist() == [0, 1, 0]
    assert grad(np.nanmedian)(x).tolist() == [0.5, 0, 0.5]
    with pytest.warns(RuntimeWarning, match="All-NaN slice"):
        value, gradient = value_and_grad(np.nanmedian)(np.array([NAN, NAN]))
    assert np.isnan(value)
    assert gradient.tolist() == [0, 0]


def test_each_example_may_have_a_probability_of_its_own() -> None:
    rng = np.random.default_rng(0)
    x, q = rng.normal(size=(4, 6)), rng.uniform(0.1, 0.9, (4, 2))
    for method in ("linear", "hazen", "inverted_cdf", "midpoint", "nearest"):
        got = vmap(lambda x, q, method=method: np.quantile(x, q, method=method))(x, q)
        np.testing.assert_array_equal(
            got, [np.quantile(*pair, method=method) for pair in zip(x, q, strict=True)]
        )


def test_weights_choose_but_have_no_derivative() -> None:
    x, w = SEQUENCE, np.array([0.1, 0.3, 0.2, 0.2, 0.2])
    options = {"method": "inverted_cdf"}
    gradients = grad(lambda x, w: np.quantile(x, 0.45, weights=w, **options), argnums=(0, 1))(x, w)
    assert gradients[0].tolist() == [0, 0, 0, 0, 1]
    assert gradients[1].tolist() == [0] * 5


def test_a_traced_array_is_not_overwritten() -> None:
    x = SEQUENCE.copy()
    grad(lambda x: np.median(x, overwrite_input=True))(x)
    assert x.tolist() == SEQUENCE.tolist()
    fnp.median(x, overwrite_input=True)
    assert x.tolist() != SEQUENCE.tolist()


def test_a_traced_target_takes_the_result() -> None:
    def target(x: Any) -> Any:
        out = np.zeros_like(x[0])
        np.quantile(x, 0.5, axis=0, out=out)
        return out.sum()

    assert grad(target)(np.array([[1.0, 5.0], [2.0, 4.0], [3.0, 9.0]])).tolist() == [[0, 1], [1, 0], [0, 0]]
    with pytest.raises(MutationError):
        grad(lambda x: np.median(x, out=np.zeros(())))(SEQUENCE)


@pytest.mark.parametrize("name", ["median", "percentile", "quantile", "nanpercentile", "nanquantile"])
def test_numpys_own_errors_are_raised(name: str) -> None:
    args = () if name == "median" else (2000.0,)
    with pytest.raises(ValueError, match="must be in the range" if args else "out of bounds"):
        grad(lambda x: getattr(np, name)(x, *args, **({} if args else {"axis": 1})))(SEQUENCE)
    if args:
        with pytest.raises(TypeError, match="a must be an array of real numbers"):
            jvp(lambda x: getattr(np, name)(x, 0.5), (SEQUENCE + 0j,), (SEQUENCE + 0j,))


# --- counts ----------------------------------------------------------------------------------------


def test_bincount_needs_its_numbers_and_is_linear_in_the_weights() -> None:
    numbers = np.array([3, 0, 3])
    gradient = grad(lambda w: (np.bincount(numbers, w) * np.arange(4.0)).sum())(np.ones(3))
    assert gradient.tolist() == [3, 0, 3]
    rows = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
    assert vmap(lambda w: np.bincount(numbers, w))(rows).tolist() == [[2, 0, 0, 5], [16, 0, 0, 40]]
    assert jit(lambda w: np.bincount(numbers, w))(np.ones(3)).tolist() == [1, 0, 0, 2]
    for transform in (vmap, partial(jit, guards=False)):
        with pytest.raises(ConcretizationError, match=r"np\.bincount: the shape depends on a traced value"):
            transform(np.bincount)(numbers[None])
    with pytest.raises(ValueError, match="same length"):
        grad(lambda w: np.bincount(numbers, w)[0])(np.ones(2))
    with pytest.raises(TypeError, match="Cannot cast"):
        jvp(lambda w: np.bincount(numbers, w), (np.ones(3) + 0j,), (np.ones(3) + 0j,))


def test_edges_follow_the_ends_of_the_data() -> None:
    x = np.array([0.0, 1.0, 2.0, 4.0])
    jacobian = np.stack([grad(lambda x, i=i: np.histogram(x, 2)[1][i])(x) for i in range(3)])
    assert jacobian.tolist() == [[1, 0, 0, 0], [0.5, 0, 0, 0.5], [0, 0, 0, 1]]
    assert grad(lambda x: np.histogram_bin_edges(x, 2, (0, 1))[1])(x).tolist() == [0] * 4
    assert vjp(lambda x: np.histogram(x, 2)[1], np.ones(3))[0].tolist() == [0.5, 1.0, 1.5]
    assert jit(lambda x: np.histogram(x, 2)[1])(np.ones(3)).tolist() == [0.5, 1.0, 1.5]


def test_limits_may_be_traced() -> None:
    x, w = np.array([0.1, 0.4, 0.6, 0.9]), np.array([1.0, 2.0, 3.0, 4.0])

    def density(x: Any, w: Any, low: Any, high: Any) -> Any:
        return np.histogram(x, 3, (low, high), density=True, weights=w)

    check_grads(density, (x, w, 0.0, 1.0), order=2)


def test_the_number_of_bins_may_follow_known_data_alone() -> None:
    x = np.random.default_rng(0).normal(size=50)
    edges, tangent = jvp(lambda x: np.histogram_bin_edges(x, "auto"), (x,), (np.ones(50),))
    np.testing.assert_array_equal(edges, np.histogram_bin_edges(x, "auto"))
    np.testing.assert_allclose(tangent, np.ones(len(edges)))
    with pytest.raises(ConcretizationError, match="the shape depends on a traced value"):
        jit(lambda x: np.histogram(x, "auto"))(x)
    with pytest.raises(UnsupportedError, match="not supported on a device"):
        fnp.histogram(to_mock(x), "auto")


def test_numpys_own_errors_for_bins_and_limits() -> None:
    x = np.array([0.0, 1.0])
    for wrong, text in (
        ({"bins": 0}, "must be positive"),
        ({"bins": [2, 1]}, "increase monotonically"),
        ({"range": (2, 1)}, "max must be larger than min"),
        ({"range": (0, np.inf)}, "is not finite"),
        ({"weights": np.ones(3)}, "same shape"),
    ):
        with pytest.raises(ValueError, match=text):
            vjp(lambda x, wrong=wrong: np.histogram(x, **wrong)[1], x)
    with pytest.raises(ValueError, match="autodetected range of"):
        vjp(lambda x: np.histogram(x)[1], np.array([0.0, NAN]))


# --- covariances -----------------------------------------------------------------------------------


def test_weights_that_leave_nothing_are_told_of() -> None:
    x = np.arange(6.0).reshape(2, 3)
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"), np.errstate(all="ignore"):
        grad(lambda x: np.cov(x, ddof=5)[0, 1])(x)
    with pytest.raises(ZeroDivisionError):
        grad(lambda w: np.cov(x, aweights=w)[0, 1])(np.zeros(3))
    with pytest.raises(ZeroDivisionError):
        grad(lambda w: np.average(x, axis=1, weights=w)[0])(np.zeros(3))
    with pytest.raises(ValueError, match="cannot be negative"):
        grad(lambda w: np.cov(x, aweights=w)[0, 1])(-np.ones(3))
    with pytest.raises(TypeError, match="fweights must be integer"):
        grad(lambda x: np.cov(x, fweights=np.full(3, 0.5))[0, 1])(x)


def test_the_weights_given_are_not_written_to() -> None:
    counts = np.array([1.0, 2.0, 1.0])
    grad(lambda w: np.cov(np.arange(3.0) ** 2, fweights=counts, aweights=w))(np.array([0.5, 1.0, 2.0]))
    assert counts.tolist() == [1, 2, 1]


def test_a_mean_that_is_wider_than_the_array_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="must broadcast to the shape of the array"):
        grad(lambda x: np.var(x, axis=0, mean=np.ones((3, 1)))[0])(np.ones((1, 3)))
