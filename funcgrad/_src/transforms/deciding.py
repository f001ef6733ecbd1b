"""Staging on which Python may decide by numbers.

The idea: the trace of a call of ``jit`` records abstractly and computes nothing, until Python asks for a
number. Then the equations that this number needs are evaluated, on the leaves of this very call; each is
evaluated once at most. What Python made of the number is recorded as a guard. Invariants: without such a
question nothing is computed; an equation with an effect is never evaluated here; whoever merely looks
(``repr``, a check that values are welcome to) is told that there is no number, and leaves no guard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..backends import is_array
from ..base.source import user_location
from ..core.aval import SCALAR_AVALS, aval_of
from ..core.trace import Reason, Trace, Tracer, barrier, tracing, under, unknown
from ..ir.jaxpr import Atom, Equation, Jaxpr, Literal, Var, effects_of
from ..ir.passes.guards_first import GUARD
from ..ops.decisions import Guard, dependent_p, guard_p, known, types_of
from .watch import Watch


class Deciding(Watch):
    """Stages the call of a compiled function; ``guards`` are the decisions that Python made."""

    __slots__ = ("_asked", "_numbers", "_rows", "_sources", "_until", "guards")
    decides = True

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.guards: list[Guard] = []
        self._asked: set[Any] = set()
        self._sources: dict[Var, Any] = {}  # inputs and what stands for them in this call
        self._numbers: dict[Var, Any] = {}  # what has been computed
        self._rows: dict[Var, int] = {}  # the equations that make the variables, up to `_until`
        self._until = 0

    def new_input(self, value: Any, links: Any = None) -> Tracer:
        tracer = super().new_input(value, links)
        self._sources[tracer.data] = value
        return tracer

    def finish(self, in_vars: Sequence[Var], outs: Sequence[Any]) -> Jaxpr:
        jaxpr = super().finish(in_vars, outs)
        for held in (self._asked, self._sources, self._numbers, self._rows):
            held.clear()
        return jaxpr

    def stage_inner(self, atoms: Sequence[Atom], fun: Callable[..., Sequence[Any]], name: str) -> Jaxpr:
        """The program of a call, which decides as a part of this one: its guards are counted here."""
        with under(None):
            trace = Deciding(name)
            trace.guards = self.guards
            with tracing(trace):
                inputs = [trace.new_input(Tracer(self, unknown, atom)) for atom in atoms]
                variables = [tracer.data for tracer in inputs]
                return trace.finish(variables, fun(*inputs))

    # --- numbers ---

    def known(self, tracer: Tracer) -> Any:
        atom = tracer.data
        if type(atom) is Literal:
            return atom.value
        rows, sources = self._needed(atom)
        if self._obstacle(rows, sources) is not None:
            return unknown
        numbers = self._numbers
        for var in sources:
            numbers[var] = known(self._sources[var])
        with under(None):
            for row in rows:
                eqn = self.eqns[row]
                ins = [a.value if type(a) is Literal else numbers[a] for a in eqn.ins]
                out = eqn.primitive.evaluate(ins, eqn.params)
                numbers.update(zip(eqn.outs, out if eqn.primitive.multiple else (out,), strict=True))
        return numbers[atom]

    def barrier(self, tracer: Tracer) -> tuple[Reason, Trace] | None:
        atom = tracer.data
        return None if type(atom) is Literal else self._obstacle(*self._needed(atom))

    def _needed(self, var: Var) -> tuple[list[int], list[Var]]:
        """The equations still to be evaluated for a variable, in order, and the inputs that they read."""
        for row in range(self._until, len(self.eqns)):
            self._rows.update(dict.fromkeys(self.eqns[row].outs, row))
        self._until = len(self.eqns)
        rows: set[int] = set()
        sources: dict[Var, None] = {}
        todo: list[Atom] = [var]
        while todo:
            atom = todo.pop()
            if type(atom) is Literal or atom in self._numbers:
                continue
            maker = self._rows.get(atom)  # type: ignore[arg-type]
            if maker is None:
                sources[atom] = None  # type: ignore[index]
            elif maker not in rows:
                rows.add(maker)
                todo.extend(self.eqns[maker].ins)
        return sorted(rows), list(sources)

    def _obstacle(self, rows: list[int], sources: list[Var]) -> tuple[Reason, Trace] | None:
        for var in sources:
            if var not in self._sources:
                self._sources.update(self.hidden.values())
            value = self._sources[var]
            before = barrier(value)
            if before is not None:
                return before
            if not (type(value) is Tracer or type(value) in SCALAR_AVALS or is_array(value)):
                return "abstract", self  # a type in place of a value, as `lower` takes it
        eqns = [self.eqns[row] for row in rows]
        acts = any((eqn.params or eqn.primitive.effect) and effects_of(eqn) - {GUARD} for eqn in eqns)
        return ("effect", self) if acts else None

    # --- decisions ---

    def decide(
        self, operands: Sequence[Any], kind: str, outcome: Any, static: tuple[tuple[str, Any], ...]
    ) -> None:
        atoms = tuple([self.atom(self._own(x)) for x in operands])
        asked = (kind, static, *atoms)
        if asked in self._asked or all(type(atom) is Literal for atom in atoms):
            return
        self._asked.add(asked)
        params = self._guard(kind, outcome, static)
        self.eqns.append(Equation(guard_p, atoms, params, (), self.guards[-1].at))

    def dependent(
        self, operands: Sequence[Any], kind: str, outs: Sequence[Any], static: tuple[tuple[str, Any], ...]
    ) -> tuple[Any, ...]:
        atoms = tuple([self.atom(self._own(x)) for x in operands])
        params = self._guard(kind, types_of(outs), static)
        variables = tuple([Var(aval_of(out)) for out in outs])
        self.eqns.append(Equation(dependent_p, atoms, params, variables, self.guards[-1].at))
        self._numbers.update(zip(variables, outs, strict=True))
        return tuple([Tracer(self, unknown, var) for var in variables])

    def _guard(self, kind: str, outcome: Any, static: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
        number = len(self.guards)
        self.guards.append(Guard(kind, outcome, user_location()))
        return {"kind": kind, "expected": outcome, "number": number, "static": static}

    def _own(self, value: Any) -> Any:
        """The operand as this trace knows it: without the traces that run inside of this one."""
        outer = self._outer()
        while type(value) is Tracer and value.trace is not self and value.trace not in outer:
            value = value.value
        return value
