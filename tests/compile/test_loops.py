"""Loop programs as text: the axes, then loads, operations and stores, one a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad
from funcgrad._src.compile.loops import print_loop
from tests.compile.planning import planned

Function = Callable[..., Any]
A = np.ones((3, 4))
ROW, COLUMN = np.ones(4), np.ones((3, 1))

TEXTS: dict[str, tuple[Function, tuple[Any, ...], str]] = {
    "a chain": (
        lambda a: np.sin(a) * 2.0 + 1.0,
        (A,),
        """\
for i0 < 3, i1 < 4:
  r0:float64 = v0[i0, i1]
  r1:float64 = sin(r0)
  r2:float64 = multiply(r1, 2.0)
  r3:float64 = add(r2, 1.0)
  v1[i0, i1] = r3""",
    ),
    "broadcasting": (
        lambda a, row, column: (a - row) / column,
        (A, ROW, COLUMN),
        """\
for i0 < 3, i1 < 4:
  r0:float64 = v0[i0, i1]
  r1:float64 = v1[i1]
  r3:float64 = v2[i0, 0]
  r2:float64 = subtract(r0, r1)
  r4:float64 = divide(r2, r3)
  v3[i0, i1] = r4""",
    ),
    "softmax": (
        lambda a: (e := np.exp(a - np.max(a, axis=1, keepdims=True))) / np.sum(e, axis=1, keepdims=True),
        (A,),
        """\
for i0 < 3, i1 < 4:
  r0:float64 = v0[i0, i1]
  r1:float64 = max(r0) over i1
  r2:float64 = subtract(r0, r1)
  r3:float64 = exp(r2)
  r4:float64 = sum(r3) over i1
  r5:float64 = divide(r3, r4)
  v1[i0, i1] = r5""",
    ),
    "columns": (
        lambda a: np.sum(np.exp(a), axis=0),
        (A,),
        """\
for i0 < 3, i1 < 4:
  r0:float64 = v0[i0, i1]
  r1:float64 = exp(r0)
  r2:float64 = sum(r1) over i0
  v1[i1] = r2""",
    ),
    "a transposed array": (
        lambda a: np.exp(a.T) * 2.0,
        (A,),
        """\
for i0 < 3, i1 < 4:
  r0:float64 = v0[i1, i0]
  r1:float64 = exp(r0)
  r2:float64 = multiply(r1, 2.0)
  v1[i1, i0] = r2""",
    ),
    "casts and a number": (
        lambda a, s: (a > s).astype(np.float32) * np.float32(3.0),
        (A, np.float64(0.5)),
        """\
for i0 < 3, i1 < 4:
  r0:float64 = v0[i0, i1]
  r1:float64 = v1
  r2:bool = greater(r0, r1)
  r3:float32 = convert(r2)
  r4:float32 = multiply(r3, np.float32(3.0))
  v2[i0, i1] = r4""",
    ),
    "a gradient": (
        grad(lambda a: np.where(a > 0, np.log(a), 0.0).sum()),
        (A,),
        """\
for i0 < 3, i1 < 4:
  r0:float64 = v0[i0, i1]
  r1:bool = greater(r0, 0)
  r2:float64 = convert(r1)
  r3:float64 = divide(1.0, r0)
  r4:float64 = strong_mul(r2, r3)
  v1[i0, i1] = r4""",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_of_a_loop(name: str) -> None:
    function, args, text = TEXTS[name]
    (loop,) = planned(function, *args).groups
    assert str(loop) == text


def test_variables_are_named_by_whoever_prints() -> None:
    (loop,) = planned(lambda a: np.exp(a) * 2.0, A).groups
    names = {loop.loads[0].var: "x", loop.stores[0].var: "y"}
    assert "= x[i0, i1]" in print_loop(loop, names.__getitem__)
    assert print_loop(loop, names.__getitem__).endswith("  y[i0, i1] = r2")


def test_what_a_loop_tells_of_itself() -> None:
    (loop,) = planned(lambda a, row: np.max(np.exp(a) * row, axis=1), A, ROW).groups
    assert loop.points == 12
    assert loop.sizes == (3, 4)
    assert loop.varies == ((0, 1), (0, 1), (1,), (0, 1), (0,))
    assert [aval.shape for aval in loop.avals] == [(3, 4), (3, 4), (4,), (3, 4), (3,)]
    assert [load.var for load in loop.loads] == list(loop.reads())
