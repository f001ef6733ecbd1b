"""A loop program as native code: its bands as loops, the last axis in vectors.

What is left at the end of the last axis is one vector of which only the first lanes are read and written. If
the body is light, several vectors take turns, so that sums need not wait for each other.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ....base.record import Record
from ....ir.jaxpr import Equation
from ...loops import Compute, Dims, Loop
from .access import Distance, Dtype, read, write
from .bands import Band, Feed, Item, Keep, Read, Recall, Write, make_bands
from .builder import I64, Value
from .code import Code
from .combine import combine
from .conversions import convert
from .elementwise import emit
from .optimistic import Suspects, any_nan, joined, plain, suspects
from .refs import Ref, Step
from .registers import Register, number
from .surroundings import Surroundings
from .totals import BLOCK, Total, identity, wide
from .ways import MATHS

_NOTHING = contextlib.nullcontext()
TURNS = 4  # vectors that take turns in a light body
LIGHT = 12  # rows
_SLOW = frozenset({"divide", "sqrt", "floor_divide", "remainder", "fmod"})


def is_heavy(row: Compute) -> bool:
    """Whether a row takes many instructions, or slow ones."""
    kernel = row.eqn.primitive.kernel
    return kernel in MATHS or kernel in _SLOW


class Stream(Record):
    """Elements that loops go over: where they begin, and the distance along each axis of the loop."""

    base: Value
    distances: Mapping[int, Distance]
    dtype: Dtype


class Part(Record):
    """The rounds of axis 0 that a function makes; partial results by the register of the reduction."""

    begin: Value
    end: Value
    partials: Mapping[int, Value]


class Nest:
    """Emits one loop program into a function."""

    def __init__(self, code: Code, loop: Loop, around: Surroundings, part: Part | None = None) -> None:
        self.code, self.loop, self.around, self.part = code, loop, around, part
        self.depth = len(loop.sizes)
        self.items = make_bands(loop, is_heavy)
        self.lanes = lanes_for(loop, code.vector_bytes)
        self.turns = turns_for(loop, self.lanes)
        self.streams: dict[Any, Stream] = {}
        self.totals: dict[int, Total] = {}
        self.outer: list[int] = []  # totals that were opened outside the loop over the last axis

    def run(self) -> None:
        """Emit everything."""
        for load in self.loop.loads:
            if load.var not in self.around.scalars:
                ref = self.around.refs[load.var]
                self.streams["load", load.register] = self.stream(ref, load.dims)
        for k, store in enumerate(self.loop.stores):
            if store.var in self.around.refs:
                self.streams["store", k] = self.stream(self.around.refs[store.var], store.dims)
        at = {key: stream.base for key, stream in self.streams.items()}
        items = self.items if self.part is None else [item for item in self.items if not self.left(item)]
        self.walk(items, {}, at, 0, None)

    def left(self, item: Item) -> bool:
        """Whether an item belongs to what leaves a reduction, which is done when all parts are."""
        assert self.part is not None
        if isinstance(item, Write):
            return item.register in self.part.partials
        return (isinstance(item, Band) and item.axis != 0) or isinstance(item, Recall)

    def stream(self, ref: Ref, dims: Dims) -> Stream:
        """The way of the loops over an array."""
        distances: dict[int, Distance] = {}
        for axis, step in zip(dims, ref.steps, strict=True):
            if axis is None:
                continue
            found = step if isinstance(step, int) else self.runtime(step)
            if axis in distances:  # dimensions that were made one axis: the fastest counts
                before = distances[axis]
                found = min(before, found) if isinstance(before, int) and isinstance(found, int) else found
            distances[axis] = found
        return Stream(self.code.offset(self.code.pointer(ref.slot), ref.offset), distances, ref.dtype)

    def runtime(self, step: Step) -> Value:
        """The distance that an array object tells."""
        place = self.code.offset(self.code.pointer(step.slot), 8 * step.dim)
        return self.code.load(place, I64)

    # --- what stands at one level ---

    def walk(
        self,
        items: Sequence[Item],
        env: dict[int, Register],
        at: Mapping[Any, Value],
        turn: int,
        mask: Value | None,
        lanes: int = 0,
    ) -> None:
        """Emit items; in the loop over the last axis ``lanes`` elements at once."""
        for item in items:
            if isinstance(item, Band):
                self.band(item, env, at)
            elif isinstance(item, Compute):
                env[item.register] = self.compute(item, env)
            elif isinstance(item, Feed):
                self.feed(item, env[item.register], at, turn, mask, lanes)
            elif isinstance(item, Read):
                env[item.register] = self.read(item.register, at, mask, lanes)
            elif isinstance(item, Recall):
                env[item.register] = self.recall(item.register, at, mask, lanes)
            elif isinstance(item, Keep):
                key = ("keep", item.register)
                self.put(key, env[item.register], at, mask, lanes)
            else:
                self.write(item, env[item.register], at, mask, lanes)

    def compute(self, row: Compute, env: Mapping[int, Register], eqn: Equation | None = None) -> Register:
        args = [env[a] if isinstance(a, int) else None for a in row.args]
        if row.eqn.primitive.name == "reshape":  # moves nothing
            (found,) = args
            assert found is not None
            return found
        return emit(self.code, eqn or row.eqn, args)

    def read(self, register: int, at: Mapping[Any, Value], mask: Value | None, lanes: int) -> Register:
        load = next(load for load in self.loop.loads if load.register == register)
        found = self.around.scalars.get(load.var)
        return found if found is not None else self.get(("load", register), at, mask, lanes)

    def recall(self, register: int, at: Mapping[Any, Value], mask: Value | None, lanes: int) -> Register:
        key = ("keep", register) if ("keep", register) in at else ("column", register)
        x = self.get(key, at, mask, lanes)
        return convert(self.code, x, self.streams[key].dtype, self.loop.avals[register].dtype)

    def write(
        self, item: Write, x: Register, at: Mapping[Any, Value], mask: Value | None, lanes: int
    ) -> None:
        store = self.loop.stores[item.store]
        if store.var.aval.size == 1 and not self.loop.varies[store.register]:
            self.around.scalars[store.var] = x
        if ("store", item.store) in at:
            self.put(("store", item.store), x, at, mask, lanes)

    def get(self, key: Any, at: Mapping[Any, Value], mask: Value | None, lanes: int) -> Register:
        stream = self.streams[key]
        step = stream.distances.get(self.depth - 1, 0)
        if isinstance(step, int) and step == 0:
            lanes, mask = 0, None
        return read(self.code, at[key], stream.dtype, step, mask, lanes)

    def put(self, key: Any, x: Register, at: Mapping[Any, Value], mask: Value | None, lanes: int) -> None:
        stream = self.streams[key]
        step = stream.distances.get(self.depth - 1, 0)
        write(self.code, at[key], stream.dtype, x, step, mask, lanes)

    # --- reductions ---

    def feed(
        self, item: Feed, x: Register, at: Mapping[Any, Value], turn: int, mask: Value | None, lanes: int
    ) -> None:
        """Add an operand to a total, or to the columns of one."""
        row = item.row
        out = self.loop.avals[row.register].dtype
        x = convert(self.code, x, self.loop.avals[item.register].dtype, out)
        total = self.totals.get(row.register)
        if total is not None:
            total.add(x, turn, mask)
            if not lanes:
                total.flush()
            return
        key = ("column", row.register)
        kept = self.streams[key].dtype
        x = convert(self.code, x, out, kept)
        held = self.get(key, at, mask, lanes)
        self.put(key, combine(self.code, row.eqn.primitive.name, kept, held, x), at, mask, lanes)

    def open(self, row: Compute, axis: int, at: dict[Any, Value]) -> None:
        """Begin a reduction in front of the loop over an axis."""
        (operand,) = row.args
        assert isinstance(operand, int)
        name, dtype = row.eqn.primitive.name, self.loop.avals[row.register].dtype
        if all([k < axis for k in self.loop.varies[row.register]]):
            last = self.depth - 1
            in_vectors = last in self.loop.varies[operand]
            lanes, turns = (self.lanes, self.turns) if in_vectors else (0, 1)
            long = self.loop.sizes[last] > BLOCK * max(1, lanes) * turns
            total = Total(self.code, name, dtype, lanes, turns, long or axis < last)
            self.totals[row.register] = total
            total.open()
            return
        kept = wide(name, dtype)
        given = self.part.partials.get(row.register) if self.part is not None else None
        self.scratch(("column", row.register), axis, kept, at, given)
        stream = self.streams["column", row.register]
        count = math.prod([self.loop.sizes[k] for k in stream.distances])
        start = number(self.code, identity(name, dtype), kept)
        with self.code.loop(0, count) as i:
            write(self.code, self.code.offset(stream.base, i * kept.itemsize), kept, start)

    def close(self, row: Compute, env: dict[int, Register]) -> None:
        """Take up the result of a reduction behind its loop."""
        total = self.totals.pop(row.register, None)
        if total is None:
            return
        place = self.part.partials.get(row.register) if self.part is not None else None
        env[row.register] = found = total.close(wide=place is not None)
        if place is not None:
            write(self.code, place, wide(row.eqn.primitive.name, total.dtype), found)

    def scratch(
        self, key: Any, depth: int, dtype: Dtype, at: dict[Any, Value], given: Value | None = None
    ) -> None:
        """Memory for a register that is kept for one round of the loops before ``depth``."""
        axes = [k for k in self.loop.varies[key[1]] if k >= depth]
        if key not in self.streams:
            distances: dict[int, Distance] = {}
            step = dtype.itemsize
            for k in reversed(axes):
                distances[k] = step
                step *= self.loop.sizes[k]
            if given is None:
                slot, offset = self.around.scratch(step)
                given = self.code.offset(self.code.pointer(slot), offset)
            self.streams[key] = Stream(given, distances, dtype)
        at[key] = self.streams[key].base

    # --- loops ---

    def band(self, band: Band, env: dict[int, Register], at: Mapping[Any, Value]) -> None:
        """Emit a loop over one axis, and the reductions that it feeds."""
        inside = dict(at)
        for row in band.opens:
            self.open(row, band.axis, inside)
        for item in _all(band.items):
            if isinstance(item, Keep) and item.depth == band.axis:
                self.scratch(("keep", item.register), band.axis, self.loop.avals[item.register].dtype, inside)
        if band.axis == self.depth - 1:
            self.vectors(band, env, inside)
        else:
            with self.rounds(band.axis) as i:
                self.walk(band.items, dict(env), self.moved(band, inside, i), 0, None)
        if isinstance(at, dict):
            at.update({key: place for key, place in inside.items() if key not in at})
        for row in band.opens:
            self.close(row, env)

    def rounds(self, axis: int) -> Any:
        """The loop over an axis, or over a part of the first."""
        if self.part is not None and axis == 0:
            return self.code.loop(self.part.begin, self.part.end)
        return self.code.loop(0, self.loop.sizes[axis])

    def moved(self, band: Band, at: Mapping[Any, Value], i: Value | int) -> dict[Any, Value]:
        """The pointers in round ``i`` of a loop."""
        found = dict(at)
        for key in self.used(band.items):
            step = self.streams[key].distances.get(band.axis, 0) if key in at else 0
            if isinstance(step, int) and (step == 0 or i == 0):
                continue
            found[key] = self.code.offset(at[key], self.times(i, step))
        return found

    def times(self, i: Value | int, step: Distance) -> Value | int:
        if isinstance(i, int):
            return i * step if isinstance(step, int) else step * i
        return i * step

    def used(self, items: Sequence[Item]) -> Iterator[Any]:
        """The streams that these items read and write."""
        seen: dict[Any, None] = {}
        for item in _all(items):
            if isinstance(item, Write):
                seen["store", item.store] = None
            elif isinstance(item, Feed):
                seen["column", item.row.register] = None
            elif isinstance(item, Read | Recall | Keep):
                for kind in ("load", "keep", "column"):
                    seen[kind, item.register] = None
        return iter([key for key in seen if key in self.streams])

    def vectors(self, band: Band, env: dict[int, Register], at: Mapping[Any, Value]) -> None:
        """The loop over the last axis."""
        size, lanes, turns = self.loop.sizes[-1], self.lanes, self.turns
        if not lanes:
            self.chunk(band, env, at, 0, 0, None)
            return
        wide = lanes * turns
        main = size - size % wide
        part = self.part if band.axis == 0 else None
        if main:
            self.main(band, env, at, main, part)
        if main < size:
            if part is None:
                self.rest(band, env, at, main)
            else:
                with self.code.when(part.end.eq(size)):
                    self.rest(band, env, at, main)
        for register, total in self.totals.items():
            if total.careful and _fed(band, register):
                total.flush()

    def main(
        self, band: Band, env: dict[int, Register], at: Mapping[Any, Value], main: int, part: Part | None
    ) -> None:
        """Whole vectors; sums are brought to safety after every block."""
        wide = self.lanes * self.turns
        begin: Value | int = part.begin if part is not None else 0
        end: Value | int = self.code.least(part.end, main) if part is not None else main
        careful = [t for r, t in self.totals.items() if t.careful and _fed(band, r)]
        if not careful or main <= BLOCK * wide:
            if main == wide and part is None:
                self.turn(band, env, at, 0)
                return
            with self.nonempty(begin, end), self.code.loop(begin, end, wide) as i:
                self.turn(band, env, at, i)
            return
        with self.nonempty(begin, end), self.code.loop(begin, end, BLOCK * wide) as first:
            stop = self.code.least(first + BLOCK * wide, end)
            with self.code.loop(first, stop, wide) as i:
                self.turn(band, env, at, i)
            for total in careful:
                total.flush()

    def nonempty(self, begin: Value | int, end: Value | int) -> Any:
        """A guard around a loop over a range that is only known when it runs."""
        if isinstance(end, Value) and isinstance(begin, Value):
            return self.code.when(begin.lt(end))
        return _NOTHING

    def turn(self, band: Band, env: dict[int, Register], at: Mapping[Any, Value], i: Value | int) -> None:
        """The vectors that take turns."""
        for k in range(self.turns):
            start = i + k * self.lanes if k else i
            self.chunk(band, env, at, start, k, None)

    def rest(self, band: Band, env: dict[int, Register], at: Mapping[Any, Value], start: int) -> None:
        """What is left at the end."""
        size, turn = self.loop.sizes[-1], 0
        while start + self.lanes <= size:
            self.chunk(band, env, at, start, turn, None)
            start, turn = start + self.lanes, turn + 1
        if start < size:
            self.chunk(band, env, at, start, turn, self.code.first_lanes(size - start, self.lanes))

    def chunk(
        self,
        band: Band,
        env: dict[int, Register],
        at: Mapping[Any, Value],
        i: Value | int,
        turn: int,
        mask: Value | None,
    ) -> None:
        """One vector."""
        found = suspects(self.loop, band.items) if self.lanes else None
        place = self.moved(band, at, i)
        if found is None:
            self.walk(band.items, dict(env), place, turn, mask, self.lanes)
        else:
            self.optimistic(band.items, dict(env), place, turn, mask, found)

    def optimistic(
        self,
        items: Sequence[Item],
        env: dict[int, Register],
        at: Mapping[Any, Value],
        turn: int,
        mask: Value | None,
        found: Suspects,
    ) -> None:
        """The items with plain products for strong ones, if no NaN comes of them; see optimistic.py."""
        code = self.code
        tainted = {row.register for row in found.rows}
        first = [item for item in items if isinstance(item, Read | Recall | Compute)]
        last = [item for item in items if isinstance(item, Write | Feed | Keep)]
        for item in first:
            if isinstance(item, Compute) and item.register in tainted:
                env[item.register] = self.compute(item, env, plain(item))
            else:
                self.walk([item], env, at, turn, mask, self.lanes)
        watched = [x for r in found.watched if isinstance(x := env[r], Value)]
        again, done, before = code.fresh("again"), code.fresh("done"), code.label
        bad = any_nan(code, watched, mask)
        code.lines.append(f"  br i1 {bad.text}, label %{again}, label %{done}, !prof !0")
        code.begin(again)
        strong = dict(env)
        for row in found.rows:
            strong[row.register] = self.compute(row, strong)
        after = code.label
        code.jump(done)
        code.begin(done)
        for register in dict.fromkeys([item.register for item in last if item.register in tainted]):
            env[register] = joined(code, env[register], strong[register], before, after)
        self.walk(last, env, at, turn, mask, self.lanes)


def lanes_for(loop: Loop, vector_bytes: int) -> int:
    """How many elements at once: as many of the narrowest floats as a vector holds, but no more than there are."""
    if not loop.sizes or loop.sizes[-1] == 1:
        return 0
    dtypes = [aval.dtype for aval in loop.avals]
    sizes = [dtype.itemsize // (2 if dtype.kind == "c" else 1) for dtype in dtypes if dtype.kind in "fc"]
    sizes = sizes or [dtype.itemsize for dtype in dtypes if dtype.kind != "b"] or [1]
    lanes = vector_bytes // min(sizes)
    return min(lanes, 1 << (loop.sizes[-1] - 1).bit_length())


def turns_for(loop: Loop, lanes: int) -> int:
    """How many vectors take turns."""
    if (
        not lanes
        or loop.sizes[-1] < 2 * TURNS * lanes
        or len(loop.body) > LIGHT
        or any(map(is_heavy, loop.body))
    ):
        return 1
    return TURNS


def _all(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        if isinstance(item, Band):
            yield from _all(item.items)


def _fed(band: Band, register: int) -> bool:
    return any([isinstance(item, Feed) and item.row.register == register for item in band.items])
