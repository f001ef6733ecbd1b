"""The jaxpr: funcgrad's intermediate representation.

A jaxpr is a straight line of equations over typed variables. Its *inputs* are the arguments of the
traced function; its *hidden* inputs are arrays (or tracers of outer traces) that the function closed
over: they are kept by reference, read again on every evaluation, never copied into the program.

The same ``Equation`` is recorded by the reverse trace (``in`` atoms of constants are None there: their
values stand beside the equation) and staged by ``make_jaxpr`` and ``jit``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..base.source import Location
from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive


class Var:
    """A variable: an identity and an aval."""

    __slots__ = ("aval",)

    def __init__(self, aval: Aval) -> None:
        self.aval = aval

    def __repr__(self) -> str:
        return f"Var({self.aval})"


class Literal:
    """A Python or NumPy scalar written into the program."""

    __slots__ = ("aval", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.aval = aval_of(value)

    def __repr__(self) -> str:
        return f"Literal({self.value!r})"


Atom = Var | Literal


class Equation:
    """``outs = primitive[params] *ins``, with the user's place in source code when it was recorded."""

    __slots__ = ("ins", "outs", "params", "primitive", "source")

    def __init__(
        self,
        primitive: Primitive,
        ins: Sequence[Any],
        params: dict[str, Any],
        outs: Sequence[Var],
        source: Location | None = None,
    ) -> None:
        self.primitive = primitive
        self.ins = ins
        self.params = params
        self.outs = outs
        self.source = source


class Jaxpr:
    """A program: hidden inputs, inputs, equations, outputs.

    Attributes
    ----------
    in_vars, hidden_vars : tuple of Var
    eqns : tuple of Equation
    outs : tuple of Var or Literal
    hidden : tuple
        The closed-over values behind ``hidden_vars``; they take no part in equality or printing.
    axes : tuple of str
        Names of the mapped axes in force where the function was traced.
    cache : dict
        Programs derived from this one (its jvp, its vjp, its batched form, its compiled form).
    """

    __slots__ = ("__weakref__", "_structure", "axes", "cache", "eqns", "hidden", "hidden_vars", "in_vars", "outs")

    def __init__(
        self,
        in_vars: Sequence[Var],
        eqns: Sequence[Equation],
        outs: Sequence[Atom],
        *,
        hidden_vars: Sequence[Var] = (),
        hidden: Sequence[Any] = (),
        axes: Sequence[str] = (),
    ) -> None:
        self.in_vars = tuple(in_vars)
        self.eqns = tuple(eqns)
        self.outs = tuple(outs)
        self.hidden_vars = tuple(hidden_vars)
        self.hidden = tuple(hidden)
        self.axes = tuple(axes)
        self.cache: dict[Any, Any] = {}
        self._structure: tuple[Any, ...] | None = None

    @property
    def in_avals(self) -> tuple[Aval, ...]:
        """The avals of the inputs, hidden ones excluded."""
        return tuple(var.aval for var in self.in_vars)

    @property
    def out_avals(self) -> tuple[Aval, ...]:
        """The avals of the outputs."""
        return tuple(atom.aval for atom in self.outs)

    @property
    def effects(self) -> frozenset[str]:
        """The effects of the equations (``"ordered"``, ``"unordered"``), sub-jaxprs included."""
        found = {eqn.primitive.effect for eqn in self.eqns if eqn.primitive.effect}
        for eqn in self.eqns:
            for inner in sub_jaxprs(eqn):
                found |= inner.effects
        return frozenset(found)

    def closed(self) -> Jaxpr:
        """The same program with its hidden inputs turned into leading ordinary inputs."""
        if not self.hidden_vars:
            return self
        return Jaxpr(self.hidden_vars + self.in_vars, self.eqns, self.outs, axes=self.axes)

    def structure(self) -> tuple[Any, ...]:
        """A hashable description, equal for programs that differ only in variable identity."""
        if self._structure is None:
            self._structure = _structure(self)
        return self._structure

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Jaxpr) and self.structure() == other.structure())

    def __hash__(self) -> int:
        return hash(self.structure())

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (self.in_vars, self.eqns, self.outs, self.hidden_vars, self.hidden, self.axes)
        return _rebuild, fields


def _rebuild(in_vars: Any, eqns: Any, outs: Any, hidden_vars: Any, hidden: Any, axes: Any) -> Jaxpr:
    return Jaxpr(in_vars, eqns, outs, hidden_vars=hidden_vars, hidden=hidden, axes=axes)


def _structure(jaxpr: Jaxpr) -> tuple[Any, ...]:
    number: dict[Var, int] = {}
    for var in (*jaxpr.hidden_vars, *jaxpr.in_vars):
        number[var] = len(number)

    def atom(a: Atom) -> Any:
        if isinstance(a, Literal):
            return (type(a.value), repr(a.value))
        return number[a]

    rows = []
    for eqn in jaxpr.eqns:
        ins = tuple(atom(a) for a in eqn.ins)
        params = tuple(sorted((key, _hashable(value)) for key, value in eqn.params.items()))
        for var in eqn.outs:
            number[var] = len(number)
        rows.append((eqn.primitive.name, ins, params, tuple(var.aval for var in eqn.outs)))
    heads = (len(jaxpr.hidden_vars), tuple(v.aval for v in (*jaxpr.hidden_vars, *jaxpr.in_vars)))
    return (heads, tuple(rows), tuple(atom(a) for a in jaxpr.outs), jaxpr.axes)


def _hashable(value: Any) -> Any:
    """A param as a comparable, hashable item: type and text order what has no order of its own."""
    if isinstance(value, slice):
        value = ("slice", value.start, value.stop, value.step)
    return (type(value).__name__, hash(value) if callable(value) else repr(value), value)


def sub_jaxprs(eqn: Equation) -> list[Jaxpr]:
    """The jaxprs among an equation's params."""
    found = []
    for value in eqn.params.values():
        if isinstance(value, Jaxpr):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(item for item in value if isinstance(item, Jaxpr))
    return found
