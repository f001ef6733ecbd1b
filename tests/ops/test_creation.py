"""New arrays: like a traced one they are tracers to be filled, otherwise NumPy's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, vmap
from funcgrad.errors import UnsupportedError

X = np.array([1.0, 2.0, 3.0])

BUFFERS: dict[str, Callable[[Any], Any]] = {
    "zeros": lambda x: np.zeros(3, like=x),
    "ones": lambda x: np.ones((3,), like=x),
    "empty": lambda x: np.empty(3, like=x),
    "full": lambda x: np.full(3, 7.0, like=x),
    "arange": lambda x: np.arange(3.0, like=x),
    "array": lambda x: np.array([4.0, 5.0, 6.0], like=x),
    "asarray": lambda x: np.asarray([4.0, 5.0, 6.0], like=x),
    "eye": lambda x: np.eye(3, like=x)[0],
    "identity": lambda x: np.identity(3, like=x)[1],
    "zeros_like": lambda x: np.zeros_like(x),
    "ones_like": lambda x: np.ones_like(x),
    "full_like": lambda x: np.full_like(x, 2.0),
    "empty_like": lambda x: np.empty_like(x),
    "a copy of a constant": lambda x: np.copy(np.zeros_like(x)),
}


def filled(buffer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run(x: Any) -> Any:
        y = buffer(x)
        y[1:] = x[:2] * 3.0
        y[0] = x[2]
        return (y * y).sum()

    return run


@pytest.mark.parametrize("name", BUFFERS)
def test_an_array_like_a_traced_one_can_be_filled(name: str) -> None:
    run = filled(BUFFERS[name])
    np.testing.assert_array_equal(grad(run)(X), [18.0, 36.0, 6.0])
    np.testing.assert_array_equal(jit(grad(run))(X), [18.0, 36.0, 6.0])
    np.testing.assert_array_equal(vmap(grad(run))(X[None]), [[18.0, 36.0, 6.0]])


PLAIN: dict[str, Callable[[Any], Any]] = {
    "zeros": lambda xp: xp.zeros((2, 3), np.float32),
    "zeros in Fortran's order": lambda xp: xp.zeros((2, 3), order="F"),
    "ones": lambda xp: xp.ones(3),
    "full": lambda xp: xp.full((2,), 3),
    "arange": lambda xp: xp.arange(5),
    "arange from": lambda xp: xp.arange(1, 2, 0.25),
    "eye": lambda xp: xp.eye(2, 3, 1),
    "identity": lambda xp: xp.identity(2),
    "linspace": lambda xp: xp.linspace(0, 1, 5),
    "logspace": lambda xp: xp.logspace(0.0, 2.0, 3),
    "array": lambda xp: xp.array([[1, 2], [3, 4]]),
    "array of a number": lambda xp: xp.array(2.0),
    "array with a dtype": lambda xp: xp.array([1, 2], np.float32, ndmin=2),
    "asarray": lambda xp: xp.asarray([1.0, 2.0]),
}


@pytest.mark.parametrize("name", PLAIN)
def test_without_tracers_it_is_numpys(name: str) -> None:
    got, expected = PLAIN[name](fnp), PLAIN[name](np)
    assert (type(got), got.dtype, got.shape, got.strides) == (
        type(expected),
        expected.dtype,
        expected.shape,
        expected.strides,
    )
    np.testing.assert_array_equal(got, expected)


def test_nested_lists_of_traced_values_become_an_array() -> None:
    def run(x: Any) -> Any:
        matrix = fnp.array([[x[0], 2.0], [1, x[1] * x[2]]])
        assert (matrix.shape, matrix.dtype) == ((2, 2), np.float64)
        return (matrix * matrix).sum()

    np.testing.assert_array_equal(grad(run)(X), [2.0, 36.0, 24.0])


def test_an_array_of_a_tracer_is_a_copy_and_asarray_is_not() -> None:
    def run(x: Any) -> Any:
        y = x * 1.0
        copied, same = fnp.array(y), fnp.asarray(y)
        assert same is y
        copied[0] = 0.0
        return (y * x).sum() + fnp.array(x, np.complex128, ndmin=2).real.sum()

    np.testing.assert_array_equal(grad(run)(X), 2 * X + 1)


@pytest.mark.parametrize("kind", [np.float64, np.float32, float])
def test_full_spreads_a_traced_value(kind: Any) -> None:
    got = grad(lambda x: fnp.full((2, 3), x).sum())(kind(2.0))
    assert (type(got), got) == (kind, 6.0)


def test_the_layout_of_a_prototype_is_kept() -> None:
    def run(x: Any) -> Any:
        y = np.zeros_like(x)
        seen.append(y.trace.concrete(y).flags.f_contiguous)
        return (x + y).sum()

    seen: list[bool] = []
    grad(run)(np.asfortranarray(np.ones((2, 3))))
    assert seen == [True]


def test_an_array_may_be_limited_in_its_axes() -> None:
    nested = lambda x: fnp.array([[x, x], [x, 1.0]], ndmax=2).sum()  # noqa: E731
    assert grad(nested)(2.0) == 3.0
    for call in (
        lambda x: fnp.array([[x]], ndmax=1).sum(),
        lambda x: fnp.array(x, ndmin=2, ndmax=1).sum(),
    ):
        with pytest.raises(ValueError, match=r"ndmax|maximum number"):
            grad(call)(2.0)


def test_the_text_of_plain_arrays_is_numpys() -> None:
    third = X / 3.0
    assert fnp.array_str(third, precision=2) == np.array_str(third, precision=2)
    assert fnp.array_repr(third, precision=2) == np.array_repr(third, precision=2)
    options = {"separator": ", ", "threshold": 2, "edgeitems": 1}
    assert fnp.array2string(third, **options) == np.array2string(third, **options)


@pytest.mark.parametrize("call", [fnp.arange, lambda x: fnp.arange(0.0, 4.0, x), lambda x: fnp.arange(x, 9)])
def test_how_many_numbers_there_are_must_be_known(call: Callable[[Any], Any]) -> None:
    for transformed in (grad, jit):
        with pytest.raises(UnsupportedError, match="arange: how many numbers"):
            transformed(lambda x: call(x).sum())(2.5)
