"""Staging: run a function on tracers that record equations into a jaxpr.

A staging tracer stands for a variable. With ``values`` it also carries the number, computed under the
parent as it goes, so that Python control flow on values works while the program is recorded; without
(``make_jaxpr``, ``eval_shape``, ``jit``) only avals are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import get_ident
from typing import Any

from ..base.source import user_location
from ..core.aval import Aval, aval_of, make_aval
from ..core.context import axis_names
from ..core.primitive import Primitive, as_operand
from ..core.trace import Trace, Tracer, tracing, unknown
from .jaxpr import Atom, Equation, Jaxpr, Literal, Var


class StagingTrace(Trace):
    """Records every operation on its tracers as an equation."""

    __slots__ = ("eqns", "hidden", "values")
    withholds = "abstract"

    def __init__(self, name: str, *, values: bool = False) -> None:
        super().__init__(name)
        self.values = values
        self.eqns: list[Equation] = []
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

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if self.thread != get_ident():
            return self.elsewhere(primitive, args, params)
        if not any(type(a) is Tracer and a.trace is self for a in args):
            if self.parent is None:
                return primitive.evaluate(args, params)
            return self.parent.process(primitive, args, params)
        if primitive.stage is not None:
            params = primitive.stage([aval_of(a) for a in args], params)
        atoms = [self.atom(a) for a in args]
        if self.values:
            values = [a.value if type(a) is Tracer and a.trace is self else a for a in args]
            parent = self.parent
            out = (
                primitive.evaluate(values, params)
                if parent is None
                else parent.process(primitive, values, params)
            )
            avals = [aval_of(o) for o in out] if primitive.multiple else aval_of(out)
        else:
            avals = primitive.abstract([a.aval for a in atoms], params)
            out = [unknown] * len(avals) if primitive.multiple else unknown
        return self._record(primitive, atoms, params, out, avals)

    def _record(
        self, primitive: Primitive, atoms: list[Atom], params: dict[str, Any], out: Any, avals: Any
    ) -> Any:
        outs = [Var(a) for a in avals] if primitive.multiple else [Var(avals)]
        self.eqns.append(Equation(primitive, tuple(atoms), params, tuple(outs), user_location()))
        if primitive.multiple:
            return tuple(Tracer(self, value, var) for value, var in zip(out, outs, strict=True))
        return Tracer(self, out, outs[0])

    def atom(self, value: Any) -> Atom:
        """The variable of an own tracer, a literal for a scalar, a hidden input for the rest."""
        if type(value) is Tracer:
            if value.trace is self:
                return value.data  # type: ignore[no-any-return]
        else:
            value = as_operand(value)
            if aval_of(value).kind != "array":
                return Literal(value)
        known = self.hidden.get(id(value))
        if known is None:
            known = self.hidden[id(value)] = (Var(aval_of(value)), value)
        return known[0]

    def finish(self, in_vars: Sequence[Var], outs: Sequence[Any]) -> Jaxpr:
        """The recorded program with these outputs."""
        atoms = [self.atom(out) for out in outs]
        hidden = list(self.hidden.values())
        return Jaxpr(
            in_vars,
            self.eqns,
            atoms,
            hidden_vars=[var for var, _ in hidden],
            hidden=[value for _, value in hidden],
            axes=axis_names(self.parent),
        )


def stage(fun: Callable[..., Sequence[Any]], avals: Sequence[Any], *, name: str = "make_jaxpr") -> Jaxpr:
    """Trace ``fun(*leaves) -> leaves`` on avals alone."""
    trace = StagingTrace(name)
    with tracing(trace):
        tracers = [trace.new_input(a) for a in avals]
        outs = fun(*tracers)
        return trace.finish([t.data for t in tracers], outs)


def abstract_place(avals: Sequence[Aval]) -> str:
    """The one place of these avals' arrays; the host when there are none."""
    for aval in avals:
        if aval.kind == "array":
            return aval.place
    return "host"


def result_kind(avals: Sequence[Aval], shape: tuple[int, ...]) -> Any:
    """The kind NumPy's ufuncs give for operands of these avals: 0-d results on the host are scalars."""
    if shape or abstract_place(avals) != "host":
        return "array"
    return "python" if all(a.kind == "python" for a in avals) else "scalar"


def array_aval(like: Aval, shape: tuple[int, ...], dtype: Any) -> Aval:
    """An array aval at the place of ``like``."""
    return make_aval(shape, dtype, "array", like.place)
