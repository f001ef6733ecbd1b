"""Reductions within loops: totals in registers, and columns of totals in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ....base.record import Record
from ...loops import Compute, Loop
from .access import write
from .bands import Feed
from .builder import Value
from .code import Code
from .combine import combine
from .conversions import convert
from .registers import Register, number
from .streams import Here, Place, Streams
from .surroundings import Surroundings
from .totals import BLOCK, ZERO, Total, identity, wide

Env = dict[int, Register]


class Part(Record):
    """The rounds of axis 0 that a function makes; partial results by the register of the reduction."""

    begin: Value
    end: Value
    partials: Mapping[int, Value]


class Fed(Record):
    """How a loop feeds a reduction: along which axis, how many lanes at once, how many vectors in turns."""

    axis: int
    lanes: int
    turns: int


class Reductions(Streams):
    """Opens a reduction in front of a loop, feeds it inside, and closes it behind."""

    def __init__(self, code: Code, loop: Loop, around: Surroundings, part: Part | None) -> None:
        super().__init__(code, loop, around)
        self.part = part
        self.totals: dict[int, Total] = {}

    def partial(self, row: Compute) -> Value | None:
        """Where the result goes if it is one of a part."""
        return self.part.partials.get(row.register) if self.part is not None else None

    def open(self, row: Compute, axis: int, at: Place, fed: Fed) -> None:
        """Begin a reduction in front of the loop over an axis."""
        name, dtype = row.eqn.primitive.name, self.loop.avals[row.register].dtype
        if all([k < axis for k in self.loop.varies[row.register]]):
            long = fed.axis > axis or self.loop.sizes[fed.axis] > BLOCK * max(1, fed.lanes) * fed.turns
            total = Total(self.code, name, dtype, fed.lanes, fed.turns, long)
            self.totals[row.register] = total
            total.open()
            return
        kept = wide(name, dtype)
        axes = [k for k in self.loop.varies[row.register] if k >= axis]
        base = self.scratch(("column", row.register), axes, kept, self.partial(row))
        at["column", row.register] = base
        start = number(self.code, identity(name, dtype), kept)
        with self.code.loop(0, math.prod([self.loop.sizes[k] for k in axes])) as i:
            write(self.code, self.code.offset(base, i * kept.itemsize), kept, start)

    def feed(self, item: Feed, x: Register, at: Place, here: Here) -> None:
        """Add an operand to a total, or to the columns of one."""
        row = item.row
        x = convert(self.code, x, self.loop.avals[item.register].dtype, self.loop.avals[row.register].dtype)
        total = self.totals.get(row.register)
        if total is not None:
            total.add(x, here.turn, here.mask)
            if not here.lanes:
                total.flush()
            return
        key = ("column", row.register)
        kept = self.streams[key].dtype
        x = convert(self.code, x, self.loop.avals[row.register].dtype, kept)
        held = self.get(key, at, here)
        self.put(key, combine(self.code, row.eqn.primitive.name, kept, held, x), at, here)

    def close(self, row: Compute, env: Env) -> None:
        """Take up the result of a reduction behind its loop."""
        total = self.totals.pop(row.register, None)
        if total is None:
            return
        place = self.partial(row)
        env[row.register] = found = total.close(wide=place is not None)
        if place is not None:
            write(self.code, place, wide(row.eqn.primitive.name, total.dtype), found)

    def of_one(self, row: Compute, env: Env) -> Register:
        """A reduction of single numbers: over axes of length one, or over none."""
        (operand,) = row.args
        assert isinstance(operand, int)
        have, want = self.loop.avals[operand].dtype, self.loop.avals[row.register].dtype
        x = convert(self.code, env[operand], have, want)
        if row.eqn.primitive.name != "sum" or want.kind not in "fc":
            return x
        return combine(self.code, "sum", want, x, number(self.code, ZERO, want))


def in_stages(loop: Loop) -> Loop:
    """The program with reductions over axes on both sides of one that stays as two, the inner one first.

    So a total in registers, or a column of totals, is all that a reduction can be.
    """
    body: list[Compute] = []
    varies, avals = list(loop.varies), list(loop.avals)
    for row in loop.body:
        kept = [axis for axis in loop.varies[row.register] if row.axes and axis > min(row.axes)]
        inner = tuple([axis for axis in row.axes if kept and axis > max(kept)])
        if inner:
            (operand,) = row.args
            assert isinstance(operand, int)
            middle = len(varies)
            varies.append(tuple([axis for axis in loop.varies[operand] if axis not in inner]))
            avals.append(loop.avals[row.register])
            body.append(Compute(row.eqn, row.args, middle, inner))
            row = Compute(row.eqn, (middle,), row.register, tuple([a for a in row.axes if a not in inner]))
        body.append(row)
    if len(body) == len(loop.body):
        return loop
    return Loop(loop.sizes, loop.loads, tuple(body), loop.stores, tuple(varies), tuple(avals))
