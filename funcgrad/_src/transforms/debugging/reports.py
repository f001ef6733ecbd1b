"""What ``debug_nans`` says: where the NaN are, what they were made of, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...backends import backend_of, to_host
from ...base.errors import NanError
from ...base.source import Location, local_variables, user_frame, user_location
from ...core.aval import aval_of
from ...core.primitive import Primitive
from ...core.trace import Tracer, unknown
from ...ops.strong import strong_mul_p

_VALUE = (
    "choose good operands before the operation, as in np.log(np.where(x > 0, x, 1.0)), not results after it"
)
_DERIVATIVE = (
    "keep its operand away from the point where the derivative is infinite, "
    "as in np.sqrt(np.where(x > 0, x, 1.0)) or np.sqrt(x + tiny)"
)
_CAME = "replace such elements before they are used, as in np.where(np.isnan(x), 0.0, x), or leave them out"
_SINGULAR = "no change, if 0 is what you want there; else " + _DERIVATIVE


# --- numbers ---------------------------------------------------------------------------------------


def number_of(value: Any) -> Any:
    """The number (of a batch: all of them) behind a value; None where nobody has computed one."""
    while type(value) is Tracer:
        value = value.value
    return None if value is unknown else value


def has(value: Any, what: str = "isnan") -> bool:
    """Whether there is a NaN (or an infinity: ``what="isinf"``) among the numbers behind a value."""
    number = number_of(value)
    if number is None or not aval_of(number).inexact:
        return False
    backend = backend_of(number)
    return bool(getattr(np if backend is None else backend.xp, what)(number).any())


def _host(value: Any) -> np.ndarray[Any, Any]:
    number = number_of(value)
    return np.asarray(number if backend_of(number) is None else to_host(number))


def summary(value: Any) -> str:
    """How many of the elements are NaN, and the index of the first."""
    host = _host(value)
    bad = np.argwhere(np.isnan(host))
    if host.ndim == 0:
        return f"NaN, a {aval_of(number_of(value))}"
    first = ", ".join(map(str, bad[0]))
    return f"NaN in {len(bad)} of {host.size} elements of a {aval_of(number_of(value))}, first at [{first}]"


def _shown(value: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    """The element of an operand behind an element of the result; its range if there is no such one."""
    host = _host(value)
    try:
        element = np.broadcast_to(host, shape)[index]
    except ValueError:
        if host.size == 0 or host.dtype.kind == "c":
            return f"a {aval_of(number_of(value))}"
        return f"a {aval_of(number_of(value))} from {host.min()} to {host.max()}"
    return str(element)


def _operands(args: Sequence[Any], out: Any) -> str:
    """What the operands are where the result is NaN."""
    names, host = names_of(args), _host(out)
    index = tuple(np.argwhere(np.isnan(host))[0]) if host.ndim else ()
    known = [(name, arg) for name, arg in zip(names, args, strict=True) if number_of(arg) is not None]
    return ", ".join(f"{name} = {_shown(arg, host.shape, index)}" for name, arg in known)


# --- names -----------------------------------------------------------------------------------------


def names_of(args: Sequence[Any]) -> list[str]:
    """The names that the user's own code has for operands; ``operand 0`` where it has none."""
    frame, at = user_frame(), user_location()
    known: dict[int, str] = {}
    if frame is not None and at is not None and (frame.f_code.co_filename, frame.f_lineno) == at[:2]:
        for name, value in local_variables(frame).items():
            while type(value) is Tracer:
                known.setdefault(id(value), name)
                value = value.value
            if isinstance(value, np.ndarray):
                known.setdefault(id(value), name)
    return [known.get(id(arg), f"operand {i}") for i, arg in enumerate(args)]


def label(primitive: Primitive, params: dict[str, Any]) -> str:
    """How errors speak of an operation: by its primitive, a call by the function's name."""
    if primitive is strong_mul_p:
        return "the product of the chain rule"
    return f"`{getattr(params.get('call'), 'name', None) or primitive.name}`"


def _within(at: Location | None) -> str:
    return f"in the derivative of `{at.derivative_of}`, " if at is not None and at.derivative_of else ""


# --- errors ----------------------------------------------------------------------------------------


def made(primitive: Primitive, args: Sequence[Any], out: Any, params: dict[str, Any]) -> NanError:
    """The error for an operation that made NaN."""
    at = user_location()
    return NanError(
        f"debug_nans: {_within(at)}{label(primitive, params)} made NaN of operands that hold none.",
        expected="a number in every element",
        got=f"{summary(out)}, where {_operands(args, out)}",
        at=at,
        hint=_DERIVATIVE if _within(at) else _VALUE,
    )


def came(primitive: Primitive, args: Sequence[Any], i: int, params: dict[str, Any]) -> NanError:
    """The error for operand ``i``, which no operation has made."""
    name, at = names_of(args)[i], user_location()
    name = name if name.startswith("operand") else f"`{name}`"
    return NanError(
        f"debug_nans: {_within(at)}{name} of {label(primitive, params)} holds NaN that no operation made.",
        expected="numbers in arguments, constants, and arrays that the function closes over",
        got=summary(args[i]),
        at=at,
        hint=_CAME,
    )


def given(what: str, value: Any) -> NanError:
    """The error for a tangent or cotangent that the caller gave."""
    return NanError(
        f"debug_nans: the {what} that was given holds NaN.",
        expected=f"numbers in the {what}",
        got=summary(value),
    )


def derived(what: str, primitive: Primitive, params: Any, value: Any, note: str, at: Any) -> NanError:
    """The error for a derivative that became NaN; ``what`` is "tangent" or "cotangent"."""
    verb = "result" if what == "tangent" else "operand"
    return NanError(
        f"debug_nans: the {what} of the {verb} of {label(primitive, params)} is NaN; "
        "what it is made of holds none.",
        expected="a number in every element of the derivative",
        got=f"{summary(value)}{note}",
        at=at,
        hint=_DERIVATIVE,
    )


def hidden(name: str, value: Any, at: Any) -> NanError:
    """The error for zero times infinity in a derivative; ``value`` is the plain product."""
    return NanError(
        f"debug_nans: in the derivative of {name} zero times infinity was taken for zero.",
        expected="finite coefficients where a cotangent or tangent is zero (singular=True)",
        got=f"a plain product would be {summary(value)}",
        at=at,
        hint=_SINGULAR,
    )
