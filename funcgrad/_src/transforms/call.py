"""Calls that stay whole: functions with derivative rules of their own, and checkpoints.

``call_p`` applies a ``Call``: a function of leaves that knows its own derivatives. Eagerly the user's
function simply runs; a staging trace records one equation whose ``jaxpr`` is the function's program,
so that compiled code is not interrupted by Python, and every transformation still finds the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..base import config
from ..base.errors import MutationError, NonLinearError, RuleOutputError
from ..base.record import Record
from ..base.source import Location, function_location
from ..core.aval import aval_of
from ..core.inplace import ARGUMENT
from ..core.primitive import Primitive
from ..core.trace import Trace, Tracer, find_current, under
from ..ir.evaluate import eval_jaxpr
from ..ir.jaxpr import Jaxpr
from ..ir.passes.silence import silence
from ..ops.declare import CallRule
from ..ops.structural import move_axis, sum_axes
from .driver import call_user
from .transpose import Leaves, Linear, pull_linear, reverse_of_linear
from .vmap import vmap


class Call:
    """A function of leaves with derivatives of its own.

    ``primal(*leaves)`` returns a list of leaves. ``reverse(leaves, mask)`` returns the outputs and a
    pullback (see ``Pull``); ``forward(leaves, tangents)`` the outputs and their tangents.
    """

    name = "call"
    forward_only = False  # whether reverse mode is the transpose of ``forward``
    at: Location | None = None  # where the forward rule is
    constants: Mapping[int, Any] = {}  # the leaves that no staging traces: Python's bools and ints

    def primal(self, *leaves: Any) -> list[Any]:
        """The outputs."""
        raise NotImplementedError

    def reverse(self, leaves: Leaves, mask: int) -> tuple[list[Any], Pull]:
        """The outputs and their pullback."""
        raise NotImplementedError

    def forward(self, leaves: Leaves, tangents: Leaves) -> tuple[list[Any], list[Any]]:
        """The outputs and their tangents (None where zero)."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Pull:
    """A pullback that says what it holds: ``residuals`` may be replaced by copies of their own.

    ``foreign``: a user's rule chose them, so any may be an array that its owner writes later.
    """

    __slots__ = ("foreign", "fun", "residuals")

    def __init__(
        self, residuals: Leaves, fun: Callable[[Leaves, Leaves], Leaves], *, foreign: bool = False
    ) -> None:
        self.residuals = list(residuals)
        self.foreign = foreign
        self.fun = fun

    def __call__(self, gs: Leaves) -> Leaves:
        return self.fun(self.residuals, gs)


class StagedCall(Call):
    """The same call with its primal given by a jaxpr."""

    def __init__(self, call: Call, jaxpr: Jaxpr) -> None:
        self.call = call
        self.name = call.name
        self.forward_only = call.forward_only
        self.at = call.at
        self.reverse = call.reverse  # type: ignore[method-assign]
        self.forward = call.forward  # type: ignore[method-assign]
        self.jaxpr = jaxpr

    def primal(self, *leaves: Any) -> list[Any]:
        return eval_jaxpr(self.jaxpr, leaves)


class BatchedCall(Call):
    """A call mapped over an axis: its rules are the mapped rules."""

    def __init__(self, call: Call, size: int, axes: tuple[int | None, ...]) -> None:
        self.call = call
        self.name = call.name
        self.forward_only = call.forward_only
        self.at = call.at
        self.constants = call.constants
        self.size = size
        self.axes = axes

    def _map(self, fun: Callable[..., Any], in_axes: Any) -> Callable[..., Any]:
        return vmap(fun, in_axes=in_axes, axis_size=self.size)

    def primal(self, *leaves: Any) -> list[Any]:
        return list(self._map(lambda *xs: list(self.call.primal(*xs)), self.axes)(*leaves))

    def reverse(self, leaves: Leaves, mask: int) -> tuple[list[Any], Pull]:
        if self.forward_only:
            return reverse_of_forward(self, leaves, mask)
        made: list[tuple[Pull, list[bool]]] = []

        def run(*xs: Any) -> tuple[list[Any], list[Any]]:
            outs, pull = self.call.reverse(xs, mask)
            here = find_current()
            mapped = [type(r) is Tracer and r.trace is here for r in pull.residuals]
            made.append((pull, mapped))
            return list(outs), [r for r, m in zip(pull.residuals, mapped, strict=True) if m]

        outs, residuals = self._map(run, self.axes)(*leaves)
        pull, mapped = made[0]
        shared = [r for r, m in zip(pull.residuals, mapped, strict=True) if not m]
        count = len(residuals)

        def back(held: Leaves, gs: Leaves) -> list[Any]:
            present = [g is not None for g in gs]

            def one(moved: Leaves, given: Leaves) -> list[Any]:
                rest, moving, fixed = iter(given), iter(moved), iter(held[count:])
                full = [next(moving) if m else next(fixed) for m in mapped]
                return list(pull.fun(full, [next(rest) if p else None for p in present]))

            shares = self._map(one, 0)(list(held[:count]), [g for g in gs if g is not None])
            return [_unmap(share, axis) for share, axis in zip(shares, self.axes, strict=True)]

        return outs, Pull([*residuals, *shared], back, foreign=pull.foreign)

    def forward(self, leaves: Leaves, tangents: Leaves) -> tuple[list[Any], list[Any]]:
        present = [t is not None for t in tangents]
        axes = list(self.axes)
        tangent_axes = [axis for axis, p in zip(axes, present, strict=True) if p]

        def one(xs: Leaves, given: Leaves) -> tuple[list[Any], list[Any]]:
            rest = iter(given)
            outs, moved = self.call.forward(xs, [next(rest) if p else None for p in present])
            return list(outs), list(moved)

        given = [t for t in tangents if t is not None]
        outs, moved = self._map(one, (axes, tangent_axes))(list(leaves), given)
        return outs, moved


def _unmap(share: Any, axis: int | None) -> Any:
    """A mapped cotangent where its operand's axis is; summed for an operand that was not mapped."""
    if share is None:
        return None
    return sum_axes(share, 0) if axis is None else move_axis(share, 0, axis)


# --- the primitive ---------------------------------------------------------------------------------


def _impl(xp: Any, *leaves: Any, call: Call, jaxpr: Jaxpr | None) -> tuple[Any, ...]:
    with under(None):
        return tuple(call.primal(*leaves))


class _CallRule(CallRule):
    __slots__ = ()

    def reverse(self, parent: Trace | None, mask: int, values: list[Any], params: dict[str, Any]) -> Any:
        call = params["call"]
        with under(parent), no_writes(call.name):
            outs, pull = call.reverse(lend(values), mask)
        return tuple(map(shown, outs)), pull

    def jvp(self, primals: list[Any], tangents: list[Any], params: dict[str, Any]) -> Any:
        call = params["call"]
        with no_writes(call.name):
            return call.forward(lend(primals), lend(tangents))


def _batch(size: int, values: Leaves, axes: Any, *, call: Call, jaxpr: Jaxpr | None) -> Any:
    mapped = BatchedCall(call, size, tuple(axes))
    outs = call_p.bind(*values, call=mapped, jaxpr=None)
    return outs, (0,) * len(outs)


def _stage(stage_inner: Callable[..., Jaxpr], params: dict[str, Any]) -> dict[str, Any]:
    """Params with the program of the primal, which the staging trace makes."""
    if params["jaxpr"] is not None:
        return {**params, "jaxpr": silence(params["jaxpr"])} if config.recomputing.get() else params
    call = params["call"]
    constants = call.constants

    def primal(*leaves: Any) -> list[Any]:
        return list(call.primal(*[constants.get(i, leaf) for i, leaf in enumerate(leaves)]))

    jaxpr = stage_inner(primal, call.name)
    for value in jaxpr.hidden:
        if type(value) is Tracer:
            raise value.trace.misused(value)
    return {"call": StagedCall(call, jaxpr), "jaxpr": jaxpr}


call_p = Primitive("call", _impl, multiple=True)
call_p.aval = lambda *avals, call, jaxpr: jaxpr.out_avals
call_p.rule = _CallRule()
call_p.batch = _batch
call_p.stage = _stage


# --- reverse mode for a call that has only a forward rule --------------------------------------------


def reverse_of_forward(call: Call, leaves: Leaves, mask: int) -> tuple[list[Any], Pull]:
    """Outputs and pullback: the transpose of the tangent map, traced here."""
    active = [i for i in range(len(leaves)) if mask >> i & 1]
    primals: list[Any] = []

    def tangent_map(*moving: Any) -> list[Any]:
        tangents: list[Any] = [None] * len(leaves)
        for i, t in zip(active, moving, strict=True):
            tangents[i] = t
        outs, moved = call.forward(leaves, tangents)
        primals.extend(outs)
        return moved

    avals = [aval_of(leaves[i]) for i in active]
    what = Linear(call.name, f"The jvp rule of `{call.name}`", call.at)
    tape, inputs, _, numbers = reverse_of_linear(what, tangent_map, avals)
    tape.secure()
    for out in primals:
        if type(out) is Tracer and out.trace is tape:
            raise NonLinearError(
                f"{what.subject} returned an output that depends on the tangents.",
                expected="an output computed from the primals alone",
                got=f"an output of {aval_of(out)} computed from a tangent",
            )

    def back(held: Leaves, gs: Leaves) -> list[Any]:
        shares: list[Any] = [None] * len(leaves)
        for i, share in zip(active, pull_linear(tape, inputs, numbers, gs), strict=True):
            shares[i] = share
        return shares

    return primals, Pull((), back)


# --- what user's rules are given, and give -----------------------------------------------------------


def lend(values: Leaves) -> list[Any]:
    """The same values, not to be written: a user's rule gets them, but they belong to the trace."""
    return [_lent(value) for value in values]


def _lent(value: Any) -> Any:
    if type(value) is Tracer:
        return Tracer(value.trace, value.value, value.data, ARGUMENT)
    if type(value) is np.ndarray:
        value = value.view()
        value.flags.writeable = False
    return value


def shown(value: Any) -> Any:
    """What a rule returned, as a view: nobody knows whose memory it is, so it is copied when it is kept."""
    return value.view() if type(value) is np.ndarray else value


@contextmanager
def no_writes(name: str) -> Iterator[None]:
    """NumPy's error for a write into what was lent, as ours."""
    try:
        yield
    except ValueError as error:
        if type(error) is not ValueError or "read-only" not in str(error):
            raise
        raise MutationError(
            f"`{name}` or a rule of it writes into an argument.",
            expected="a function that leaves its arguments, residuals and cotangents as they are",
            got=str(error),
            hint="copy first: y = x.copy(), then write to y",
        ) from None


# --- small helpers of calls and rules --------------------------------------------------------------


def integers(leaves: Leaves) -> dict[int, Any]:
    """The Python bools and ints among leaves, by position: constants, as under every transformation."""
    return {i: leaf for i, leaf in enumerate(leaves) if type(leaf) is int or type(leaf) is bool}


class Rule(Record):
    """A user's rule and how errors speak of it: ``The bwd rule of `relu```."""

    fun: Callable[..., Any]
    subject: str

    def __call__(self, *args: Any) -> Any:
        return call_user(self.fun, args, {})

    def error(self, headline: str, expected: str | None, got: str | None) -> RuleOutputError:
        """The error for what the rule returned."""
        at = function_location(self.fun)
        return RuleOutputError(f"{self.subject} {headline}", expected=expected, got=got, at=at)
