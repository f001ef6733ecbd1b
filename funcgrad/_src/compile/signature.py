"""All that a compiled program may depend on in a jaxpr, as bytes: the same in every process.

NOTE (whose primitives): of a primitive only the name is written. That is enough for those of this package,
whose files are part of the key. Others have no signature: nobody can tell whether they have changed.
"""

from __future__ import annotations

from typing import Any

from ..backends.door import loaded
from ..core.aval import Aval
from ..core.primitive import Primitive
from ..ir.jaxpr import Equation, Jaxpr, Var
from .plain import NotPlainError, plain, written

_CALLS = frozenset({"jit", "call"})  # inlined: of their params the programs alone matter
_WITHOUT_FAMILY = frozenset({"guard", "dependent"}) | _CALLS
_PACKAGE = "funcgrad._src."
_OPS = f"{_PACKAGE}ops."


def signature(jaxpr: Jaxpr) -> bytes:
    """The signature of a closed jaxpr; NotPlainError if it has none."""
    try:
        return written(_Writer().program(jaxpr))
    except (ValueError, RecursionError) as error:  # too deep
        raise NotPlainError(str(error)) from None


class _Writer:
    """Writes one program and those within it; avals by their numbers in a table."""

    def __init__(self) -> None:
        self.known: set[Primitive] = set()
        self.avals: dict[int, int] = {}
        self.numbers: dict[Aval, int] = {}
        self.kept: list[Aval] = []  # which keeps their ids

    def program(self, jaxpr: Jaxpr) -> Any:
        if jaxpr.hidden_vars:
            raise NotPlainError("a program that closes over arrays")
        number = {var: k for k, var in enumerate(jaxpr.in_vars)}
        count, aval_of, rows = len(number), self.aval, []
        heads = [aval_of(var.aval) for var in jaxpr.in_vars]
        for eqn in jaxpr.eqns:
            primitive, source = eqn.primitive, eqn.source
            if primitive not in self.known:
                self.check(primitive)
            ins = [number[x] if type(x) is Var else plain_literal(x) for x in eqn.ins]
            outs = [aval_of(var.aval) for var in eqn.outs]
            for var in eqn.outs:
                number[var] = count
                count += 1
            derived = source is not None and bool(source.derivative_of)  # see is_quiet
            params = self.params(eqn) if eqn.params else None
            rows.append((primitive.name, derived, params, tuple(ins), tuple(outs)))
        results = [number[x] if type(x) is Var else plain_literal(x) for x in jaxpr.outs]
        table = [(x.shape, plain(x.dtype), x.kind, x.place) for x in self.kept]
        return tuple(heads), tuple(rows), tuple(results), jaxpr.axes, tuple(table)

    def check(self, primitive: Primitive) -> None:
        family, impl = primitive.family, primitive.impl
        known = loaded(f"{_OPS}{family}") is not None if family else primitive.name in _WITHOUT_FAMILY
        if not known or not str(getattr(impl, "__module__", "")).startswith(_PACKAGE):
            raise NotPlainError(f"the primitive {primitive}")
        self.known.add(primitive)

    def aval(self, aval: Aval) -> int:
        found = self.avals.get(id(aval))
        if found is None:
            found = self.numbers.setdefault(aval, len(self.numbers))
            if found == len(self.kept):
                self.kept.append(aval)
                self.avals[id(aval)] = found
        return found

    def params(self, eqn: Equation) -> Any:
        if eqn.primitive.name in _CALLS:
            return "call", self.inner(eqn.params["jaxpr"])
        return tuple([(name, self.param(value)) for name, value in eqn.params.items()])

    def param(self, value: Any) -> Any:
        if type(value) is Jaxpr:
            return self.inner(value)
        return ("tuple", *map(self.param, value)) if type(value) is tuple else plain(value)

    def inner(self, jaxpr: Any) -> Any:
        if type(jaxpr) is not Jaxpr:
            raise NotPlainError("a call without a program")
        return "program", *_Writer().program(jaxpr)


def plain_literal(literal: Any) -> Any:
    """A tuple, so that it is no variable's number."""
    return ("literal", plain(literal.value))
