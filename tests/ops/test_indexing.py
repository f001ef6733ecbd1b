"""Indices by NumPy's rules: shapes without values, kinds, repeated writes, casts, and what is refused."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, jvp, vjp, vmap
from funcgrad._src.base.errors import ArgumentError, ConcretizationError, DtypeError
from funcgrad._src.core.aval import aval_of
from funcgrad._src.core.trace import tracing
from funcgrad._src.ir.staging import StagingTrace
from funcgrad._src.ops.at import at
from funcgrad._src.ops.index_form import encode, fill, indexed_aval, plan_index
from funcgrad._src.ops.scatter import index_add, index_max, index_min, index_multiply, index_set
from funcgrad._src.ops.taking import argwhere, flatnonzero, nonzero, take, take_along_axis

Use = Callable[[Any], Any]
X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])


# --- the form of an index ----------------------------------------------------------------------------

BASIC: list[Callable[[random.Random], Any]] = [
    lambda r: r.randint(-2, 2),
    lambda r: slice(None),
    lambda r: slice(1, None),
    lambda r: slice(None, None, -1),
    lambda r: slice(5, 1, -2),
    lambda r: None,
    lambda r: Ellipsis,
    lambda r: np.int64(0),
]
ADVANCED: list[Callable[[random.Random], Any]] = [
    lambda r: np.array([0, 0]),
    lambda r: np.array([[0], [-1]]),
    lambda r: np.array(0),
    lambda r: [0, 1],
    lambda r: [],
    lambda r: r.choice([True, False, np.True_, np.array(True)]),
    lambda r: np.array([True, False, True])[: r.randint(1, 3)],
    lambda r: np.array([[True, False], [False, True]]),
]


def random_index(rng: random.Random) -> Any:
    kinds = BASIC if rng.random() < 0.4 else BASIC + ADVANCED
    index = tuple(rng.choice(kinds)(rng) for _ in range(rng.randint(0, 5)))
    return index[0] if len(index) == 1 and rng.random() < 0.5 else index


def outcome(use: Callable[[], Any]) -> Any:
    """The result, or the class of the error."""
    try:
        return use()
    except (IndexError, ValueError, TypeError) as error:
        return type(error)
    except DeprecationWarning:  # NumPy 2.0: an index out of bounds where nothing is selected
        return IndexError


def by_form(x: np.ndarray, index: Any) -> tuple[Any, Any]:
    """The element through template and arrays, and what was foretold of it without values."""
    template, arrays = encode(index, aval_of(x))
    assert hash(template) is not None
    plan = plan_index(x.shape, template, tuple(a.shape for a in arrays))
    return x[fill(template, arrays)], indexed_aval(aval_of(x), plan, template)


@pytest.mark.parametrize("seed", range(20))
def test_any_index_means_what_numpy_means(seed: int) -> None:
    """Value, memory layout, shape, kind, or class of error."""
    rng = random.Random(seed)
    for _ in range(100):
        shape = tuple(rng.choice([0, 1, 2, 3]) for _ in range(rng.randint(0, 4)))
        x, index = np.arange(float(np.prod(shape))).reshape(shape), random_index(rng)
        expected, got = outcome(lambda x=x, i=index: x[i]), outcome(lambda x=x, i=index: by_form(x, i))
        if isinstance(expected, type):
            assert got is expected, (shape, index)
            continue
        value, (foretold, kind) = got
        assert np.array_equal(value, expected), (shape, index)
        assert type(value) is type(expected), (shape, index)
        assert value.strides == expected.strides, (shape, index)
        assert (foretold, kind == "array") == (expected.shape, type(expected) is np.ndarray), (shape, index)


def test_an_index_out_of_bounds_is_numpys_error_while_staged() -> None:
    with pytest.raises(IndexError, match="index 5 is out of bounds for axis 1 with size 3"):
        jit(lambda x: x[0, 5])(X)
    with pytest.raises(IndexError, match="too many indices for array"):
        jit(lambda x: x[0, 0, 0])(X)


def test_rows_are_added_at_indices_of_every_dtype_and_numpys_error() -> None:
    x, v = np.zeros((200, 2)), np.ones((3, 2))
    for dtype in (np.int8, np.int64, np.uint64):
        rows = np.array([-1, -1, 5]).astype(dtype)
        expected = x.copy()
        np.add.at(expected, rows, v)
        assert np.array_equal(at(x)[rows].add(v), expected)
    with pytest.raises(IndexError, match="index -201 is out of bounds for axis 0 with size 200"):
        at(x)[np.array([3, -201, 200])].add(v)


def test_a_floating_index_is_named() -> None:
    with pytest.raises(DtypeError, match="An array of dtype float64 cannot be an index"):
        grad(lambda x: x[x[0]][0, 0])(X)


def test_a_python_number_has_no_elements() -> None:
    with pytest.raises(ArgumentError, match="A Python number has no elements to index"):
        grad(lambda x: x[0])(2.0)


# --- traced masks ------------------------------------------------------------------------------------


def UNGUARDED(fun: Any) -> Any:  # noqa: N802
    return jit(fun, guards=False)


UNGUARDED.__name__ = "jit"


@pytest.mark.parametrize(
    ("transform", "why"), [(UNGUARDED, "no value while it is traced"), (vmap, "another value for each")]
)
def test_a_mask_of_unknown_values_cannot_select(transform: Any, why: str) -> None:
    with pytest.raises(ConcretizationError) as caught:
        transform(lambda x: x[x > 0])(X)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(
        f"x[mask]: the shape depends on a traced value, but under `{transform.__name__}` it has {why}"
    )
    assert lines[-1].strip().startswith("try       np.where(mask, x, 0) keeps the shape")


@pytest.mark.parametrize("function", [nonzero, flatnonzero, argwhere, np.nonzero], ids=lambda f: f.__name__)
def test_positions_of_unknown_values_are_refused(function: Use) -> None:
    with pytest.raises(ConcretizationError, match="the shape depends on a traced value"):
        jit(lambda x: function(x)[0], guards=False)(X)


@pytest.mark.parametrize("function", [np.nonzero, np.flatnonzero, np.argwhere], ids=lambda f: f.__name__)
def test_positions_are_plain_where_values_are_known(function: Use) -> None:
    def loss(x: Any) -> Any:
        found = function(x > 0)
        assert np.array_equal(found, function(X > 0))
        return x[0, 0] * len(found)

    assert grad(loss)(X)[0, 0] == len(function(X > 0))


def test_writing_by_a_mask_of_unknown_values_chooses() -> None:
    batch = np.stack([X, -X])
    np.testing.assert_array_equal(index_set(X, X > 1, 7.0), np.where(X > 1, 7.0, X))
    masked = jit(lambda x: index_set(x * 1.0, x > 1, 7.0 * x[0, 0]))
    np.testing.assert_array_equal(masked(X), np.where(X > 1, 7.0 * X[0, 0], X))
    for write, expected in ((index_add, X + 2.0), (index_multiply, X * 2.0), (index_min, np.minimum(X, 2.0))):
        got = vmap(lambda x, write=write: write(x, x > 1, 2.0))(batch)[0]
        np.testing.assert_array_equal(got, np.where(X > 1, expected, X))


def test_values_for_the_selected_elements_alone_need_a_known_mask() -> None:
    with pytest.raises(ConcretizationError, match="how many values a traced mask selects is not known"):
        jit(lambda x: index_set(x, x > 1, np.ones(2)), guards=False)(X)


# --- repeated writes ---------------------------------------------------------------------------------

AGAIN = np.array([2, 0, 2, 2])
VALUES = np.array([3.0, -2.0, 0.5, 4.0])
ROW = np.array([1.0, 5.0, 2.0])
REPEATED: list[tuple[Any, Any]] = [
    (index_add, np.add),
    (index_multiply, np.multiply),
    (index_min, np.minimum),
    (index_max, np.maximum),
]


@pytest.mark.parametrize(("function", "ufunc"), REPEATED, ids=lambda f: f.__name__)
def test_each_of_repeated_writes_counts(function: Any, ufunc: Any) -> None:
    expected = ROW.copy()
    ufunc.at(expected, AGAIN, VALUES)
    np.testing.assert_array_equal(function(ROW, AGAIN, VALUES), expected)


def test_the_last_of_repeated_writes_stays_and_has_the_derivative() -> None:
    order = np.array([[0, 1], [1, 0]])
    for index in (order, np.asfortranarray(order)):
        for values in (VALUES.reshape(2, 2), np.asfortranarray(VALUES.reshape(2, 2))):
            out, pull = vjp(lambda v, i=index: index_set(ROW, i, v), values)
            np.testing.assert_array_equal(out, [4.0, 0.5, 2.0])
            np.testing.assert_array_equal(pull(np.array([1.0, 2.0, 3.0]))[0], [[0.0, 0.0], [2.0, 1.0]])


def test_ties_share_evenly() -> None:
    def loss(x: Any, v: Any) -> Any:
        return index_max(x, [0, 0, 1], v).sum()

    at_x, at_v = grad(loss, argnums=(0, 1))(np.array([1.0, 5.0, 2.0]), np.array([1.0, 1.0, 4.0]))
    np.testing.assert_allclose(at_x, [1 / 3, 1.0, 1.0])
    np.testing.assert_allclose(at_v, [1 / 3, 1 / 3, 0.0])


def test_nan_keeps_its_derivative_where_nothing_was_written() -> None:
    assert np.array_equal(grad(lambda x: index_min(x, 0, 1.0).sum())(np.array([0.0, np.nan])), [1.0, 1.0])


def test_products_with_zeros_are_exact_to_second_order() -> None:
    def product(v: Any) -> Any:
        return index_multiply(np.array([2.0]), [0, 0, 0], v)[0]

    v = np.array([0.0, 3.0, 0.0])
    np.testing.assert_array_equal(grad(product)(v), [0.0, 0.0, 0.0])
    second = jvp(grad(product), (v,), (np.array([1.0, 0.0, 0.0]),))[1]
    np.testing.assert_array_equal(second, [0.0, 0.0, 6.0])


def sum_of_elements(x: Any) -> Any:
    total = 0.0
    for i in range(x.size):
        total = total + x[i]
    return total


def equations_of_gradient(size: int) -> dict[str, int]:
    trace = StagingTrace("count")
    with tracing(trace):
        grad(sum_of_elements)(trace.new_input(aval_of(np.ones(size))))
    return Counter(eqn.primitive.name for eqn in trace.eqns)


def test_reading_element_by_element_is_linear() -> None:
    """One addition into the gradient for each element read, and one array for all of them."""
    small, large = equations_of_gradient(25), equations_of_gradient(50)
    assert (large["getitem"], large["index_add"], large["full"]) == (50, 50, 1)
    assert sum(large.values()) <= 2 * sum(small.values())
    np.testing.assert_array_equal(grad(sum_of_elements)(np.ones(2000)), np.ones(2000))


# --- casts, ownership --------------------------------------------------------------------------------

CASTS: list[tuple[Any, Any]] = [
    (np.zeros(2, np.float32), np.float64(0.1)),
    (np.zeros(2, np.uint8), np.int64(300)),
    (np.zeros(2, complex), 1.5),
    (np.zeros(2, bool), 3),
    (np.zeros(2), np.True_),
    (np.zeros(2, np.int8), 7),
]


@pytest.mark.parametrize(("x", "value"), CASTS, ids=lambda v: str(aval_of(v)))
def test_values_are_cast_as_numpy_assigns(x: Any, value: Any) -> None:
    expected = x.copy()
    expected[0] = value
    got = index_set(x, 0, value)
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)
    assert not x.any()


@pytest.mark.parametrize("method", ["set", "add", "multiply", "min", "max", "subtract", "divide", "power"])
def test_floats_do_not_fit_into_integers(method: str) -> None:
    with pytest.raises(DtypeError, match="cannot write float64 values into an array of int64"):
        getattr(at(np.ones(3, int))[0], method)(1.5)


def test_x_at_leaves_x_and_gives_a_new_array() -> None:
    x = np.arange(6.0).reshape(2, 3)
    kept = x.copy()
    results = [
        at(x)[0].get(),
        at(x)[0].set(1.0),
        at(x)[:, 1].add(2.0),
        at(x)[...].multiply(1.0),
        at(x)[0].apply(np.sin),
    ]
    for result in results:
        assert not np.shares_memory(result, x)
        result[...] = -1.0
    assert np.array_equal(x, kept)


def test_x_at_computes_what_the_assignment_does() -> None:
    x = np.array([1.0, 2.0, 4.0])
    table = {
        "subtract": x - [0, 3, 3],
        "divide": x / [1, 3, 3],
        "power": x ** [1, 3, 3],
        "min": np.minimum(x, 3),
    }
    for method, expected in table.items():
        np.testing.assert_array_equal(getattr(at(x)[1:], method)(3.0), expected)
    np.testing.assert_array_equal(grad(lambda x: x.at[1:].set(x[:2] * 3.0).sum())(x), [4.0, 3.0, 0.0])


def test_the_wrong_number_of_values_is_numpys_error() -> None:
    for use in (
        lambda x: index_set(x, 0, np.ones(2)),
        lambda x: jit(lambda y: index_add(y, 0, np.ones(2)))(x),
    ):
        with pytest.raises(ValueError, match="broadcast"):
            use(X)


# --- take --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_take_is_numpys(axis: Any, mode: Any) -> None:
    indices = np.array([[1, 0], [-2, 1]]) if mode == "raise" else np.array([7, -5, 1])
    for x in (X, np.asfortranarray(X), X[:, ::-1]):
        got, expected = take(x, indices, axis, mode=mode), np.take(x, indices, axis, mode=mode)
        np.testing.assert_array_equal(got, expected)
        assert got.strides == expected.strides


def test_take_of_a_number_is_a_scalar() -> None:
    assert type(take(X, 2)) is type(np.take(X, 2))
    assert type(vjp(lambda x: np.take(x, 2), X)[0]) is type(np.take(X, 2))
    assert take(2.5, [0, 0]).tolist() == np.take(2.5, [0, 0]).tolist()


def test_take_along_axis_wants_equal_ranks() -> None:
    with pytest.raises(ValueError, match="same number of dimensions"):
        take_along_axis(X, np.array([0]), 0)
    np.testing.assert_array_equal(take_along_axis(X, X.argsort(axis=1), 1), np.sort(X, axis=1))
