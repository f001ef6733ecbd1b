"""The Python engine: a plan as one straight-line Python function over NumPy or CuPy.

Every step is one call of the primitive's implementation (or an infix operator); names are registers,
given back as soon as their variable is dead, and large dead arrays are freed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.record import Record
from ...ir.jaxpr import Atom, Jaxpr, Var
from ..overwrite import OVERWRITES
from ..plan import Plan, Step, elementwise_ufunc, make_plan

_FREE_AT_ONCE = 4096  # bytes


class Program(Record):
    """Compiled code: call ``run(*args)`` for the tuple of outputs; ``code`` is its source."""

    run: Callable[..., tuple[Any, ...]]
    code: str
    plan: Plan


class _Writer:
    """Prints steps; ``space`` is the namespace the code will run in."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp
        self.lines: list[str] = []
        self.space: dict[str, Any] = {"xp": xp}
        self.names: dict[Var, str] = {}
        self.idle: list[str] = []
        self.pinned: set[Var] = set()  # donated buffers that a later step writes
        self.count = 0
        self.constants = 0

    def name(self, var: Var) -> str:
        """A register for a new variable."""
        if self.idle:
            found = self.idle.pop()
        else:
            found = f"v{self.count}"
            self.count += 1
        self.names[var] = found
        return found

    def constant(self, value: Any, prefix: str) -> str:
        """A name in the namespace for a value."""
        name = f"{prefix}{self.constants}"
        self.constants += 1
        self.space[name] = value
        return name

    def read(self, atom: Atom) -> str:
        if isinstance(atom, Var):
            return self.names[atom]
        value = atom.value
        if type(value) in (float, int, bool) and value == value and abs(value) < 1e300:
            return repr(value) if str(value)[0] != "-" else f"({value!r})"  # -0.0 has a sign, too
        return self.constant(value, "c")

    def step(self, step: Step) -> None:
        """Print one equation and forget what dies with it."""
        eqn = step.eqn
        ins = [self.read(a) for a in eqn.ins]
        call = self._call(step, ins)
        outs = [self.name(var) for var in eqn.outs]
        left = f"{', '.join(outs)}, = " if eqn.primitive.multiple else f"{outs[0]} = "
        self.lines.append(f"{left}{call}" if outs else call)
        self._forget(step)

    def _call(self, step: Step, ins: list[str]) -> str:
        eqn = step.eqn
        primitive, params = eqn.primitive, eqn.params
        overwrite = OVERWRITES.get(primitive.name)
        if step.target is not None and overwrite is None:
            ufunc = getattr(self.xp, elementwise_ufunc(eqn) or "")
            return f"{self.constant(ufunc, 'f')}({', '.join(ins)}, out={self.names[step.target]})"
        if primitive.symbol and not params:
            return f"{ins[0]} {primitive.symbol} {ins[1]}" if len(ins) == 2 else f"{primitive.symbol}{ins[0]}"
        inner = params.get("jaxpr")
        if isinstance(inner, Jaxpr):
            return f"{self.constant(_inner(inner, self.xp), 'f')}({', '.join(ins)})"
        words = [*ins, *(f"{key}={self.constant(value, 'p')}" for key, value in params.items())]
        if step.target is not None and overwrite is not None:
            return f"{self.constant(overwrite.write, 'f')}({', '.join(['xp', *words])})"
        if self.xp is np:
            return f"{self.constant(primitive.host, 'f')}({', '.join(words)})"
        return f"{self.constant(primitive.impl, 'f')}({', '.join(['xp', *words])})"

    def _forget(self, step: Step) -> None:
        large = []
        for var in step.dead:
            if var in self.pinned:
                continue
            name = self.names.pop(var)
            self.idle.append(name)
            if var.aval.nbytes >= _FREE_AT_ONCE:
                large.append(name)
        if large:
            self.lines.append(f"{' = '.join(large)} = None")


def _inner(jaxpr: Jaxpr, xp: Any) -> Callable[..., tuple[Any, ...]]:
    run = compile_python(jaxpr.closed(), xp).run
    hidden = jaxpr.hidden
    return (lambda *args: run(*hidden, *args)) if hidden else run


def compile_python(jaxpr: Jaxpr, xp: Any, donated: tuple[int, ...] = ()) -> Program:
    """The program of a closed jaxpr for the namespace ``xp``; cached on the jaxpr."""
    key = ("python", xp.__name__, donated)
    found: Program | None = jaxpr.cache.get(key)
    if found is None:
        found = jaxpr.cache[key] = _compile(make_plan(jaxpr, donated), xp)
    return found


def _compile(plan: Plan, xp: Any) -> Program:
    writer = _Writer(xp)
    inputs = {plan.jaxpr.in_vars[i] for i in plan.donated}
    writer.pinned = inputs & {step.target for step in plan.steps if step.target is not None}
    args = [writer.name(var) for var in plan.jaxpr.in_vars]
    for step in plan.steps:
        writer.step(step)
    outs = [writer.read(atom) for atom in plan.jaxpr.outs]
    body = [*writer.lines, f"return ({', '.join(outs)}{',' if outs else ''})"]
    code = f"def program({', '.join(args)}):\n    " + "\n    ".join(body) + "\n"
    exec(compile(code, "<funcgrad program>", "exec"), writer.space)  # noqa: S102  (this engine's own output)
    return Program(writer.space["program"], code, plan)
