"""The distributions of funcgrad.scipy.stats: SciPy's values, and their derivatives."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.stats

from funcgrad import grad, jit, vjp, vmap
from funcgrad.errors import ArgumentError, MissingRuleError
from funcgrad.scipy import stats
from funcgrad.testing import check_grads

LINE = np.array([-30.0, -3.0, -0.5, 0.3, 2.0, 9.0, 38.0])
HALF = np.array([1e-6, 0.2, 0.9, 1.7, 6.0, 40.0])
UNIT = np.array([1e-5, 0.2, 0.5, 0.9, 1.0 - 1e-5])
# Name: shape parameters, points, whether cumulative functions may be differentiated by the shapes.
CONTINUOUS: dict[str, tuple[tuple[float, ...], Any, bool]] = {
    "norm": ((), LINE, True),
    "t": ((3.5,), LINE, False),
    "cauchy": ((), LINE, True),
    "laplace": ((), LINE, True),
    "logistic": ((), LINE, True),
    "expon": ((), HALF, True),
    "gamma": ((2.5,), HALF, False),
    "chi2": ((3.0,), HALF, False),
    "lognorm": ((0.8,), HALF, True),
    "weibull_min": ((1.7,), HALF, True),
    "pareto": ((2.2,), 1.0 + HALF, True),
    "uniform": ((), UNIT, True),
    "beta": ((2.5, 1.5), UNIT, False),
}
DISCRETE: dict[str, tuple[float, ...]] = {
    "poisson": (3.5,),
    "binom": (9.0, 0.3),
    "bernoulli": (0.3,),
    "nbinom": (4.0, 0.4),
}
COUNTS = np.arange(8.0)
CUMULATIVE = ("cdf", "sf", "logcdf", "logsf")
FORMS = [(name, method) for name in CONTINUOUS for method in ("pdf", "logpdf", *CUMULATIVE)]
COUNTED = [(name, method) for name in DISCRETE for method in ("pmf", "logpmf", *CUMULATIVE)]


def ours(name: str, method: str) -> Any:
    return getattr(getattr(stats, name), method)


def theirs(name: str, method: str) -> Any:
    return getattr(getattr(scipy.stats, name), method)


def traced(call: Any, x: Any) -> Any:
    """The value of ``call`` on a traced ``x``."""
    return vjp(call, x)[0]


@pytest.mark.parametrize(("name", "method"), FORMS)
@pytest.mark.parametrize("scaled", [False, True])
def test_values_are_scipys(name: str, method: str, scaled: bool) -> None:
    shapes, x, _ = CONTINUOUS[name]
    loc, scale = (0.7, 2.5) if scaled else (0.0, 1.0)
    x = loc + scale * x
    with np.errstate(all="ignore"):
        expected = theirs(name, method)(x, *shapes, loc, scale)
    plain = ours(name, method)(x, *shapes, loc, scale)
    assert np.array_equal(plain, expected)
    got = traced(lambda x: ours(name, method)(x, *shapes, loc=loc, scale=scale), x)
    np.testing.assert_allclose(
        got, expected, rtol=1e-11, atol=1e-15 if "cdf" in method or "sf" in method else 0
    )


@pytest.mark.parametrize(("name", "method"), FORMS)
def test_derivatives_by_the_point_and_the_parameters(name: str, method: str) -> None:
    shapes, x, by_shapes = CONTINUOUS[name]
    x = x[1:-1]  # differences lose their digits in the tails
    f = ours(name, method)
    if method in CUMULATIVE and not by_shapes:
        check_grads(lambda x, loc, scale: f(x, *shapes, loc, scale), (x, 0.01, 1.1), order=2, rtol=2e-5)
    else:
        given = (x, *shapes, 0.01 if name not in ("uniform", "pareto") else 0.0, 1.05)
        check_grads(f, given, order=2, rtol=2e-5)


def finite_sum(f: Any, shapes: Any) -> Any:
    """The sum of a function over its finite values."""

    def total(x: Any) -> Any:
        values = f(x, *shapes)
        return np.where(np.isfinite(values), values, 0.0).sum()

    return total


@pytest.mark.parametrize("name", CONTINUOUS)
def test_outside_of_the_support(name: str) -> None:
    shapes, _, _ = CONTINUOUS[name]
    x = np.array([-2.0, np.nan, -1.0, np.inf, -np.inf])
    for method in ("pdf", "logpdf", *CUMULATIVE):
        with np.errstate(all="ignore"):
            expected = theirs(name, method)(x, *shapes)
        np.testing.assert_allclose(traced(lambda x: ours(name, method)(x, *shapes), x), expected, rtol=1e-12)  # noqa: B023
    if name in ("expon", "gamma", "chi2", "lognorm", "weibull_min", "pareto", "uniform", "beta"):
        for method in ("pdf", "logpdf", "cdf", "sf"):
            slopes = grad(finite_sum(ours(name, method), shapes))(np.array([-2.0, -1.0]))
            assert np.array_equal(slopes, [0.0, 0.0])


@pytest.mark.parametrize("name", CONTINUOUS)
def test_invalid_parameters_give_nan(name: str) -> None:
    shapes, x, _ = CONTINUOUS[name]
    for method in ("pdf", "logpdf", *CUMULATIVE):
        assert np.isnan(traced(lambda x: ours(name, method)(x, *shapes, 0.0, -1.0), x)).all()  # noqa: B023
        if shapes:
            assert np.isnan(traced(lambda x: ours(name, method)(x, *[-s for s in shapes]), x)).all()  # noqa: B023


@pytest.mark.parametrize(("name", "method"), FORMS)
def test_batches_programs_and_dtypes(name: str, method: str) -> None:
    shapes, x, _ = CONTINUOUS[name]
    x = x[1:-1]
    f = ours(name, method)
    expected = f(x, *shapes)
    for got in (vmap(lambda x: f(x, *shapes))(x), jit(lambda x: f(x, *shapes))(x)):
        np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-15)
    narrow = x.astype(np.float32)
    value, pullback = vjp(lambda x: f(x, *shapes), narrow)
    assert value.dtype == f(narrow, *shapes).dtype == np.float64  # scipy.stats computes in nothing less
    assert pullback(value)[0].dtype == np.float32


@pytest.mark.parametrize(("name", "method"), COUNTED)
def test_discrete_values_are_scipys(name: str, method: str) -> None:
    shapes = DISCRETE[name]
    k = np.concatenate([COUNTS, [-1.0, 2.5, 20.0]])
    with np.errstate(all="ignore"):
        expected = theirs(name, method)(k, *shapes)
    assert np.array_equal(ours(name, method)(k, *shapes), expected)
    got = traced(lambda p: ours(name, method)(k, *shapes[:-1], p), shapes[-1])
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize(("name", "method"), COUNTED)
def test_discrete_derivatives_by_the_parameter(name: str, method: str) -> None:
    shapes = DISCRETE[name]
    k = np.arange(2.0) if name == "bernoulli" else COUNTS[:6]
    k = k[:1] if name == "bernoulli" and method.startswith("log") else k
    check_grads(lambda p: ours(name, method)(k, *shapes[:-1], p), (shapes[-1],), order=2, rtol=2e-5)


def test_there_is_no_silent_zero() -> None:
    with pytest.raises(MissingRuleError):
        grad(lambda df: stats.t.cdf(0.3, df))(2.0)


def test_parameters_that_do_not_fit() -> None:
    with pytest.raises(ArgumentError) as caught:
        grad(lambda x: stats.gamma.logpdf(x))(1.0)
    assert str(caught.value).startswith(
        "gamma.logpdf: the parameters do not fit.\n  expected  x, a, loc, scale\n  got       1 positional\n"
    )
    with pytest.raises(ArgumentError):
        grad(lambda x: stats.norm.pdf(x, 0.0, loc=1.0))(1.0)
    with pytest.raises(ArgumentError):
        grad(lambda p: stats.poisson.pmf(1, p, scale=2.0))(1.0)


MATRIX = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, -0.2], [0.1, -0.2, 0.5]])
MEAN = np.array([0.1, -0.4, 1.0])


@pytest.mark.parametrize(
    ("x", "mean", "cov"),
    [
        (np.ones(3), MEAN, MATRIX),
        (np.ones((4, 3)) * np.arange(4.0)[:, None], MEAN, MATRIX),
        (np.ones((2, 4, 3)), MEAN, np.array([1.0, 2.0, 3.0])),
        (np.ones(3), None, MATRIX),
        (np.ones(3), MEAN, 2.0),
        (0.3, 0.1, 2.0),
        (np.array([0.3, 1.0]), 0.1, 2.0),
    ],
)
def test_multivariate_normal(x: Any, mean: Any, cov: Any) -> None:
    for method in ("logpdf", "pdf"):
        expected = theirs("multivariate_normal", method)(x, mean, cov)
        got = traced(lambda x: ours("multivariate_normal", method)(x, mean, cov), x)  # noqa: B023
        np.testing.assert_allclose(got, expected, rtol=1e-12)
        assert np.shape(got) == np.shape(expected)
        check_grads(lambda x: ours("multivariate_normal", method)(x, mean, cov), (x,), order=2, rtol=1e-5)  # noqa: B023
    symmetric = (lambda c: c) if np.ndim(cov) < 2 else (lambda c: 0.5 * (c + c.T))
    check_grads(lambda c: stats.multivariate_normal.logpdf(x, mean, symmetric(c)), (cov,), order=2, rtol=1e-5)


def test_dirichlet() -> None:
    alpha = np.array([0.7, 2.0, 3.5])
    x = np.array([[0.2, 0.1], [0.3, 0.2], [0.5, 0.7]])
    for point in (x, x[:, 0], x[:2]):
        for method in ("logpdf", "pdf"):
            expected = theirs("dirichlet", method)(point, alpha)
            got = traced(lambda a: ours("dirichlet", method)(point, a), alpha)  # noqa: B023
            np.testing.assert_allclose(got, expected, rtol=1e-12)
            assert np.shape(got) == np.shape(expected)
    check_grads(lambda rest, a: stats.dirichlet.logpdf(rest, a), (x[:2, 0], alpha), order=2, rtol=1e-5)


@pytest.mark.parametrize("name", stats.__all__)
def test_a_distribution_shows_itself_and_pickles(name: str) -> None:
    found = getattr(stats, name)
    assert repr(found) == f"<funcgrad.scipy.stats.{name}>"
    assert pickle.loads(pickle.dumps(found)) is found


@pytest.mark.parametrize(
    ("function", "lists"),
    [
        (stats.norm.logpdf, lambda m: ([0.1, m], [m, 1.0])),
        (stats.gamma.cdf, lambda m: ([1.1, 1.2], [2.0, 3.0], [m, 0.0])),
        (stats.multivariate_normal.logpdf, lambda m: ([0.1, m], [m, 0.0], [1.0, 2.0])),
        (stats.dirichlet.logpdf, lambda m: ([0.4, 0.6], [m, 1.0])),
    ],
)
def test_lists_may_hold_traced_numbers(function: Any, lists: Any) -> None:
    def of_lists(m: Any) -> Any:
        return np.sum(function(*lists(m)))

    def of_arrays(m: Any) -> Any:
        return np.sum(function(*map(np.stack, lists(m))))

    assert grad(of_lists)(0.5) == grad(of_arrays)(0.5)
