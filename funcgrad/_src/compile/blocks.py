"""How NumPy runs a large loop program: in blocks along its slowest axis, which stay in the cache.

Adjacent axes are merged where every array allows it. Each register is then a slice of an array, or lies in
scratch memory of one block, which is used again as soon as nothing reads it. A reduction along the blocked
axis makes one partial result a block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..base.record import Record
from ..ir.jaxpr import Var
from .layout import Known
from .loops import Compute, Dims, Load, Loop, Store
from .overwrite import elementwise_ufunc

BYTES = 1 << 18  # of one register in one block: about 65,000 numbers of four bytes; measured
LEAST = 3  # blocks; fewer are not worth their calls


class Scratch(Record):
    """A loop program that runs in blocks of ``rows`` along its first axis.

    ``place`` says of each register where it lies: ``("load" | "store" | "scratch" | "partial", number)``.
    ``scratch`` and ``partials`` are the numbers of elements and dtypes of the memory for them.
    """

    loop: Loop
    rows: int
    place: tuple[tuple[str, int], ...]
    scratch: tuple[int, ...]  # bytes
    partials: tuple[int, ...]  # bytes

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return -(-self.loop.sizes[0] // self.rows)

    def shape(self, register: int) -> tuple[int, ...]:
        """The shape of a register over the whole loop, with a 1 for every axis along which it is constant."""
        return tuple([n if k in self.loop.varies[register] else 1 for k, n in enumerate(self.loop.sizes)])


def in_blocks(loop: Loop, known: Known) -> Scratch | None:
    """How to run ``loop`` in blocks; None if it is too small for that."""
    if len(loop.body) < 2:
        return None
    item = max([loop.avals[row.register].dtype.itemsize for row in loop.body])
    if loop.points * item < LEAST * BYTES:
        return None
    loop = merged(loop, known)
    inner = math.prod(loop.sizes[1:]) * item
    rows = max(1, BYTES // inner)
    if loop.sizes[0] < LEAST * rows:
        return None
    placing = _Placing(loop, rows)
    if sum(placing.partials) * 4 > loop.points * item:
        return None
    return Scratch(loop, rows, tuple(placing.place), tuple(placing.scratch), tuple(placing.partials))


# --- merging axes ----------------------------------------------------------------------------------


def merged(loop: Loop, known: Known) -> Loop:
    """The same program with adjacent axes made one wherever all registers and arrays have both or neither."""
    groups: list[list[int]] = []
    for axis in range(len(loop.sizes)):
        if loop.sizes[axis] == 1 and len(loop.sizes) > 1:
            continue
        if groups and _mergeable(loop, groups[-1][-1], axis, known):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    number = {axis: k for k, group in enumerate(groups) for axis in group}

    def axes(old: Sequence[int]) -> tuple[int, ...]:
        return tuple(sorted({number[a] for a in old if a in number}))

    def dims(old: Dims) -> Dims:
        return tuple([None if axis is None else number.get(axis) for axis in old])

    loads = [Load(load.var, dims(load.dims), load.register) for load in loop.loads]
    stores = [Store(store.var, dims(store.dims), store.register) for store in loop.stores]
    body = [Compute(row.eqn, row.args, row.register, axes(row.axes)) for row in loop.body]
    sizes = tuple([math.prod([loop.sizes[a] for a in group]) for group in groups])
    varies = tuple([axes(v) for v in loop.varies])
    return Loop(sizes, tuple(loads), tuple(body), tuple(stores), varies, loop.avals)


def _mergeable(loop: Loop, a: int, b: int, known: Known) -> bool:
    if any([(a in v) != (b in v) for v in loop.varies]):
        return False
    if any([(a in row.axes) != (b in row.axes) for row in loop.body]):
        return False
    arrays = [(load.var, load.dims) for load in loop.loads]
    arrays += [(store.var, store.dims) for store in loop.stores]
    return all([_in_order(var, dims, known) for var, dims in arrays if a in dims])


def _in_order(var: Var, dims: Dims, known: Known) -> bool:
    layout = known.get(var)
    if layout is None or not layout.dense:
        return False
    found = [dims[d] for d in layout.order if dims[d] is not None]
    return found == sorted(found, key=lambda axis: -1 if axis is None else axis)


# --- registers -------------------------------------------------------------------------------------


class _Placing:
    """A linear scan over the body: where every register lies."""

    def __init__(self, loop: Loop, rows: int) -> None:
        self.loop, self.rows = loop, rows
        self.place: list[tuple[str, int]] = [("", 0)] * len(loop.varies)
        self.scratch: list[int] = []
        self.partials: list[int] = []
        self.idle: list[int] = []
        for k, load in enumerate(loop.loads):
            self.place[load.register] = ("load", k)
        stored = {store.register: k for k, store in enumerate(loop.stores)}
        last = {a: i for i, row in enumerate(loop.body) for a in row.args if isinstance(a, int)}
        for i, row in enumerate(loop.body):
            ending = {a for a in (*row.args, row.register) if isinstance(a, int) and last.get(a, i) == i}
            within = {a for a in ending if self._may_overwrite(row, a)}
            self._free(within - {row.register})
            self._row(row, stored)
            self._free(ending - within | (ending & {row.register}))

    def _may_overwrite(self, row: Compute, register: int) -> bool:
        """Whether the result may lie in the memory of an operand: number beside number."""
        avals, varies = self.loop.avals, self.loop.varies
        same = avals[register].dtype == avals[row.register].dtype and varies[register] == varies[row.register]
        return same and elementwise_ufunc(row.eqn) is not None

    def _free(self, registers: set[int]) -> None:
        self.idle += [self.place[a][1] for a in registers if self.place[a][0] == "scratch"]

    def _row(self, row: Compute, stored: dict[int, int]) -> None:
        register = row.register
        if 0 in row.axes:
            self.place[register] = ("partial", len(self.partials))
            count = -(-self.loop.sizes[0] // self.rows)
            self.partials.append(count * self._bytes(register, 1))
        elif register in stored:
            self.place[register] = ("store", stored[register])
        else:
            self.place[register] = ("scratch", self._scratch(self._bytes(register, self.rows)))

    def _bytes(self, register: int, rows: int) -> int:
        varies, sizes = self.loop.varies[register], self.loop.sizes
        points = math.prod([rows if k == 0 else sizes[k] for k in varies])
        return points * self.loop.avals[register].dtype.itemsize

    def _scratch(self, nbytes: int) -> int:
        if self.idle:
            number = self.idle.pop()
            self.scratch[number] = max(self.scratch[number], nbytes)
            return number
        self.scratch.append(nbytes)
        return len(self.scratch) - 1
