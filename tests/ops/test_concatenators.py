"""``r_`` and ``c_`` of traced values: what NumPy makes of the same arrays, and its derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, vmap
from funcgrad.errors import UnsupportedError
from funcgrad.testing import check_grads

X, Y = np.arange(3.0), np.array([5.0, 6.0, 7.0])
M = np.arange(6.0).reshape(2, 3)
FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "r_ arrays": lambda np, x: np.r_[x, Y],
    "r_ one": lambda np, x: np.r_[x],
    "r_ numbers": lambda np, x: np.r_[x, 0, 1.5],
    "r_ slices": lambda np, x: np.r_[x, 1:4, 0:1:3j],
    "r_ a list": lambda np, x: np.r_[[1, 2], x],
    "r_ axis": lambda np, x: np.r_["0", x, x],
    "r_ dimensions": lambda np, x: np.r_["0,2", x, Y],
    "r_ columns": lambda np, x: np.r_["-1,2,0", x, 1:4],
    "r_ three": lambda np, x: np.r_["1,3,0", x, Y],
    "c_ arrays": lambda np, x: np.c_[x, Y],
    "c_ slices": lambda np, x: np.c_[1:4, x],
    "c_ matrix": lambda np, x: np.c_[M.T, x],
    "c_ numbers": lambda np, x: np.c_[x[:1], 2],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_result_is_numpys(form: str, dtype: str) -> None:
    x = X.astype(dtype)
    seen: list[Any] = []
    expected = FORMS[form](np, x)
    grad(lambda x: (seen.append(FORMS[form](fnp, x)), x.sum())[1])(x)
    got = seen[0]
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    assert np.array_equal(jit(lambda x: FORMS[form](fnp, x))(x), expected)
    assert np.array_equal(FORMS[form](fnp, x), expected)


@pytest.mark.parametrize("form", FORMS)
def test_derivatives(form: str) -> None:
    check_grads(lambda x: FORMS[form](fnp, x) ** 2, (X,), order=2)


def test_batches() -> None:
    both = np.stack([X, Y])
    assert np.array_equal(vmap(lambda x: fnp.c_[x, 1:4])(both), np.stack([np.c_[X, 1:4], np.c_[Y, 1:4]]))


def test_a_matrix_is_refused() -> None:
    with pytest.raises(UnsupportedError) as caught:
        grad(lambda x: fnp.r_["c", x].sum())(X)
    assert "the directive 'c' is not supported on traced values" in str(caught.value)
    assert repr(fnp.c_) == "<funcgrad c_>"
