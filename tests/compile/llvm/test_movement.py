"""Steps that move data are native, and keep NumPy's bits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from funcgrad import jit
from funcgrad._src.core.aval import aval_of
from funcgrad._src.ops.at import at
from funcgrad._src.ops.slices import embed, write_slice
from funcgrad._src.ops.structural import full_like_aval
from tests.compile.llvm.native import COMPLEX, REAL, assert_same, llvm, native_steps, numbers

__all__ = ["llvm"]
pytestmark = pytest.mark.usefixtures("llvm")


class Case(NamedTuple):
    """A function, the shapes of its operands, and the primitive that has to be native."""

    function: Any
    shapes: tuple[tuple[int, ...], ...]
    step: str


PART = ((1, 8, 3), (None, None, 2))


CASES = {
    "rows": Case(lambda x, y: np.concatenate([x, y]), ((3, 5), (4, 5)), "concatenate"),
    "columns": Case(lambda x, y: np.concatenate([y, x, y], 1), ((3, 5), (3, 70)), "concatenate"),
    "long": Case(lambda x, y: np.concatenate([x, y, x]), ((1000,), (77,)), "concatenate"),
    "nothing": Case(lambda x, y: np.concatenate([x, y]), ((0,), (7,)), "concatenate"),
    "stack": Case(lambda x, y: np.stack([x, y], 1), ((3, 5), (3, 5)), "stack"),
    "embed": Case(lambda x: embed(x, (9, 11), PART), ((3, 6),), "embed"),
    "embed numbers": Case(lambda x: embed(x, (70,), ((69, None, -1),)), ((70,),), "embed"),
    "write": Case(lambda x, y: write_slice(x, y, PART), ((9, 11), (3, 6)), "write_slice"),
    "write in place": Case(lambda x, y: write_slice(x + x, y, PART) + x, ((9, 11), (3, 6)), "write_slice"),
    "full": Case(lambda x: x + full_like_aval(aval_of(x), 3), ((9, 11),), "add"),
    "set": Case(lambda x, y: at(x)[1:, ::-2].set(y), ((9, 11), (6,)), "index_set"),
    "set one": Case(lambda x: at(x)[-1, ..., 3].set(x[0, 0, 0]), ((9, 2, 11),), "index_set"),
    "add": Case(lambda x, y: at(x)[::2, None].add(y), ((9, 11), (11,)), "index_add"),
    "add in place": Case(lambda x, y: at(x + x)[3:, 3].add(y), ((9, 11), (6,)), "index_add"),
    "multiply": Case(lambda x, y: at(x)[..., 1:9:3].multiply(y), ((9, 11), (3,)), "index_multiply"),
    "pad": Case(lambda x: np.pad(x, ((1, 2), (0, 3)), constant_values=((1, 0), (1, 1))), ((4, 5),), "pad"),
    "roll": Case(lambda x: np.roll(x, (2, -1, 3), (0, 1, 0)), ((4, 5),), "roll"),
    "roll a row": Case(lambda x: np.roll(x, 35), ((33,),), "roll"),
    "repeat": Case(lambda x: np.repeat(x, 3, 1), ((4, 5),), "repeat"),
    "repeat by row": Case(lambda x: np.repeat(x, [2, 0, 1, 3], 0), ((4, 5),), "repeat"),
    "tril": Case(lambda x: np.tril(x, 1), ((40, 37),), "tril"),
    "triu": Case(lambda x: np.triu(x, -2), ((3, 5, 9),), "triu"),
    "a row, triu": Case(np.triu, ((5,),), "triu"),
    "diagonal matrix": Case(lambda x: np.diag(x, -2), ((9,),), "embed_diagonal"),
    "diagonal": Case(lambda x: np.diagonal(x, 1) + x[0, 1:5], ((4, 5),), "diagonal"),
    "outer": Case(np.outer, ((7,), (35,)), "outer"),
    "cumsum": Case(lambda x: np.cumsum(x, 0), ((9, 35),), "cumsum"),
    "cumsum of a row": Case(lambda x: np.cumsum(x), ((35,),), "cumsum"),
    "cumprod": Case(lambda x: np.cumprod(x, 1), ((3, 4, 5),), "cumprod"),
    "flip": Case(lambda x: np.concatenate([np.flip(x), x]), ((35,),), "concatenate"),
    "one number": Case(lambda x: x[-1, ..., 2], ((3, 2, 4),), "getitem"),
    "turned": Case(lambda x: np.reshape(x.T, (2, -1)), ((4, 35),), "reshape"),
    "numbers": Case(lambda x: np.stack([x[0], x[1], x[0]]), ((2,),), "stack"),
}


@pytest.mark.parametrize("dtype", [*REAL, *COMPLEX])
@pytest.mark.parametrize("name", CASES)
def test_movement_keeps_the_bits(name: str, dtype: Any) -> None:
    case = CASES[name]
    args = tuple([numbers(shape, dtype, k) for k, shape in enumerate(case.shapes)])
    if case.step not in ("index_multiply", "outer", "cumprod") or dtype not in COMPLEX:
        assert case.step in native_steps(case.function, args)
    assert_same(jit(case.function)(*args), case.function(*args))
