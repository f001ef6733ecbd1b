"""Where in the user's own code are we?  Frames of funcgrad and of NumPy are passed over."""

from __future__ import annotations

import os
import sys
from types import CodeType, FrameType
from typing import NamedTuple

import numpy as np

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_FOREIGN = (_PACKAGE, _NUMPY, "<frozen", "<__array_function__", "<funcgrad")
_inside: dict[CodeType, bool] = {}


class Location(NamedTuple):
    """A place in source code: file, line (1-based; 0 when unknown) and function."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        name = os.path.basename(self.file)
        return f"{name}:{self.line} in {self.function}"


def is_internal(code: CodeType) -> bool:
    """Whether ``code`` belongs to funcgrad or NumPy rather than to the user."""
    known = _inside.get(code)
    if known is None:
        if len(_inside) > 10_000:
            _inside.clear()
        known = _inside[code] = code.co_filename.startswith(_FOREIGN)
    return known


def user_frame() -> FrameType | None:
    """The innermost frame that is neither funcgrad's nor NumPy's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_internal(frame.f_code):
        frame = frame.f_back
    return frame


def user_location() -> Location | None:
    """File, line and function of the innermost user frame; None when there is none."""
    frame = user_frame()
    if frame is None:
        return None
    return Location(frame.f_code.co_filename, frame.f_lineno or 0, frame.f_code.co_qualname)


def function_name(fun: object) -> str:
    """The name under which errors and printed programs speak of ``fun``."""
    while not hasattr(fun, "__name__") and hasattr(fun, "func"):
        fun = fun.func  # functools.partial
    return str(getattr(fun, "__name__", type(fun).__name__))


def function_location(fun: object) -> Location | None:
    """Where ``fun`` is defined; None for callables without Python code."""
    while not hasattr(fun, "__code__") and hasattr(fun, "__wrapped__"):
        fun = fun.__wrapped__
    code = getattr(fun, "__code__", None)
    if not isinstance(code, CodeType):
        return None
    return Location(code.co_filename, code.co_firstlineno, code.co_qualname)
