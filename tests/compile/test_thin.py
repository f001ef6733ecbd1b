"""Products with thin matrices by blocks, and products that BLAS adds to something."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit
from funcgrad._src.compile.engines import thin
from funcgrad._src.compile.engines.thin import LIMIT, is_thin

pytestmark = pytest.mark.usefixtures("numpy_engine")

UNIT = {np.float32: 2.0**-24, np.float64: 2.0**-53}


def numbers(*shape: int, dtype: Any = np.float32) -> Any:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(dtype)


def assert_within(found: Any, terms: tuple[Any, Any], added: Any, dtype: Any) -> None:
    """The bound for compiled products: 4·√k·u·Σ|terms|, k the number of terms of one element."""
    a, b = (x.astype(np.longdouble) for x in terms)
    sizes = np.abs(a) @ np.abs(b) + np.abs(added)
    assert np.all(np.abs(found - (a @ b + added)) <= 4 * a.shape[1] ** 0.5 * UNIT[dtype] * sizes)


# rows, inner, columns of the thin matrix
SIZES = [(10_000, 100, 2), (3001, 101, 10), (700, 200, 32), (1000, 500, 7)]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", SIZES)
def test_products(sizes: tuple[int, int, int], dtype: Any, order: Any) -> None:
    rows, inner, columns = sizes
    assert is_thin((rows, inner), columns, np.dtype(dtype))
    a, b = numbers(rows, inner, dtype=dtype).copy(order), numbers(inner, columns, dtype=dtype)
    z = numbers(rows, columns, dtype=dtype).copy(order)
    bias = numbers(columns, dtype=dtype)
    assert_within(jit(lambda a, b: np.negative(a @ b))(a, b), (-a, b), 0, dtype)
    assert_within(jit(lambda a, b, c: np.negative(-(a @ b) - c))(a, b, bias), (a, b), bias, dtype)
    assert_within(jit(lambda a, z: np.negative(a.T @ z))(a, z), (-a.T, z), 0, dtype)
    step = jit(lambda w, a, z: w - 0.5 * (a.T @ z), donate_argnums=0)
    assert_within(step(b.copy(), a, z), (dtype(-0.5) * a.T, z), b, dtype)


NOT_THIN: list[tuple[tuple[int, int], int, Any]] = [
    ((10_000, 100), 1, np.float32),
    ((10_000, 100), 33, np.float32),
    ((100, 100), 10, np.float32),
    ((10_000, 100), 10, np.complex64),
    ((10_000, 100), 10, np.int64),
    ((100, LIMIT), 2, np.float64),
]


@pytest.mark.parametrize(("shape", "columns", "dtype"), NOT_THIN)
def test_other_products(shape: tuple[int, int], columns: int, dtype: Any) -> None:
    assert not is_thin(shape, columns, np.dtype(dtype))


# --- gemm ------------------------------------------------------------------------------------------


def update(c: Any, a: Any, b: Any, s: Any) -> Any:
    return c + s * (a @ b)


def turned(c: Any, a: Any, b: Any, s: Any) -> Any:
    return c - s * (a.T @ b.T)


@pytest.mark.parametrize("function", [update, turned])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("n", [5, 110])
@pytest.mark.parametrize("scale", [0.0, -0.0, 0.5])
def test_zero_times_infinite(function: Any, value: float, n: int, scale: float) -> None:
    """A multiple by a number that happens to be 0 is NaN where the product is not finite."""
    pytest.importorskip("scipy")
    c, a, b = (numbers(n, n, dtype=np.float64) for _ in range(3))
    a[1, 2] = value
    args = c, a, b, np.float64(scale)
    assert "gemm" in str(jit(function).lower(*args).plan)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(jit(function)(*args), function(*args), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("function", [update, turned])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_matrices_of_any_layout(function: Any, dtype: Any) -> None:
    c, a, b = (numbers(12, 12, dtype=dtype) for _ in range(3))
    wide = np.zeros((24, 36), dtype)
    wide[::2, ::3] = a
    for left in (a, np.asfortranarray(a), wide[::2, ::3], a[::-1], np.broadcast_to(a[:1], a.shape)):
        for right in (b, b[:, ::-1], np.asfortranarray(b)):
            for scale in (np.dtype(dtype).type(0.25), 0.25):
                expected = function(c, left, right, scale)
                rtol = 1e-4 if dtype is np.float32 else 1e-12
                np.testing.assert_allclose(jit(function)(c, left, right, scale), expected, rtol, rtol)


def test_a_regression_step() -> None:
    """Loss, gradient and update of a thin model."""
    x, w, y = numbers(4000, 60, dtype=np.float64), numbers(60, 8, dtype=np.float64), numbers(4000, 8)

    def step(w: Any) -> Any:
        return w - 1e-4 * grad(lambda w: np.square(x @ w - y).mean())(w)

    np.testing.assert_allclose(jit(step)(w), step(w), rtol=1e-12)


# rows, inner, columns: blocks of 8 rows and of many, with a rest
BY_ROWS = [(64, 1000, 100), (203, 150, 60), (64, 100, 1000)]


@pytest.mark.parametrize("kernels", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", BY_ROWS)
def test_products_where_small_ones_are_faster(
    sizes: tuple[int, int, int], dtype: Any, kernels: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On processors with such kernels, and on others."""
    monkeypatch.setattr(thin, "has_small_kernels", lambda: kernels)
    rows, inner, columns = sizes
    assert thin.goes_by_rows((rows, inner), columns, np.dtype(dtype)) is kernels
    a, b = numbers(rows, inner, dtype=dtype), numbers(inner, columns, dtype=dtype)
    c = numbers(rows, columns, dtype=dtype)
    assert_within(jit(lambda a, b: np.negative(a @ b))(a, b), (-a, b), 0, dtype)
    assert_within(jit(lambda c, a, b: c - 0.5 * (a @ b))(c, a, b), (dtype(-0.5) * a, b), c, dtype)
    step = jit(lambda w, a, z: w - 0.5 * (a.T @ z), donate_argnums=0)
    assert_within(step(b.copy(), a, c), (dtype(-0.5) * a.T, c), b, dtype)


@pytest.mark.parametrize(
    ("shape", "columns", "dtype", "goes"),
    [
        ((64, 1000), 100, np.float32, True),
        ((64, 1000), 100, np.float64, True),
        ((64, 100), 1000, np.float32, True),
        ((64, 100), 1000, np.float64, False),
        ((65, 1000), 100, np.float32, False),
        ((64, 100), 100, np.float32, False),
        ((64, 1000), 100, np.complex64, False),
    ],
)
def test_sums_that_go_in_pieces(
    shape: tuple[int, int], columns: int, dtype: Any, goes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thin, "has_small_kernels", lambda: True)
    assert thin.goes_by_columns(shape, columns, np.dtype(dtype)) is goes
