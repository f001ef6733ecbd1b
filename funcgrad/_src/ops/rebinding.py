"""``array += tracer`` on a plain array.

NumPy hands the statement to the ufunc's protocol as ``np.add(array, tracer, out=array)``, and Python
binds what comes back to the left-hand side. A new tracer may come back, so that the name stands for it
from now on, if the statement is an in-place operator and nobody else could miss the write.

NOTE (nobody else holds the array): the call on its way here holds the array a fixed number of times,
as does the place it was read from. The same statement on an array of our own, run once, tells how
often; one more holder is a second name, a list, a view, or a caller. An array that shows the memory of
another one counts as held, unless that other one is a whole array that only this view keeps alive.
"""

from __future__ import annotations

import dis
import functools
import sys
from types import CodeType, FrameType
from typing import Any

import numpy as np

from ..base.errors import DtypeError, MutationError
from ..base.source import user_frame
from ..core.aval import Aval, aval_of, make_aval
from ..core.inplace import own_here
from ..core.trace import Tracer, current, tracing
from ..ir.staging import StagingTrace
from .structural import convert_p
from .ufunc import Ufunc, write_out

_BINARY_OP = dis.opmap["BINARY_OP"]
_FIRST_IN_PLACE = 13  # the operand of BINARY_OP for +=; the others follow in this order
_IN_PLACE = (
    "add", "bitwise_and", "floor_divide", "left_shift", "matmul", "multiply", "remainder", "bitwise_or",
    "power", "right_shift", "subtract", "divide", "bitwise_xor",
)  # fmt: skip


# --- the result ------------------------------------------------------------------------------------


def fit_target(result: Any, target: Aval, what: str) -> Any:
    """``result`` as an array like ``target`` takes it: in its dtype; other shapes are NumPy's error."""
    have = aval_of(result)
    if have.shape != target.shape:
        raise MutationError(
            f"{what}: the result has the shape {have.shape}, the array that is written has {target.shape}.",
            expected=str(target),
            got=str(have),
            hint="write y = y + value, which makes a new array",
        )
    if not np.can_cast(have.dtype, target.dtype, "same_kind"):
        raise DtypeError(
            f"{what}: cannot cast {have.dtype} to {target.dtype} with casting 'same_kind'.",
            expected=str(target),
            got=str(have),
            hint="make the array with that dtype, or write y = y + value, which makes a new array",
        )
    if have is target:
        return result
    return convert_p.bind(result, dtype=target.dtype, kind=target.kind)


# --- what the caller was doing ---------------------------------------------------------------------


def _in_place_operator(frame: FrameType, op: Ufunc) -> bool:
    """Whether the current instruction of ``frame`` is the in-place operator of ``op``."""
    code, at = frame.f_code.co_code, frame.f_lasti
    kind = code[at + 1] - _FIRST_IN_PLACE
    return code[at] == _BINARY_OP and 0 <= kind < len(_IN_PLACE) and _IN_PLACE[kind] == op.ufunc.__name__


@functools.lru_cache(maxsize=4096)
def _store_after(code: CodeType, at: int) -> str:
    """The instruction that stores the result of the one at ``at``."""
    following = (step for step in dis.get_instructions(code) if step.offset > at)
    return next(step.opname for step in following if step.opname.startswith("STORE"))


# --- who holds the array ---------------------------------------------------------------------------


class _Calibration(StagingTrace):
    """The trace of the one statement whose holders are counted to know what is usual."""

    __slots__ = ("holders",)

    holders: int


def _add_to_local(tracer: Any) -> None:
    array = np.zeros((1, 1))
    array += tracer


def _add_to_item(tracer: Any) -> None:
    arrays = {"x": np.zeros((1, 1))}
    arrays["x"] += tracer


def _multiply_local(tracer: Any) -> None:
    array = np.zeros((1, 1))
    array @= tracer


def _multiply_item(tracer: Any) -> None:
    arrays = {"x": np.zeros((1, 1))}
    arrays["x"] @= tracer


@functools.cache
def _usual(local: bool, product: bool) -> int:
    """How often the target of an in-place operator is held by the call itself and its place."""
    statements = ((_add_to_item, _add_to_local), (_multiply_item, _multiply_local))
    trace = _Calibration("calibration")
    with tracing(trace):
        statements[product][local](trace.new_input(make_aval((1, 1), np.dtype(float))))
    return trace.holders


def _base_holders(array: np.ndarray[Any, Any]) -> int:
    base = array.base
    return sys.getrefcount(base)


_USUAL_BASE = _base_holders(np.zeros(4).reshape(2, 2))


def _shows_foreign_memory(array: np.ndarray[Any, Any]) -> bool:
    base = array.base
    if base is None:
        return False
    whole = type(base) is np.ndarray and base.base is None and base.flags.owndata
    del base
    return not whole or _base_holders(array) > _USUAL_BASE


def _hidden_in_traces(array: np.ndarray[Any, Any]) -> int:
    """How many staged programs around us hold the array as a hidden input: they do not miss a write."""
    count, trace = 0, current.get()
    while trace is not None:
        count += id(array) in getattr(trace, "hidden", ())
        trace = trace.parent
    return count


# --- the decision ----------------------------------------------------------------------------------


def in_place_on_plain(op: Ufunc, args: tuple[Any, ...], out: Any) -> Any:
    """``op(*args, out=out)`` for a plain array ``out`` that is ``args[0]``: rebind, write, or refuse."""
    holders = sys.getrefcount(out)
    trace = current.get()
    if type(trace) is _Calibration:
        trace.holders = holders
        return out
    frame = user_frame()
    if frame is None or not _in_place_operator(frame, op):
        return write_out(out, op(*args), f"{op.__name__}(out=...)")
    store = _store_after(frame.f_code, frame.f_lasti)
    usual = _usual(store.startswith("STORE_FAST"), op.ufunc is np.matmul)
    reason = _why_not(out, holders - usual, store)
    what = f"array {op.primitive.symbol or op.__name__}= traced value"
    result = op(*args)
    if type(result) is not Tracer:
        return write_out(out, result, what)
    if reason is not None:
        raise _refused(what, reason, out)
    return own_here(fit_target(result, aval_of(out), what))


def _why_not(out: Any, others: int, store: str) -> str | None:
    """Why a new tracer may not take the array's place; None if it may. ``others`` hold the array too."""
    if not out.flags.writeable:
        return "the array is read-only"
    if store == "STORE_GLOBAL":
        return "a global variable outlives the traced function"
    if _shows_foreign_memory(out):
        return "the array is a view of memory that others see"
    if others > _hidden_in_traces(out):
        return "a second name, a list or a caller holds the array too, and would miss the write"
    return None


def _refused(what: str, reason: str, out: Any) -> MutationError:
    return MutationError(
        f"{what}: {reason}.",
        expected="an array made inside the traced function, under one name",
        got=str(aval_of(out)),
        hint="write y = y + value, or make the array with np.zeros_like(x) of a traced x",
    )
