"""The text of a kernel around its work: how it reads the objects that Python hands over (see objects.py)."""

from __future__ import annotations

import sys

from .builder import I64, POINTER, Builder, Type, Value
from .objects import DATA, SCALAR, SHAPE, STRIDES

_NONE_IS_IMMORTAL = sys.version_info >= (3, 12)

# What a kernel may ask of the interpreter; once in a module.
DECLARATIONS = """\
@_Py_NoneStruct = external global i8
@PyExc_IndexError = external global ptr
@PyExc_ValueError = external global ptr
@LinAlgError = external global ptr
declare void @Py_IncRef(ptr)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare ptr @PyErr_Format(ptr, ptr, ...)
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
