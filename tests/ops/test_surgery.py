"""Elements put in and taken out, functions of rows and numbers, grids, and questions about memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, make_jaxpr, vjp, vmap
from funcgrad._src.base.errors import ConcretizationError, DtypeError, MutationError, UnsupportedError
from funcgrad._src.core.aval import aval_of
from funcgrad.testing import check_grads

Function = Callable[..., Any]
X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])


# --- insert, delete ----------------------------------------------------------------------------------

COMPLAINTS: dict[str, Function] = {
    "a position outside": lambda x: np.insert(x, 7, 1.0),
    "positions outside": lambda x: np.insert(x, [0, 9], 1.0, axis=1),
    "a matrix of positions": lambda x: np.insert(x, [[0, 1]], 1.0),
    "values that do not fit": lambda x: np.insert(x, [0, 1], np.ones(5), axis=1),
    "an axis that is not there": lambda x: np.insert(x, 0, 1.0, axis=2),
    "nothing there to delete": lambda x: np.delete(x, 6),
    "a mask of another length": lambda x: np.delete(x, np.array([True]), axis=1),
    "a negative shape": lambda x: np.resize(x, (2, -1)),
    "no rows to go along": lambda x: np.apply_along_axis(np.sum, 0, x[:, :0]),
    "a function that loses axes": lambda x: np.apply_over_axes(lambda a, i: np.sum(a), x, 0),
    "a matrix among crossing rows": lambda x: np.ix_(x),
}


@pytest.mark.parametrize("what", COMPLAINTS)
def test_numpys_complaints(what: str) -> None:
    with pytest.raises((ValueError, IndexError)) as plain:
        COMPLAINTS[what](X)
    for transformed in (lambda x: vjp(COMPLAINTS[what], x), jit(COMPLAINTS[what])):
        with pytest.raises(plain.type):
            transformed(X)


@pytest.mark.parametrize("call", [lambda x, i: np.insert(x, i, 1.0), np.delete], ids=["insert", "delete"])
def test_positions_must_be_known(call: Function) -> None:
    assert grad(lambda x: call(x, (x > 1).argmax()).sum())(X[0]).shape == (3,)
    with pytest.raises(ConcretizationError):
        jit(call)(X[0], np.array([0, 1]))


def test_floats_are_not_put_in_among_integers() -> None:
    with pytest.raises(DtypeError, match=r"np\.insert: cannot write float64 values into an array of int64"):
        grad(lambda v: np.insert(v[:0].astype(int), 0, v).sum())(X[0])


@pytest.mark.parametrize("order", ["C", "F"])
def test_results_have_numpys_layout(order: Any) -> None:
    x = np.array(np.arange(12.0).reshape(3, 4), order=order)
    for call in (
        lambda x: np.insert(x, 1, 5.0, axis=0),
        lambda x: np.insert(x, [2, 0], 5.0, axis=1),
        lambda x: np.delete(x, 1, axis=1),
        lambda x: np.delete(x, [0, 1], axis=1),
    ):
        assert vjp(call, x)[0].strides == call(x).strides


# --- vectorize, apply_along_axis ---------------------------------------------------------------------


def test_vectorize_is_a_decorator() -> None:
    @fnp.vectorize
    def clipped(x: Any) -> Any:
        """Rectified."""
        return x * 2.0 if x > 0 else 0.0 * x

    @fnp.vectorize(otypes=[float], doc="Halves.")
    def halved(x: Any) -> Any:
        return x / 2

    assert isinstance(clipped, np.vectorize)
    assert (clipped.__doc__, halved.__doc__) == ("Rectified.", "Halves.")
    assert np.array_equal(vjp(clipped, X)[0], clipped(X))
    assert np.array_equal(grad(lambda x: halved(clipped(x)).sum())(X), (X > 0) * 1.0)
    assert vjp(halved, X[:0])[0].shape == (0, 3)


def test_vectorize_hands_over_numbers() -> None:
    seen: list[Any] = []

    def note(x: Any, k: Any) -> Any:
        seen.append((aval_of(x).kind, type(k)))
        return x * k

    grad(lambda x: fnp.vectorize(note, otypes=[float])(x, np.array([1, 2, 3])).sum())(X[0])
    assert seen == [("python", int)] * 3


def test_the_first_result_decides_the_dtype() -> None:
    def rectified(x: Any) -> Any:
        return max(x, 0)

    x = np.array([-1.0, 2.5])
    assert fnp.vectorize(rectified)(x).tolist() == [0, 2]  # NumPy cuts silently
    with pytest.raises(DtypeError, match="vectorize: cannot write float64 values into an array of int64"):
        grad(lambda x: fnp.vectorize(rectified)(x).sum())(x)
    assert grad(lambda x: fnp.vectorize(rectified, otypes=[float])(x).sum())(x).tolist() == [0.0, 1.0]
    with pytest.raises(DtypeError, match=r"np\.apply_along_axis"):
        grad(lambda x: np.apply_along_axis(lambda r: max(0, r[0]), 1, x[:, None]).sum())(x)


VECTORIZED: dict[str, tuple[type[Exception], Function]] = {
    "nothing to decide the dtype": (ValueError, lambda x: fnp.vectorize(lambda a: a)(x[:0])),
    "arrays from numbers": (ValueError, lambda x: fnp.vectorize(lambda a: a * np.ones(2))(x)),
    "another number of operands": (TypeError, lambda x: fnp.vectorize(np.dot, signature="(n),(n)->()")(x)),
    "lengths that differ": (
        ValueError,
        lambda x: fnp.vectorize(np.dot, signature="(n),(n)->()")(x, x[0, :2]),
    ),
    "too few axes": (ValueError, lambda x: fnp.vectorize(np.sum, signature="(n,m,k)->()")(x)),
    "another number of results": (ValueError, lambda x: fnp.vectorize(np.sum, signature="(n)->(),()")(x)),
    "no rows, no dtype": (ValueError, lambda x: fnp.vectorize(np.sum, signature="(n)->()")(x[:0])),
    "results of unknown length": (
        ValueError,
        lambda x: fnp.vectorize(np.flip, signature="(n)->(k)", otypes=[float])(x[:0]),
    ),
}


@pytest.mark.parametrize("what", VECTORIZED)
def test_what_vectorize_refuses(what: str) -> None:
    error, call = VECTORIZED[what]
    with pytest.raises(error) as plain:
        call(X)
    with pytest.raises(error) as traced:
        vjp(call, X)
    assert type(traced.value) is type(plain.value)


def test_empty_rows_with_a_dtype() -> None:
    call = fnp.vectorize(lambda r: (r[0], r), signature="(n)->(),(n)", otypes=[float, float])
    assert [out.shape for out in vjp(call, X[:0])[0]] == [out.shape for out in call(X[:0])] == [(0,), (0, 3)]


def test_rows_that_are_written() -> None:
    """The rows are views, as NumPy's are: what the function writes stays in the array."""

    def function(x: Any) -> Any:
        y = x * 1.0

        def doubled(row: Any) -> Any:
            row *= 2.0
            return row.sum()

        return fnp.apply_along_axis(doubled, 1, y), y

    for got, expected in zip(vjp(function, X)[0], function(X), strict=True):
        assert np.array_equal(got, expected)
    check_grads(function, (X,), order=2)


def test_numpys_vectorize_and_frompyfunc_are_refused() -> None:
    with pytest.raises(Exception, match="would cut the gradient"):
        grad(lambda x: np.vectorize(lambda a: a * 2.0)(x).sum())(X)
    with pytest.raises(Exception, match="has no rule for traced values"):
        grad(lambda x: np.frompyfunc(lambda a: a * 2.0, 1, 1)(x).sum())(X)
    with pytest.raises(UnsupportedError, match="frompyfunc"):
        grad(lambda x: fnp.frompyfunc(x, 1, 1))(X)


# --- grids -------------------------------------------------------------------------------------------


def test_grids_are_numpys() -> None:
    for call in (
        lambda xp: xp.indices((2, 3)),
        lambda xp: xp.indices((2, 3), np.float32, sparse=True),
        lambda xp: xp.diag_indices(3, 3),
        lambda xp: xp.tril_indices(3, 1, 4),
        lambda xp: xp.triu_indices(3, k=-1),
        lambda xp: xp.mask_indices(3, np.triu, 1),
        lambda xp: xp.tri(3, 4, -1, dtype=int),
        lambda xp: xp.ix_([True, False, True], [2, 3], []),
        lambda xp: xp.fromfunction(lambda i, j, k=0: i * 10 + j + k, (2, 3), dtype=int, k=5),
    ):
        for got, expected in zip(call(fnp), call(np), strict=True):
            assert got.dtype == expected.dtype
            assert np.array_equal(got, expected)


def test_grids_of_a_traced_array() -> None:
    def function(x: Any) -> Any:
        square = x.T @ x
        np.fill_diagonal(square, 0.0)
        lower, upper = np.tril_indices_from(square, -1), np.triu_indices_from(square, 1)
        return (
            square[lower] * square[upper]
            + x[np.ix_([0, 1], [2, 0])][0, 0]
            + square[np.diag_indices_from(square)]
        )

    assert np.array_equal(vjp(function, X)[0], function(X))
    assert np.array_equal(jit(function)(X), function(X))
    check_grads(function, (X,), order=2)
    with pytest.raises(ConcretizationError):
        jit(lambda x: np.ix_(x[0] > 0), guards=False)(X)


def test_a_buffer_like_a_traced_array() -> None:
    def function(x: Any) -> Any:
        y = np.tri(2, 3, like=x)
        y[0] = x[0]
        z = np.fromfunction(lambda i, j: i + j, (2, 3), like=x)
        z[1] += x[1]
        return y * z

    assert np.array_equal(vjp(function, X)[0], function(X))
    assert np.array_equal(jit(function)(X), function(X))


# --- memory and layout -------------------------------------------------------------------------------


def asked(question: Function, x: Any = X, transform: Any = grad) -> Any:
    answers: list[Any] = []
    transform(lambda x: (answers.append(question(x)), x.sum())[1])(x)
    return answers[0]


@pytest.mark.parametrize("transform", [grad, jit, vmap], ids=lambda t: t.__name__)
def test_traced_views_share_memory(transform: Any) -> None:
    def question(x: Any) -> Any:
        y = x * 1.0
        views = y.T, y[0], y[:, 1:][0]
        return (
            [np.may_share_memory(v, y) for v in views],
            np.may_share_memory(y, x),
            np.shares_memory(y, y.copy()),
        )

    x = np.stack([X, X]) if transform is vmap else X
    assert asked(question, x, transform) == ([True, True, True], False, False)


def test_which_views_overlap_is_known_where_numbers_are() -> None:
    def question(x: Any) -> Any:
        y = x * 1.0
        return np.shares_memory(y[0], y[1]), np.shares_memory(y[0], y.T[1]), np.shares_memory(y, X)

    assert asked(question) == (False, True, False)
    with pytest.raises(
        UnsupportedError, match=r"np\.shares_memory: the memory of a traced array is not known"
    ):
        asked(question, transform=jit)


def test_questions_about_scalars_and_layout() -> None:
    def question(x: Any) -> Any:
        return fnp.isscalar(x[0, 0]), fnp.isscalar(x), fnp.isscalar(2.0), fnp.isscalar("a")

    assert asked(question) == asked(question, transform=jit) == (True, False, True, True)
    assert asked(lambda x: (fnp.isfortran(x), fnp.isfortran(x.T))) == (False, True)
    with pytest.raises(UnsupportedError, match=r"np\.isfortran"):
        asked(fnp.isfortran, transform=jit)


@pytest.mark.parametrize("name", ["ascontiguousarray", "asfortranarray"])
def test_arrays_in_a_layout(name: str) -> None:
    for x in (X, np.asfortranarray(X), X[:, ::2], np.float64(2.0), X.astype(np.float32)):
        got, expected = vjp(getattr(fnp, name), x)[0], getattr(np, name)(x)
        assert got.strides == expected.strides
        assert got.dtype == expected.dtype
        assert np.array_equal(got, expected)
        assert np.array_equal(jit(getattr(fnp, name))(x), expected)
    assert asked(lambda x: getattr(fnp, name)(getattr(fnp, name)(x)) is getattr(fnp, name)(x)) in (
        True,
        False,
    )
    assert vjp(lambda x: getattr(fnp, name)(x, np.float32), X)[0].dtype == np.float32


def test_what_may_be_a_copy_may_not_be_written() -> None:
    def function(x: Any) -> Any:
        y = x * 1.0
        z = fnp.ascontiguousarray(y)
        z[0] = 0.0
        return y

    assert np.array_equal(vjp(function, X)[0], function(X))
    with pytest.raises(MutationError, match="view or copy cannot be told"):
        jit(function)(X)


def test_requirements() -> None:
    for requirements in (None, "C", ["F", "A"], ["O", "W"], "E"):
        assert np.array_equal(
            vjp(lambda x, r=requirements: fnp.require(x, np.float32, r), X)[0], X.astype("f4")
        )
    assert asked(lambda x: fnp.require(x.T, requirements="C") is x.T) is False
    assert asked(lambda x: fnp.require(x, requirements=["C", "A", "W"]) is x) is True
    assert asked(lambda x: np.may_share_memory(fnp.require(x[0], None, "O"), x)) is False
    with pytest.raises(ValueError, match='both "C" and "F"'):
        asked(lambda x: fnp.require(x, requirements=["C", "F"]))
    with pytest.raises(KeyError):
        asked(lambda x: fnp.require(x, requirements=["Z"]))
    assert fnp.require(X, requirements="F").flags.f_contiguous


def test_finite_arrays() -> None:
    assert np.array_equal(vjp(fnp.asarray_chkfinite, X)[0], X)
    for x in (np.array([1.0, np.inf]), np.array([np.nan])):
        with pytest.raises(ValueError, match="must not contain infs or NaNs"):
            vjp(fnp.asarray_chkfinite, x)
    with pytest.raises(ConcretizationError):
        jit(fnp.asarray_chkfinite, guards=False)(X)
    assert np.array_equal(jit(fnp.asarray_chkfinite)(X), X)
    assert make_jaxpr(fnp.asarray_chkfinite)(np.arange(3)).out_avals[0].shape == (3,)
