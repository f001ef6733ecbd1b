"""Where the user's own code is, and what it does there.

Frames of funcgrad and of NumPy are passed over. All of this runs when an error is made or an equation is
staged, never before.

NOTE (frames that know a place): where an equation of a program, or a row of a tape, is worked off, the
user's line is not the line that runs now but the one that made it. Such a function is decorated with
``placing`` and holds that line in its local variable ``place``; whoever looks for the user's line from
further in finds it there. It costs nothing until somebody looks.
"""

from __future__ import annotations

import dis
import functools
import os
import sys
from collections.abc import Callable
from inspect import CO_OPTIMIZED
from types import CodeType, FrameType
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .record import Record

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_FOREIGN = (_PACKAGE, _NUMPY, "<frozen", "<__array_function__", "<funcgrad")
_USERS, _OURS, _PLACING = range(3)
_kinds: dict[CodeType, int] = {}  # whose a code object is; its hash is slow, so each is looked up once
_placing: set[CodeType] = set()
F = TypeVar("F", bound=Callable[..., Any])


class Location(NamedTuple):
    """A place in source code: file, line (1-based; 0 when unknown) and function.

    ``derivative_of`` names the primitive applied there, if what is placed belongs to its derivative.
    """

    file: str
    line: int
    function: str
    derivative_of: str = ""

    def __str__(self) -> str:
        return f"{os.path.basename(self.file)}:{self.line} in {self.function.rpartition('<locals>.')[2]}"


def is_internal(code: CodeType) -> bool:
    """Whether ``code`` belongs to funcgrad or NumPy rather than to the user."""
    return _kind(code) != _USERS


def _kind(code: CodeType) -> int:
    known = _kinds.get(code)
    if known is None:
        if len(_kinds) > 10_000:
            _kinds.clear()
        ours = code.co_filename.startswith(_FOREIGN)
        known = _kinds[code] = _PLACING if code in _placing else _OURS if ours else _USERS
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


def placing(fun: F) -> F:
    """Mark a function whose local variable ``place`` is the user's line for all that runs inside it."""
    _placing.add(fun.__code__)
    _kinds.pop(fun.__code__, None)
    return fun


def user_location() -> Location | None:
    """File, line and function of the innermost user frame, SciPy's passed over; None when there is none.

    A frame that knows a better place, further in than the user's, has the word.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        kind = _kinds.get(code)
        if kind is None:
            kind = _kind(code)
        if kind == _USERS:
            if not _in_scipy(frame):
                return Location(code.co_filename, frame.f_lineno or 0, code.co_qualname)
        elif kind == _PLACING:
            place = frame.f_locals.get("place")
            if place is not None:
                return place  # type: ignore[no-any-return]
        frame = frame.f_back
    return None


def local_variables(frame: FrameType) -> dict[str, Any]:
    """The local variables of a running function; none for the code of a module or class.

    Until Python 3.12 a frame that has been asked keeps a copy of them, which holds what they hold: it is
    emptied, unless a debugger may be looking at it.
    """
    if not frame.f_code.co_flags & CO_OPTIMIZED:
        return {}
    names = frame.f_locals
    found = dict(names)
    if type(names) is dict and sys.gettrace() is None:
        names.clear()
    return found


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
