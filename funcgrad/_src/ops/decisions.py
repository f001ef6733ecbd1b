"""What Python decides by numbers: guards, and arrays whose types depend on numbers.

Where a trace ``decides``, Python may ask for a number that is not there yet: ``if x > 0``, ``int(n)``,
``x[x > 0]``. It is computed, Python goes on, and what was decided becomes an equation of the program,
which is right for no other numbers. ``guard`` has no results: it reads its operand as Python did and
raises ``GuardFailed`` when it finds another outcome. ``dependent`` has the arrays themselves as results,
and raises when they have other types. Both have the effect ``"guard"``: no pass drops one or moves it
over another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import namespace_of, to_host
from ..base.errors import ConcretizationError
from ..base.record import Record
from ..base.source import Location
from ..core.aval import Aval, aval_of, make_aval
from ..core.primitive import Primitive, as_operand
from ..core.trace import Reason, Trace, Tracer, barrier, decider
from ..ir.passes.guards_first import GUARD
from ..tree import static_key
from .declare import NONDIFF

WHY: dict[Reason, str] = {
    "batch": "it has another value for each example",
    "abstract": "it has no value while it is traced",
    "effect": "it depends on a call with an effect, which is not made a second time",
}


class GuardFailed(Exception):  # noqa: N818  (a message to `jit`, which chooses another program)
    """The program is right for another outcome of its guard ``number`` than the one that was observed."""

    def __init__(self, number: int, observed: Any) -> None:
        super().__init__(number, observed)
        self.number = number
        self.observed = observed


class Guard(Record):
    """A decision: what kind, its outcome, and the user's line that made it."""

    kind: str
    outcome: Any
    at: Location | None


def _scalar(value: Any) -> float:
    """A Python number; NumPy's TypeError for an array of several."""
    return float(value)


def _item(value: Any) -> Any:
    return np.asarray(to_host(value)).item()


# What Python makes of numbers, by the name that stands in the program; families add their own.
READERS: dict[str, Callable[..., Any]] = {
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "item": _item,
    "round": lambda value: round(_scalar(value)),
    "floor": lambda value: math.floor(_scalar(value)),
    "ceil": lambda value: math.ceil(_scalar(value)),
    "trunc": lambda value: math.trunc(_scalar(value)),
}
# Kinds by which a number leaves the trace's sight: a derivative would be cut there.
LEAVING = frozenset({"float", "complex", "item"})
# What computes arrays whose types depend on numbers: ``function(xp, *arrays, **static)`` gives a tuple.
MAKERS: dict[str, Callable[..., tuple[Any, ...]]] = {}
Static = tuple[tuple[str, Any], ...]
Outs = tuple[tuple[tuple[int, ...], str, str], ...]


# --- the primitives --------------------------------------------------------------------------------


def _guard(*args: Any, kind: str, expected: Any, number: int, static: Static) -> tuple[()]:
    observed = READERS[kind](*args, **dict(static)) if static else READERS[kind](*args)
    if observed is not expected and static_key(observed) != static_key(expected):
        raise GuardFailed(number, observed)
    return ()


def types_of(outs: Sequence[Any]) -> Outs:
    """Shape, dtype and kind of each array: the outcome of a decision about types."""
    avals = map(aval_of, outs)
    return tuple([(aval.shape, aval.dtype.str, aval.kind) for aval in avals])


def _dependent(
    xp: Any, *args: Any, kind: str, expected: Outs, number: int, static: Static
) -> tuple[Any, ...]:
    outs = MAKERS[kind](xp, *args, **dict(static))
    observed = types_of(outs)
    if observed != expected:
        raise GuardFailed(number, observed)
    return outs


def _dependent_aval(*avals: Aval, kind: str, expected: Outs, number: int, static: Static) -> tuple[Aval, ...]:
    place = avals[0].place
    return tuple([make_aval(shape, np.dtype(dtype), kind, place) for shape, dtype, kind in expected])  # type: ignore[arg-type]


def _batch(size: int, values: Any, axes: Any, *, kind: str, **params: Any) -> Any:
    raise ConcretizationError(
        f"A program decides by a number ({kind}), but under `vmap` {WHY['batch']}.",
        expected="one value",
        got=f"a batch of {size}",
        hint="np.where(condition, a, b) chooses for each example",
    )


guard_p = Primitive("guard", lambda xp, *args, **params: _guard(*args, **params), host=_guard, multiple=True)
guard_p.aval = lambda *avals, **params: ()
dependent_p = Primitive("dependent", _dependent, multiple=True)
dependent_p.aval = _dependent_aval
for _p in (guard_p, dependent_p):
    _p.rule = NONDIFF
    _p.batch = _batch
    _p.effect = GUARD


# --- asking ----------------------------------------------------------------------------------------


def known(value: Any) -> Any:
    """The number behind an operand, computed if need be; nothing must stand before it."""
    return value.trace.known(value) if type(value) is Tracer else value


def decided(kind: str, *operands: Any, **static: Any) -> Any:
    """What Python makes of numbers that nothing stands before; recorded where they may be others."""
    outcome = READERS[kind](*map(known, operands), **static)
    trace = _decider(operands)
    if trace is not None:
        trace.decide(operands, kind, outcome, tuple(sorted(static.items())))
    return outcome


def found(
    kind: str, operands: Sequence[Any], what: str, hint: str, *, decides: str = "shape", **static: Any
) -> tuple[Any, ...]:
    """The arrays that ``MAKERS[kind]`` finds, whose types depend on the numbers of the operands.

    Where there are no numbers to be had ``what`` raises ConcretizationError.
    """
    for operand in operands:
        demand(operand, what, hint, decides=decides)
    values = [as_operand(known(operand)) for operand in operands]
    outs = MAKERS[kind](namespace_of(values), *values, **static)
    trace = _decider(operands)
    return outs if trace is None else trace.dependent(operands, kind, outs, tuple(sorted(static.items())))


def _decider(operands: Sequence[Any]) -> Trace | None:
    return next((trace for operand in operands if (trace := decider(operand)) is not None), None)


def together(value: Any) -> Any:
    """What stands for the numbers of all examples together, where decisions are recorded or numbers are."""
    while type(value) is Tracer and not value.trace.decides:
        value = value.value
    return value


def demand(value: Any, what: str, hint: str, *, decides: str = "shape") -> None:
    """Raise ConcretizationError unless Python may decide by the number behind ``value``."""
    before = barrier(value)
    if before is not None:
        raise unsettled(value, what, hint, before, decides)


def unsettled(
    value: Any, what: str, hint: str, before: tuple[Reason, Trace], decides: str
) -> ConcretizationError:
    """The error for a result whose shape or dtype is not settled."""
    reason, trace = before
    return ConcretizationError(
        f"{what}: the {decides} depends on a traced value, but under `{trace.name}` {WHY[reason]}.",
        expected=f"known values, or a result of a fixed {decides}",
        got=f"a tracer of {aval_of(value)}",
        hint=hint,
    )


MAKERS["nonzero"] = lambda xp, x: tuple(xp.nonzero(x))
MAKERS["flatnonzero"] = lambda xp, x: (xp.flatnonzero(x),)
MAKERS["argwhere"] = lambda xp, x: (xp.argwhere(x),)
READERS["real"] = lambda value: not np.any(value.imag)
