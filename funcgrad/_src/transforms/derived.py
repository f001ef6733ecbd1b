"""Derivatives and batches of compiled programs, as compiled programs.

Each is found by evaluating the jaxpr under the transform while staging; none has a second set of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..base.config import recomputing, switched
from ..compile.staged import call_jaxpr, jit_p
from ..core.aval import Aval, aval_of
from ..core.trace import Trace, Tracer, find_current, tracing, under
from ..ir.evaluate import eval_jaxpr
from ..ir.jaxpr import Equation, Jaxpr, Var
from ..ir.passes.dce import dce
from ..ir.staging import StagingTrace, stage
from ..ops.declare import CallRule
from ..ops.structural import fit, instantiate
from .call import Pull
from .driver import strip
from .jvp import new_forward
from .located import LocatedSweep, LocatedTape
from .vmap import BatchTrace


def _active(mask: int, n: int) -> list[int]:
    return [i for i in range(n) if mask >> i & 1]


@contextmanager
def _afresh() -> Iterator[None]:
    """A program that is kept is derived under no trace, and with its effects."""
    with under(None), switched(recomputing, False):
        yield


# --- forward mode ----------------------------------------------------------------------------------


def jvp_program(jaxpr: Jaxpr, mask: int) -> tuple[Jaxpr, list[bool]]:
    """``(*inputs, *active tangents) -> (*outputs, *tangents that are not zero)``, and which those are."""
    key = ("jvp", mask)
    found = jaxpr.cache.get(key)
    if found is None:
        found = jaxpr.cache[key] = _derive_jvp(jaxpr, mask)
    return found


def _derive_jvp(jaxpr: Jaxpr, mask: int) -> tuple[Jaxpr, list[bool]]:
    active = _active(mask, len(jaxpr.in_vars))
    avals = jaxpr.in_avals
    moving: list[bool] = []

    def run(*args: Any) -> list[Any]:
        primals, rest = args[: len(avals)], iter(args[len(avals) :])
        trace = new_forward("jit")
        with tracing(trace):
            inputs = [Tracer(trace, p, next(rest)) if i in active else p for i, p in enumerate(primals)]
            pairs = [trace.split(out) for out in eval_jaxpr(jaxpr, inputs)]
        moving.extend(t is not None for _, t in pairs)
        return [p for p, _ in pairs] + [t for _, t in pairs if t is not None]

    with _afresh():
        return stage(run, [*avals, *(avals[i] for i in active)], name="jit"), moving


def linear_programs(jaxpr: Jaxpr, mask: int) -> tuple[Jaxpr, Jaxpr, list[bool]]:
    """``jvp_program`` in two: ``inputs -> (*outputs, *residuals)``, ``(*residuals, *tangents) -> tangents``.

    ``linearize`` stages the second alone, so that the outputs are numbers.
    """
    key = ("linear", mask)
    found = jaxpr.cache.get(key)
    if found is None:
        found = jaxpr.cache[key] = _divide(*jvp_program(jaxpr, mask), len(jaxpr.in_vars))
    return found


def _divide(program: Jaxpr, moving: list[bool], count: int) -> tuple[Jaxpr, Jaxpr, list[bool]]:
    """Put what depends on tangents apart from what does not."""
    ins, tangents = program.in_vars[:count], program.in_vars[count:]
    outs, moved = program.outs[: len(moving)], program.outs[len(moving) :]
    late, fixed, linear = set(tangents), [], []
    for eqn in program.eqns:
        if late.isdisjoint([atom for atom in eqn.ins if isinstance(atom, Var)]):
            fixed.append(eqn)
        else:
            linear.append(eqn)
            late.update(eqn.outs)
    residuals = _free_variables(linear, [*tangents, *program.hidden_vars], moved)
    words: dict[str, Any] = {"hidden_vars": program.hidden_vars, "hidden": program.hidden}
    return (
        dce(Jaxpr(ins, fixed, [*outs, *residuals], **words)),
        Jaxpr([*residuals, *tangents], linear, moved, **words),
        moving,
    )


# --- reverse mode ----------------------------------------------------------------------------------


def vjp_programs(jaxpr: Jaxpr, mask: int) -> tuple[Jaxpr, Jaxpr, int, list[int]]:
    """The forward and the backward program, the number of outputs, the inputs that get a cotangent.

    Forward is ``inputs -> (*outputs, *residuals)``, backward ``(*residuals, *cts) -> cotangents``.
    """
    key = ("vjp", mask)
    found = jaxpr.cache.get(key)
    if found is None:
        found = jaxpr.cache[key] = _derive_vjp(jaxpr, mask)
    return found


def _derive_vjp(jaxpr: Jaxpr, mask: int) -> tuple[Jaxpr, Jaxpr, int, list[int]]:
    with _afresh():
        stager = StagingTrace("jit")
        with tracing(stager):
            inputs = [stager.new_input(aval) for aval in jaxpr.in_avals]
            tape = LocatedTape("jit")
            with tracing(tape):
                moving = {i: tape.new_input(inputs[i]) for i in _active(mask, len(inputs))}
                outs = eval_jaxpr(jaxpr, [moving.get(i, t) for i, t in enumerate(inputs)])
            values, numbers = strip(tape, outs)
            split = len(stager.eqns)
            cts = [stager.new_input(aval) for aval in jaxpr.out_avals]
            seeds = [(n, ct) for n, ct in zip(numbers, cts, strict=True) if n is not None]
            shares = LocatedSweep(tape, free=True).run(seeds, [t.data for t in moving.values()])
            positions = [i for i, s in zip(moving, shares, strict=True) if s is not None]
            grads = [fit(s, jaxpr.in_avals[i]) for i, s in zip(moving, shares, strict=True) if s is not None]
            return _split(
                stager, split, [t.data for t in inputs], values, [t.data for t in cts], grads, positions
            )


def _split(
    stager: StagingTrace,
    at: int,
    ins: list[Var],
    values: list[Any],
    cts: list[Var],
    grads: list[Any],
    positions: list[int],
) -> tuple[Jaxpr, Jaxpr, int, list[int]]:
    """Cut what was staged into a forward and a backward program."""
    out_atoms = [stager.atom(v) for v in values]
    grad_atoms = [stager.atom(g) for g in grads]
    hidden = list(stager.hidden.values())
    back = dce(Jaxpr([*cts], stager.eqns[at:], grad_atoms)).eqns
    residuals = _free_variables(back, [*cts], grad_atoms)
    held = [r for r in residuals if r not in {var for var, _ in hidden}]
    words: dict[str, Any] = {"hidden_vars": [v for v, _ in hidden], "hidden": [x for _, x in hidden]}
    forward = dce(Jaxpr(ins, stager.eqns[:at], [*out_atoms, *held], **words))
    backward = Jaxpr([*held, *cts], back, grad_atoms, **words)
    return forward, backward, len(out_atoms), positions


def _free_variables(eqns: Sequence[Equation], bound: Sequence[Var], outs: Sequence[Any]) -> list[Var]:
    """Variables read but not defined by these equations, in order of first use."""
    known = set(bound)
    found: dict[Var, None] = {}
    for eqn in eqns:
        for atom in eqn.ins:
            if isinstance(atom, Var) and atom not in known:
                found[atom] = None
        known.update(eqn.outs)
    for atom in outs:
        if isinstance(atom, Var) and atom not in known:
            found[atom] = None
    return list(found)


# --- batching --------------------------------------------------------------------------------------


def batch_program(jaxpr: Jaxpr, size: int, axes: tuple[int | None, ...], avals: Sequence[Aval]) -> Any:
    """The program mapped over an axis, and the axes of its outputs."""
    key = ("batch", size, axes, tuple(avals))
    found = jaxpr.cache.get(key)
    if found is None:
        found = jaxpr.cache[key] = _derive_batch(jaxpr, size, axes, avals)
    return found


def _derive_batch(jaxpr: Jaxpr, size: int, axes: tuple[int | None, ...], avals: Sequence[Aval]) -> Any:
    out_axes: list[int | None] = []

    def run(*args: Any) -> list[Any]:
        trace = BatchTrace("jit", size)
        with tracing(trace):
            inputs = [
                x if axis is None else Tracer(trace, x, axis) for x, axis in zip(args, axes, strict=True)
            ]
            pairs = [trace.split(out) for out in eval_jaxpr(jaxpr, inputs)]
        out_axes.extend(axis for _, axis in pairs)
        return [value for value, _ in pairs]

    with _afresh():
        return stage(run, avals, name="jit"), tuple(out_axes)


# --- the rules -------------------------------------------------------------------------------------


def _how(params: dict[str, Any]) -> tuple[str, str | None]:
    """What a derived program has of the program it is derived from: the name and the engine."""
    return params["name"], params.get("engine")


class _JitRule(CallRule):
    __slots__ = ()

    def reverse(self, parent: Trace | None, mask: int, values: list[Any], params: dict[str, Any]) -> Any:
        jaxpr, how = params["jaxpr"], _how(params)
        forward, backward, count, positions = vjp_programs(jaxpr, mask)
        with under(parent):
            results = call_jaxpr(forward, values, *how)
        avals = jaxpr.out_avals

        def back(held: Sequence[Any], gs: Sequence[Any]) -> list[Any]:
            cts = instantiate(gs, avals)
            shares: list[Any] = [None] * len(values)
            for i, share in zip(positions, call_jaxpr(backward, [*held, *cts], *how), strict=True):
                shares[i] = share
            return shares

        return tuple(results[:count]), Pull(results[count:], back)

    def jvp(self, primals: list[Any], tangents: list[Any], params: dict[str, Any]) -> Any:
        mask, how = sum(1 << i for i, t in enumerate(tangents) if t is not None), _how(params)
        given = [t for t in tangents if t is not None]
        if _apart(primals):
            first, second, moving = linear_programs(params["jaxpr"], mask)
            count = len(moving)
            results = call_jaxpr(first, primals, *how)
            moved = call_jaxpr(second, [*results[count:], *given], *how)
        else:
            program, moving = jvp_program(params["jaxpr"], mask)
            count = len(moving)
            results = call_jaxpr(program, [*primals, *given], *how)
            moved = results[count:]
        rest = iter(moved)
        return results[:count], [next(rest) if m else None for m in moving]


def _apart(primals: list[Any]) -> bool:
    """Whether tangents alone are being staged: the primal outputs must be numbers."""
    trace = find_current()
    return isinstance(trace, StagingTrace) and not any(
        type(p) is Tracer and p.trace is trace for p in primals
    )


def _batch(size: int, values: Any, axes: Any, *, jaxpr: Jaxpr, donated: Any, **how: Any) -> Any:
    program, out_axes = batch_program(jaxpr, size, tuple(axes), [aval_of(v) for v in values])
    return tuple(call_jaxpr(program, values, **how)), out_axes


jit_p.rule = _JitRule()
jit_p.batch = _batch
