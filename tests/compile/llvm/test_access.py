"""Vectors between memory and registers: what lies behind the lanes that count stays as it is."""

from __future__ import annotations

import ctypes
import itertools
from typing import Any

import numpy as np
import pytest

from funcgrad._src.compile.engines.llvm.access import read, write
from funcgrad._src.compile.engines.llvm.builder import POINTER, Value
from funcgrad._src.compile.engines.llvm.code import Code
from funcgrad._src.compile.engines.llvm.conversions import convert
from funcgrad._src.compile.engines.llvm.machine import host_machine
from funcgrad._src.compile.engines.llvm.targets import NAMED

LANES = 8
CHARS = "?bhilLfdD"


def moved(x: Any, out: Any, count: int, step: int) -> None:
    """``out[: count * step : step] = x[:count]`` by one vector of which some lanes count."""
    code = Code(host_machine().target)
    mask = code.first_lanes(count, LANES)
    to, of = [Value(code, name, POINTER) for name in ("%to", "%of")]
    found = read(code, of, x.dtype, x.itemsize, mask, LANES)
    found = convert(code, found, x.dtype, out.dtype)
    write(code, to, out.dtype, found, step * out.itemsize, mask, LANES)
    library = host_machine().compile(code.function("f", "ptr %to, ptr %of", ""))
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(library.address("f"))
    function(out.ctypes.data, x.ctypes.data)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_lanes_that_do_not_count(count: int, step: int) -> None:
    """LLVM wrote too much when it converted one lane to a narrower integer, on processors with AVX-512."""
    for have, want in itertools.product(CHARS, repeat=2):
        x = np.array([1, 0, 3, 100, 5, 6, 7, 8]).astype(have)
        out = np.full(step * LANES, 77).astype(want)
        wanted = out.copy()
        wanted[: count * step : step] = x[:count].astype(want)
        moved(x, out, count, step)
        np.testing.assert_array_equal(out, wanted, err_msg=f"{have} as {want}")


@pytest.mark.parametrize("target", NAMED)
def test_one_lane_is_no_masked_store(target: str) -> None:
    code = Code(NAMED[target])
    x = read(code, Value(code, "%x", POINTER), np.dtype(np.int64), 8, None, LANES)
    narrow = convert(code, x, np.dtype(np.int64), np.dtype(np.int16))
    write(code, Value(code, "%y", POINTER), np.dtype(np.int16), narrow, 2, code.first_lanes(1, LANES), LANES)
    assert "masked" not in code.text()
    assert code.lines[-1].split()[:2] == ["store", "i16"]
