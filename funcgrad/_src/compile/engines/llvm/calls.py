"""Native functions that Python calls as built-in ones, and that read arrays and numbers by themselves.

A kernel is compiled with the signature of ``METH_FASTCALL``: ``ptr f(ptr self, ptr args, i64 count)``. A
built-in function made of its address costs some 50 ns a call, and no conversion of arguments: the kernel
loads the pointer to the data from the array object, and the number from a scalar object. NumPy's layout of
arrays is part of its stable binary interface; what is used of it is checked once (layout.py).
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from .builder import I64, POINTER, Builder, Type, Value

HEAD = object.__basicsize__  # bytes before an object's own fields: 16, more without the GIL
# Of an array: the pointer to its data, the number of its dimensions (an i32), the pointers to its shape and
# to its strides.
DATA, RANK, SHAPE, STRIDES = HEAD, HEAD + 8, HEAD + 16, HEAD + 24
SCALAR = HEAD  # of a number (float, complex, NumPy's): its value
LAYOUT = (HEAD, DATA, RANK, SHAPE, STRIDES, SCALAR, ctypes.sizeof(ctypes.c_void_p))
_FASTCALL = 0x0080
_NONE_IS_IMMORTAL = sys.version_info >= (3, 12)


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


# --- the text of a kernel, around its work ---

# What a kernel may ask of the interpreter; once in a module.
DECLARATIONS = """\
@_Py_NoneStruct = external global i8
declare void @Py_IncRef(ptr)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
"""


def opening(name: str) -> str:
    """The first line of a kernel."""
    return f"define ptr @{name}(ptr %self, ptr %args, i64 %count) {{"


def closing(b: Builder) -> None:
    """Return None, and end the function. A count is owed for it, save where None has none any more."""
    if not _NONE_IS_IMMORTAL:
        b.lines.append("  call void @Py_IncRef(ptr @_Py_NoneStruct)")
    b.lines += ["  ret ptr @_Py_NoneStruct", "}"]


def _field(b: Builder, base: Value, offset: int, type: Type) -> Value:
    if offset:
        base = b.instruction(f"getelementptr inbounds i8, ptr {base.text}, i64 {offset}", POINTER)
    return b.instruction(f"load {type.name}, ptr {base.text}, align {type.bits // 8}", type)


def argument(b: Builder, number: int) -> Value:
    """The pointer to an argument's object."""
    return _field(b, Value(b, "%args", POINTER), 8 * number, POINTER)


def data(b: Builder, array: Value) -> Value:
    """The pointer to the first element of an array."""
    return _field(b, array, DATA, POINTER)


def stride(b: Builder, array: Value, axis: int) -> Value:
    """How many bytes apart the elements of an array lie along an axis."""
    return _field(b, _field(b, array, STRIDES, POINTER), 8 * axis, I64)


def length(b: Builder, array: Value, axis: int) -> Value:
    """How long an array is along an axis."""
    return _field(b, _field(b, array, SHAPE, POINTER), 8 * axis, I64)


def scalar(b: Builder, number: Value, type: Type, part: int = 0) -> Value:
    """The value of a scalar object: a float, or one of NumPy's. A truth value is an I8 here.

    ``type``: as the object has it (F64 of a float or a complex). ``part``: 1 for the imaginary part.
    """
    return _field(b, number, SCALAR + part * (type.bits // 8), type)


def release(b: Builder) -> Value:
    """Let other threads run Python: until `acquire`, no object may be made, changed or counted."""
    return b.instruction("call ptr @PyEval_SaveThread()", POINTER)


def acquire(b: Builder, state: Value) -> None:
    """Wait for Python; ``state`` is what `release` gave."""
    b.lines.append(f"  call void @PyEval_RestoreThread(ptr {state.text})")
