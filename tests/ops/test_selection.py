"""Picking by conditions that depend on what is traced: their values must be known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, jvp, vjp, vmap
from funcgrad.errors import ConcretizationError, DtypeError
from funcgrad.testing import check_grads
from tests.mock_device import MockArray, to_mock

X = np.random.default_rng(3).uniform(-1.0, 1.0, (4, 5))
SPARSE = np.zeros((5, 6))
SPARSE[1:4, 2:5] = np.random.default_rng(4).uniform(0.5, 1.0, (3, 3))

ROWS: dict[str, tuple[Callable[..., Any], Any]] = {
    "compress": (lambda x: np.compress(x[0] > 0, x * x, axis=1), X),
    "compress method": (lambda x: (x * x).compress(x[0] > 0, axis=-1), X),
    "extract": (lambda x: np.extract(x > 0, x * x), X),
    "piecewise": (lambda x: np.piecewise(x * x, [x < 0, x > 0.5], [lambda v: v**3, 2.0, lambda v: v * 2]), X),
    "piecewise, otherwise": (lambda x: np.piecewise(x, [x < 0], [np.square, np.sqrt]), X),
    "piecewise, arguments": (
        lambda x: np.piecewise(x, [x < 0], [lambda v, a, b: a * v * v + b], 2.0, b=x[0, 0]),
        X,
    ),
    "piecewise, a row": (lambda x: np.piecewise(x, x < 0, [np.square, 3.0]), X[0]),
    "piecewise, nowhere": (lambda x: x * np.piecewise(x, [x > 5], [np.sqrt]), X),
    "piecewise, overlapping": (lambda x: np.piecewise(x, [x > -1, x > 0], [np.square, np.exp]), X),
    "trim_zeros": (lambda x: np.trim_zeros(x * (SPARSE[2] != 0)) ** 2, SPARSE[2] + 1),
    "trim_zeros, front": (lambda x: np.trim_zeros(x * (SPARSE[2] != 0), "F") ** 2, SPARSE[2] + 1),
    "trim_zeros of zeros": (lambda x: np.trim_zeros(x * 0.0) * 2, SPARSE[2]),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_values_are_numpys_and_the_derivatives_right(name: str) -> None:
    fun, x = ROWS[name]
    for got in (vjp(fun, x)[0], jvp(fun, (x,), (x,))[0]):
        np.testing.assert_array_equal(got, fun(x), strict=True)
    check_grads(fun, (x,), order=2)


def test_trim_zeros_takes_axes_on_every_numpy() -> None:
    out, pull = vjp(lambda x: np.multiply(trimmed(x), 2.0), SPARSE)
    np.testing.assert_array_equal(out, 2 * SPARSE[:, :5])
    np.testing.assert_array_equal(pull(np.ones((5, 5)))[0], np.pad(np.full((5, 5), 2.0), ((0, 0), (0, 1))))


def trimmed(x: Any) -> Any:
    return fnp.trim_zeros(x, "b", axis=-1)


def test_what_trim_zeros_gives_is_a_view() -> None:
    def written(x: Any) -> Any:
        y = x.copy()
        z = np.trim_zeros(y)
        z *= 2.0
        return y

    row = SPARSE[2]
    np.testing.assert_array_equal(vjp(written, row)[0], written(row))
    np.testing.assert_array_equal(grad(lambda x: written(x).sum())(row), np.where(row == 0, 1.0, 2.0))


@pytest.mark.parametrize(
    "fun",
    [
        lambda x: np.compress(x > 0, x),
        lambda x: np.extract(x > 0, x),
        lambda x: np.piecewise(x, [x > 0], [np.sqrt]),
        np.trim_zeros,
    ],
)
@pytest.mark.parametrize("transform", [partial(jit, guards=False), vmap])
def test_a_shape_that_depends_on_values_is_an_error_by_name(transform: Any, fun: Any) -> None:
    with pytest.raises(ConcretizationError, match=r"np\.(compress|extract|piecewise|trim_zeros): the shape"):
        transform(fun)(X if transform is vmap else X[0])


def test_a_condition_on_the_device_picks_there() -> None:
    there = to_mock(X)
    for fun in (lambda x: np.extract(x > 0, x), lambda x: np.compress([True, False, True], x, axis=0)):
        out, pull = vjp(fun, there)
        assert isinstance(out, MockArray)
        np.testing.assert_array_equal(out.get(), fun(X))
        np.testing.assert_array_equal(pull(out)[0].get(), vjp(fun, X)[1](fun(X))[0])


ERRORS: list[tuple[type[Exception], Callable[..., Any]]] = [
    (ValueError, lambda x: np.compress([[True]], x)),
    (ValueError, lambda x: np.compress([True], x, out=np.zeros_like(x))),
    (IndexError, lambda x: np.compress([False] * 9 + [True], x[0])),
    (IndexError, lambda x: np.extract([False] * 30 + [True], x)),
    (ValueError, lambda x: np.choose([0, 3], [x[0, :2], x[1, :2]])),
    (ValueError, lambda x: np.choose([0, 1], [x[0, :2], x[1, :2]], mode="other")),
    (ValueError, lambda x: np.choose([0, 1], [x[0, :2]] * 70)),
    (TypeError, lambda x: np.choose(x, [x, x])),
    (ValueError, lambda x: np.piecewise(x, [x < 0], [1.0, 2.0, 3.0])),
    (ValueError, lambda x: np.trim_zeros(x[0], "x")),
    (ValueError, lambda x: np.searchsorted(x, 1.0)),
    (ValueError, lambda x: np.searchsorted(x[0], 1.0, side="middle")),
    (TypeError, lambda x: np.searchsorted(x[0], 1.0, sorter=[0.5] * 5)),
    (TypeError, lambda x: np.unravel_index(x, (2, 3))),
    (TypeError, lambda x: np.ravel_multi_index((x, x), (2, 3))),
    (DtypeError, lambda x: fnp.piecewise(np.arange(4), [x[:, 0] < 0], [x[0, 0]])),
]


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_what_numpy_refuses_is_refused(number: int) -> None:
    error, fun = ERRORS[number]
    with pytest.raises(error):
        vjp(fun, X)
