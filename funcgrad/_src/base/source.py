"""Where the user's own code is, and what it does there.

Frames of funcgrad and of NumPy are passed over. All of this runs when an error is made, never before.
"""

from __future__ import annotations

import dis
import functools
import os
import sys
from types import CodeType, FrameType
from typing import NamedTuple

import numpy as np

from .record import Record

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
        return f"{os.path.basename(self.file)}:{self.line} in {self.function.rpartition('<locals>.')[2]}"


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


def _in_scipy(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("scipy.") or is_internal(frame.f_code)


def scipys_function() -> str:
    """``scipy.special.polygamma``: the function of SciPy's that runs for the user; empty if none does."""
    frame, found = user_frame(), ""
    while frame is not None and _in_scipy(frame):
        name, module = frame.f_code.co_name, str(frame.f_globals.get("__name__")).split(".")
        if module[0] == "scipy" and name.isidentifier() and not name.startswith("_"):
            found = f"{'.'.join(module[:2])}.{name}"
        frame = frame.f_back
    return found


def user_location() -> Location | None:
    """File, line and function of the innermost user frame, SciPy's passed over; None when there is none."""
    frame = user_frame()
    while frame is not None and _in_scipy(frame):
        frame = frame.f_back
    if frame is None:
        return None
    return Location(frame.f_code.co_filename, frame.f_lineno or 0, frame.f_code.co_qualname)


class Use(Record):
    """What the user's own code does with a value.

    ``kind`` is ``"write"`` (``a[i] = x``), ``"read"`` (``a[x]``), ``"method"`` (``a.dot(x)``; its name is
    ``method``) or ``"other"``.
    """

    kind: str
    method: str = ""


_OTHER = Use("other")


def use_of_array(depth: int) -> Use:
    """What the caller ``depth`` frames up is doing, if it is the user's own code and does it with an array.

    Only what C code does for the caller itself counts: NumPy's functions written in Python have frames.
    """
    frame = sys._getframe(depth + 1)
    if is_internal(frame.f_code):
        return _OTHER
    return _use_at(frame.f_code, frame.f_lasti)


@functools.lru_cache(maxsize=1000)
def _use_at(code: CodeType, offset: int) -> Use:
    """What an instruction does with an array; a loop asks this of one instruction again and again."""
    steps = list(dis.get_instructions(code))
    here = next((i for i, step in enumerate(steps) if step.offset == offset), None)
    if here is None:
        return _OTHER
    name = steps[here].opname
    if name in ("STORE_SUBSCR", "STORE_SLICE"):
        return Use("write")
    if name in ("BINARY_SUBSCR", "BINARY_SLICE") or (name == "BINARY_OP" and steps[here].argrepr == "[]"):
        return Use("read")
    return _method_use(steps[:here], steps[here]) if name.startswith(_CALLS) else _OTHER


def _method_use(before: list[dis.Instruction], call: dis.Instruction) -> Use:
    """The method whose call this is: the longest ``….name`` that begins where the call begins."""
    span = call.positions
    found, longest = _OTHER, (0, 0)
    for step in before:
        at = step.positions
        if at is None or span is None or step.opname not in _ATTRIBUTES:
            continue
        end, limit = (
            (at.end_lineno or 0, at.end_col_offset or 0),
            (span.end_lineno or 0, span.end_col_offset or 0),
        )
        if at[0] == span[0] and at[2] == span[2] and longest <= end < limit:
            found, longest = Use("method", str(step.argval)), end
    return found


_CALLS = ("CALL", "PRECALL")  # Python 3.11 stays at PRECALL once it has specialised the two
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")


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
