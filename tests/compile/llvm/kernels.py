"""Modules of LLVM IR that the tests compile, and how to call what comes of them."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np

from funcgrad._src.compile.engines.llvm.linking import Library

# out[i] = a[i] * 1.5 + b[i], sixteen at a time and then one by one.
LOOP = """
declare <16 x float> @llvm.fma.v16f32(<16 x float>, <16 x float>, <16 x float>)
declare float @llvm.fma.f32(float, float, float)

define void @f(ptr %a, ptr %b, ptr %out, i64 %n) {
entry:
  %whole = and i64 %n, -16
  %any = icmp ne i64 %whole, 0
  br i1 %any, label %wide, label %middle
wide:
  %i = phi i64 [0, %entry], [%i1, %wide]
  %pa = getelementptr float, ptr %a, i64 %i
  %pb = getelementptr float, ptr %b, i64 %i
  %po = getelementptr float, ptr %out, i64 %i
  %x = load <16 x float>, ptr %pa, align 4
  %y = load <16 x float>, ptr %pb, align 4
  %z = call <16 x float> @llvm.fma.v16f32(<16 x float> %x, <16 x float> splat (float 1.5), <16 x float> %y)
  store <16 x float> %z, ptr %po, align 4
  %i1 = add i64 %i, 16
  %more = icmp ult i64 %i1, %whole
  br i1 %more, label %wide, label %middle
middle:
  %rest = icmp ult i64 %whole, %n
  br i1 %rest, label %narrow, label %done
narrow:
  %j = phi i64 [%whole, %middle], [%j1, %narrow]
  %qa = getelementptr float, ptr %a, i64 %j
  %qb = getelementptr float, ptr %b, i64 %j
  %qo = getelementptr float, ptr %out, i64 %j
  %u = load float, ptr %qa, align 4
  %v = load float, ptr %qb, align 4
  %w = call float @llvm.fma.f32(float %u, float 1.5, float %v)
  store float %w, ptr %qo, align 4
  %j1 = add i64 %j, 1
  %mores = icmp ult i64 %j1, %n
  br i1 %mores, label %narrow, label %done
done:
  ret void
}
"""

# The same with a product and a sum, each of which rounds.
_WIDE = "call <16 x float> @llvm.fma.v16f32(<16 x float> %x, <16 x float> splat (float 1.5), <16 x float> %y)"
_NARROW = "call float @llvm.fma.f32(float %u, float 1.5, float %v)"
ROUNDED_TWICE = LOOP.replace(
    f"%z = {_WIDE}", "%p = fmul <16 x float> %x, splat (float 1.5)\n  %z = fadd <16 x float> %p, %y"
).replace(f"%w = {_NARROW}", "%q = fmul float %u, 1.5\n  %w = fadd float %q, %v")

STRAIGHT = """
define i64 @f(i64 %x) {
  %y = mul i64 %x, 3
  ret i64 %y
}
"""

ANOTHER_FUNCTION = """
define internal i64 @g(i64 %x) noinline {
  %y = add i64 %x, 5
  ret i64 %y
}
define i64 @f(i64 %x) {
  %y = call i64 @g(i64 %x)
  %z = mul i64 %y, 2
  ret i64 %z
}
"""

TABLE = """
@t = private constant [4 x i64] [i64 10, i64 20, i64 30, i64 40]
define i64 @f(i64 %x) {
  %i = and i64 %x, 3
  %p = getelementptr [4 x i64], ptr @t, i64 0, i64 %i
  %y = load i64, ptr %p
  ret i64 %y
}
"""

SWITCH = """
define i64 @f(i64 %x) {
  switch i64 %x, label %o [i64 0, label %a i64 1, label %b i64 2, label %c i64 3, label %d i64 4, label %e]
a:
  %ya = mul i64 %x, 7
  ret i64 %ya
b:
  %yb = sub i64 9, %x
  ret i64 %yb
c:
  %yc = shl i64 %x, 4
  ret i64 %yc
d:
  %yd = xor i64 %x, 77
  ret i64 %yd
e:
  %ye = udiv i64 1000, %x
  ret i64 %ye
o:
  ret i64 -1
}
"""

ADDRESS = """
define i64 @g(i64 %x) noinline {
  %y = mul i64 %x, 4294967311
  ret i64 %y
}
define i64 @f(i64 %x) {
  %p = alloca ptr
  store volatile ptr @g, ptr %p
  %q = load volatile ptr, ptr %p
  %y = call i64 %q(i64 %x)
  ret i64 %y
}
"""

OF_PROCESS = """
declare i64 @labs(i64)
define i64 @f(i64 %x) {
  %m = sub i64 2, %x
  %y = call i64 @labs(i64 %m) nobuiltin
  ret i64 %y
}
"""

# Something to write to: a block has none.
VARIABLE = """
@v = internal global i64 0
define i64 @f(i64 %x) {
  %y = load volatile i64, ptr @v
  %z = sub i64 %x, %y
  store volatile i64 0, ptr @v
  ret i64 %z
}
"""

# Each takes an int64 and gives one.
INTEGERS: dict[str, tuple[str, Any]] = {
    "straight": (STRAIGHT, lambda x: 3 * x),
    "another function": (ANOTHER_FUNCTION, lambda x: 2 * (x + 5)),
    "a table": (TABLE, lambda x: (10, 20, 30, 40)[x & 3]),
    "a switch": (SWITCH, lambda x: {0: 0, 1: 8, 2: 32, 3: 3 ^ 77, 4: 250}.get(x, -1)),
    "a function's address": (ADDRESS, lambda x: x * 4294967311),
    "a function of the process": (OF_PROCESS, lambda x: abs(2 - x)),
    "a variable": (VARIABLE, lambda x: x),
}


def run_loop(library: Library, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What `LOOP` computes."""
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)(library.address("f"))
    out = np.full(a.size + 16, np.nan, np.float32)
    function(a.ctypes.data, b.ctypes.data, out.ctypes.data, a.size)
    assert np.isnan(out[a.size :]).all()
    return out[: a.size]


def run_integer(library: Library, x: int) -> int:
    """What one of `INTEGERS` computes."""
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(library.address("f"))
    return function(x)


def is_mapped(address: int) -> bool:
    """Whether there is memory that may be run at an address; of Linux."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        bounds, modes = line.split()[:2]
        first, last = [int(bound, 16) for bound in bounds.split("-")]
        if first <= address < last:
            return "x" in modes
    return False
