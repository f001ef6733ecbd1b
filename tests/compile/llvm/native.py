"""What tests of native steps share: programs of the LLVM engine beside NumPy, and which steps are native."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import jit
from funcgrad._src.base import config

Arrays = tuple[Any, ...]
REAL = (np.float32, np.float64, np.int8, np.uint16, np.int32, np.int64, np.bool_)
COMPLEX = (np.complex64, np.complex128)
FLOATS = (np.float32, np.float64, *COMPLEX)


@pytest.fixture
def llvm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs by the LLVM engine."""
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(config, "engine", "llvm")


def numbers(shape: tuple[int, ...], dtype: Any, seed: int = 0) -> Any:
    """Numbers of both signs, zeros among them; of complex ones both parts."""
    random = np.random.default_rng(seed)
    found = np.round(random.standard_normal(shape) * 20) / 4
    if np.dtype(dtype).kind == "c":
        found = found + 1j * random.standard_normal(shape)
    with np.errstate(invalid="ignore"):
        return found.astype(np.int64).astype(dtype) if np.dtype(dtype).kind in "iub" else found.astype(dtype)


def laid_out(x: Any, how: str) -> Any:
    """The same numbers in other memory: by columns, turned round, or with gaps."""
    if how == "F":
        return np.asfortranarray(x)
    if how == "turned":
        return np.ascontiguousarray(x[::-1])[::-1]
    if how == "gaps":
        wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]
    return x


def native_steps(function: Callable[..., Any], args: Arrays, **options: Any) -> list[str]:
    """The names of the primitives that kernels compute, step by step; ``-`` before those that NumPy does."""
    plan = jit(function, **options).lower(*args).plan
    return [("" if s.native else "-") + eqn.primitive.name for s in plan.steps for eqn in s.eqns]


def assert_same(found: Any, expected: Any) -> None:
    """The same numbers, bit for bit (any NaN is one), in the same kind of object."""
    assert type(found) is type(expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_array_equal(found, expected, strict=True)
    if np.asarray(expected).dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
