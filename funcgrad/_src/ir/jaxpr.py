"""The jaxpr: funcgrad's intermediate representation.

A jaxpr is a straight line of equations over typed variables. Its *inputs* are the arguments of the
traced function; its *hidden* inputs are arrays (or tracers of outer traces) that the function closed
over: they are kept by reference, read again on every evaluation, never copied into the program.

The same ``Equation`` is recorded by the reverse trace (``in`` atoms of constants are None there: their
values stand beside the equation) and staged by ``make_jaxpr`` and ``jit``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..base.errors import JaxprError
from ..base.source import Location
from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive
from ..core.trace import Tracer
from ..tree import TreeDef
from .text import scalar_text


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

    def __repr__(self) -> str:
        ins = ", ".join(str(getattr(atom, "aval", "_")) for atom in self.ins)
        return f"<{self.primitive}: {ins} → {', '.join(str(var.aval) for var in self.outs)}>"


class Jaxpr:
    """A program: hidden inputs, inputs, equations, outputs; immutable.

    Two jaxprs are equal when they differ in nothing but the identity of their variables. A jaxpr
    pickles by value, hidden inputs included; ``copy`` and ``deepcopy`` return it as it is.

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

    __slots__ = (
        "__weakref__", "_effects", "_hash", "_structure", "axes", "cache", "eqns", "hidden", "hidden_vars",
        "in_vars", "outs",
    )  # fmt: skip

    write: ClassVar[Callable[[Jaxpr, bool], str]]  # the printer, which knows this module, sets it

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
        self._effects: frozenset[str] | None = None
        self._hash: int | None = None

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
        if self._effects is None:
            self._effects = frozenset().union(*map(effects_of, self.eqns))
        return self._effects

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

    def pretty(self, sources: bool = False) -> str:
        """The program as text; ``sources=True`` adds the line of the user's code to each equation."""
        return self.write(sources)

    def __repr__(self) -> str:
        return self.write(False)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Jaxpr) and hash(self) == hash(other) and self.structure() == other.structure()
        )

    def __hash__(self) -> int:
        if self._hash is None:
            try:
                self._hash = hash(self.structure())
            except TypeError:
                raise _unhashable(self) from None
        return self._hash

    def __copy__(self) -> Jaxpr:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Jaxpr:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if any(type(value) is Tracer for value in self.hidden):
            raise JaxprError(
                "A jaxpr that closes over a traced value cannot be pickled.",
                got=", ".join(str(v.aval) for v in self.hidden_vars),
                hint="pass the value as an argument instead of closing over it",
            )
        return _rebuild, _numbered(self)


def effects_of(eqn: Equation) -> frozenset[str]:
    """The effects of one equation: its primitive's and those of its sub-jaxprs."""
    own = frozenset((eqn.primitive.effect,) if eqn.primitive.effect else ())
    return own.union(*(inner.effects for inner in sub_jaxprs(eqn)))


def sub_jaxprs(eqn: Equation) -> list[Jaxpr]:
    """The jaxprs among an equation's params."""
    found = []
    for value in eqn.params.values():
        if isinstance(value, Jaxpr):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(item for item in value if isinstance(item, Jaxpr))
    return found


# --- equality --------------------------------------------------------------------------------------


def _structure(jaxpr: Jaxpr) -> tuple[Any, ...]:
    number: dict[Any, int] = {}
    for var in (*jaxpr.hidden_vars, *jaxpr.in_vars):
        number[var] = len(number)

    def atom(a: Atom) -> Any:
        return (a.aval, scalar_text(a.value)) if isinstance(a, Literal) else number[a]

    rows = []
    for eqn in jaxpr.eqns:
        ins = tuple([atom(a) for a in eqn.ins])
        params = params_key(eqn.params)
        for var in eqn.outs:
            number[var] = len(number)
        rows.append((eqn.primitive.name, ins, params, tuple([var.aval for var in eqn.outs])))
    heads = (len(jaxpr.hidden_vars), tuple(v.aval for v in (*jaxpr.hidden_vars, *jaxpr.in_vars)))
    return (heads, tuple(rows), tuple(atom(a) for a in jaxpr.outs), jaxpr.axes)


def unhashable_param(params: dict[str, Any]) -> str | None:
    """The name of the first param that cannot be a key, if there is one."""
    for name, value in params.items():
        try:
            hash(_value_key(value))
        except TypeError:
            return name
    return None


def _unhashable(jaxpr: Jaxpr) -> JaxprError:
    found = [(eqn, name) for eqn in jaxpr.eqns if (name := unhashable_param(eqn.params)) is not None]
    eqn, name = found[0]
    return JaxprError(
        f"`{eqn.primitive}` was bound with the param {name!r}, which is not hashable.",
        expected="params of tuples, strings, numbers and other hashable values",
        got=f"{name}={eqn.params[name]!r}",
        at=eqn.source,
        hint="give a tuple in place of a list, and arrays as operands",
    )


def params_key(params: dict[str, Any]) -> tuple[Any, ...]:
    """A key equal for equal params: by type and value, so that 1, 1.0 and True differ, and nan is nan."""
    return tuple([(name, _value_key(params[name])) for name in sorted(params)]) if params else ()


def _value_key(value: Any) -> Any:
    cls = type(value)
    if cls is str or value is None:
        return value
    if isinstance(value, tuple):
        return (cls, *map(_value_key, value))
    if cls is slice:
        return (cls, *map(_value_key, (value.start, value.stop, value.step)))
    if cls is frozenset:
        return (cls, frozenset(map(_value_key, value)))
    if cls is TreeDef:  # treedefs are equal whatever the order of a dict, programs on their leaves are not
        return (cls, value, tuple(value.paths()))
    if cls is Jaxpr and value.hidden:
        return (cls, value, tuple(map(id, value.hidden)))
    if isinstance(value, np.generic):
        return (value.dtype, scalar_text(value))
    return (cls, scalar_text(value)) if cls is float or cls is complex else (cls, value)


# --- pickling --------------------------------------------------------------------------------------


def _numbered(jaxpr: Jaxpr) -> tuple[Any, ...]:
    """The program as plain rows with numbers for variables: compact, and nothing to recurse into."""
    number: dict[Any, int] = {}
    avals: list[Aval] = []

    def bind(vars: Sequence[Var]) -> tuple[int, ...]:
        for var in vars:
            number[var] = len(number)
            avals.append(var.aval)
        return tuple([number[var] for var in vars])

    def atoms(items: Sequence[Atom]) -> tuple[Any, ...]:
        return tuple([(a.value,) if isinstance(a, Literal) else number[a] for a in items])

    heads = bind(jaxpr.hidden_vars), bind(jaxpr.in_vars)
    rows = [(e.primitive, atoms(e.ins), e.params, bind(e.outs), e.source) for e in jaxpr.eqns]
    return avals, heads, rows, atoms(jaxpr.outs), jaxpr.hidden, jaxpr.axes


def _rebuild(avals: Any, heads: Any, rows: Any, outs: Any, hidden: Any, axes: Any) -> Jaxpr:
    variables = [Var(aval) for aval in avals]

    def atoms(items: Any) -> tuple[Any, ...]:
        return tuple([Literal(item[0]) if type(item) is tuple else variables[item] for item in items])

    eqns = [
        Equation(primitive, atoms(ins), params, tuple([variables[n] for n in bound]), source)
        for primitive, ins, params, bound, source in rows
    ]
    hidden_vars, in_vars = ([variables[n] for n in numbers] for numbers in heads)
    return Jaxpr(in_vars, eqns, atoms(outs), hidden_vars=hidden_vars, hidden=hidden, axes=axes)
