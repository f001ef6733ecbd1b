"""Sets of traced arrays: NumPy's values, derivatives of first places, errors where values are unknown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, jvp, vjp, vmap
from funcgrad.errors import ConcretizationError
from funcgrad.testing import check_grads
from tests.mock_device import MockArray, to_mock

RNG = np.random.default_rng(5)
X = RNG.permutation(12).reshape(3, 4) / 4.0
Y = np.array([0.5, 7.0, 2.5, -1.0])
TIED = np.array([2.0, 1.0, 2.0, 3.0, 1.0])
ZEROS = np.array([0.0, -0.0, np.nan, 1.0, np.nan, -0.0])

SETS: dict[str, Callable[..., Any]] = {
    "unique": np.unique,
    "unique with all": lambda x: np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    ),
    "unique slices": lambda x: np.unique(x.reshape(2, -1), axis=1, return_inverse=True),
    "unique rows": lambda x: np.unique(x.reshape(-1, 2), axis=0),
    "unique_values": np.unique_values,
    "unique_counts": np.unique_counts,
    "unique_inverse": np.unique_inverse,
    "unique_all": np.unique_all,
    "union1d": lambda x: np.union1d(x, Y),
    "intersect1d": lambda x: np.intersect1d(x, Y),
    "intersect1d, indices": lambda x: np.intersect1d(Y, x, return_indices=True),
    "intersect1d of sets": lambda x: np.intersect1d(x, np.unique(x)[::2], assume_unique=True),
    "setdiff1d": lambda x: np.setdiff1d(x, Y),
    "setdiff1d from": lambda x: np.setdiff1d(Y, x),
    "setdiff1d of sets": lambda x: np.setdiff1d(x, [0.5], assume_unique=True),
    "setxor1d": lambda x: np.setxor1d(x, Y),
    "setxor1d of sets": lambda x: np.setxor1d(x.ravel()[:4], x.ravel()[4:], assume_unique=True),
    "setxor1d of nothing": lambda x: np.setxor1d(x[:0], []),
}
POINTS = {"distinct": X, "ties": np.tile(TIED, 2), "zeros and NaN": ZEROS, "complex": X + 1j}


def assert_same(got: Any, expected: Any) -> None:
    assert type(got) is type(expected)
    if isinstance(expected, tuple):
        for a, b in zip(got, expected, strict=True):
            assert_same(a, b)
    else:
        np.testing.assert_array_equal(got, expected, strict=True)
        np.testing.assert_array_equal(np.signbit(np.real(got)), np.signbit(np.real(expected)))


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", SETS)
def test_the_values_are_numpys(name: str, point: str) -> None:
    fun, x = SETS[name], POINTS[point]
    expected = fun(x)
    assert_same(vjp(fun, x)[0], expected)
    assert_same(jvp(fun, (x,), (x,))[0], expected)


@pytest.mark.parametrize("name", SETS)
def test_the_derivatives_are_those_of_elements(name: str) -> None:
    def values(x: Any) -> Any:
        found = SETS[name](x)
        return found[0] if isinstance(found, tuple) else found

    if name.startswith("intersect1d"):  # a moved element is in no intersection
        out, pull = vjp(values, X)
        g = np.arange(1.0, 1 + out.size)
        want = np.zeros(X.size) if "indices" in name else spread(X.ravel(), out, g)
        np.testing.assert_array_equal(pull(g)[0].ravel(), want)
    else:
        check_grads(values, (X + 0.1,), order=2)


def spread(x: Any, values: Any, g: Any) -> Any:
    """``g`` at the first place of each of ``values`` in ``x``."""
    out = np.zeros(x.shape)
    for value, weight in zip(values, g, strict=True):
        out[np.flatnonzero(x == value)[0]] = weight
    return out


FIRST: dict[str, Callable[..., Any]] = {
    "unique": np.unique,
    "unique_values": np.unique_values,
    "unique_counts": lambda x: np.unique_counts(x).values,
    "unique_all": lambda x: np.unique_all(x).values,
    "union1d": lambda x: np.union1d(x, [1.0, 2.0, 3.0]),
    "intersect1d": lambda x: np.intersect1d(x, [3.0, 2.0, 1.0]),
    "setdiff1d": lambda x: np.setdiff1d(x, [5.0]),
    "setxor1d": lambda x: np.setxor1d(x, [5.0])[:3],
}


@pytest.mark.parametrize("name", FIRST)
def test_of_equal_elements_the_first_has_the_derivative(name: str) -> None:
    fun = FIRST[name]
    np.testing.assert_array_equal(grad(lambda x: fun(x).sum())(TIED), [1.0, 1.0, 0.0, 1.0, 0.0])
    tangent = jvp(fun, (TIED,), (np.arange(5.0),))[1]
    np.testing.assert_array_equal(tangent[np.argsort(fun(TIED))], [1.0, 0.0, 3.0])


def test_the_intersections_derivative_is_the_first_arrays() -> None:
    x, y = np.array([1.0, 2.0, 5.0]), np.array([2.0, 1.0, 7.0])
    by_x, by_y = grad(lambda x, y: (np.intersect1d(x, y) ** 2).sum(), argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(by_x, [2.0, 4.0, 0.0])
    np.testing.assert_array_equal(by_y, np.zeros(3))


@pytest.mark.parametrize(
    "fun",
    [
        np.unique,
        np.unique_all,
        lambda x: np.union1d(x, x),
        lambda x: np.intersect1d(x, [1.0]),
        lambda x: np.setdiff1d(x, [1.0]),
        lambda x: np.setxor1d([1.0], x, assume_unique=True),
    ],
)
@pytest.mark.parametrize("transform", [partial(jit, guards=False), vmap])
def test_a_shape_that_depends_on_values_is_an_error_by_name(transform: Any, fun: Any) -> None:
    with pytest.raises(ConcretizationError, match=r"np\.\w+1?d?: the shape depends on a traced value"):
        transform(fun)(X)


def test_sets_of_a_device_stay_there() -> None:
    there, other = to_mock(TIED), to_mock(np.array([2.0, 9.0]))
    for fun in (
        lambda x: np.unique(x, return_counts=True)[0],
        lambda x: fnp.unique_all(x).values,
        lambda x: np.union1d(x, other),
        lambda x: np.intersect1d(x, other),
        lambda x: np.setdiff1d(x, other),
        lambda x: np.setxor1d(x, other),
    ):
        out, pull = vjp(fun, there)
        assert isinstance(out, MockArray)
        assert isinstance(pull(out)[0], MockArray)


def test_nan_is_in_no_set_of_a_batch() -> None:
    x = np.array([[np.nan, 1.0, 2.0], [0.0, np.nan, 3.0]])
    np.testing.assert_array_equal(vmap(np.isin)(x, x), ~np.isnan(x))
    np.testing.assert_array_equal(vmap(lambda a, b: np.isin(a, b, invert=True))(x, x), np.isnan(x))


def test_names_of_kinds_are_checked() -> None:
    with pytest.raises(ValueError, match="kind"):
        vjp(lambda x: np.isin(x, x, kind="hash"), X)
