"""Reverse mode: the tape.

While the user's function runs, ``ReverseTrace`` computes every operation under its parent and records
an equation for each one that depends on a differentiated input; beside it, the values its rule will
read. ``Sweep`` then walks the equations backwards and adds up cotangents. Nothing here recurses, so a
tape may be as deep as memory allows.

Variables are numbers: inputs first, then outputs in order. A row of the tape is the plain tuple
``(primitive, in_numbers, params, out_number, kept)``; ``equations`` shows the rows as the IR's own
equations. A tracer's ``data`` is its number, None for a constant.

NOTE (foreign residuals): an array that was not made inside the trace may be written by its owner
later. Up to 64 kB it is copied when it is kept; a larger one is kept by reference and copied by
``secure`` when a pullback outlives the call. Inside a program that is being staged they become inputs
of it, since it reads them again whenever it runs. Inputs are copied once, at the start, within the same
limit. An array that is a view may show foreign memory, and counts as foreign.
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Sequence
from typing import Any

from numpy import ndarray

from ..backends import HOST_TYPES, backend_of, is_array
from ..core.aval import ARRAY_AVALS, SCALAR_AVALS, Aval, aval_of
from ..core.inplace import ARGUMENT
from ..core.primitive import Primitive, as_operand, missing_rule
from ..core.trace import Trace, Tracer, rereader
from ..ir.jaxpr import Equation, Var
from ..ops.declare import NONDIFF, CallRule, Partials, typed_number
from .referred import Referred, refer, verify

SNAPSHOT_LIMIT = 65_536
Row = tuple[Primitive, Sequence[int | None], dict[str, Any], Any, Any]
_PYTHON = frozenset({int, float, complex})
_SAFE = (HOST_TYPES - _PYTHON - {ndarray}) | {Tracer}  # immutable: kept as they are
_new = object.__new__
_NONE: dict[str, Any] = {}


class ReverseTrace(Trace):
    """Computes under the parent and records."""

    __slots__ = ("avals", "foreign", "host", "program", "rows")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.avals: list[Aval] = []
        self.rows: list[Row | None] = []
        self.foreign: dict[int, Referred] = {}
        self.program = rereader(self.parent)
        self.host = self.parent is None  # whether all values so far are plain host values

    def lift(self, value: Any) -> Tracer:
        self.host = self.host and type(value) in HOST_TYPES
        return super().lift(value)

    def new_input(self, value: Any) -> Tracer:
        """A tracer for a differentiated input; a private copy of it if it is a small array."""
        if type(value) not in _SAFE:
            value = self._input(value)
        self.host = self.host and type(value) in HOST_TYPES
        self.avals.append(aval_of(value))
        return Tracer(self, value, len(self.avals) - 1, ARGUMENT)

    def _input(self, value: Any) -> Any:
        if type(value) is Tracer or backend_of(value) is None or self.program is not None:
            return value
        if value.nbytes <= SNAPSHOT_LIMIT and (value.flags.c_contiguous or value.flags.f_contiguous):
            return value.copy(order="K")
        self.foreign[id(value)] = refer(value)
        return value

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if self.thread != get_ident():
            return self.elsewhere(primitive, args, params)
        if self.host and not params and type(primitive.rule) is Partials:
            if len(args) == 2:
                return self._binary(primitive, args)
            if len(args) == 1:
                return self._unary(primitive, args)
        return self._general(primitive, args, params)

    # The next two are `_general` for the commonest operations, written out: elementwise, on host values.
    def _unary(self, primitive: Primitive, args: Sequence[Any]) -> Any:
        (x,) = args
        if type(x) is not Tracer or x.trace is not self or x.data is None:
            return self._general(primitive, args, _NONE)
        avals, rule, value = self.avals, primitive.rule, x.value
        out = primitive.host(value)
        aval = avals[x.data]
        if type(out) is not ndarray or out.dtype is not aval.dtype or out.shape != aval.shape:
            aval = SCALAR_AVALS.get(type(out)) or aval_of(out)
        keep = rule.table.get(3)
        if keep is None:
            keep = rule.keeps(1, 1)
        if keep is False or not aval.inexact:
            return out
        kept = None
        if keep:
            if not keep[1]:
                value = None
            elif type(value) is not ndarray or value.base is not None:
                value = self._kept(value, x.data, aval)
            kept = [out if keep[0] else aval, value]
        tracer = _new(Tracer)
        tracer.trace = self
        tracer.value = out
        tracer.data = number = len(avals)
        tracer.links = None
        avals.append(aval)
        self.rows.append((primitive, (x.data,), _NONE, number, kept))
        return tracer

    def _binary(self, primitive: Primitive, args: Sequence[Any]) -> Any:  # noqa: C901
        x, y = args
        mask, i, j = 0, None, None
        if type(x) is Tracer and x.trace is self:
            i, x = x.data, x.value
            mask = 0 if i is None else 1
        elif type(x) not in HOST_TYPES:
            return self._general(primitive, args, _NONE)
        if type(y) is Tracer and y.trace is self:
            j, y = y.data, y.value
            mask += 0 if j is None else 2
        elif type(y) not in HOST_TYPES:
            return self._general(primitive, args, _NONE)
        if not mask:
            return self._general(primitive, args, _NONE)
        avals, rule = self.avals, primitive.rule
        out = primitive.host(x, y)
        cls = type(out)
        aval = ARRAY_AVALS.get((out.shape, out.dtype)) if cls is ndarray else SCALAR_AVALS.get(cls)
        if aval is None:
            aval = aval_of(out)
        keep = rule.table.get(4 + mask)
        if keep is None:
            keep = rule.keeps(mask, 2)
        if keep is False or not aval.inexact:
            return out
        kept = None
        if keep:
            x = self._kept(x, i, aval) if keep[1] else None
            y = self._kept(y, j, aval) if keep[2] else None
            kept = [out if keep[0] else aval, x, y]
        tracer = _new(Tracer)
        tracer.trace = self
        tracer.value = out
        tracer.data = number = len(avals)
        tracer.links = None
        avals.append(aval)
        self.rows.append((primitive, (i, j), _NONE, number, kept))
        return tracer

    def _kept(self, value: Any, number: int | None, aval: Aval) -> Any:
        """A host value that a coefficient reads."""
        if type(value) is ndarray:
            return value if number is not None and value.base is None else self._capture(value)
        return typed_number(value, aval) if type(value) in _PYTHON else value

    # This is the path of every other eager operation: it is written out rather than divided.
    def _general(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:  # noqa: C901
        values: list[Any] = []
        ins: list[int | None] = []
        mask, bit, host, lifted = 0, 1, self.host, False
        for arg in args:
            if type(arg) is Tracer and arg.trace is self:
                values.append(arg.value)
                number = arg.data
                ins.append(number)
                if number is None:
                    lifted = True
                else:
                    mask += bit
            else:
                if type(arg) not in HOST_TYPES:
                    host = False
                values.append(arg)
                ins.append(None)
            bit += bit
        rule = primitive.rule
        if host and not primitive.multiple:
            out = primitive.host(*values, **params) if params else primitive.host(*values)
        elif mask and rule is not None and rule.kind == "call":
            return self._call(rule, primitive, values, ins, mask, params)
        elif self.parent is None:
            out = primitive.evaluate(values, params)
            self.host = self.host and (primitive.multiple or type(out) in HOST_TYPES)
        else:
            out = self.parent.process(primitive, values, params)
        if not mask or rule is NONDIFF:
            return self.constant(out) if lifted and not mask and rule is not NONDIFF else out
        if rule is None or primitive.multiple:
            return self._record_multiple(rule, primitive, values, ins, mask, params, out)
        cls = type(out)
        aval = ARRAY_AVALS.get((out.shape, out.dtype)) if cls is ndarray else SCALAR_AVALS.get(cls)
        if aval is None:
            aval = aval_of(out)
        keep = rule.table.get(bit + mask)
        if keep is None:
            keep = rule.keeps(mask, len(ins))
        if keep is False or not aval.inexact:
            return out
        if keep:
            values = self._keep(keep, out, aval, values, ins, rule.shapes)
        avals = self.avals
        number = len(avals)
        avals.append(aval)
        self.rows.append((primitive, ins, params, number, values if keep else None))
        tracer = _new(Tracer)
        tracer.trace = self
        tracer.value = out
        tracer.data = number
        tracer.links = None
        return tracer

    def _keep(
        self, keep: Sequence[bool], out: Any, aval: Any, values: list[Any], ins: list[Any], shapes: bool
    ) -> list[Any]:
        """The output and inputs that the rule reads; avals (or None) in place of the others."""
        i = 0
        for value in values:
            cls = type(value)
            if not keep[i + 1]:
                values[i] = self._shape_of(ins[i], value) if shapes else None
            elif cls is ndarray:
                if ins[i] is None or value.base is not None:
                    values[i] = self._capture(value)
            elif cls not in _SAFE:
                if cls not in _PYTHON:
                    values[i] = self._capture(as_operand(value))
                elif not shapes:
                    values[i] = typed_number(value, aval)
            i += 1  # noqa: SIM113  (enumerate costs)
        values.insert(0, out if keep[0] else aval)
        return values

    def _shape_of(self, number: int | None, value: Any) -> Aval:
        if number is not None:
            return self.avals[number]
        return aval_of(value if type(value) is Tracer else as_operand(value))

    def _capture(self, value: Any) -> Any:
        if self.program is not None:
            return self.program.lift(value)
        if value.nbytes <= SNAPSHOT_LIMIT:
            return value.copy()
        if id(value) not in self.foreign:
            self.foreign[id(value)] = refer(value)
        return value

    def _record_multiple(
        self, rule: Any, primitive: Primitive, values: Any, ins: Any, mask: int, params: Any, outs: Any
    ) -> Any:
        if rule is None:
            raise missing_rule(primitive, "derivative")
        keep = rule.keeps(mask, len(ins))
        if keep is False:
            return outs
        avals = tuple(map(aval_of, outs))
        row = self._keep((False, *keep[1:]), None, None, values, ins, True)
        row[0] = tuple(outs) if keep[0] else avals
        return self._record_outputs(primitive, ins, params, outs, avals, row)

    def _record_outputs(
        self, primitive: Primitive, ins: Any, params: Any, outs: Any, avals: Any, row: Any
    ) -> tuple[Any, ...]:
        self.host = self.host and all(type(out) in HOST_TYPES for out in outs)
        first = len(self.avals)
        self.avals.extend(avals)
        numbers = tuple(range(first, first + len(avals)))
        self.rows.append((primitive, ins, params, numbers, row))
        return tuple(
            Tracer(self, out, number) if aval.inexact else out
            for out, number, aval in zip(outs, numbers, avals, strict=True)
        )

    def _call(
        self, rule: CallRule, primitive: Primitive, values: Any, ins: Any, mask: int, params: dict[str, Any]
    ) -> Any:
        outs, pullback = rule.reverse(self.parent, mask, values, params)
        given = {id(value) for value in values}
        held = pullback.residuals
        for i, value in enumerate(held):
            if not is_array(value) or (self.program is not None and not aval_of(value).inexact):
                continue  # a rule may branch on a flag
            if pullback.foreign or id(value) in given or value.base is not None:
                held[i] = self._capture(value)
        return self._record_outputs(primitive, ins, params, outs, tuple(map(aval_of, outs)), pullback)

    def secure(self) -> None:
        """Copy the large foreign residuals: from now on the tape depends on nobody else's memory.

        A value of an outer trace may be rebound by a write from now on: a tracer is copied too.
        """
        if not self.foreign and self.parent is None:
            return
        self.verify()
        copies: dict[int, Any] = {}
        for row in self.rows:
            kept = _values(row)
            for i, value in enumerate(kept):
                if type(value) is Tracer:
                    kept[i] = Tracer(value.trace, value.value, value.data)
                elif id(value) in self.foreign:
                    kept[i] = copies.setdefault(id(value), value.copy())
        self.foreign.clear()

    def verify(self) -> None:
        """Raise MutationError if a referenced residual has been written (debug.checking_mutation)."""
        if any(referred.checksum is not None for referred in self.foreign.values()):
            held = {id(value) for value in self.residuals()}
            verify(self.name, [found for key, found in self.foreign.items() if key in held])

    def residuals(self) -> list[Any]:
        """Every value the tape holds."""
        kept = [value for row in self.rows for value in _values(row)]
        outs = [value for values in kept if type(values) is tuple for value in values]
        return kept + outs

    def equations(self) -> list[Equation]:
        """The rows as equations of the IR; the in atom of a constant is None."""
        variables = [Var(aval) for aval in self.avals]
        found = []
        for row in self.rows:
            if row is not None:
                primitive, ins, params, numbers, _ = row
                outs = numbers if isinstance(numbers, tuple) else (numbers,)
                atoms = [None if n is None else variables[n] for n in ins]
                found.append(Equation(primitive, atoms, params, [variables[n] for n in outs]))
        return found


def _values(row: Row | None) -> list[Any]:
    """The list of values that a row keeps; empty when it keeps none."""
    kept = None if row is None else row[4]
    if kept is None:
        return []
    return kept if isinstance(kept, list) else kept.residuals
