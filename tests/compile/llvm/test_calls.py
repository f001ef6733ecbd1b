"""Built-in functions of machine code read arrays and numbers where they lie in memory."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad._src.compile.engines.llvm import calls, layout, objects
from funcgrad._src.compile.engines.llvm.builder import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    Builder,
    Type,
    Value,
)
from funcgrad._src.compile.engines.llvm.machine import host_machine


def kernel(body: Callable[[Builder], None], name: str = "f") -> Any:
    """A built-in function that does what ``body`` writes."""
    b = Builder()
    body(b)
    calls.closing(b)
    library = host_machine().compile(f"{calls.DECLARATIONS}{calls.opening(name)}\n{b.text()}")
    return objects.builtin(library.address(name), name, library)


def put(b: Builder, array: int, place: int, value: Value) -> None:
    """Write a value to an argument's data."""
    base = calls.data(b, calls.argument(b, array))
    at = b.instruction(f"getelementptr i8, ptr {base.text}, i64 {place * value.type.bits // 8}", base.type)
    b.lines.append(f"  store {value!r}, ptr {at.text}, align 1")


@pytest.mark.parametrize(
    ("number", "type", "dtype"),
    [
        (1.1, F64, "f8"),
        (np.float64(-0.0), F64, "f8"),
        (np.float32(1.1), F32, "f4"),
        (np.bool_(True), I8, "?"),
        (np.bool_(False), I8, "?"),
        (np.int8(-100), I8, "i1"),
        (np.uint8(200), I8, "u1"),
        (np.int16(-30000), I16, "i2"),
        (np.uint16(60000), I16, "u2"),
        (np.int32(-(2**31)), I32, "i4"),
        (np.uint32(2**32 - 5), I32, "u4"),
        (np.int64(-(2**63)), I64, "i8"),
        (np.uint64(2**64 - 5), I64, "u8"),
        (np.longlong(-7), I64, "i8"),
    ],
)
def test_the_value_of_a_scalar(number: Any, type: Type, dtype: str) -> None:
    f = kernel(lambda b: put(b, 1, 0, calls.scalar(b, calls.argument(b, 0), type)))
    out = np.full(2, 3, dtype)
    f(number, out)
    assert out.tobytes() == np.array([number, 3], dtype).tobytes()


@pytest.mark.parametrize(
    ("number", "type", "dtype"),
    [(1.5 - 2.5j, F64, "c16"), (np.complex128(3 - 4j), F64, "c16"), (np.complex64(5 - 6j), F32, "c8")],
)
def test_the_parts_of_a_complex_number(number: Any, type: Type, dtype: str) -> None:
    def body(b: Builder) -> None:
        for part in range(2):
            put(b, 1, part, calls.scalar(b, calls.argument(b, 0), type, part))

    out = np.zeros(1, dtype)
    kernel(body)(number, out)
    assert out[0] == number


GRID = np.arange(210.0).reshape(5, 6, 7)


@pytest.mark.parametrize(
    "x", [GRID, GRID.T, GRID[1:, ::2, ::-1], GRID[:, :0], np.broadcast_to(1.0, (2, 3, 4)), GRID.astype("f4")]
)
def test_shape_and_strides_of_an_array(x: np.ndarray) -> None:
    def body(b: Builder) -> None:
        for axis in range(3):
            put(b, 1, axis, calls.length(b, calls.argument(b, 0), axis))
            put(b, 1, 3 + axis, calls.stride(b, calls.argument(b, 0), axis))

    out = np.zeros(6, np.int64)
    kernel(body)(x, out)
    assert tuple(out) == x.shape + x.strides


def test_the_data_of_an_array() -> None:
    def body(b: Builder) -> None:
        base = calls.data(b, calls.argument(b, 0))
        put(b, 1, 0, b.instruction(f"load double, ptr {base.text}, align 8", F64))

    out = np.zeros(1)
    kernel(body)(GRID[2:, 3:, 4::-1], out)
    assert out[0] == GRID[2, 3, 4]


def test_what_it_returns_and_is_called() -> None:
    f = kernel(lambda b: None, "a_name")
    assert f() is None
    assert f(1, 2, 3) is None
    assert f.__name__ == "a_name"
    with pytest.raises(TypeError, match=r"a_name.* takes no keyword arguments"):
        f(x=1)


def test_references_are_neither_lost_nor_kept() -> None:
    """Of None (which counts its references before Python 3.12), of the arguments, and of the function."""
    f = kernel(lambda b: put(b, 0, 0, calls.scalar(b, calls.argument(b, 1), F64)))
    x, y = np.zeros(3), np.float64(2.0)
    f(x, y)
    before = [sys.getrefcount(value) for value in (x, y, f)]
    none = sys.getrefcount(None)
    for _ in range(5000):
        f(x, y)
    assert [sys.getrefcount(value) for value in (x, y, f)] == before
    assert abs(sys.getrefcount(None) - none) < 1000


def test_the_owner_goes_with_the_function() -> None:
    class Owner:
        gone = False

        def __del__(self) -> None:
            Owner.gone = True

    library = host_machine().compile(f"{calls.DECLARATIONS}{calls.opening('f')}\n  ret ptr null\n}}")
    f = objects.builtin(library.address("f"), "f", Owner())
    gc.collect()
    assert not Owner.gone
    del f
    gc.collect()
    assert Owner.gone


def test_python_is_held_again_after_it_was_released() -> None:
    """What follows a call may make objects. That others run meanwhile is in test_machine.py."""

    def body(b: Builder) -> None:
        state = calls.release(b)
        calls.acquire(b, state)

    f = kernel(body)
    assert [f(i) for i in range(100)] == [None] * 100


# --- the layout ---


def test_objects_lie_as_kernels_read_them() -> None:
    assert layout.as_expected()


@pytest.mark.parametrize("name", ["DATA", "RANK", "SHAPE", "STRIDES"])
@pytest.mark.parametrize("shift", [-8, -4, 4, 8])
def test_another_layout_of_arrays_is_noticed(name: str, shift: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no pointer is followed that may not be one."""
    x = np.zeros((3, 5, 7), np.float32)
    assert layout.array_as_expected(x)
    monkeypatch.setattr(objects, name, getattr(objects, name) + shift)
    assert not layout.array_as_expected(x)


@pytest.mark.parametrize("shift", [-8, 1, 2, 4, 8, 64])
def test_another_layout_of_scalars_is_noticed(shift: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.float64(1.1)
    assert layout.scalar_as_expected(x, x.tobytes())
    monkeypatch.setattr(objects, "SCALAR", objects.SCALAR + shift)
    assert not layout.scalar_as_expected(x, x.tobytes())


def test_other_interpreters_have_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    assert not layout.as_expected.__wrapped__()
