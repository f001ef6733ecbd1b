"""The Python engine: a plan as one straight line of calls, for any array namespace.

Every step is one call of the primitive's implementation (or an infix operator); names are registers,
given back as soon as their variable is dead, and large dead arrays are freed at once. Devices run this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...ir.jaxpr import Jaxpr
from ..overwrite import OVERWRITES, elementwise_ufunc
from ..plan import Plan, Step
from ..program import Program, Sources
from .source import Source, operator_form


class _Printer(Source):
    """Prints steps one by one."""

    def __init__(self, xp: Any, inner: Callable[[Jaxpr], Any]) -> None:
        super().__init__(xp=xp)
        self.xp = xp
        self.inner = inner

    def step(self, step: Step) -> None:
        """Print one equation and forget what dies with it."""
        eqn = step.eqn
        call = self._call(step, [self.read(a) for a in eqn.ins])
        outs = [self.name(var) for var in eqn.outs]
        left = f"{', '.join(outs)}, = " if eqn.primitive.multiple else f"{outs[0]} = "
        self.lines.append(f"{left if outs else ''}{call}")
        self.forget(step.dead)

    def _call(self, step: Step, ins: list[str]) -> str:
        eqn = step.eqn
        primitive, params = eqn.primitive, eqn.params
        overwrite = OVERWRITES.get(primitive.name)
        if step.target is not None and overwrite is None:
            ufunc = getattr(self.xp, elementwise_ufunc(eqn) or "")
            return f"{self.constant(ufunc, 'f')}({', '.join(ins)}, out={self.names[step.target]})"
        if primitive.symbol and not params:
            return operator_form(primitive.symbol, ins)
        body = params.get("jaxpr")
        if isinstance(body, Jaxpr):
            return f"{self.constant(self.inner(body), 'f')}({', '.join(ins)})"
        words = [*ins, *(f"{key}={self.constant(value, 'p')}" for key, value in params.items())]
        write = primitive.impl if step.target is None or overwrite is None else overwrite.write
        return f"{self.constant(write, 'f')}({', '.join(['xp', *words])})"


def print_python(plan: Plan, xp: Any, inner: Callable[[Jaxpr], Any]) -> Program:
    """The program of a plan without workspace; ``inner`` compiles the programs within it."""
    printer = _Printer(xp, inner)
    inputs = {plan.jaxpr.in_vars[i] for i in plan.donated}
    printer.pinned = inputs & {step.target for step in plan.steps if step.target is not None}
    args = [printer.name(var) for var in plan.jaxpr.in_vars]
    for step in plan.steps:
        printer.step(step)
    outs = [printer.read(atom) for atom in plan.jaxpr.outs]
    printer.lines.append(f"return ({', '.join(outs)}{',' if outs else ''})")
    run, code = printer.build(f"def program({', '.join(args)}):\n", "program")
    sources = Sources(code, plan)
    return Program(run, lambda: sources, "python")
