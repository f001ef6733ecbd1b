"""Powers and logarithms of the LLVM engine are exact where the result is a number of the type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from funcgrad._src.compile.engines.llvm.maths.table1 import FUNCTIONS
from tests.compile.llvm.vector_maths import TYPES, Compiled


@pytest.mark.parametrize("dtype", TYPES)
def test_powers_of_integers_are_exact(dtype: Any) -> None:
    x, y = [a.ravel().astype(dtype) for a in np.meshgrid(np.arange(-12, 13), np.arange(0, 7))]
    power = Compiled(FUNCTIONS["power"], dtype, 16, arity=2)
    np.testing.assert_array_equal(power(x, y), x.astype(int) ** y.astype(int))
    twos = np.arange(-100, 100).astype(dtype)
    np.testing.assert_array_equal(
        Compiled(FUNCTIONS["exp2"], dtype, 16)(twos), np.ldexp(1.0, twos.astype(int))
    )
    np.testing.assert_array_equal(Compiled(FUNCTIONS["log2"], dtype, 16)(np.exp2(twos)), twos)
