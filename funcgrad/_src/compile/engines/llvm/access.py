"""Between memory and registers: one element, or a vector of elements at even distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import I1, I8, Type, Value
from .code import Code
from .registers import Complex, Register, type_of

Dtype = np.dtype[Any]
Distance = Value | int  # bytes from one element to the next


def read(
    code: Code, pointer: Value, dtype: Dtype, step: Distance = 0, mask: Value | None = None, lanes: int = 0
) -> Register:
    """One element (``lanes`` 0), or a vector; where the mask is false nothing is read, and zero is there."""
    type = memory_type(dtype)
    if dtype.kind == "c":
        return _read_complex(code, pointer, type, step, mask, lanes)
    x = _vector(code, pointer, type, step, mask, lanes, type.bits // 8)
    return x.ne(0) if dtype.kind == "b" else x


def write(
    code: Code,
    pointer: Value,
    dtype: Dtype,
    x: Register,
    step: Distance = 0,
    mask: Value | None = None,
    lanes: int = 0,
) -> None:
    """The opposite of `read`."""
    if isinstance(x, Complex):
        _write_complex(code, pointer, x, step, mask, lanes)
        return
    if dtype.kind == "b":
        x = code.cast("zext", x, I8)
    x = code.spread(x, lanes)
    _write_vector(code, pointer, x, step, mask, x.type.bits // 8)


def memory_type(dtype: Dtype) -> Type:
    """The type of an element (or of the parts of a complex one) in memory."""
    found = type_of(dtype)
    return I8 if found is I1 else found


def _vector(
    code: Code, pointer: Value, type: Type, step: Distance, mask: Value | None, lanes: int, size: int
) -> Value:
    if not lanes:
        return code.load(pointer, type)
    if isinstance(step, int) and step == size:
        return code.load(pointer, type, lanes) if mask is None else code.masked_load(pointer, type, mask)
    return code.gather(code.addresses(pointer, code.lanes_of(lanes, step)), type, mask)


def _write_vector(
    code: Code, pointer: Value, x: Value, step: Distance, mask: Value | None, size: int
) -> None:
    if not x.lanes:
        code.store(pointer, x)
    elif not isinstance(step, int) or step != size:
        code.scatter(code.addresses(pointer, code.lanes_of(x.lanes, step)), x, mask)
    elif mask is None:
        code.store(pointer, x)
    else:
        code.masked_store(pointer, x, mask)


def _read_complex(
    code: Code, pointer: Value, type: Type, step: Distance, mask: Value | None, lanes: int
) -> Complex:
    size = type.bits // 8
    second = code.offset(pointer, size)
    if not lanes or mask is not None or not isinstance(step, int) or step != 2 * size:
        return Complex(*[_vector(code, p, type, step, mask, lanes, size) for p in (pointer, second)])
    pairs = code.load(pointer, type, 2 * lanes)
    return Complex(*[code.shuffle(pairs, pairs, [2 * k + part for k in range(lanes)]) for part in (0, 1)])


def _write_complex(
    code: Code, pointer: Value, x: Complex, step: Distance, mask: Value | None, lanes: int
) -> None:
    size = x.re.type.bits // 8
    re, im = code.spread(x.re, lanes), code.spread(x.im, lanes)
    if not lanes or mask is not None or not isinstance(step, int) or step != 2 * size:
        _write_vector(code, pointer, re, step, mask, size)
        _write_vector(code, code.offset(pointer, size), im, step, mask, size)
        return
    code.store(pointer, code.shuffle(re, im, [k // 2 + lanes * (k % 2) for k in range(2 * lanes)]))
