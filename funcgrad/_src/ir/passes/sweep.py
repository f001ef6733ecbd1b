"""A sweep: one walk over the equations of a program, in order, under a table of rules.

A rule is a function of the sweep and of an equation with one result, whose operands have been rewritten
already. It answers None (nothing to do), an atom that has the same value, or another equation for the
same variable. Every rule asks the primitive for the type of what it writes (``instead``), and the sweep
takes no atom of another type: a rule need not think about dtypes, kinds and shapes to keep them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from ...core.primitive import Primitive, find_primitive
from ..jaxpr import Atom, Equation, Jaxpr, Literal, Var
from .kinds import is_elementwise
from .layout import Layout

Rule = Callable[["Sweep", Equation], "Atom | Equation | None"]
Found = tuple[Jaxpr, tuple[str, ...]]
AnyFound = TypeVar("AnyFound", Atom | None, Equation | None)
_TRIES = 8  # how often an equation is looked at again after it was rewritten


class Sweep:
    """The state of a walk: what was rewritten so far."""

    def __init__(self, jaxpr: Jaxpr, rules: Mapping[str, Rule]) -> None:
        self.jaxpr = jaxpr
        self.rules = rules
        self.eqns: list[Equation] = []
        self.makers: dict[Any, Equation] = {}  # of each variable, the equation that has it as its one result
        self.known: dict[Any, Atom] = {}  # what stands for variables whose equations left
        self.counts: dict[str, int] = {}
        self._source: Any = None
        self._layout: Layout | None = None
        self._shown = 0
        self._reads: dict[Any, int] | None = None
        self._types: dict[Any, Any] = {}

    def run(self) -> Found:
        """The rewritten program, and what was done."""
        if self.rules.keys().isdisjoint([eqn.primitive.name for eqn in self.jaxpr.eqns]):
            return self.jaxpr, ()
        rules, known = self.rules, self.known
        for eqn in self.jaxpr.eqns:
            if known:
                eqn = with_atoms(eqn, known)
            found = self._rewritten(eqn) if eqn.primitive.name in rules else eqn
            if isinstance(found, Equation):
                self._append(found)
            else:
                known[eqn.outs[0]] = found
        return self.finish()

    def finish(self) -> Found:
        """The program of the equations so far; the given one if nothing was noted."""
        if not self.counts:
            return self.jaxpr, ()
        outs = [self.known.get(atom, atom) for atom in self.jaxpr.outs]
        notes = tuple([f"{what}: {count}" for what, count in self.counts.items()])
        return with_equations(self.jaxpr, self.eqns, outs), notes

    def _rewritten(self, eqn: Equation) -> Atom | Equation:
        self._source = eqn.source
        for _ in range(_TRIES):
            rule = self.rules.get(eqn.primitive.name)
            found = rule(self, eqn) if rule is not None else None
            if found is None:
                break
            if not isinstance(found, Equation):
                return found
            eqn = found
        return eqn

    def _append(self, eqn: Equation) -> None:
        self.eqns.append(eqn)
        if len(eqn.outs) == 1:
            self.makers[eqn.outs[0]] = eqn

    # --- what rules ask ---

    def maker(self, atom: Atom, *names: str) -> Equation | None:
        """The equation that computes ``atom``, if its primitive has one of these names."""
        eqn = self.makers.get(atom)
        return eqn if eqn is not None and eqn.primitive.name in names else None

    def constant(self, atom: Atom) -> Any:
        """The number that every element of ``atom`` is, where that is written in the program; else None."""
        if type(atom) is Literal:
            return atom.value
        eqn = self.makers.get(atom)
        if eqn is None:
            return None
        if eqn.primitive.name == "broadcast_to" and type(eqn.ins[0]) is Literal:
            return atom.aval.dtype.type(eqn.ins[0].value)
        return atom.aval.dtype.type(eqn.params["value"]) if eqn.primitive.name == "full" else None

    def read_once(self, atom: Atom) -> bool:
        """Whether nothing else in the program reads this variable."""
        if self._reads is None:
            self._reads = reads(self.jaxpr)
        return type(atom) is Var and self._reads.get(atom, 1) == 1

    def may_be(self, eqn: Equation, atom: Atom) -> bool:
        """Whether ``atom``, of equal numbers, may stand for the result: see NOTE (layout)."""
        out = eqn.outs[0]
        if out.aval != atom.aval:
            return False
        if out.aval.size <= 1 or out not in self.layout.sensitive:
            return True
        return self.layout.makes_dense(eqn) and self.layout.is_dense(atom)

    def may_read(self, eqn: Equation, new: Equation | None) -> bool:
        """The same for an equation of equal numbers on other operands."""
        out = eqn.outs[0]
        if new is None or out.aval.size <= 1 or out not in self.layout.sensitive:
            return new is not None
        if self.layout.makes_dense(eqn) and self.layout.makes_dense(new):
            return True
        pattern = self._pattern(eqn)
        return pattern is not None and pattern is self._pattern(new)

    def _pattern(self, eqn: Equation) -> Atom | None:
        """The one array after whose axes NumPy orders those of the result, through elementwise work."""
        found: Atom | None = None
        maker: Equation | None = eqn
        for _ in range(_TRIES):
            if maker is None or len(maker.outs) != 1 or not is_elementwise(maker):
                break
            arrays = [atom for atom in maker.ins if atom.aval.ndim]
            if len(arrays) != 1 or arrays[0].aval.shape != maker.outs[0].aval.shape:
                break
            found = arrays[0]
            maker = self.makers.get(found)
        return found

    @property
    def layout(self) -> Layout:
        """What is known about memory up to here."""
        if self._layout is None:
            self._layout = Layout(self.jaxpr)
        for eqn in self.eqns[self._shown :]:
            self._layout.show(eqn)
        self._shown = len(self.eqns)
        return self._layout

    # --- what rules do ---

    def note(self, what: str) -> None:
        """Count something that was done."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def noted(self, found: AnyFound, what: str) -> AnyFound:
        """What a rule has found, counted if it is something."""
        if found is not None:
            self.note(what)
        return found

    def instead(self, eqn: Equation, name: str, *ins: Atom, **params: Any) -> Equation | None:
        """Another equation for the same variable; None if its result has another type."""
        primitive = find_primitive(name)
        if self._type(primitive, ins, params) != eqn.outs[0].aval:
            return None
        return Equation(primitive, ins, params, eqn.outs, eqn.source)

    def _type(self, primitive: Primitive, ins: tuple[Atom, ...], params: dict[str, Any]) -> Any:
        """The aval of a result, remembered where there are no params; None for operands that do not fit."""
        avals = [atom.aval for atom in ins]
        key = None if params else (primitive.name, *map(id, avals))
        found = self._types.get(key)
        if found is None:
            try:
                found = primitive.abstract(avals, params), avals  # the avals keep their ids theirs
            except (TypeError, ValueError):  # such as a huge int beside an array of int8
                found = None, avals
            if key is not None:
                self._types[key] = found
        return found[0]

    def emit(self, name: str, *ins: Atom, **params: Any) -> Var:
        """The result of a new equation before the present one."""
        primitive = find_primitive(name)
        var = Var(primitive.abstract([atom.aval for atom in ins], params))
        self._append(Equation(primitive, ins, params, (var,), self._source))
        return var


def reads(jaxpr: Jaxpr) -> dict[Any, int]:
    """How often each variable is read, results of the program included."""
    found: dict[Any, int] = {}
    for eqn in jaxpr.eqns:
        for atom in eqn.ins:
            found[atom] = found.get(atom, 0) + 1
    for atom in jaxpr.outs:
        found[atom] = found.get(atom, 0) + 1
    return found


def with_atoms(eqn: Equation, known: Mapping[Any, Atom]) -> Equation:
    """The equation with operands replaced; itself if there are none to replace."""
    for atom in eqn.ins:
        if atom in known:
            ins = tuple([known.get(a, a) for a in eqn.ins])
            return Equation(eqn.primitive, ins, eqn.params, eqn.outs, eqn.source)
    return eqn


def with_equations(jaxpr: Jaxpr, eqns: list[Equation], outs: list[Atom]) -> Jaxpr:
    """The program with other equations and results on the same inputs."""
    return Jaxpr(
        jaxpr.in_vars, eqns, outs, hidden_vars=jaxpr.hidden_vars, hidden=jaxpr.hidden, axes=jaxpr.axes
    )


def is_number(value: Any, number: int) -> bool:
    """Whether a constant is this real number."""
    return isinstance(value, (float, int, np.floating, np.integer, np.bool_)) and bool(value == number)
