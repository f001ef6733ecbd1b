"""Small products are native, and as exact as sums of so many terms can be promised to be."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from funcgrad import jit
from funcgrad._src.ops.blas import gemm, product
from tests.compile.llvm.native import FLOATS, assert_same, llvm, native_steps, numbers

__all__ = ["llvm"]
pytestmark = pytest.mark.usefixtures("llvm")


class Case(NamedTuple):
    """A function, the primitive that it is, and the shapes of its operands."""

    function: Any
    step: str
    shapes: tuple[tuple[int, ...], tuple[int, ...]]


def _matmul(x: Any, y: Any) -> Any:
    return x @ y


def _tensordot(x: Any, y: Any) -> Any:
    return np.tensordot(x, y, ((0, 1), (2, 1))) if y.shape[1] == 3 else np.tensordot(x, y, ((1, 0), (0, 2)))


CASES = [
    *[Case(_matmul, "matmul", s) for s in (((20, 20), (20,)), ((20,), (20, 20)), ((16, 16), (16, 16)))],
    *[Case(_matmul, "matmul", s) for s in (((1, 1), (1, 1)), ((7, 33), (33, 5)), ((33, 2), (2, 33)))],
    *[Case(_matmul, "matmul", s) for s in (((3, 0), (0, 4)), ((5, 64), (64, 9)), ((2, 3, 5), (2, 5, 7)))],
    *[Case(_matmul, "matmul", s) for s in (((2, 3, 5), (5, 7)), ((3, 5), (4, 2, 5, 1)), ((2, 3, 5), (5,)))],
    *[Case(np.dot, "dot", s) for s in (((6, 9), (9, 4)), ((6, 9), (9,)), ((9,), (9, 4)), ((9,), (9,)))],
    *[Case(np.inner, "inner", s) for s in (((6, 9), (4, 9)), ((9,), (4, 9)), ((6, 9), (9,)), ((9,), (9,)))],
    *[Case(np.vdot, "vdot", s) for s in (((1,), (1,)), ((20,), (20,)), ((4000,), (4000,)), ((5, 7), (5, 7)))],
    *[Case(np.vecdot, "vecdot", s) for s in (((3,), (3,)), ((129,), (129,)), ((2, 1, 5), (3, 5)))],
    *[Case(np.vecdot, "vecdot", s) for s in (((4, 37), (37,)), ((3, 0), (3, 0)), ((0, 3), (3,)))],
    *[Case(_tensordot, "dot", s) for s in (((2, 3, 4, 5), (7, 3, 2)), ((2, 1, 3, 5), (1, 1, 2)))],
    Case(lambda x, y: product(x, y, True, False), "product", ((9, 6), (9, 4))),
    Case(lambda x, y: product(x, y, False, True), "product", ((6, 9), (4, 9))),
    Case(lambda x, y: product(x, y, True, True), "product", ((9, 6), (4, 9))),
]


def assert_close(function: Any, x: Any, y: Any, found: Any) -> None:
    """The distance from a wider result is at most 4·√k·u times the sum of the terms' absolute values."""
    expected = function(x, y)
    assert type(found) is type(expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype
    wide = np.clongdouble if np.asarray(expected).dtype.kind == "c" else np.longdouble
    exact = function(x.astype(wide), y.astype(wide))
    terms = function(np.abs(x).astype(np.longdouble), np.abs(y).astype(np.longdouble))
    count = x.size if np.ndim(found) == 0 else max(1, x.shape[-1] + x.shape[0])
    unit = np.finfo(np.asarray(expected).dtype).eps / 2
    assert np.all(np.abs(found - exact) <= 4 * np.sqrt(count) * unit * terms)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.step} {case.shapes}")
def test_small_products(case: Case, dtype: Any) -> None:
    x, y = [numbers(shape, dtype, k) / 3 for k, shape in enumerate(case.shapes)]
    x, y = x.astype(dtype), y.astype(dtype)
    steps = native_steps(case.function, (x, y))
    assert case.step in steps
    assert not any(step.startswith("-") for step in steps)
    assert_close(case.function, x, y, jit(case.function)(x, y))


STACKS = {
    "matvec": ((6, 9), (9,)),
    "matvec of stacks": ((4, 1, 6, 9), (3, 9)),
    "vecmat": ((9,), (9, 6)),
    "vecmat of stacks": ((3, 9), (4, 1, 9, 6)),
}


@pytest.mark.skipif(not hasattr(np, "matvec"), reason="NumPy has them from 2.2 on")
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", STACKS)
def test_matrices_and_vectors(name: str, dtype: Any) -> None:
    """The vectors of ``vecmat`` are conjugated, which no product of kernels does."""
    function = getattr(np, name.split()[0])
    x, y = [(numbers(shape, dtype, k) / 3).astype(dtype) for k, shape in enumerate(STACKS[name])]
    complex_rows = name.startswith("vecmat") and np.dtype(dtype).kind == "c"
    assert native_steps(function, (x, y)) == ["-" * complex_rows + name.split()[0]]
    found = jit(function)(x, y)
    assert found.strides == function(x, y).strides
    assert_close(function, x, y, found)


@pytest.mark.parametrize("shapes", [((3, 4), (2, 5)), ((3,), (2, 5)), ((2, 3, 4), (5,)), ((1, 1), (1, 3))])
def test_kronecker_products_have_numpys_bits(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    for dtype in (np.float32, np.float64):
        x, y = [(numbers(shape, dtype, k) / 3).astype(dtype) for k, shape in enumerate(shapes)]
        steps = native_steps(np.kron, (x, y))
        assert "multiply" in steps
        assert "-kron" not in steps
        found, expected = jit(np.kron)(x, y), np.kron(x, y)
        assert_same(found, expected)
        assert found.strides == expected.strides


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("turns", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("shape", [(6, 4), (4,), ()])
def test_sums_of_a_product_and_something(
    shape: tuple[int, ...], turns: tuple[bool, bool], dtype: Any
) -> None:
    a, b = numbers((9, 6) if turns[0] else (6, 9), dtype), numbers((4, 9) if turns[1] else (9, 4), dtype)
    c = numbers(shape, dtype, 7)

    def function(c: Any, a: Any, b: Any) -> Any:
        return gemm(c, a, b, -2.0, *turns)

    assert native_steps(function, (c, a, b)) == ["gemm"]
    found, expected = jit(function)(c, a, b), function(c, a, b)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=0, atol=4 * np.finfo(dtype).eps * np.abs(expected).max())
