"""What Python asks of a traced value: its truth, its number, its length, its text.

A number may be looked at, to branch or to print, wherever there is one. It may leave (``float(x)``,
``x.item()``, ``np.asarray(x)``) only when no derivative is cut by that.
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Iterator
from operator import index
from typing import Any, NoReturn

import numpy as np

from ..backends import HOST, to_host
from ..base.errors import ConcretizationError, CutGradientError, MutationError, UnsupportedError
from ..base.source import Use, scipys_function, use_of_array
from ..core.aval import aval_of
from ..core.inplace import ARGUMENT
from ..core.trace import Reason, Trace, Tracer, barrier, unknown, withheld
from .decisions import WHY, decided
from .families import instead_of
from .logic import round_number_p

_HINTS = {
    ("truth", "batch"): "np.where(condition, a, b) chooses for each example",
    ("truth", "abstract"): "np.where(condition, a, b)",
    ("integer", "batch"): "index with the array itself: a[i], np.take(a, i); "
    "a length must be the same for all examples",
    ("truth", "effect"): "np.where(condition, a, b)",
    ("integer", "effect"): "take lengths from x.shape",
    ("integer", "abstract"): "take lengths from x.shape, or index with the array itself: a[i], np.take(a, i)",
}
_STAY = "keep x as it is: np.sin(x) in place of math.sin(x), x in place of float(x)"
_STAY_OUT = "put the call into a function with custom_vjp or custom_jvp, which give its derivative"
_STACK = "np.stack([x, y]) or funcgrad.numpy.array([x, y]), and x in place of np.asarray(x)"


def _looked_at(x: Tracer, kind: str, what: str, need: str) -> Any:
    """What Python makes of the number behind ``x``, to branch or to count by; nothing is cut by that."""
    if x.trace.thread != get_ident():
        raise x.trace.misused(x)
    before = barrier(x)
    if before is not None:
        raise _concretization(x, what, *before, _HINTS[need, before[0]])
    return decided(kind, x)


def _leaving(x: Tracer, what: str, made: str, instead: str, kind: str = "") -> Any:
    """The number behind ``x``, which goes out of the trace's sight as ``made``.

    Where decisions of that ``kind`` are recorded, it may: a guard says that it is always this one.
    """
    reasons = _withheld(x)
    if not reasons:
        return x.trace.concrete(x)
    theirs, use = scipys_function(), use_of_array(2)
    method = use.method if use.kind == "method" else ""
    if use.kind == "write" or method in ("fill", "put"):
        raise _plain_write(x, f"a.{method}(x)" if method else "a[i] = x", reasons[0][1].name)
    if kind and not theirs and method not in _METHODS_IN_C and _is_decidable(x, reasons):
        return decided(kind, x)
    raise _refusal(x, (what, made, instead), reasons, theirs, use)


def _is_decidable(x: Tracer, reasons: list[tuple[Reason, Trace]]) -> bool:
    """Whether no derivative and nothing else stands before the number than a trace that ``decides``."""
    return all(reason == "abstract" for reason, _ in reasons) and barrier(x) is None


def _refusal(
    x: Tracer, words: tuple[str, str, str], reasons: list[tuple[Reason, Trace]], theirs: str, use: Use
) -> ConcretizationError | CutGradientError:
    """The error for a number that may not leave."""
    what, made, instead = words
    method = use.method if use.kind == "method" else ""
    if theirs:
        what, made, instead = f"{theirs}(x)", "a plain array", instead_of(theirs) or _STAY_OUT
    if use.kind == "read":
        what, made, instead = (
            "a[x] of a plain array a",
            "a plain array",
            _AS_ARGUMENT.format("np.take(a, x, axis=0)"),
        )
    elif method in _METHODS_IN_C:
        operator = "a @ x or " if method == "dot" else ""
        instead = _AS_ARGUMENT.format(f"{operator}np.{method}(a, x)")
        what, made = f"a.{method}(x) of a plain array a", "a plain array"
    for reason, trace in reasons:
        if reason != "derivative":
            return _concretization(x, what, reason, trace, instead)
    return CutGradientError(
        f"{what} would cut the gradient: `{reasons[0][1].name}` cannot follow {made}.",
        expected="NumPy functions and operators on the traced value itself",
        got=f"a tracer of {aval_of(x)}",
        hint=instead if use.kind == "read" or method in _METHODS_IN_C else f"{instead}; {_STOP}",
    )


_AS_ARGUMENT = "{}, or pass a as an argument of the function"
_STOP = "stop_gradient(x) first, if the gradient is to stop here"
# Methods of ndarray written in C: they ask the array alone, never the operand.
_METHODS_IN_C = frozenset({"choose", "compress", "dot", "repeat", "searchsorted", "take"})


def _withheld(x: Tracer) -> list[tuple[Reason, Trace]]:
    if x.trace.thread != get_ident():
        raise x.trace.misused(x)
    return withheld(x)


def _concretization(x: Tracer, what: str, reason: Reason, trace: Trace, hint: str) -> ConcretizationError:
    number = aval_of(x).ndim == 0 and trace.name in ("jit", "make_jaxpr")
    static = "; or mark the argument with static_argnums" if number else ""
    return ConcretizationError(
        f"{what}: Python needs the value of a traced array, but under `{trace.name}` {WHY[reason]}.",
        expected="a value that is the same in every call" if reason == "abstract" else "one value",
        got=f"a tracer of {aval_of(x)}",
        hint=hint + static,
    )


def _plain_write(x: Tracer, what: str, name: str) -> MutationError:
    aval = aval_of(x)
    index = "" if aval.inexact else ", nor be written at a traced index"
    return MutationError(
        f"{what}: a plain array cannot take a traced value of `{name}`{index}.",
        expected="a traced array a",
        got=f"a plain array, and a tracer of {aval}",
        hint="make a with np.zeros_like(x) or np.zeros(shape, like=x), "
        "or collect the values and np.stack them",
    )


# --- truth and integers: only looked at --------------------------------------------------------------


def tracer_bool(x: Tracer) -> bool:
    """``bool(x)``, ``if x:``."""
    return _looked_at(x, "bool", "`if x:` or bool(x)", "truth")  # type: ignore[no-any-return]


def tracer_int(x: Tracer) -> int:
    """``int(x)``: piecewise constant, so nothing is cut."""
    return _looked_at(x, "int", "int(x)", "integer")  # type: ignore[no-any-return]


def tracer_index(x: Tracer) -> int:
    """``operator.index(x)``: lengths, ``range``, list indices."""
    aval = aval_of(x)
    if aval.dtype.kind not in "iu" or aval.ndim:
        raise TypeError("only integer scalar arrays can be converted to a scalar index")
    return _looked_at(x, "int", "an index or a length", "integer")  # type: ignore[no-any-return]


def tracer_round(x: Any, ndigits: int | None = None) -> Any:
    """``round(x)``: an int; ``round(x, n)``: a value of the same dtype."""
    if ndigits is not None:
        digits = index(ndigits)
        return round_number_p.bind(x, decimals=digits) if aval_of(x).kind == "python" else x.round(digits)
    return _looked_at(x, "round", "round(x)", "integer")


def tracer_floor(x: Tracer) -> int:
    """``math.floor(x)``."""
    return _looked_at(x, "floor", "math.floor(x)", "integer")  # type: ignore[no-any-return]


def tracer_ceil(x: Tracer) -> int:
    """``math.ceil(x)``."""
    return _looked_at(x, "ceil", "math.ceil(x)", "integer")  # type: ignore[no-any-return]


def tracer_trunc(x: Tracer) -> int:
    """``math.trunc(x)``."""
    return _looked_at(x, "trunc", "math.trunc(x)", "integer")  # type: ignore[no-any-return]


# --- numbers that leave ------------------------------------------------------------------------------


def tracer_float(x: Tracer) -> float:
    """``float(x)``, ``math.sin(x)``."""
    return float(_leaving(x, "float(x)", "a plain number", _STAY, "float"))


def tracer_complex(x: Tracer) -> complex:
    """``complex(x)``, ``cmath.sin(x)``."""
    return complex(_leaving(x, "complex(x)", "a plain number", _STAY, "complex"))


def tracer_item(x: Tracer, *args: Any) -> Any:
    """``x.item()``."""
    value = _leaving(x, "x.item()", "a plain number", "index instead: x[()], x[i, j]", "" if args else "item")
    return np.asarray(to_host(value)).item(*args)


def tracer_tolist(x: Tracer) -> Any:
    """``x.tolist()``."""
    value = _leaving(x, "x.tolist()", "plain numbers", "list(x) gives traced rows")
    return np.asarray(to_host(value)).tolist()


def tracer_array(x: Tracer, dtype: Any = None, copy: bool | None = None) -> Any:
    """``np.asarray(x)``, ``np.array([x])``: NumPy asks for a plain array here."""
    value = _leaving(x, "np.asarray(x) or np.array([x])", "a plain array", _STACK)
    if aval_of(value).place != HOST:
        raise UnsupportedError(
            "NumPy asked for a host array, but the value is on a device.",
            got=str(aval_of(value)),
            hint="cupy.asnumpy(x) copies to the host, outside the traced function",
        )
    if x.links is None:
        x.links = ARGUMENT  # a later write to this buffer would not reach the array handed out here
    return np.array(value, dtype=dtype, copy=copy)


# --- length and iteration: static --------------------------------------------------------------------


def tracer_len(x: Tracer) -> int:
    """``len(x)``."""
    shape = aval_of(x).shape
    if not shape:
        raise TypeError("len() of unsized object")
    return shape[0]


def tracer_iter(x: Any) -> Iterator[Any]:
    """The rows along the first axis."""
    shape = aval_of(x).shape
    if not shape:
        raise TypeError("iteration over a 0-d array")
    return (x[i] for i in range(shape[0]))


def tracer_contains(x: Any, value: Any) -> bool:
    """``value in x``."""
    return bool((x == value).any())


# --- text, copies, pickles ---------------------------------------------------------------------------


def tracer_repr(x: Tracer) -> str:
    """The number (or ``unknown``), the aval and the transform."""
    return f"Tracer({x.trace.concrete(x)!r}, {aval_of(x)}, {x.trace.name})"


def tracer_format(x: Tracer, spec: str) -> str:
    """The number in the wanted format; ``unknown`` when there is none."""
    value = x.trace.concrete(x)
    return str(value) if value is unknown else format(value, spec)


def tracer_reduce(x: Tracer, protocol: int = 0) -> NoReturn:
    """Pickling is refused: a tracer without its trace means nothing."""
    raise UnsupportedError(
        f"A traced value of `{x.trace.name}` cannot be pickled or sent to another process.",
        got=f"a tracer of {aval_of(x)}",
        hint="return it from the function and pickle the result",
    )
