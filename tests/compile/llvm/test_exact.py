"""Sums and products in two parts are exact, with fused operations and without."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from funcgrad._src.compile.engines.llvm.maths.exact import Two, fast_two_sum, two_product, two_sum
from tests.compile.llvm.vector_maths import Compiled


def parts(of: Callable[..., Two], dtype: Any, has_fma: bool, *arrays: Any) -> list[Fraction]:
    """The exact sum of both parts."""
    both = [
        Compiled(lambda x, y, i=i: of(x, y)[i], dtype, 4, 2, has_fma=has_fma)(*arrays).tolist()
        for i in (0, 1)
    ]
    assert any(both[1])
    return [Fraction(high) + Fraction(low) for high, low in zip(*both, strict=True)]


@pytest.mark.parametrize("has_fma", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_parts_together_are_exact(dtype: Any, has_fma: bool) -> None:
    random = np.random.default_rng(0)
    x = (random.uniform(-1, 1, 500) * 2.0 ** random.integers(-20, 20, 500)).astype(dtype)
    y = (random.uniform(-1, 1, 500) * 2.0 ** random.integers(-20, 20, 500)).astype(dtype)
    pairs = [(Fraction(a), Fraction(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    assert parts(two_sum, dtype, has_fma, x, y) == [a + b for a, b in pairs]
    assert parts(two_product, dtype, has_fma, x, y) == [a * b for a, b in pairs]
    larger, smaller = np.where(abs(x) < abs(y), (y, x), (x, y))
    assert parts(fast_two_sum, dtype, has_fma, larger, smaller) == [a + b for a, b in pairs]
