"""Sums and products in another order: within 4·√k·u·Σ|terms| of the exact value, element by element.

k is the number of terms, u the unit roundoff of the dtype in which they are added. The numbers cancel, so
that a bound by the size of the result would mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from funcgrad import grad, jit, vmap
from funcgrad.tree import leaves

Function = Callable[..., Any]


class Row(NamedTuple):
    """A function, its arguments' shapes, how many terms are added, and how many roundings each has seen."""

    f: Function
    shapes: tuple[tuple[int, ...], ...]
    terms: int
    roundings: int = 0


N = 100_003
ROWS: dict[str, Row] = {
    "sum": Row(lambda x: np.sum(x), ((N,),), N),
    "sum of a product": Row(lambda x, y: np.sum(x * y), ((N,), (N,)), N, 1),
    "sum of squares": Row(lambda x: np.sum(x * x), ((N,),), N, 1),
    "sum of three": Row(lambda x, y, z: (x * y * z).sum(), ((N,), (N,), (N,)), N, 2),
    "first axis": Row(lambda x: np.sum(x, axis=0), ((50_000, 3),), 50_000),
    "last axis": Row(lambda x: np.sum(x, axis=-1), ((3, 50_000),), 50_000),
    "last axis, kept": Row(lambda x: x.sum(axis=1, keepdims=True), ((300, 400),), 400),
    "middle axis": Row(lambda x: np.sum(x * 2.0, axis=1), ((7, 400, 40),), 400, 1),
    "two axes": Row(lambda x, y: np.sum(x * y, axis=(0, 2)), ((40, 7, 400), (7, 1)), 16_000, 1),
    "mean": Row(lambda x: np.mean(x, axis=0) * 1.0, ((50_001, 2),), 50_001, 2),
    "broadcast product": Row(lambda x, y: np.sum(x[:, None] * y, axis=0), ((300,), (300, 400)), 300, 1),
    "product by a row": Row(lambda x, y: np.sum(x * y, axis=-1), ((300, 400), (400,)), 400, 1),
    "matrix product": Row(lambda x, y: x @ y, ((70, 900), (900, 80)), 900, 1),
    "transposed": Row(lambda x, y: x.T @ y, ((900, 70), (900, 80)), 900, 1),
    "both transposed": Row(lambda x, y: x.T @ y.T, ((900, 70), (80, 900)), 900, 1),
    "matrix and vector": Row(lambda x, y: x @ y, ((300, 1000), (1000,)), 1000, 1),
    "update": Row(lambda a, b, c: a - 0.125 * (b @ c), ((70, 80), (70, 900), (900, 80)), 901, 3),
    "update, transposed": Row(lambda a, b, c: a + (b.T @ c) * 0.5, ((70, 80), (900, 70), (900, 80)), 901, 3),
    "bias": Row(lambda b, c, d: b @ c + d, ((70, 900), (900, 80), (80,)), 901, 2),
    "einsum": Row(lambda x, y: np.einsum("ij,kj->ik", x, y), ((70, 900), (80, 900)), 900, 1),
    "batch of products": Row(lambda x, y: x @ y, ((5, 30, 300), (5, 300, 40)), 300, 1),
    "vmap of products": Row(
        lambda x, y: vmap(lambda a, b: a @ b)(x, y), ((5, 30, 300), (5, 300, 40)), 300, 1
    ),
    "scaled before": Row(lambda x, y: (x * 0.5) @ y, ((70, 900), (900, 80)), 900, 2),
    "gradient by a row": Row(lambda x, y: grad(lambda y: np.sum(x * y * y))(y), ((3000, 40), (40,)), 6000, 3),
    "gradient of a product": Row(
        lambda w, x: grad(lambda w: np.sum(x @ w * 0.5))(w), ((40, 30), (3000, 40)), 3000, 1
    ),
}


def numbers(shape: tuple[int, ...], seed: int, dtype: Any) -> Any:
    """Numbers of many sizes and both signs."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=shape) * 10.0 ** rng.uniform(-3, 3, shape)).astype(dtype)


def sizes_of(name: str, args: list[Any]) -> Any:
    """Σ|terms|: the function of the absolute values, in wide arithmetic; a difference adds, too."""
    f = ROWS[name].f
    wide = [np.abs(x).astype(np.longdouble) for x in args]
    if name == "update":
        return wide[0] + 0.125 * (wide[1] @ wide[2])
    return f(*wide)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", ["C", "F", "reversed"])
@pytest.mark.parametrize("name", ROWS)
def test_sums_are_within_their_bound(name: str, layout: str, dtype: Any) -> None:
    row = ROWS[name]
    args = [numbers(shape, i, dtype) for i, shape in enumerate(row.shapes)]
    if layout == "F":
        args = [np.asfortranarray(x) for x in args]
    elif layout == "reversed":
        args = [x[..., ::-1].copy()[..., ::-1] for x in args]
    exact = row.f(*[x.astype(np.longdouble) for x in args])
    bound = (4 * row.terms**0.5 + 2 * row.roundings + 1) * np.finfo(dtype).eps / 2 * sizes_of(name, args)
    compiled = jit(row.f)
    for _ in range(2):
        (found,) = leaves(compiled(*args))
        assert found.dtype == dtype
        assert found.shape == exact.shape
        assert np.all(np.abs(found - exact) <= bound)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_naive_sum_of_equal_numbers_would_be_noticed(dtype: Any) -> None:
    """The bound grows with √k: adding a million equal numbers one after the other is beyond it in float32."""
    x = np.full(1_000_000, 0.1, dtype)
    exact = np.longdouble(x[0]) * x.size
    bound = 4 * x.size**0.5 * np.finfo(dtype).eps / 2 * exact
    assert abs(jit(lambda x: np.sum(x * 1.0))(x) - exact) <= bound
    if dtype is np.float32:
        assert abs(np.cumsum(x)[-1] - exact) > bound


@pytest.mark.parametrize("form", ["sum", "mean", "var", "softmax"])
def test_a_half_is_summed_as_numpy_sums_it(form: str) -> None:
    """float16 is added in float32, or in itself, as NumPy does."""
    functions: dict[str, Function] = {
        "sum": lambda x: np.sum(x * x, axis=0),
        "mean": lambda x: np.mean(x * x, axis=0),
        "var": lambda x: np.var(x, axis=0),
        "softmax": lambda x: np.exp(x) / np.sum(np.exp(x), axis=0),
    }
    x = np.random.default_rng(0).uniform(0.5, 1.0, (1000, 3)).astype(np.float16)
    found, expected = jit(functions[form])(x), functions[form](x)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=4e-3)
