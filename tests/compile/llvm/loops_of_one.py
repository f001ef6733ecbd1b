"""One equation as a native loop over arrays, to be compared with NumPy."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from funcgrad._src.compile.engines.llvm import elementwise
from funcgrad._src.compile.engines.llvm.builder import I1, I8, Builder, Value
from funcgrad._src.compile.engines.llvm.machine import Machine
from funcgrad._src.compile.engines.llvm.registers import Complex, Register, type_of
from funcgrad._src.ir.jaxpr import Equation, Literal

LANES = 8


def machine() -> Machine:
    """The compiler of this processor."""
    return Machine()


def module(eqn: Equation, lanes: int, name: str = "loop") -> str:
    """``void loop(i64 count, ptr part, …)``: the parts of the operands, then those of the result."""
    b = Builder()
    pointers: list[str] = []

    def address(kind: str, step: int) -> str:
        pointers.append(f"%p{len(pointers)}")
        return b.instruction(
            f"getelementptr {kind}, ptr {pointers[-1]}, i64 %i", type_of(np.dtype("i8"))
        ).text

    def load(dtype: Any) -> Value:
        kind = type_of(dtype)
        stored = I8 if kind is I1 else kind
        full = f"<{lanes} x {stored.name}>" if lanes else stored.name
        where = address(stored.name, lanes)
        x = b.instruction(f"load {full}, ptr {where}, align 1", stored, lanes)
        return x.ne(0) if kind is I1 else x

    def store(x: Value) -> None:
        x = b.spread(x, lanes)
        if x.type is I1:
            x = b.cast("zext", x, I8)
        where = address(x.type.name, lanes)
        b.lines.append(f"  store {x.full} {x.text}, ptr {where}, align 1")

    args: list[Register | None] = []
    for atom in eqn.ins:
        if isinstance(atom, Literal):
            args.append(None)
        elif atom.aval.dtype.kind == "c":
            args.append(Complex(load(atom.aval.dtype), load(atom.aval.dtype)))
        else:
            args.append(load(atom.aval.dtype))
    found = elementwise.emit(b, eqn, args)
    for x in (found.re, found.im) if isinstance(found, Complex) else (found,):
        store(x)
    return "\n".join([
        f"define void @{name}(i64 %n, {', '.join(f'ptr {p}' for p in pointers)}) {{",
        "entry:", "  br label %body", "body:",
        "  %i = phi i64 [0, %entry], [%next, %body]",
        b.text(),
        f"  %next = add i64 %i, {lanes or 1}",
        "  %more = icmp ult i64 %next, %n",
        "  br i1 %more, label %body, label %done", "done:", "  ret void", "}",
    ])  # fmt: skip


def run(compiler: Machine, eqn: Equation, arrays: Sequence[Any], lanes: int) -> Any:
    """The equation's result for arrays of one length, a multiple of the lanes."""
    library = compiler.compile(module(eqn, lanes))
    out = np.empty(arrays[0].shape, eqn.outs[0].aval.dtype)
    parts = [part for array in arrays for part in parts_of(array)]
    results = parts_of(out)
    loop = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * (len(parts) + len(results)))
    loop(library.address("loop"))(out.size, *[part.ctypes.data for part in (*parts, *results)])
    if out.dtype.kind == "c":
        out.real, out.imag = results
        return out
    return results[0]


def parts_of(array: Any) -> list[Any]:
    """The array, or copies of the parts of a complex one."""
    if array.dtype.kind == "c":
        return [np.ascontiguousarray(array.real), np.ascontiguousarray(array.imag)]
    return [array]
