"""The larger and the smaller of an array and a number: the bits of NumPy's, whichever form is printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import jit, make_jaxpr
from funcgrad._src.compile.compiler import compile_program
from tests.compile.comparing import same_bits

SPECIAL = [0.0, -0.0, np.nan, -np.nan, 1.0, -1.0, np.inf, -np.inf, 1e-40]
SHAPES = [(3,), (128,), (5000,), (30_000,), (64, 1000), (64, 100), (3000, 10), (40, 30, 130), (64, 0)]


@pytest.mark.parametrize("ufunc", [np.maximum, np.minimum])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("number", [0.0, -0.0, 1.0, np.nan, np.float32(0.5), 0, np.inf])
def test_bits(ufunc: Any, dtype: Any, number: Any) -> None:
    rng = np.random.default_rng(1)
    for shape in SHAPES:
        x = rng.choice(np.array(SPECIAL, dtype), shape)

        def left(x: Any) -> Any:
            return np.copysign(1.0, ufunc(number, -x)) * 2.0 + ufunc(-x, number)

        for laid in (x, np.asfortranarray(x)):
            assert same_bits(jit(left)(laid), left(laid)), shape


# the shape of the operand, and that of the number beside it
FORMS: dict[tuple[int, ...], tuple[int, ...]] = {
    (64, 100): (64, 100),
    (64, 1000): (16384,),
    (8000, 3): (16384,),
    (5, 3): (),  # too small
}


@pytest.mark.parametrize("shape", FORMS)
def test_how_often_the_number_is_repeated(shape: tuple[int, ...]) -> None:
    x, w = np.ones(shape, np.float32), np.ones((shape[1], 2), np.float32)
    jaxpr = make_jaxpr(lambda x, w: np.maximum(x, 0.5) @ w)(x, w).closed()
    program = compile_program(jaxpr, np, contiguous=(True, True), engine="numpy")
    found = {a.shape for a in program.run.__globals__.values() if type(a) is np.ndarray and np.all(a == 0.5)}
    assert found == {FORMS[shape]}
