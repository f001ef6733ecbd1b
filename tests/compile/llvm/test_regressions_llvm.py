"""Mistakes that the LLVM engine made once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit
from tests.compile.llvm.native import assert_same, llvm

__all__ = ["llvm"]
Function = Callable[..., Any]
SQUARE = np.arange(9025.0).reshape(95, 95)


def shifted(x: Any) -> Any:
    y = np.zeros_like(x)
    y[1:] = x[:-1]
    return y


def sorted_product(x: Any) -> Any:
    y = x * 1
    y.sort()
    return y * x


def doubled_backwards(x: Any) -> Any:
    y = np.zeros_like(x)
    y[..., ::-1] += x
    y += x
    return y


def tiled(x: Any) -> Any:
    return np.sum(np.tile(4 / (x * x), 2) * np.arange(6.0))


def padded(x: Any) -> Any:
    return np.pad(x * 2, 1, constant_values=0.0), np.pad(x * 2, 1, constant_values=-0.0)


ROWS: dict[str, tuple[Function, Any]] = {
    "a sum over an axis of length one": (lambda x: np.sum(x * 2, axis=0), np.ones((1, 5))),
    "zeros with a sign": (lambda x: np.sum(x * 1, axis=0), np.full((3, 4), -0.0)),
    "no rows": (doubled_backwards, np.ones((0, 3))),
    "a sum of sums": (lambda x: np.sum(np.sum(x, axis=1), axis=-1), np.ones((3, 4, 2), bool)),
    "a view that no kernel reads": (lambda x: x[::-1], np.arange(4.0)),
    "turned round": (np.flip, np.arange(6.0).reshape(2, 3)),
    "a result with the name of another": (shifted, SQUARE),
    "what NumPy has written over": (sorted_product, SQUARE[::-1]),
    "a truth value squared": (lambda x: x**2, np.array(True)),
    "borders of either sign": (lambda x: np.stack(padded(x)), np.ones((2, 3))),
    "a group that is placed already": (grad(tiled), np.array([1.0, 2.0, 4.0])),
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.usefixtures("llvm")
def test_it_is_as_numpy_has_it(name: str) -> None:
    function, x = ROWS[name]
    assert_same(jit(function)(x.copy()), function(x.copy()))


@pytest.mark.usefixtures("llvm")
def test_the_cotangent_of_a_0_d_array_may_be_a_scalar() -> None:
    inner = jit(lambda x: np.where(x > 0, x, -x))
    assert_same(grad(lambda x: inner(x) * np.float32(2))(np.array(1.5, np.float32)), np.array(2, np.float32))
