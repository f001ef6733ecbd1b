"""Reads and writes at computed indices are native, keep NumPy's bits and raise NumPy's errors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from funcgrad import grad, jit, value_and_grad
from funcgrad._src.ops.at import at
from funcgrad.tree import leaves
from tests.compile.llvm.native import COMPLEX, REAL, assert_same, laid_out, llvm, native_steps, numbers

__all__ = ["llvm"]
pytestmark = pytest.mark.usefixtures("llvm")

Shape = tuple[int, ...]
INDICES = (np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64)


class Case(NamedTuple):
    """A function of an array, of indices below ``size`` and of more arrays; and what has to be native."""

    function: Any
    shape: Shape
    indices: tuple[Shape, ...]
    size: int
    step: str
    more: tuple[Shape, ...] = ()


CASES = {
    "numbers": Case(lambda x, i: x[i], (23,), ((40,),), 23, "getitem"),
    "a few numbers": Case(lambda x, i: x[i] * 1, (3,), ((3,),), 3, "getitem"),
    "rows": Case(lambda x, i: x[i], (9, 21), ((40,),), 9, "getitem"),
    "narrow rows": Case(lambda x, i: x[i], (9, 3), ((2, 5),), 9, "getitem"),
    "one row": Case(lambda x, i: x[i] + x[0], (9, 5), ((),), 9, "getitem"),
    "one number": Case(lambda x, i: x[i, i] + x[0, 0], (9, 9), ((),), 9, "getitem"),
    "columns": Case(lambda x, i: x[:, i], (5, 9), ((12,),), 9, "getitem"),
    "columns of few": Case(lambda x, i: x[:, i], (4, 9), ((70,),), 9, "getitem"),
    "the middle": Case(lambda x, i: x[:, i], (3, 7, 5), ((2, 3),), 7, "getitem"),
    "part of the middle": Case(lambda x, i: x[::2, i, 1:], (3, 7, 5), ((2, 3),), 7, "getitem"),
    "picks": Case(lambda x, i: x[np.arange(4), i], (4, 9), ((4,),), 9, "getitem"),
    "apart": Case(lambda x, i, j: x[i, ..., j], (6, 2, 6), ((5,), (5,)), 6, "getitem"),
    "crossed": Case(lambda x, i, j: x[i[:, None], j], (6, 6, 2), ((5,), (4,)), 6, "getitem"),
    "beside a number": Case(lambda x, i: x[1, i], (3, 6, 2), ((5,),), 6, "getitem"),
    "behind a new axis": Case(lambda x, i: (x[None, i] * 1)[0, 0], (6,), ((8,),), 6, "getitem"),
    "by take": Case(lambda x, i: np.take(x, i), (5, 4), ((3, 7),), 20, "take"),
    "columns by take": Case(lambda x, i: np.take(x, i, 1), (5, 4), ((33,),), 4, "take"),
    "along": Case(lambda x, i: np.take_along_axis(x, i, 1), (5, 7), ((5, 3),), 7, "getitem"),
    "computed": Case(lambda x, i: x[(i * 3 + 1) % 11] + 1, (11,), ((40,),), 11, "getitem"),
    "set": Case(lambda x, i, v: at(x)[i].set(v), (9,), ((40,),), 9, "index_set", ((40,),)),
    "set rows": Case(lambda x, i, v: at(x)[i].set(v), (9, 4), ((3, 5),), 9, "index_set", ((5, 4),)),
    "set to a number": Case(lambda x, i: at(x)[i].set(1), (9, 4), ((5,),), 9, "index_set"),
    "set columns": Case(lambda x, i, v: at(x)[:, i].set(v), (4, 9), ((12,),), 9, "index_set", ((12,),)),
    "add": Case(lambda x, i, v: at(x)[i].add(v), (9,), ((40,),), 9, "index_add", ((40,),)),
    "add rows": Case(lambda x, i, v: at(x)[i].add(v), (9, 20), ((30,),), 9, "index_add", ((30, 20),)),
    "add columns": Case(lambda x, i, v: at(x)[:, i].add(v), (3, 9), ((30,),), 9, "index_add", ((3, 30),)),
    "add in place": Case(lambda x, i, v: at(x + x)[i].add(v), (9,), ((40,),), 9, "index_add", ((40,),)),
    "add apart": Case(
        lambda x, i, j, v: at(x)[i, :, j].add(v), (6, 2, 6), ((9,), (9,)), 6, "index_add", ((9, 2),)
    ),
    "multiply": Case(lambda x, i, v: at(x)[i].multiply(v), (9,), ((20,),), 9, "index_multiply", ((20,),)),
    "largest": Case(lambda x, i, v: at(x)[i].max(v), (9, 3), ((20,),), 9, "index_max", ((20, 3),)),
    "smallest": Case(lambda x, i, v: at(x)[i].min(v), (9, 3), ((20,),), 9, "index_min", ((20, 3),)),
}


def indices(shape: Shape, size: int, dtype: Any = np.int64) -> Any:
    """Indices of both signs, as far as the dtype has them; those of uint64 that are negative, too."""
    found = np.asarray(np.random.default_rng(size).integers(-size, size, shape))
    dtype = np.dtype(dtype)
    if dtype.kind == "u" and (dtype.itemsize < 8 or not shape):
        found = found % size
    return found.astype(dtype)


def arguments(case: Case, dtype: Any = np.float64, kind: Any = np.int64) -> tuple[Any, ...]:
    found = [indices(shape, case.size, kind) for shape in case.indices]
    return (
        numbers(case.shape, dtype),
        *found,
        *[numbers(shape, dtype, k) for k, shape in enumerate(case.more, 1)],
    )


@pytest.mark.parametrize("dtype", [*REAL, *COMPLEX])
@pytest.mark.parametrize("name", CASES)
def test_the_bits_are_numpys(name: str, dtype: Any) -> None:
    case = CASES[name]
    args = arguments(case, dtype)
    if case.step not in ("index_multiply", "index_max", "index_min") or dtype not in COMPLEX:
        assert case.step in native_steps(case.function, args)
    found, wanted = jit(case.function)(*args), case.function(*args)
    assert_same(found, wanted)
    assert np.asarray(found).strides == np.asarray(wanted).strides


@pytest.mark.parametrize("kind", INDICES)
@pytest.mark.parametrize("name", [name for name in CASES if "take" not in name and name != "computed"])
def test_indices_of_every_dtype(name: str, kind: Any) -> None:
    case = CASES[name]
    args = arguments(case, kind=kind)
    if kind is not np.uint64 or () not in case.indices:
        assert case.step in native_steps(case.function, args)
    assert_same(jit(case.function)(*args), case.function(*args))


@pytest.mark.parametrize("how", ["F", "turned", "gaps"])
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if len(case.shape) > 1])
def test_arrays_that_lie_otherwise(name: str, how: str) -> None:
    case = CASES[name]
    x, *rest = arguments(case)
    rest = [laid_out(v, "gaps") if v.ndim else v for v in rest]
    found, wanted = jit(case.function)(laid_out(x, how), *rest), case.function(laid_out(x, how), *rest)
    assert_same(found, wanted)


# --- out of range ------------------------------------------------------------------------------------


def error_of(function: Any, args: tuple[Any, ...]) -> str:
    with pytest.raises(IndexError) as caught:
        function(*args)
    assert type(caught.value) is IndexError
    return str(caught.value)


@pytest.mark.parametrize("places", [(0,), (-1,), (2, 1)])
@pytest.mark.parametrize("name", [name for name in CASES if name != "computed"])
def test_an_index_out_of_range_is_numpys_error(name: str, places: tuple[int, ...]) -> None:
    """The first of several is named; arguments are as before, though they were donated."""
    case = CASES[name]
    args = arguments(case)
    for k, place in enumerate(places):
        index = args[len(case.indices) - k % len(case.indices)]
        index.reshape(-1)[place % index.size] = (case.size, -case.size - 1)[k]
    compiled = jit(case.function, donate_argnums=0)
    given = tuple([np.copy(x) for x in args])
    for _ in range(2):
        assert error_of(compiled, given) == error_of(case.function, args)
        for x, before in zip(given, args, strict=True):
            assert_same(x, before)
    right = arguments(case)
    assert_same(compiled(*[np.copy(x) for x in right]), case.function(*right))


@pytest.mark.parametrize("kind", INDICES)
@pytest.mark.parametrize(
    "value", [7, 127, -8, -128, 1 << 31, (1 << 63) - 1, -(1 << 63), 1 << 63, (1 << 64) - 8]
)
def test_indices_at_the_limits_of_their_dtypes(kind: Any, value: int) -> None:
    held = np.iinfo(kind)
    i = np.full(40, 3, kind)
    i[17] = value if held.min <= value <= held.max else min(held.max, 1 << 63)
    for f in (lambda x, i: x[i], lambda x, i: at(x)[i].set(2.0)):
        assert error_of(jit(f), (np.ones(7), i)) == error_of(f, (np.ones(7), i))


def test_the_smallest_of_all_numbers_is_in_range_of_nothing() -> None:
    x, i = np.ones((2, 0)), np.array([5])
    assert error_of(jit(lambda x, i: x[i]), (x, i)) == error_of(lambda x, i: x[i], (x, i))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0,)])
@pytest.mark.parametrize("count", [0, 3])
def test_empty_arrays(shape: Shape, count: int) -> None:
    x, i = np.ones(shape), np.zeros(count, np.int64)
    for f in (lambda x, i: x[i] + 1, lambda x, i: at(x)[i].add(2.0), lambda x, i: np.take(x, i, 0)):
        if count and not shape[0]:
            assert error_of(jit(f), (x, i)) == error_of(f, (x, i))
        else:
            assert_same(jit(f)(x, i), f(x, i))


def test_a_column_by_a_number_is_a_view_for_numpy() -> None:
    """Its elements have gaps, whoever makes it."""
    x = numbers((4, 6), np.float64)
    for i in (np.int64(2), np.array(2)):
        assert_same(jit(lambda x, i: x[:, i] * 2)(x, i), x[:, i] * 2)


# --- programs ----------------------------------------------------------------------------------------


def cross_entropy(w: Any, x: Any, y: Any) -> Any:
    z = x @ w
    z = z - z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -logp[np.arange(len(x)), y].mean()


def embedded(table: Any, i: Any, w: Any) -> Any:
    return (np.tanh(table[i].mean(axis=1)) @ w).sum()


PROGRAMS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "cross entropy": (
        value_and_grad(cross_entropy),
        (numbers((5, 4), np.float64), numbers((6, 5), np.float64, 1), indices((6,), 4)),
    ),
    "embedding": (
        value_and_grad(embedded, argnums=(0, 2)),
        (numbers((20, 3), np.float64), indices((4, 6), 20), numbers((3,), np.float64, 1)),
    ),
    "sums of segments": (
        lambda x, i: at(np.zeros(5))[i].add(x * x) / 2,
        (numbers((30,), np.float64), indices((30,), 5)),
    ),
    "points seen by cameras": (
        value_and_grad(lambda x, i: (lambda p: np.sum(p[0] * p[1] - p[2]))(x[:, i])),
        (numbers((3, 9), np.float64), indices((30,), 9)),
    ),
    "there and back": (
        lambda x, i: at(x * 2)[i].set(x[i] + x[i[::-1]]),
        (numbers((9,), np.float64), indices((9,), 9)),
    ),
    "gradient of a sum": (
        grad(lambda x, i: np.sum(np.sin(x)[i] ** 2)),
        (numbers((9,), np.float64), indices((40,), 9)),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_small_programs_are_one_kernel(name: str) -> None:
    f, args = PROGRAMS[name]
    lowered = jit(f).lower(*args)
    assert all(step.native for step in lowered.plan.steps)
    assert lowered.code.count("k0(") == 1
    assert "k1(" not in lowered.code
    found, wanted = jit(f)(*args), f(*args)
    for a, b in zip(leaves(found), leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)


LONG = 9_000


@pytest.mark.parametrize(
    ("function", "within"),
    [
        (lambda x, i: x[i] * 2 + 1, True),
        (lambda x, i: (x[i] * 2, np.sum(x[i])), True),
        (lambda x, i: x[i] + x[i][::-1], False),
        (lambda x, i: x[i] - x[i].max(), True),
        (lambda x, i: (x[i] * 2, x[i]), False),
        (lambda x, i: x[i] > 0, False),
    ],
)
def test_a_large_result_lies_in_the_memory_of_what_was_read(function: Any, within: bool) -> None:
    """If that is needed no more, and is read element by element."""
    x, i = numbers((50,), np.float64), indices((LONG,), 50)
    compiled = jit(function)
    assert (" into " in str(compiled.lower(x, i).plan)) == within
    for found, wanted in zip(leaves(compiled(x, i)), leaves(function(x, i)), strict=True):
        assert_same(found, wanted)


def test_a_kernel_that_failed_ends_there() -> None:
    """Nothing behind the failing step is done, in no other part either."""

    def f(x: Any, i: Any, y: Any) -> Any:
        x = at(x)[i].add(1.0)
        return x, at(y)[i].set(5.0)

    x, y = np.zeros(4), np.zeros(9)
    given = np.array([6])
    compiled = jit(f, donate_argnums=(0, 2))
    with pytest.raises(IndexError, match="index 6 is out of bounds for axis 0 with size 4"):
        compiled(x, given, y)
    assert x.tolist() == [0.0] * 4
    assert y.tolist() == [0.0] * 9
