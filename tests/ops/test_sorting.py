"""Sorting: what becomes of ties and NaN, sorting in place, numbers that must be known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, jvp, make_jaxpr, vjp, vmap
from funcgrad.errors import ConcretizationError, MutationError
from funcgrad.testing import check_grads

X = np.random.default_rng(8).normal(size=(3, 5))
TIED = np.random.default_rng(9).integers(0, 3, 40).astype(float)
WEIGHTS = np.arange(1.0, 41.0)


# --- ties, NaN -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [None, "heapsort", "stable"])
def test_ties_follow_argsort_of_the_same_kind(kind: Any) -> None:
    want = np.empty(40)
    want[np.argsort(TIED, kind=kind)] = WEIGHTS
    for fun in (np.sort, jit(lambda x, kind: np.sort(x, kind=kind), static_argnums=1)):
        out, pull = vjp(lambda x, fun=fun: fun(x, kind=kind), TIED)
        np.testing.assert_array_equal(out, np.sort(TIED))
        np.testing.assert_array_equal(pull(WEIGHTS)[0], want)
    tangent = jvp(lambda x: np.sort(x, kind=kind), (TIED,), (WEIGHTS,))[1]
    np.testing.assert_array_equal(tangent, WEIGHTS[np.argsort(TIED, kind=kind)])


@pytest.mark.parametrize("kth", [0, 7, -1, (3, 20)])
def test_a_partition_has_the_derivative_of_an_order_that_makes_it(kth: Any) -> None:
    out, tangent = jvp(lambda x: np.partition(x, kth), (TIED,), (WEIGHTS,))
    np.testing.assert_array_equal(np.sort(tangent), WEIGHTS)
    np.testing.assert_array_equal(TIED[tangent.astype(int) - 1], out)


def test_nan_is_last_and_keeps_its_derivative() -> None:
    x = np.array([np.nan, 2.0, np.nan, 1.0])
    out, pull = vjp(np.sort, x)
    np.testing.assert_array_equal(out, [1.0, 2.0, np.nan, np.nan])
    np.testing.assert_array_equal(pull(np.array([1.0, 2.0, 3.0, 4.0]))[0], [3.0, 2.0, 4.0, 1.0])
    np.testing.assert_array_equal(vmap(np.sort)(x[None])[0], out)


def test_the_order_is_taken_in_one_step_for_a_whole_batch() -> None:
    for fun, number in ((np.sort, 1), (np.argsort, 1), (lambda x: np.partition(x, 2), 1)):
        assert len(make_jaxpr(vmap(fun))(X).eqns) == number


# --- in place --------------------------------------------------------------------------------------


def _sorted_rows(x: Any) -> Any:
    y = x * 1.0
    y.sort()
    return y


def _sorted_view(x: Any) -> Any:
    y = x.copy()
    y[1:, ::2].sort(axis=0, kind="stable")
    return y * x


def _seen_by_views(x: Any) -> Any:
    y = x.copy()
    first, transposed = y[0], y.T
    y.sort(0)
    return first * transposed[:, 1]


def _through_the_transpose(x: Any) -> Any:
    y = x.copy()
    y.T.sort()
    return y


def _partitioned(x: Any) -> Any:
    y = x.copy()
    y.partition((1, 3), axis=-1)
    y[:, 0].partition(1)
    return y


def _buffer(x: Any) -> Any:
    y = np.zeros_like(x)
    y[:, :2] = x[:, :2]
    y.sort(stable=True)
    return y


IN_PLACE = [_sorted_rows, _sorted_view, _seen_by_views, _through_the_transpose, _partitioned, _buffer]


@pytest.mark.parametrize("fun", IN_PLACE)
def test_sorting_in_place_has_numpys_effect(fun: Callable[..., Any]) -> None:
    want = fun(X)
    for got in (vjp(fun, X)[0], jvp(fun, (X,), (X,))[0], jit(fun)(X), vmap(fun)(X[None])[0]):
        np.testing.assert_array_equal(got, want, strict=True)
    if fun is not _buffer:
        check_grads(fun, (X,), order=2)


def test_a_buffer_of_zeros_gives_back_what_was_written() -> None:
    gradient = grad(lambda x: (_buffer(x) * np.arange(1.0, 6.0)).sum())(np.abs(X))
    np.testing.assert_array_equal(np.sort(gradient, axis=1), np.tile([0.0, 0.0, 0.0, 4.0, 5.0], (3, 1)))


@pytest.mark.parametrize("write", [lambda x: x.sort(), lambda x: x[0].partition(1)])
def test_an_argument_is_not_sorted(write: Callable[..., Any]) -> None:
    with pytest.raises(MutationError, match=r"y\.(sort|partition)\(\): would write into an argument"):
        vjp(lambda x: (write(x), x)[1], X)


def test_methods_refuse_what_numpys_refuse() -> None:
    for write in (lambda y: y.sort(None), lambda y: y.partition(1, None)):
        with pytest.raises(TypeError):
            vjp(lambda x, write=write: write(x.copy()), X)
    with pytest.raises(np.exceptions.AxisError):
        vjp(lambda x: x.sum().sort(), X)


# --- arguments -------------------------------------------------------------------------------------


REFUSED: list[tuple[type[Exception], Callable[..., Any]]] = [
    (ValueError, lambda x: np.sort(x, order="f")),
    (ValueError, lambda x: np.sort(x, kind="other")),
    (ValueError, lambda x: np.sort(x, kind="stable", stable=True)),
    (np.exceptions.AxisError, lambda x: np.argsort(x, axis=2)),
    (np.exceptions.AxisError, lambda x: np.sort(x[0, 0])),
    (ValueError, lambda x: np.partition(x, 5)),
    (ValueError, lambda x: np.partition(x, -6)),
    (TypeError, lambda x: np.partition(x, 1.0)),
    (ValueError, lambda x: np.partition(x, 1, kind="other")),
    (ValueError, lambda x: np.argpartition(x, 1, order="f")),
    (ValueError, lambda x: np.lexsort((x, x[:2]))),
    (TypeError, lambda x: np.lexsort(x[:0])),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_numpy_refuses_is_refused(number: int) -> None:
    error, fun = REFUSED[number]
    with pytest.raises(error):
        fun(X)
    with pytest.raises(error):
        vjp(fun, X)


def test_the_place_to_partition_at_must_be_known() -> None:
    with pytest.raises(ConcretizationError):
        vmap(lambda k: np.partition(X, k))(np.array([1, 2]))


def test_a_mapped_table_is_searched_in_one_step() -> None:
    rng = np.random.default_rng(1)
    tables, sought = np.sort(rng.integers(0, 9, (50, 30)) / 2.0, axis=1), rng.integers(-1, 10, (50, 6)) / 2.0
    for side in ("left", "right"):
        want = np.stack([np.searchsorted(a, v, side) for a, v in zip(tables, sought, strict=True)])
        fun = vmap(lambda a, v, side=side: np.searchsorted(a, v, side))
        np.testing.assert_array_equal(fun(tables, sought), want, strict=True)
        assert len(make_jaxpr(fun)(tables, sought).eqns) < 20


# --- downwards -------------------------------------------------------------------------------------


def repeated(dtype: str) -> Any:
    """Numbers that repeat, NaN among them where there is one."""
    rng = np.random.default_rng(0)
    x = (rng.integers(0, 4, (4, 5)) + (1j * rng.integers(0, 2, (4, 5)) if dtype == "c16" else 0)).astype(
        dtype
    )
    if dtype == "f8":
        x[1, 2] = np.nan
    return x


@pytest.mark.parametrize("dtype", ["f8", "f4", "c16", "i8", "u1", "?"])
@pytest.mark.parametrize("axis", [-1, 0, None])
def test_downwards(dtype: str, axis: int | None) -> None:
    """Equal elements keep their order, NaN stays last: on every NumPy what NumPy 2.5 gives."""
    x = repeated(dtype)
    rows = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, -1)
    order = np.array([sorted(range(row.size), key=lambda i: falling_key(row[i])) for row in rows])
    order = order[0] if axis is None else np.moveaxis(order, -1, axis)
    got = fnp.argsort(x, axis=axis, stable=True, descending=True)
    assert np.array_equal(got, order)
    expected = np.ravel(x)[order] if axis is None else np.take_along_axis(x, order, axis)
    assert np.array_equal(
        fnp.sort(x, axis=axis, descending=True), expected, equal_nan=dtype in ("f8", "f4", "c16")
    )


def falling_key(value: Any) -> Any:
    if value != value:
        return (1, 0.0, 0.0)
    return (0, -float(np.real(value)), -float(np.imag(value)))


def test_downwards_differentiated() -> None:
    x = np.random.default_rng(1).normal(size=(4, 3))
    check_grads(lambda x: fnp.sort(x, axis=0, descending=True) ** 2, (x,), order=2)
    assert np.array_equal(jit(lambda x: fnp.sort(x, descending=True))(x), np.sort(x)[:, ::-1])
    assert np.array_equal(vmap(lambda x: fnp.argsort(x, descending=True))(x), np.argsort(x)[:, ::-1])
