"""In-place code on traced values: NumPy's effect on values, views and derivatives, or a named error."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, jvp, value_and_grad, vjp, vmap
from funcgrad._src.base.errors import (
    ArgumentError,
    DtypeError,
    FuncgradError,
    LeakedTracerError,
    MutationError,
)
from funcgrad._src.ops.indexing import getitem
from funcgrad._src.testing.check import check_grads

Function = Callable[[Any], Any]
X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])
WEIGHTS = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])


# --- writes and views --------------------------------------------------------------------------------


def view_then_view_is_written(x: Any) -> Any:
    a = x * 1.0
    y = a[0, 1:]
    y[0] = x[1, 1]
    return a


def view_then_base_is_written(x: Any) -> Any:
    a = x * 1.0
    y = a[0]
    a[0, 1] = 7.0 * x[0, 0]
    return y * x[1]


def siblings_share(x: Any) -> Any:
    a = x * 1.0
    left, right = a[:, :2], a[:, 1:]
    left[0, 1] = x[1, 2]
    right[:] *= 2.0
    return a * left[0, 1] + right[0, 0]


def view_of_a_view(x: Any) -> Any:
    a = x * 1.0
    y = a[1:]
    z = y[0]
    z[::2] = x[0, :2]
    return a + y


def transposed_and_reshaped(x: Any) -> Any:
    a = x * 1.0
    a.T[2] = x[0, :2]
    a.reshape(-1)[1] = 3.0
    a.reshape(3, 2).T[1, 1] = x[1, 1] * 2
    return a


def a_forgotten_link_in_the_middle(x: Any) -> Any:
    a = x * 1.0
    z = a[1][:2]
    z += x[0, 0]
    return a


def two_names(x: Any) -> Any:
    a = x * 1.0
    b = a
    b[0] = 2.0
    b += x
    return a


def a_new_array_ends_the_alias(x: Any) -> Any:
    a = x * 1.0
    b = a
    b = b + x
    b[0] = 0.0
    return a * b


def overlapping(x: Any) -> Any:
    a = x * 1.0
    a[:, 1:] = a[:, :-1]
    a += a[:, ::-1]
    return a


def a_buffer_like_the_argument(x: Any) -> Any:
    out = np.zeros_like(x)
    row = out[0]
    for i in range(3):
        out[1, i] = x[0, i] * x[1, i]
        row[i] = out[1, i] + 1.0
    return out


def views_of_a_buffer(x: Any) -> Any:
    """A view is followed even if what it shows does not depend on ``x`` yet."""
    out = np.zeros_like(x)
    turned, last = out.T, np.split(out, 3, axis=1)[2]
    out[0, 1] = x[0, 0]
    turned[2] = x[0, :2]
    return out * turned[1, 0] + last[1, 0]


def a_copy_of_the_argument(x: Any) -> Any:
    y = x.copy()
    y[0] = y[1] * 2
    y[y > 1.0] = 0.5
    return y


def index_arrays(x: Any) -> Any:
    y = x * 1.0
    y[[0, 1, 0], [2, 0, 2]] = np.stack([x[0, 0], x[0, 1], x[1, 1]])
    y[:, [0, 0]] += 1.0
    np.add.at(y, (1, [2, 2]), x[0, 0])
    np.multiply.at(y, ([0, 0], 1), x[1, :2])
    np.subtract.at(y, (0, [1, 2]), 2 * x[0, 0])
    return y


def every_operator(x: Any) -> Any:
    y = x + 4.0
    y += x
    y -= 0.5
    y *= x[0]
    y /= 2.0
    y **= 2
    y %= 3.0
    return y


def scalars_are_immutable(x: Any) -> Any:
    s = x[0, 0]
    t = s
    s += x[1, 1]
    s *= 2.0
    return s * t + x


def zero_dimensional(x: Any) -> Any:
    a = x[0, 0, ...]
    b = a * 1.0 + np.zeros(())
    c = np.zeros_like(x)[0, 0, ...]
    c += x[1, 1]
    c[...] *= 2.0
    return c * b + x


def through_out(x: Any) -> Any:
    y = np.zeros_like(x)
    np.multiply(x, 2.0, out=y[::-1])
    np.add(y, x, out=y)
    return y


def a_plain_array_becomes_traced(x: Any) -> Any:
    total = np.zeros(3)
    for row in x:
        total += row * row
    total[0] = x[0, 1]
    return total * x


WRITES = [
    view_then_view_is_written,
    view_then_base_is_written,
    siblings_share,
    view_of_a_view,
    transposed_and_reshaped,
    a_forgotten_link_in_the_middle,
    two_names,
    a_new_array_ends_the_alias,
    overlapping,
    a_buffer_like_the_argument,
    views_of_a_buffer,
    a_copy_of_the_argument,
    index_arrays,
    every_operator,
    scalars_are_immutable,
    zero_dimensional,
    through_out,
    a_plain_array_becomes_traced,
]
every_write = pytest.mark.parametrize("function", WRITES, ids=lambda f: f.__name__)


@every_write
def test_values_are_numpys_bit_for_bit(function: Function) -> None:
    expected = function(X.copy())
    for got in (vjp(function, X)[0], jvp(function, (X,), (X,))[0]):
        assert got.dtype == expected.dtype
        assert np.array_equal(got, expected)


@every_write
def test_derivatives_follow_the_writes(function: Function) -> None:
    check_grads(function, (X,), order=2)


def loss_of(function: Function) -> Function:
    return lambda x: np.dot(np.ravel(function(x) * WEIGHTS), np.ones(6))


# Code that reshapes to write, or chooses by value, has no meaning that is known while it is compiled.
STATIC = [f for f in WRITES if f not in (transposed_and_reshaped, a_copy_of_the_argument)]


@pytest.mark.parametrize("function", STATIC, ids=lambda f: f.__name__)
def test_compiled_and_mapped_code_writes_alike(function: Function) -> None:
    batch = np.stack([X, -2.0 * X, X + 1.0])
    np.testing.assert_allclose(jit(function)(X), function(X.copy()), rtol=1e-14)
    np.testing.assert_allclose(vmap(function)(batch), [function(x.copy()) for x in batch], rtol=1e-14)
    loss = loss_of(function)
    np.testing.assert_allclose(grad(jit(loss))(X), grad(loss)(X), rtol=1e-13)
    np.testing.assert_allclose(vmap(grad(loss))(batch), [grad(loss)(x) for x in batch], rtol=1e-13)


# --- random programs ---------------------------------------------------------------------------------

STEPS = (
    "slice",
    "reverse",
    "row",
    "dots",
    "alias",
    "reshape",
    "element",
    "all",
    "repeated",
    "mask",
    "add",
    "new",
)


def program(seed: int) -> list[tuple[str, float, float]]:
    rng = random.Random(seed)
    return [(rng.choice(STEPS), rng.random(), rng.random()) for _ in range(rng.randint(4, 10))]


def views_of(y: Any, step: str, c: float) -> list[Any]:
    """The name that a step adds."""
    found = {
        "slice": lambda: y[int(2 * c) :],
        "reverse": lambda: y[::-1],
        "row": lambda: y[int(c * len(y))] if y.ndim > 1 and len(y) else y,
        "dots": lambda: y[...],
        "alias": lambda: y,
        "reshape": lambda: y.reshape(-1),
        "new": lambda: y * (1.5 + c),
    }
    return [found[step]()] if step in found else []


def write(y: Any, x: Any, step: str, c: float) -> None:
    """The write that a step does."""
    if not y.size:
        return
    if step == "element":
        y[int(c * len(y))] = x[0, 0] * c
    elif step == "all":
        y[:] = y[::-1] * x[0, 1]
    elif step == "repeated":
        y[[0, -1, 0]] = y[[-1, 0, 0]] + x[1, 0]
    elif step == "mask":
        y[np.arange(y.size).reshape(y.shape) % 3 == int(3 * c)] = x[1, 1]
    elif step == "add":
        y += x[0, 2] * c


def run(steps: list[tuple[str, float, float]], x: Any) -> Any:
    names = [x * 1.5]
    for step, which, c in steps:
        y = names[int(which * len(names))]
        write(y, x, step, c)
        names.extend(views_of(y, step, c))
    total = 0.0
    for number, y in enumerate(names):
        flat = y.reshape(-1)
        total = total + np.dot(flat, np.cos(np.arange(flat.size) + number))
    return total


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_of_views_and_writes(seed: int) -> None:
    """Value as NumPy's, gradient as by differences."""
    steps = program(seed)
    value, gradient = value_and_grad(lambda x: run(steps, x))(X)
    assert value == run(steps, X)
    differences = np.zeros_like(X)
    for place in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[place] = 1e-3
        near = [run(steps, X + k * step) for k in (-2, -1, 1, 2)]
        differences[place] = (near[0] - 8 * near[1] + 8 * near[2] - near[3]) / 12e-3
    np.testing.assert_allclose(gradient, differences, rtol=1e-7, atol=1e-8)


# --- what is refused ---------------------------------------------------------------------------------


def text_of(function: Function, x: Any, error: type[FuncgradError], transform: Any = grad) -> str:
    with pytest.raises(error) as caught:
        transform(lambda x: (function(x), np.dot(np.ravel(x), np.ravel(x)))[1])(x)
    return str(caught.value)


def test_an_argument_may_not_be_written() -> None:
    def function(x: Any) -> None:
        x[0] = 1.0

    assert text_of(function, X, MutationError).splitlines() == [
        "y[...] = value: would write into an argument of the traced function.",
        "  expected  a value made inside the traced function",
        "  got       an argument, or a view of one",
        f"  at        test_inplace.py:{function.__code__.co_firstlineno + 1} in {function.__name__}",
        "  try       copy first: y = x.copy(), then write to y",
    ]


def into_a_view(x: Any) -> None:
    x[0][1:][0] = 1.0


def into_the_transposed(x: Any) -> None:
    x.T[0] = 1.0


def add_in_place(x: Any) -> None:
    x += 1.0


def into_out(x: Any) -> None:
    np.add(x, x, out=x)


def add_at(x: Any) -> None:
    np.add.at(x, [0], 1.0)


@pytest.mark.parametrize(
    "use", [into_a_view, into_the_transposed, add_in_place, into_out, add_at], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("transform", [grad, jit, vmap], ids=lambda t: t.__name__)
def test_no_way_leads_into_an_argument(use: Function, transform: Any) -> None:
    x = np.stack([X, X])
    before = x.copy()
    text = text_of(use, x, MutationError, transform)
    assert "would write into an argument of the traced function." in text.splitlines()[0]
    assert np.array_equal(x, before)


def test_a_value_of_an_outer_trace_may_not_be_written() -> None:
    def outer(x: Any) -> Any:
        y = x * 2.0

        def inner(z: Any) -> Any:
            y[0] = z[0]
            return np.dot(z[0], z[0])

        grad(inner)(X)
        return np.dot(y[0], y[0])

    with pytest.raises(MutationError, match=r"would write into a value of an outer trace") as caught:
        grad(outer)(X)
    assert "got       a value of `grad`" in str(caught.value)


def test_a_copy_of_an_outer_value_may_be_written() -> None:
    def outer(x: Any) -> Any:
        y = x * 2.0

        def inner(z: Any) -> Any:
            w = np.copy(y)
            w[0] = z[0]
            return np.dot(np.ravel(w), np.ravel(w))

        return np.dot(np.ravel(grad(inner)(x)), np.ones(6)) + y[1, 1]

    expected = np.array([[2.0, 2.0, 2.0], [0.0, 2.0, 0.0]])
    np.testing.assert_allclose(grad(outer)(X), expected)


def test_what_may_be_a_view_may_not_be_written() -> None:
    """Compiled code does not know whether reshape copies."""

    def function(x: Any) -> None:
        y = x * 1.0
        y.reshape(-1)[0] = 1.0

    lines = text_of(function, X, MutationError, jit).splitlines()
    assert lines[0] == "y[...] = value: view or copy cannot be told."
    assert lines[2] == "  got       an array that may be a view"


def test_the_owner_of_what_may_be_a_view_may_not_be_written() -> None:
    def function(x: Any) -> Any:
        y = x * 1.0
        flat = y.reshape(-1)
        y[0] = 1.0
        return flat

    lines = text_of(function, X, MutationError, jit).splitlines()
    assert lines[0] == "y[...] = value: view or copy cannot be told."
    assert lines[2] == "  got       an array of which there may be a view"


def test_a_read_only_view_may_not_be_written() -> None:
    def function(x: Any) -> None:
        np.broadcast_to(x[0] * 1.0, (2, 3))[0] = 1.0

    assert text_of(function, X, MutationError).startswith(
        "y[...] = value: assignment destination is read-only."
    )


def test_a_row_of_a_plain_array_found_by_a_traced_number_may_not_be_written() -> None:
    table = np.ones((2, 3))

    def function(i: Any) -> Any:
        row = getitem(table, i)
        row[0] = 5.0
        return row

    with pytest.raises(MutationError, match="an array made outside the traced function"):
        jit(function)(np.int64(1))
    assert np.array_equal(table, np.ones((2, 3)))


def test_a_scalar_has_no_elements() -> None:
    def function(x: Any) -> None:
        s = x[0, 0]
        s[0] = 1.0

    with pytest.raises(ArgumentError, match="a float64 scalar has no elements to assign to"):
        grad(lambda x: (function(x), x[0, 0])[1])(X)


def floating_into_integers(x: Any) -> None:
    y = np.zeros_like(x, dtype=int)
    y[0] = x[0]


def complex_into_real(x: Any) -> None:
    y = x * 1.0
    y[0] = 1j


def operator_into_integers(x: Any) -> None:
    y = np.zeros_like(x, dtype=int)
    y += x


@pytest.mark.parametrize(
    ("use", "headline"),
    [
        (floating_into_integers, "index_set: cannot write float64 values into an array of int64."),
        (complex_into_real, "index_set: cannot write complex128 values into an array of float64."),
        (operator_into_integers, "y += value: cannot cast float64 to int64 with casting 'same_kind'."),
    ],
    ids=lambda item: item.__name__ if callable(item) else "",
)
def test_a_narrower_buffer_is_named(use: Function, headline: str) -> None:
    assert text_of(use, X, DtypeError).splitlines()[0] == headline


@pytest.mark.parametrize("x", [2.0, np.float64(2.0)], ids=["float", "float64"])
def test_a_scalar_argument_gets_a_new_value(x: Any) -> None:
    def function(x: Any) -> Any:
        y = x
        x += 1.0
        x *= y
        return x

    assert value_and_grad(function)(x) == (6.0, 5.0)
    assert jit(function)(x) == 6.0
    np.testing.assert_allclose(vmap(function)(np.array([2.0, 3.0])), [6.0, 12.0])


def test_an_array_does_not_grow() -> None:
    def function(x: Any) -> None:
        row = x[0] * 1.0
        row += x

    lines = text_of(function, X, MutationError).splitlines()
    assert lines[0] == "y += value: the result has the shape (2, 3), the array that is written has (3,)."
    with pytest.raises(ValueError, match="non-broadcastable"):
        function(X)


def test_dtypes_of_targets_stay() -> None:
    def function(x: Any) -> Any:
        y = x * 1.0
        y += np.ones(3)
        y[0] = np.float64(0.1)
        y *= 3
        assert y.dtype == np.float32
        return np.dot(y[0], y[0])

    assert grad(function)(X.astype(np.float32)).dtype == np.float32


def test_a_dead_tracer_may_not_be_written() -> None:
    kept: list[Any] = []
    grad(lambda x: (kept.append(x * 2.0), x[0, 0])[1])(X)
    with pytest.raises(LeakedTracerError):
        kept[0][0] = 1.0


# --- array += tracer on a plain array ----------------------------------------------------------------


def second_name(x: Any) -> None:
    total = np.zeros(3)
    other = total
    total += x[0]
    assert other is not None


def in_a_list(x: Any) -> None:
    for total in [np.zeros(3)]:
        total += x[0]


def a_callers_array(x: Any) -> None:
    def add(total: Any) -> None:
        total += x[0]

    total = np.zeros(3)
    add(total)


HELD = "a second name, a list or a caller holds the array too, and would miss the write"


def with_a_view(x: Any) -> None:
    total = np.zeros(3)
    part = total[1:]
    total += x[0]
    assert part is not None


def of_a_view(x: Any) -> None:
    total = np.zeros((2, 3))
    total[0] += x[0]


def rows_of_a_plain_array(x: Any) -> None:
    for row in np.zeros((2, 3)):
        row += x[0]


def with_a_product(x: Any) -> None:
    total = np.eye(3)
    other = total
    total @= x.T @ x
    assert other is not None


def read_only(x: Any) -> None:
    total = np.zeros(3)
    total.setflags(write=False)
    total += x[0]


def a_global(x: Any) -> None:
    global TOTAL
    TOTAL += x[0]


TOTAL = np.zeros(3)


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (second_name, HELD),
        (in_a_list, HELD),
        (a_callers_array, HELD),
        (with_a_view, HELD),
        (of_a_view, "the array is a view of memory that others see"),
        (rows_of_a_plain_array, "the array is a view of memory that others see"),
        (with_a_product, HELD),
        (read_only, "the array is read-only"),
        (a_global, "a global variable outlives the traced function"),
    ],
    ids=lambda item: item.__name__ if callable(item) else "",
)
@pytest.mark.parametrize("transform", [grad, jit], ids=lambda t: t.__name__)
def test_a_plain_array_that_others_hold_is_not_rebound(use: Function, reason: str, transform: Any) -> None:
    lines = text_of(use, X, MutationError, transform).splitlines()
    symbol = "@" if use is with_a_product else "+"
    assert lines[0] == f"array {symbol}= traced value: {reason}."
    assert lines[1] == "  expected  an array made inside the traced function, under one name"


def named_out(x: Any) -> None:
    total = np.zeros(3)
    np.add(total, x[0], out=total)


def operator_function(x: Any) -> None:
    operator.iadd(np.zeros(3), x[0])


@pytest.mark.parametrize("use", [named_out, operator_function], ids=lambda f: f.__name__)
def test_only_a_statement_rebinds(use: Function) -> None:
    headline = "add(out=...): a traced result cannot be written into a plain array."
    assert text_of(use, X, MutationError).splitlines()[0] == headline


def attribute(x: Any) -> Any:
    class Box:
        pass

    box: Any = Box()
    box.total = np.zeros(3)
    box.total += x[0]
    return box.total * x


def item(x: Any) -> Any:
    sums = {"a": np.zeros(3)}
    sums["a"] -= x[0]
    return sums["a"] * x


def fresh_memory_reshaped(x: Any) -> Any:
    total = np.zeros(6).reshape(2, 3)
    total += x
    return total * x


def nonlocal_name(x: Any) -> Any:
    total = np.zeros(3)

    def add() -> None:
        nonlocal total
        total += x[0]

    add()
    return total * x


def products(x: Any) -> Any:
    total = np.ones((2, 2))
    total @= x @ x.T
    row = np.ones(2)
    row @= total
    stack = {"a": np.ones((2, 2, 2))}
    stack["a"] @= x[:, :2]
    return (total * row + stack["a"][1]) @ x


def large(x: Any) -> Any:
    total = np.ones((100_000, 3))
    total *= x[0]
    total *= x[1]
    return total[:2]


@pytest.mark.parametrize(
    "use", [attribute, item, fresh_memory_reshaped, nonlocal_name, products, large], ids=lambda f: f.__name__
)
def test_a_plain_array_under_one_name_becomes_traced(use: Function) -> None:
    for transformed in (jit(use), lambda x: vjp(use, x)[0]):
        assert np.array_equal(transformed(X), use(X.copy()))
    np.testing.assert_allclose(grad(jit(loss_of(use)))(X), grad(loss_of(use))(X))


# --- lists of traced values --------------------------------------------------------------------------


def test_a_list_of_traced_values_is_written() -> None:
    """``dydt[:] = [v, -x]``, as one writes equations of motion."""

    def motion(x: Any) -> Any:
        rate = np.zeros_like(x)
        rate[:2] = [x[1] * 2.0, -x[0]]
        rate[2] = 3.0
        return (rate**2).sum()

    x = np.array([1.0, 2.0, 3.0])
    assert np.array_equal(grad(motion)(x), [2.0, 16.0, 0.0])
    assert np.array_equal(jit(grad(motion))(x), [2.0, 16.0, 0.0])
    assert np.array_equal(vmap(grad(motion))(np.stack([x, x])), [[2.0, 16.0, 0.0]] * 2)
    assert np.array_equal(grad(lambda x: x.at[:2].set([x[1], 2.0 * x[0]]).sum())(x), [2.0, 1.0, 1.0])


def test_nested_lists_of_traced_values_are_written() -> None:
    def matrix(x: Any) -> Any:
        y = np.zeros((2, 2), like=x)
        y[:] = [[x[0], 1.0], [2, x[1]]]
        return (y * y).sum()

    assert np.array_equal(grad(matrix)(np.array([1.0, 2.0])), [2.0, 4.0])
