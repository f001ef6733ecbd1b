"""One elementwise equation as a native loop over arrays, and the numbers on which it is tried."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from funcgrad import make_jaxpr
from funcgrad._src.compile.engines.llvm import elementwise
from funcgrad._src.compile.engines.llvm.builder import I1, I8, I64, Builder, Type, Value
from funcgrad._src.compile.engines.llvm.machine import host_machine
from funcgrad._src.compile.engines.llvm.registers import Complex, Register, type_of
from funcgrad._src.compile.engines.llvm.targets import Target
from funcgrad._src.ir.jaxpr import Equation, Literal

pytest.importorskip("llvmlite")
LANES = 8
DTYPES = {np.dtype(c).char: np.dtype(c) for c in "?bhiqBHIQfdFD"}


def equation(function: Callable[..., Any], dtypes: Sequence[Any]) -> Equation:
    """The one equation of a function of arrays."""
    (eqn,) = make_jaxpr(function)(*[np.ones(3, dtype) for dtype in dtypes]).eqns
    return eqn


# --- native ----------------------------------------------------------------------------------------


class _Loop(Builder):
    """The body of a loop with index ``%i`` over parts of arrays, ``%p0``, ``%p1`` and so on."""

    def __init__(self, lanes: int, target: Target) -> None:
        super().__init__(has_fma=target.has_fma, has_avx512=target.has_avx512)
        self.wide = lanes
        self.parts = 0

    def address(self, type: Type) -> str:
        place = self.instruction(f"getelementptr {type.name}, ptr %p{self.parts}, i64 %i", I64)
        self.parts += 1
        return place.text

    def load(self, dtype: Any) -> Value:
        type = type_of(dtype)
        stored = I8 if type is I1 else type
        full = f"<{self.wide} x {stored.name}>" if self.wide else stored.name
        x = self.instruction(f"load {full}, ptr {self.address(stored)}, align 1", stored, self.wide)
        return x.ne(0) if type is I1 else x

    def store(self, x: Value) -> None:
        x = self.spread(x, self.wide)
        x = self.cast("zext", x, I8) if x.type is I1 else x
        self.lines.append(f"  store {x.full} {x.text}, ptr {self.address(x.type)}, align 1")


def function(eqn: Equation, lanes: int, name: str, target: Target | None = None) -> str:
    """``void name(i64 count, ptr part, …)``: the parts of the operands, then those of the result.

    For the processor that runs this, if no ``target`` is given.
    """
    b = _Loop(lanes, host_machine().target if target is None else target)
    args: list[Register | None] = []
    for atom in eqn.ins:
        dtype = atom.aval.dtype
        if isinstance(atom, Literal):
            args.append(None)
        else:
            args.append(Complex(b.load(dtype), b.load(dtype)) if dtype.kind == "c" else b.load(dtype))
    found = elementwise.emit(b, eqn, args)
    for x in (found.re, found.im) if isinstance(found, Complex) else (found,):
        b.store(x)
    parts = ", ".join([f"ptr %p{k}" for k in range(b.parts)])
    return f"""
define void @{name}(i64 %n, {parts}) {{
entry:
  br label %body
body:
  %i = phi i64 [ 0, %entry ], [ %next, %last ]
{b.text()}
  br label %last
last:
  %next = add i64 %i, {lanes or 1}
  %more = icmp ult i64 %next, %n
  br i1 %more, label %body, label %done
done:
  ret void
}}
"""


def run(eqn: Equation, arrays: Sequence[Any], target: Target | None = None) -> list[Any]:
    """What scalars and what vectors compute of arrays of one length, a multiple of the lanes."""
    lanes = (0, LANES)
    library = host_machine().compile("".join([function(eqn, n, f"loop{n}", target) for n in lanes]))
    found = []
    for n in lanes:
        out = np.empty(arrays[0].shape, eqn.outs[0].aval.dtype)
        operands, results = [part for array in arrays for part in _parts(array)], _parts(out)
        words = [ctypes.c_void_p(part.ctypes.data) for part in (*operands, *results)]
        ctypes.CFUNCTYPE(None)(library.address(f"loop{n}"))(ctypes.c_int64(out.size), *words)
        if out.dtype.kind == "c":
            out.real, out.imag = results
        found.append(out)
    return found


def _parts(array: Any) -> list[Any]:
    """The array, or copies of the parts of a complex one."""
    if array.dtype.kind == "c":
        return [np.ascontiguousarray(array.real), np.ascontiguousarray(array.imag)]
    return [array]


def by_numpy(eqn: Equation, arrays: Sequence[Any]) -> Any:
    """What the primitive computes of the same arrays."""
    given = iter(arrays)
    operands = [atom.value if isinstance(atom, Literal) else next(given) for atom in eqn.ins]
    with np.errstate(all="ignore"):
        return np.asarray(eqn.primitive.host(*operands, **eqn.params))


# --- numbers ---------------------------------------------------------------------------------------


@functools.cache
def special(dtype: Any) -> Any:
    """Numbers at which a formula may fail."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        held = np.iinfo(dtype)
        found = [0, 1, 2, 3, 5, 7, held.bits - 1, held.bits, held.bits + 1, held.max // 2, held.max - 1]
        found += [held.max, held.min, held.min + 1] + [-1, -2, -3, -8] * (dtype.kind == "i")
        return np.array(found, dtype)
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        found = [0, 1, 2, 0.5, 1.5, 2.5, 7, 0.1, 3e5, 2**23 + 0.5, 2**52 - 0.5, limits.max, limits.tiny]
        found += [limits.smallest_subnormal, limits.eps, 1 + limits.eps, np.inf]
        return np.concatenate([np.array(found, dtype), -np.array(found, dtype), np.array([np.nan], dtype)])
    limits = np.finfo(dtype)
    parts = [0.0, -0.0, 1.0, -1.0, 2.5, 0.1, limits.max, limits.tiny, np.inf, -np.inf, np.nan]
    return np.array([complex(re, im) for re in parts for im in parts]).astype(dtype)


def random(dtype: Any, size: int, seed: int = 0) -> Any:
    """Numbers of many sizes."""
    dtype, rng = np.dtype(dtype), np.random.default_rng(seed)
    if dtype.kind == "b":
        return rng.random(size) < 0.5
    if dtype.kind in "iu":
        held = np.iinfo(dtype)
        large = rng.integers(held.min, held.max, size, dtype, endpoint=True)
        small = rng.integers(-12 if dtype.kind == "i" else 0, 12, size).astype(dtype)
        return np.where(rng.random(size) < 0.5, large, small)
    if dtype.kind == "f":
        return (rng.standard_normal(size) * 10.0 ** rng.integers(-4, 4, size)).astype(dtype)
    return (random("f8", size, seed + 1) + 1j * random("f8", size, seed + 2)).astype(dtype)


def numbers(dtypes: Sequence[Any]) -> list[Any]:
    """Arrays of one length, a multiple of the lanes: all tuples of special numbers, then random ones."""
    most = {1: 200, 2: 200, 3: 22}[len(dtypes)]
    chosen = np.meshgrid(*[special(dtype)[:most] for dtype in dtypes], indexing="ij")
    rest = 512 - chosen[0].size % LANES
    return [
        np.concatenate([x.ravel(), random(dtype, rest, 10 * k)])
        for k, (x, dtype) in enumerate(zip(chosen, dtypes, strict=True))
    ]


def differences(got: Any, want: Any, arrays: Sequence[Any]) -> list[str]:
    """Where two results differ in a bit, but for those of NaN: the first of them."""
    assert (got.shape, got.dtype) == (want.shape, want.dtype)
    wrong = np.zeros(got.shape, bool)
    for x, y in zip(_parts(got), _parts(want), strict=True):
        wrong |= (x != y) & ~((x != x) & (y != y))
        if x.dtype.kind == "f":
            wrong |= (np.signbit(x) != np.signbit(y)) & (x == x)
    where = np.flatnonzero(wrong)
    return [f"{[a[i] for a in arrays]} gave {got[i]!r}, not {want[i]!r}" for i in where[:3]]
