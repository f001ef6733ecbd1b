"""Staging: run a function on tracers that record equations into a jaxpr.

A staging tracer stands for a variable. With ``values`` it also carries the number, computed under the
parent as it goes, so that Python control flow on values works while the program is recorded; without
(``make_jaxpr``, ``eval_shape``, ``jit``) only avals are known.
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..base import config
from ..base.errors import ConcretizationError
from ..base.source import Location, user_location
from ..core.aval import SCALAR_AVALS, Aval, aval_of
from ..core.inplace import ARGUMENT
from ..core.primitive import Primitive, as_operand
from ..core.trace import Trace, Tracer, axis_names, tracing, under, unknown
from .check import check_jaxpr
from .jaxpr import Atom, Equation, Jaxpr, Literal, Var


class StagingTrace(Trace):
    """Records every operation on its tracers as an equation."""

    __slots__ = ("eqns", "hidden", "place", "values")
    withholds = "abstract"
    rereads = True

    def __init__(self, name: str, *, values: bool = False) -> None:
        super().__init__(name)
        self.values = values
        self.eqns: list[Equation] = []
        self.place: Location | None = None  # set by a sweep: the line that its equations belong to
        self.hidden: dict[int, tuple[Var, Any]] = {}

    def new_input(self, value: Any, links: Any = None) -> Tracer:
        """A tracer for an input: an aval, or a value when values are carried."""
        return Tracer(self, value if self.values else unknown, Var(aval_of(value)), links)

    def aval(self, tracer: Tracer) -> Aval:
        return tracer.data.aval  # type: ignore[no-any-return]

    def concrete(self, tracer: Tracer) -> Any:
        return super().concrete(tracer) if self.values else unknown

    def lift(self, value: Any) -> Tracer:
        if type(value) is Tracer and value.trace is self:
            return value
        return Tracer(self, value if self.values else unknown, self.atom(value))

    # This is the path of every staged operation: it is written out rather than divided.
    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if self.thread != get_ident():
            return self.elsewhere(primitive, args, params)
        if not self._concerned(primitive, args, params):
            if self.parent is None:
                return primitive.evaluate(args, params)
            return self.parent.process(primitive, args, params)
        atoms = tuple([a.data if type(a) is Tracer and a.trace is self else self.atom(a) for a in args])
        if primitive.stage is not None:
            params = primitive.stage(partial(self.stage_inner, atoms), params)
        out: Any = unknown
        if self.values:
            out = self._compute(primitive, args, params)
            avals: Any = tuple(map(aval_of, out)) if primitive.multiple else aval_of(out)
        else:
            avals = _abstract(primitive, atoms, params)
        if primitive.multiple:
            return self._record_multiple(primitive, atoms, params, out, avals)
        variable = Var(avals)
        self.eqns.append(Equation(primitive, atoms, params, (variable,), self.place or user_location()))
        return Tracer(self, out, variable)

    def _record_multiple(
        self, primitive: Primitive, atoms: tuple[Atom, ...], params: dict[str, Any], outs: Any, avals: Any
    ) -> tuple[Tracer, ...]:
        variables = tuple([Var(aval) for aval in avals])
        self.eqns.append(Equation(primitive, atoms, params, variables, self.place or user_location()))
        values = (unknown,) * len(variables) if outs is unknown else outs
        return tuple([Tracer(self, value, var) for value, var in zip(values, variables, strict=True)])

    def _concerned(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> bool:
        """Whether to record: one of our tracers takes part, or a new array or an effect is made."""
        for arg in args:
            if type(arg) is Tracer and arg.trace is self:
                return True
        return not args or primitive.effect is not None or _fills(primitive, args, params)

    def _compute(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        values = [a.value if type(a) is Tracer and a.trace is self else a for a in args]
        if self.parent is None:
            return primitive.evaluate(values, params)
        return self.parent.process(primitive, values, params)

    def stage_inner(self, atoms: Sequence[Atom], fun: Callable[..., Sequence[Any]], name: str) -> Jaxpr:
        """The program of ``fun(*leaves) -> leaves`` on operands like these, for the params of an equation."""
        with under(None):
            return stage(fun, [atom.aval for atom in atoms], name=name)

    def atom(self, value: Any) -> Atom:
        """The variable of an own tracer, a literal for a scalar, a hidden input for the rest."""
        if type(value) is Tracer:
            if value.trace is self:
                return value.data  # type: ignore[no-any-return]
            if value.trace not in self._outer():
                raise value.trace.misused(value)
        elif type(value) in SCALAR_AVALS:
            return Literal(value)
        else:
            value = as_operand(value)
            if aval_of(value).kind != "array":
                return Literal(value)
        known = self.hidden.get(id(value))
        if known is None:
            known = self.hidden[id(value)] = (Var(aval_of(value)), value)
        return known[0]

    def _outer(self) -> list[Trace]:
        """The traces around this one, whose tracers may be hidden inputs."""
        found, trace = [], self.parent
        while trace is not None:
            found.append(trace)
            trace = trace.parent
        return found

    def finish(self, in_vars: Sequence[Var], outs: Sequence[Any]) -> Jaxpr:
        """The recorded program with these outputs."""
        atoms = [self.atom(out) for out in outs]
        hidden = list(self.hidden.values())
        jaxpr = Jaxpr(
            in_vars,
            self.eqns,
            atoms,
            hidden_vars=[var for var, _ in hidden],
            hidden=[value for _, value in hidden],
            axes=axis_names(self.parent),
        )
        if config.check_jaxprs:
            check_jaxpr(jaxpr, again=False)
        return jaxpr


def stagers(trace: Trace | None) -> list[StagingTrace]:
    """Those of ``trace`` and its parents that stage."""
    found = []
    while trace is not None:
        if isinstance(trace, StagingTrace):
            found.append(trace)
        trace = trace.parent
    return found


# NOTE (remembered types): the result types of an operation without params are kept under the ids of the
# primitive and the avals, which the entry itself keeps alive. An aval that is not the interned one
# merely gets an entry of its own.
_LIMIT = 20_000
_known: dict[tuple[int, ...], tuple[Any, ...]] = {}


def _abstract(primitive: Primitive, atoms: Sequence[Atom], params: dict[str, Any]) -> Any:
    avals = [atom.aval for atom in atoms]
    if params:
        return primitive.abstract(avals, params)
    key = (id(primitive), *map(id, avals))
    found = _known.get(key)
    if found is None:
        if len(_known) >= _LIMIT:
            _known.clear()
        found = _known[key] = (primitive.abstract(avals, params), primitive, avals)
    return found[0]


def _fills(primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> bool:
    """Whether an array is made of scalars alone: better an equation than an array in the program."""
    if primitive.multiple or any([type(arg) not in SCALAR_AVALS for arg in args]):
        return False
    try:
        return bool(primitive.abstract(list(map(aval_of, args)), params).kind == "array")
    except ConcretizationError:
        return False


def stage(fun: Callable[..., Sequence[Any]], avals: Sequence[Any], *, name: str = "make_jaxpr") -> Jaxpr:
    """Trace ``fun(*leaves) -> leaves`` on avals alone."""
    trace = StagingTrace(name)
    with tracing(trace):
        tracers = [trace.new_input(aval, ARGUMENT) for aval in avals]
        variables = [tracer.data for tracer in tracers]
        return trace.finish(variables, fun(*tracers))
