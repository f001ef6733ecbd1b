"""Strong zero in vectors: wherever in a vector, a block or the rest the singular element lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from funcgrad import grad, jit
from tests.compile.ownership import same_bits

Function = Callable[..., Any]


def masked_log(x: Any) -> Any:
    return np.where(x > 0, np.log(x), 0.0).sum()


def masked_root(x: Any) -> Any:
    return np.where(x > 0, np.sqrt(x) * x, x * x).sum()


def hidden(x: Any) -> Any:
    """A NaN of a plain product would be lost in the comparison."""
    y = np.where(x > 0, np.log(x), 0.0)
    return (y * (y > 1)).sum()


def rows(x: Any) -> Any:
    y = np.where(x > 0, np.log(x), 0.0)
    return (y / (1 + (y * y).sum(axis=-1, keepdims=True))).sum()


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 2, 5, 8, 16, 31, 64, 100, 257, 3000])
@pytest.mark.parametrize("f", [masked_log, masked_root, hidden, rows], ids=lambda f: f.__name__)
def test_a_singular_element_anywhere_has_slope_zero(f: Function, size: int, dtype: Any) -> None:
    compiled = jit(grad(f), engine="llvm")
    x = np.linspace(0.5, 4, size).astype(dtype)
    for at in {0, size // 3, size // 2, size - 1}:
        x[at] = 0
        found, wanted = compiled(x), grad(f)(x)
        assert found[at] == 0
        assert np.all(np.isfinite(found))
        assert np.allclose(found, wanted, rtol=1e-4 if dtype == np.float32 else 1e-11)
        x[at] = 1


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_a_nan_of_the_data_stays_where_it_is() -> None:
    x = np.linspace(0.5, 4, 100)
    x[[3, 50, 99]] = np.nan
    x[[4, 51]] = 0
    found = jit(grad(lambda x: (np.where(x > 0, np.log(x), 0.0) * x).sum()), engine="llvm")(x)
    eager = grad(lambda x: (np.where(x > 0, np.log(x), 0.0) * x).sum())(x)
    assert same_bits(np.isnan(found), np.isnan(eager))
    assert np.allclose(found, eager, equal_nan=True)
