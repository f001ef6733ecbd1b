"""Functions that write: into plain arrays, NumPy's complaints, views, ``ufunc.at`` and ``flat``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, vjp, vmap
from funcgrad._src.base.errors import DtypeError, MutationError, UnsupportedError
from funcgrad.testing import check_grads

Function = Callable[..., Any]
X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])
MASK = X > 0


# --- plain targets -----------------------------------------------------------------------------------

PLAIN: dict[str, Function] = {
    "np.put": lambda a, x: np.put(a, [0], x[0, 0]),
    "np.put by a traced index": lambda a, x: np.put(a, np.astype(x, int), 1.0),
    "np.put_along_axis": lambda a, x: np.put_along_axis(a, np.array([[0]]), x[:1, :1], 1),
    "np.putmask": lambda a, x: np.putmask(a, MASK, x),
    "np.putmask by a traced mask": lambda a, x: np.putmask(a, x > 0, 1.0),
    "np.place": lambda a, x: np.place(a, MASK, x),
    "np.copyto": lambda a, x: np.copyto(a, x),
    "np.copyto by a traced mask": lambda a, x: np.copyto(a, 1.0, where=x > 0),
    "np.fill_diagonal": lambda a, x: fnp.fill_diagonal(a, x[0, 0]),
    "np.add.at": lambda a, x: np.add.at(a, 0, x[0]),
    "np.power.at": lambda a, x: np.power.at(a, 0, x[0]),
}


# Where numbers are known, an index or a mask that is computed from traced values is a plain array.
USES = [(t, what) for t in (grad, jit, vmap) for what in PLAIN if t is not grad or " by " not in what]


@pytest.mark.parametrize(("transform", "what"), USES)
def test_a_plain_array_takes_no_traced_values(transform: Any, what: str) -> None:
    a, x = np.zeros((2, 3)), np.stack([X, X]) if transform is vmap else X
    with pytest.raises(MutationError) as caught:
        transform(lambda x: (PLAIN[what](a, x), x.sum())[1])(x)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{what.split()[0]}: traced values cannot be written into a plain array."
    assert lines[1:3] == ["  expected  an array made inside the traced function", "  got       float64[2,3]"]
    assert not a.any()


def test_plain_arrays_are_numpys_own() -> None:
    for write in (
        lambda xp, a: xp.put(a, [0, 5], [1.0, 2.0]),
        lambda xp, a: xp.put_along_axis(a, np.array([[1], [0]]), 3.0, 1),
        lambda xp, a: xp.putmask(a, MASK, [1.0, 2.0]),
        lambda xp, a: xp.place(a, MASK, [1.0, 2.0]),
        lambda xp, a: xp.copyto(a, 2, where=MASK),
        lambda xp, a: xp.fill_diagonal(a, [1, 2]),
    ):
        ours, theirs = np.zeros((2, 3)), np.zeros((2, 3))
        write(fnp, ours)
        write(np, theirs)
        assert np.array_equal(ours, theirs)


# --- NumPy's complaints ------------------------------------------------------------------------------

COMPLAINTS: dict[str, Function] = {
    "a position outside": lambda y: np.put(y, [6], 1.0),
    "a position before": lambda y: np.put(y, [-7], 1.0),
    "another mode": lambda y: np.put(y, [0], 1.0, mode="nearest"),  # type: ignore[call-overload]
    "a mask of another size": lambda y: np.putmask(y, MASK[0], 1.0),
    "a mask of another size to place": lambda y: np.place(y, MASK[0], 1.0),
    "nothing to place": lambda y: np.place(y, MASK, []),
    "a source that does not fit": lambda y: np.copyto(y, np.ones(4)),
    "a cast of another kind": lambda y: np.copyto(y, 1j),
    "a mask of integers": lambda y: np.copyto(y, 1.0, where=np.array([1, 0, 1])),  # type: ignore[arg-type]
    "a diagonal of a row": lambda y: np.fill_diagonal(y[0], 1.0),
    "a diagonal of a box": lambda y: np.fill_diagonal(y.reshape(1, 2, 3), 1.0),
    "indices of other dimensions": lambda y: np.put_along_axis(y, np.array([0]), 1.0, 1),
    "indices outside": lambda y: np.put_along_axis(y, np.array([[3]]), 1.0, 1),
    "indices that are none": lambda y: np.put_along_axis(y, np.array([[0.5]]), 1.0, 1),
    "a matrix of positions": lambda y: np.put_along_axis(y, np.array([[0]]), 1.0, None),
    "a sequence to fill with": lambda y: y.fill(np.ones(2)),
    "a sequence for an element": lambda y: y.flat.__setitem__(0, np.ones(2)),
    "a flat position outside": lambda y: y.flat.__setitem__(6, 1.0),
}


@pytest.mark.parametrize("what", COMPLAINTS)
def test_numpys_complaints(what: str) -> None:
    with pytest.raises((ValueError, TypeError, IndexError)) as plain:
        COMPLAINTS[what](X.copy())
    with pytest.raises(plain.type):
        grad(lambda x: (COMPLAINTS[what](x * 1.0), x.sum())[1])(X)


@pytest.mark.parametrize(
    "write",
    [
        lambda y, v: np.put(y, [0], v),
        lambda y, v: np.copyto(y, v),
        lambda y, v: np.putmask(y, y == 0, v),
        lambda y, v: np.fill_diagonal(y, v),
        lambda y, v: np.add.at(y, 0, v),
        lambda y, v: np.hypot.at(y, 0, v),
        lambda y, v: y.fill(v),
    ],
)
def test_floats_are_not_cut_to_integers(write: Function) -> None:
    def function(x: Any) -> Any:
        y = np.zeros_like(x, dtype=int)
        write(y, x[0, 0])
        return x.sum()

    with pytest.raises(DtypeError):
        grad(function)(X)


def test_methods_of_ndarray_that_traced_values_lack() -> None:
    def resized(x: Any) -> Any:
        y = x * 1.0
        y.resize((3, 2), refcheck=False)
        return y.sum()

    with pytest.raises(AttributeError, match=r"ndarray\.resize: other(.|\n)*np\.resize\(x, shape\)"):
        grad(resized)(X)
    with pytest.raises(AttributeError, match=r"no attribute 'itemset': write x\[i\] = v"):
        grad(lambda x: x.itemset(0, 1.0))(X)


# --- views and layouts -------------------------------------------------------------------------------

WRITES: dict[str, Function] = {
    "put": lambda y, v: np.put(y, [1, 2], v),
    "putmask": lambda y, v: np.putmask(y, y > 0, v),
    "place": lambda y, v: np.place(y, y > 0, v),
    "copyto": lambda y, v: np.copyto(y, v[0], where=y > 0),
    "fill_diagonal": lambda y, v: np.fill_diagonal(y, v),
    "put_along_axis": lambda y, v: np.put_along_axis(y, np.array([[1], [0]]), v[0], 1),
    "add.at": lambda y, v: np.add.at(y, ([1, 1], [0, 0]), v),
    "power.at": lambda y, v: np.power.at(y, ([1, 1], [0, 0]), v[0]),
    "flat": lambda y, v: setattr(y, "flat", v),
}


@pytest.mark.parametrize("what", WRITES)
def test_writes_reach_bases_and_views(what: str) -> None:
    """The base of the view that is written, and another view of it."""

    def function(x: Any, v: Any) -> Any:
        base = np.exp(x) * v[0]
        rows = base.T
        WRITES[what](base[:, 1:], v)
        return base * 2.0 + rows.T

    v = np.array([1.5, 0.75])
    expected = function(X, v)
    for transformed in (jit(function), lambda *args: vjp(function, *args)[0]):
        assert np.array_equal(transformed(X, v), expected)
    assert np.array_equal(vmap(function)(np.stack([X, X]), np.stack([v, v]))[1], expected)
    check_grads(function, (X, v), order=2)


@pytest.mark.parametrize("what", WRITES)
def test_no_write_reaches_an_argument(what: str) -> None:
    x = X.copy()
    with pytest.raises(MutationError, match="would write into an argument"):
        grad(lambda x: (WRITES[what](x.T.T, np.ones(2)), x.sum())[1])(x)
    assert np.array_equal(x, X)


# --- ufunc.at ----------------------------------------------------------------------------------------


def test_a_sum_of_wider_numbers_is_rounded_after_each_write() -> None:
    values, again = np.full(1000, 0.1), np.zeros(1000, int)
    expected = np.zeros(1, np.float32)
    np.add.at(expected, again, values)

    def function(x: Any) -> Any:
        y = x * 1
        np.add.at(y, again, values)
        return y

    assert vjp(function, np.zeros(1, np.float32))[0] == expected


def test_ties_of_an_extreme_share_evenly() -> None:
    def function(x: Any, v: Any) -> Any:
        y = x * 1.0
        np.maximum.at(y, [0, 0], v)
        return y[0]

    by_x, by_v = grad(function, argnums=(0, 1))(np.ones(2), np.ones(2))
    np.testing.assert_allclose(by_x, [1 / 3, 0.0])
    np.testing.assert_allclose(by_v, [1 / 3, 1 / 3])


def test_factors_of_zero_are_exact() -> None:
    def function(x: Any, v: Any) -> Any:
        y = x * 1.0
        np.multiply.at(y, [0, 0, 1], v)
        return y

    x, v = np.array([3.0, 2.0]), np.array([0.0, 5.0, 0.0])
    by_x, by_v = grad(lambda x, v: function(x, v).sum(), argnums=(0, 1))(x, v)
    assert (by_x.tolist(), by_v.tolist()) == ([0.0, 0.0], [15.0, 0.0, 2.0])
    check_grads(function, (x, v), order=2)


def test_writes_to_one_element_are_made_one_after_the_other() -> None:
    def function(x: Any, v: Any) -> Any:
        y = x * 1.0
        np.power.at(y, [0, 0], v)
        return y[0]

    gradient = grad(function, argnums=(0, 1))(np.array([-2.0, 5.0]), np.array([2.0, 0.5]))
    np.testing.assert_allclose(gradient[0], [-1.0, 0.0])  # |x|, not x
    np.testing.assert_allclose(gradient[1][1], 2.0 * np.log(4.0))


def test_which_elements_repeat_must_be_known() -> None:
    def function(x: Any, i: Any) -> Any:
        y = x * 1.0
        np.power.at(y, i, 2.0)
        return y

    with pytest.raises(UnsupportedError, match=r"np\.power\.at: which elements are addressed twice"):
        jit(function)(np.ones(3), np.array([0, 0]))
    assert jit(function)(np.array([1.0, 3.0]), np.int64(1)).tolist() == [1.0, 9.0]
    by_mask = jit(lambda x: function(x, x > 1))(np.array([1.0, 3.0]))
    assert by_mask.tolist() == [1.0, 9.0]


def test_a_function_of_two_results_has_no_at() -> None:
    def function(x: Any) -> Any:
        y = x * 1.0
        np.divmod.at(y, [0], 2.0)
        return y

    for transformed in (jit(function), lambda x: vjp(function, x)):
        with pytest.raises(ValueError, match=r"np\.divmod\.at|single output"):
            transformed(X[0])
    with pytest.raises(ValueError, match=r"np\.divmod\.at takes"):
        grad(lambda x: (fnp.divmod.at(x * 1.0, [0], 2.0), x[0])[1])(X[0])


# --- flat --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[1.0, 2.0], list(range(9)), [], 5.0, [[1.0, 2.0], [3.0, 4.0]]], ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_flat_repeats_and_cuts_its_values(values: Any, order: Any) -> None:
    def function(x: Any) -> Any:
        y = x * 1.0
        y.flat = values
        return y

    x = np.array(X, order=order)
    assert np.array_equal(vjp(function, x)[0], function(x))


def test_flat_by_a_traced_index() -> None:
    def function(x: Any, i: Any) -> Any:
        y = x * 1.0
        y.flat[i] = x[0]
        y.flat[y.ravel() > 1.9] = -1.0
        return y

    i = np.array([5, -6, 3])
    expected = X.copy()
    expected.flat[i] = X[0]
    expected.flat[expected.ravel() > 1.9] = -1.0
    assert np.array_equal(jit(function)(X, i), expected)


@pytest.mark.parametrize("index", [np.array([], int), np.zeros((0, 2), int)], ids=["one axis", "two"])
def test_a_ufunc_at_no_places_changes_nothing(index: Any) -> None:
    def f(x: Any) -> Any:
        y = x * 2.0
        np.hypot.at(y, index, 3.0)
        return y

    x = np.array([1.0, 2.0])
    assert np.array_equal(jit(f)(x), f(x))
