"""Native functions that Python calls as built-in ones, and that read arrays and numbers by themselves.

A kernel is compiled with the signature of ``METH_FASTCALL``: ``ptr f(ptr self, ptr args, i64 count)``. A
built-in function made of its address costs some 50 ns a call, and no conversion of arguments: the kernel
loads the pointer to the data from the array object, and the number from a scalar object. NumPy's layout of
arrays is part of its stable binary interface; what is used of it is checked once (layout.py).
"""

from __future__ import annotations

import ctypes
from typing import Any

HEAD = object.__basicsize__  # bytes before an object's own fields: 16, more without the GIL
# Of an array: the pointer to its data, the number of its dimensions (an i32), the pointers to its shape and
# to its strides.
DATA, RANK, SHAPE, STRIDES = HEAD, HEAD + 8, HEAD + 16, HEAD + 24
SCALAR = HEAD  # of a number (float, complex, NumPy's): its value
LAYOUT = (HEAD, DATA, RANK, SHAPE, STRIDES, SCALAR, ctypes.sizeof(ctypes.c_void_p))
_FASTCALL = 0x0080


class _MethodDef(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_new = ctypes.pythonapi.PyCFunction_NewEx
_new.restype = ctypes.py_object
_new.argtypes = [ctypes.POINTER(_MethodDef), ctypes.py_object, ctypes.py_object]


def builtin(address: int, name: str, owner: Any) -> Any:
    """A built-in function of positional arguments; ``owner`` keeps the machine code alive."""
    definition = _MethodDef(name.encode(), address, _FASTCALL, None)
    return _new(definition, (definition, owner), None)
