"""Whether objects lie in memory as kernels read them; looked at once, before the first kernel."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

import numpy as np

from . import objects

_POINTER = ctypes.sizeof(ctypes.c_void_p)
# Bit patterns that no two places in an object are likely to share.
_BYTES = bytes(range(0x31, 0x51))
KINDS = list("?bBhHiIlLqQefdFD")  # the scalars of which kernels read the value


@cache
def as_expected() -> bool:
    """Whether kernels may read arrays and scalars; if not, there is no engine of LLVM."""
    return (
        sys.implementation.name == "cpython"
        and _POINTER == 8
        and sys.byteorder == "little"
        and all([array_as_expected(x) for x in _arrays()])
        and all([scalar_as_expected(x, x.tobytes()) for x in _scalars()])
        and scalar_as_expected(1.1, np.float64(1.1).tobytes())
        and scalar_as_expected(2.2 - 3.3j, np.complex128(2.2 - 3.3j).tobytes())
    )


def _arrays() -> list[np.ndarray[Any, Any]]:
    whole = np.zeros((3, 5, 7), np.float32)
    return [whole, whole[1:, ::2, ::-1], whole.T, np.array(1.0), whole[:0], np.ones(1000, bool)]


def _scalars() -> list[Any]:
    found: list[Any] = [np.bool_(True), np.bool_(False)]
    for kind in KINDS[1:]:
        found.append(np.frombuffer(_BYTES, kind, 1)[0])
    return found


def _words(address: int, count: int) -> tuple[int, ...]:
    return tuple((ctypes.c_ssize_t * count).from_address(address))


def array_as_expected(x: np.ndarray[Any, Any]) -> bool:
    """Whether an array's data, rank, shape and strides stand where kernels read them."""
    if type(x).__basicsize__ < objects.STRIDES + _POINTER:
        return False
    at = id(x)
    (data,) = _words(at + objects.DATA, 1)
    (rank,) = (ctypes.c_int * 1).from_address(at + objects.RANK)
    if data != x.ctypes.data or rank != x.ndim:
        return False
    if not rank:
        return True
    (shape,), (strides,) = _words(at + objects.SHAPE, 1), _words(at + objects.STRIDES, 1)
    if not shape or strides != shape + rank * _POINTER:
        return False  # NumPy keeps both in one piece; words that do not look so are not followed
    return _words(shape, rank) == x.shape and _words(strides, rank) == x.strides


def scalar_as_expected(x: Any, value: bytes) -> bool:
    """Whether the bytes of a scalar's value stand where kernels read them."""
    if type(x).__basicsize__ < objects.SCALAR + len(value):
        return False
    return ctypes.string_at(id(x) + objects.SCALAR, len(value)) == value
