"""Plans of functions, a loop program run by hand, and a plan followed without computing anything.

`run_loop` is what a loop program means: whoever prints one for another machine can be held to it. `follow`
knows nothing of how the planner decides: it remembers what lies where, and finds reads of what is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from funcgrad import make_jaxpr
from funcgrad._src.compile.blocks import BYTES
from funcgrad._src.compile.buffers import View
from funcgrad._src.compile.compiler import c_contiguous
from funcgrad._src.compile.loops import Dims, Loop
from funcgrad._src.compile.memory import is_fresh
from funcgrad._src.compile.overwrite import elementwise_ufunc
from funcgrad._src.compile.plan import Plan, Step, make_plan
from funcgrad._src.ir.jaxpr import Atom, Equation, Jaxpr, Literal, Var, effects_of
from funcgrad._src.ir.passes.pipeline import optimise
from funcgrad.errors import ArgumentError, MutationError
from funcgrad.tree import leaves
from tests.compile.random_programs import program_of, quiet
from tests.compile.variants import VARIANTS, active_of, floating

Function = Callable[..., Any]
Values = dict[Var, Any]
BLOCK = BYTES // 8  # numbers of eight bytes in one block


def planned(function: Function, *args: Any, donated: Sequence[int] = ()) -> Plan:
    """The plan of a function for arguments that lie as these do."""
    jaxpr = make_jaxpr(function)(*args)
    small = optimise(jaxpr.closed())[0]
    return make_plan(small, donated, contiguous=c_contiguous([*jaxpr.hidden, *leaves(args)]))


def random_plans(seeds: range, sort: str, variant: str) -> Iterator[tuple[str, Plan, list[Any]]]:
    """Plans of random programs, with arguments; everything that may be given away is."""
    for seed in seeds:
        program = program_of(seed, sort)
        f, args = program.function(), program.arguments()
        try:
            with quiet():
                if variant != "value" and not (active_of(args) and floating(f(*args))):
                    continue
                made = VARIANTS[variant].wrap(f, active_of(args))
                args = VARIANTS[variant].arguments(args, f)
                if variant == "map" and not any(map(np.ndim, args)):
                    continue
                jaxpr = make_jaxpr(made)(*args)
        except (ArgumentError, MutationError):  # a write that an inner transformation refuses
            continue
        values = [*jaxpr.hidden, *leaves(args)]
        small = optimise(jaxpr.closed())[0]
        donated = [i for i, x in enumerate(values) if isinstance(x, np.ndarray) and x.flags.owndata]
        yield f"seed {seed}", make_plan(small, donated, contiguous=c_contiguous(values)), values


# --- computing ---------------------------------------------------------------------------------------


def read(atom: Atom, values: Values) -> Any:
    """The value of an operand; it must have been computed."""
    return atom.value if isinstance(atom, Literal) else values[atom]


def run_equation(eqn: Equation, values: Values) -> None:
    """One equation by the implementation of its primitive."""
    outs = eqn.primitive.host(*[read(atom, values) for atom in eqn.ins], **eqn.params)
    values.update(zip(eqn.outs, outs if eqn.primitive.multiple else (outs,), strict=True))


def run_jaxpr(jaxpr: Jaxpr, args: Sequence[Any]) -> Values:
    """Every value of a program."""
    values: Values = dict(zip(jaxpr.in_vars, args, strict=True))
    with quiet():
        for eqn in jaxpr.eqns:
            run_equation(eqn, values)
    return values


def spread(value: Any, dims: Dims, loop: Loop) -> Any:
    """An array with one dimension for each axis of the loop, of length 1 where it is constant."""
    if not dims:
        return value
    kept = [d for d, axis in enumerate(dims) if axis is not None]
    assert all(loop.sizes[dims[d]] == value.shape[d] for d in kept)
    order = sorted(kept, key=lambda d: dims[d])
    gone = [d for d in range(value.ndim) if d not in kept]
    shape = [loop.sizes[k] if k in dims else 1 for k in range(len(loop.sizes))]
    return value.transpose((*gone, *order)).reshape(shape)


def gathered(value: Any, dims: Dims, shape: tuple[int, ...]) -> Any:
    """The opposite of `spread`."""
    kept = [d for d, axis in enumerate(dims) if axis is not None]
    order = sorted(kept, key=lambda d: dims[d])
    packed = np.asarray(value).reshape([shape[d] for d in order])
    return packed.transpose([order.index(d) for d in kept]).reshape(shape)


def run_loop(loop: Loop, values: Values) -> Values:
    """The results of a loop program whose loads are among these values."""
    registers: dict[int, Any] = {}
    for load in loop.loads:
        registers[load.register] = spread(values[load.var], load.dims, loop)
    for row in loop.body:
        args = [a.value if isinstance(a, Literal) else registers[a] for a in row.args]
        assert row.register not in registers, "a register is written twice"
        params = dict(row.eqn.params)
        if row.eqn.primitive.name in ("sum", "max", "min", "prod"):
            params |= {"axis": row.axes, "keepdims": True}
        out = row.eqn.primitive.host(*args, **params)
        registers[row.register] = out
        grown = [k for k, n in enumerate(np.shape(out)) if n != 1]
        assert set(grown) <= set(loop.varies[row.register]), "a register varies along more axes than it says"
    return {s.var: gathered(registers[s.register], s.dims, s.var.aval.shape) for s in loop.stores}


# --- following ---------------------------------------------------------------------------------------

Memory = tuple[str, Any]


class Followed:
    """What lies where: of each variable the memory that it shows, with the time when that was written."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shows: dict[Var, dict[Memory, int]] = {}
        self.written: dict[Memory, int] = {}
        self.guards_left = sum(_is_guard(eqn) for step in plan.steps for eqn in step.eqns)
        for i, var in enumerate(plan.jaxpr.in_vars):
            self.shows[var] = {("input", i): -1}
            self.written["input", i] = -1
        for time, step in enumerate(plan.steps):
            self.step(step, time)
            self.guards_left -= sum(map(_is_guard, step.eqns))
        for atom in plan.jaxpr.outs:
            if isinstance(atom, Var):
                self.check(atom, "the program's result")
                assert not self.slots(atom), "a result lies in the workspace"

    def slots(self, atom: Atom) -> list[Any]:
        """The slots that a variable shows."""
        return [k for kind, k in self.shows[atom] if kind == "slot"] if isinstance(atom, Var) else []

    def check(self, var: Var, reader: str) -> None:
        """Nothing was written over what a variable shows."""
        assert var in self.shows, f"{reader} reads what is not computed yet"
        for memory, time in self.shows[var].items():
            assert self.written[memory] == time, f"{reader} reads {memory}, which was overwritten"

    def step(self, step: Step, time: int) -> None:
        """Read the operands, then write the results."""
        loop = None if step.blocks is None else step.blocks.loop
        reads = [a for a in step.eqn.ins if isinstance(a, Var)] if loop is None else list(loop.reads())
        for var in reads:
            self.check(var, step.eqn.primitive.name)
        if any(map(_is_effect, step.eqns)):
            assert not any(self.slots(var) for var in reads), "an effect is shown the workspace"
        outs = step.eqn.outs if loop is None else [store.var for store in loop.stores]
        fresh = [self.result(step, var, reads, time) for var in outs]
        taken = [memory for shown in fresh for memory, at in shown.items() if at == time]
        assert len(taken) == len(set(taken)), "two results of one step share memory"
        for var, shown in zip(outs, fresh, strict=True):
            self.shows[var] = shown
        for memory in taken:
            self.written[memory] = time

    def result(self, step: Step, var: Var, reads: list[Var], time: int) -> dict[Memory, int]:
        """The memory that a result shows."""
        place = self.plan.places.get(var)
        if isinstance(place, View):
            return self.shows[place.base]
        if place is None:
            return self.allocated(step, var, reads, time)
        memory = ("slot", place) if isinstance(place, int) else self.owner(place)
        owner = place if isinstance(place, Var) else None
        for other in reads:
            if memory in self.shows[other]:
                assert other is owner, f"{step.eqn.primitive} writes over what it reads"
                before = step.blocks is None or self.read_before(step, var, other)
                assert before, "a loop reads it later"
        if memory[0] == "input":
            assert memory[1] in self.plan.donated, "an argument is written that was not given"
            assert not self.guards_left, "an argument is written before the last guard"
        if memory[0] == "slot":
            assert var.aval.nbytes <= self.plan.slots[memory[1]], "a slot is too small"
        return {memory: time}

    def allocated(self, step: Step, var: Var, reads: list[Var], time: int) -> dict[Memory, int]:
        """A result without a place: new memory, and perhaps that of the operands."""
        shown: dict[Memory, int] = {("new", var): time}
        if step.blocks is None and not is_fresh(step.eqn) and var.aval.kind == "array":
            for other in reads[:1] if step.eqn.primitive.name == "getitem" else reads:
                if other.aval.kind == "array":
                    shown |= self.shows[other]
        return shown

    def owner(self, var: Var) -> Memory:
        """The one memory of a variable over which is written."""
        shown = list(self.shows[var])
        assert len(shown) == 1, "what may be a view is written over"
        return shown[0]

    def read_before(self, step: Step, out: Var, operand: Var) -> bool:
        """Whether a loop reads an operand at the same places as it writes a result, and never afterwards."""
        assert step.blocks is not None
        loop = step.blocks.loop
        store = next(s for s in loop.stores if s.var is out)
        loads = [load for load in loop.loads if load.var is operand]
        made = next(k for k, row in enumerate(loop.body) if row.register == store.register)
        first = made + 1 if elementwise_ufunc(loop.body[made].eqn) else made  # others may take several passes
        later = {a for row in loop.body[first:] for a in row.args if isinstance(a, int)}
        at_the_end = out in self.plan.deferred  # the block writes it when all of it is computed
        return all(x.dims == store.dims and (at_the_end or x.register not in later) for x in loads)


def _is_effect(eqn: Equation) -> bool:
    return eqn.primitive.effect != "guard" and bool(eqn.primitive.effect or effects_of(eqn))


def _is_guard(eqn: Equation) -> bool:
    return eqn.primitive.effect == "guard"


def follow(plan: Plan) -> Followed:
    """Follow a plan; an `AssertionError` says what is wrong with it."""
    return Followed(plan)
