"""Transposing linear functions: trace them backwards at zero.

A linear function has the same derivative everywhere, so its transpose is the backward sweep of a tape
recorded at zero; the tape and the value at zero show whether it was linear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import HOST_TYPES
from ..base.errors import NonLinearError
from ..base.record import Record
from ..base.source import Location
from ..compile.staged import jit_p
from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive
from ..core.trace import Tracer, tracing
from ..ir.evaluate import eval_jaxpr
from ..ops.structural import full_like_aval, stop_gradient_p
from .debugging.choice import watched
from .driver import strip
from .sweep import Sweep
from .tape import ReverseTrace

Leaves = Sequence[Any]


class Linear(Record):
    """What must be linear, and how errors speak of it: the subject of the sentence, where, what to try."""

    name: str
    subject: str
    at: Location | None = None
    hint: str = "give the function both rules: defvjp(fwd, bwd) and defjvp(rule)"

    def error(self, primitive: Primitive) -> NonLinearError:
        """The error for a function that applies ``primitive`` to what it should be linear in."""
        return NonLinearError(
            f"{self.subject} is not linear: it applies `{primitive.name}` to what it should be linear in.",
            expected="sums, products with constants, and data movement",
            got=f"the operation `{primitive.name}`",
            at=self.at,
            hint=self.hint,
        )


class LinearTape(ReverseTrace):
    """A tape that refuses what loses the derivative: a linear function depends on no comparison.

    It is recorded at zero, so ``np.where(t > 1, 1, t)`` would pass for the identity.
    """

    __slots__ = ("what",)
    withholds = "abstract"

    def __init__(self, what: Linear) -> None:
        super().__init__(what.name)
        self.what = what

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if primitive is jit_p:  # look inside: its program may be anything
            return tuple(eval_jaxpr(params["jaxpr"], args))
        if primitive.effect is not None and any(map(self._moves, args)):
            return ()  # there is no number to show: the tape is recorded at zero
        out = super().process(primitive, args, params)
        outs = out if primitive.multiple else (out,)
        if primitive is stop_gradient_p or any(map(self._moves, outs)) or not any(map(self._moves, args)):
            return out
        raise self.what.error(primitive)

    def _moves(self, value: Any) -> bool:
        return type(value) is Tracer and value.trace is self and value.data is not None


def reverse_of_linear(
    what: Linear, fun: Callable[..., Leaves], avals: Sequence[Aval]
) -> tuple[ReverseTrace, list[int], list[Any], list[int | None]]:
    """Trace a linear function at zero; its tape, input numbers, outputs and output numbers."""
    trace = watched(LinearTape, numbers=False)(what)
    with tracing(trace):
        tracers = [trace.new_input(full_like_aval(aval)) for aval in avals]
        outs = list(fun(*tracers))
    values, numbers = strip(trace, outs)
    _check_linear(trace, what)
    _check_zero(what, values)
    return trace, [t.data for t in tracers], values, numbers


def pull_linear(tape: ReverseTrace, inputs: list[int], outputs: list[int | None], gs: Leaves) -> list[Any]:
    """The transpose of what was traced, applied to cotangents (None where zero)."""
    seeds = [(n, g) for n, g in zip(outputs, gs, strict=True) if g is not None]
    return Sweep(tape, free=False).run(seeds, inputs)


def _check_linear(tape: ReverseTrace, what: Linear) -> None:
    """Raise NonLinearError if what was traced is not linear."""
    for row in tape.rows:
        if row is not None and not _is_linear(
            row[0], [i for i, n in enumerate(row[1]) if n is not None], row
        ):
            raise what.error(row[0])


def _is_linear(primitive: Primitive, moving: list[int], row: Any) -> bool:
    """Whether the derivative by the moving operands depends on none of them, nor on the output."""
    form = primitive.rule
    if form.kind == "call" or form.linear:
        return True
    if form.kind == "explicit":
        return False
    needed = frozenset().union(*(form.needed(i, len(row[1])) for i in moving))
    return needed.isdisjoint((-1, *moving))


def _check_zero(what: Linear, outs: Sequence[Any]) -> None:
    """A linear function is zero at zero; NaN and tracers say nothing."""
    for out in outs:
        if type(out) in HOST_TYPES and np.any((out != 0) & (out == out)):
            raise NonLinearError(
                f"{what.subject} is not linear: it is not zero at zero.",
                expected="zero where everything that it should be linear in is zero",
                got=f"a value of {aval_of(out)} that is not zero",
                at=what.at,
                hint="leave out what does not depend on the argument (the (co)tangent of a rule)",
            )
