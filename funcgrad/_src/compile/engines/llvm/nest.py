"""A loop program as native code: its bands as loops, the innermost ones in vectors.

What is left at the end of an axis is one vector of which only the first lanes are read and written. If
the body is light, several vectors take turns, so that sums need not wait for each other.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

from ....ir.jaxpr import Equation
from ...fusion import REDUCTIONS
from ...loops import Compute, Loop
from .access import Dtype
from .bands import Band, Feed, Item, Keep, Read, Recall, Write, make_bands
from .builder import Value
from .code import Code
from .conversions import convert
from .elementwise import emit
from .optimistic import Suspects, any_nan, joined, plain, suspects
from .reductions import Env, Fed, Part, Reductions, in_stages
from .registers import Register
from .streams import ONE, Here, Key, Place
from .surroundings import Surroundings
from .totals import BLOCK
from .ways import MATHS

TURNS = 4  # vectors that take turns in a light body
LIGHT = 12  # rows
_SLOW = frozenset({"divide", "sqrt", "floor_divide", "remainder", "fmod"})


def is_heavy(row: Compute) -> bool:
    """Whether a row takes many instructions, or slow ones."""
    kernel = row.eqn.primitive.kernel
    return kernel in MATHS or kernel in _SLOW


class Nest(Reductions):
    """Emits one loop program into a function, or one part of its rounds."""

    def __init__(self, code: Code, loop: Loop, around: Surroundings, part: Part | None = None) -> None:
        loop = in_stages(loop)
        super().__init__(code, loop, around, part)
        self.items = make_bands(loop, is_heavy)
        self.dtypes = [aval.dtype for aval in loop.avals]
        self.widths: dict[int, tuple[int, int]] = {}  # lanes and turns of innermost loops, by identity
        self.number = {load.register: load for load in loop.loads}

    def run(self) -> None:
        """Emit everything."""
        at = self.begin()
        self.walk([item for item in self.items if not self.is_left(item)], {}, at, ONE)

    def is_left(self, item: Item) -> bool:
        """Whether an item belongs to what leaves a reduction, which is done when all parts are."""
        if self.part is None:
            return False
        if isinstance(item, Write):
            return item.register in self.part.partials
        return (isinstance(item, Band) and item.axis != 0) or isinstance(item, Recall)

    # --- what stands inside one loop ---

    def walk(self, items: Sequence[Item], env: Env, at: Place, here: Here) -> None:
        """Emit items one after another."""
        for item in items:
            if isinstance(item, Band):
                self.band(item, env, at)
            elif isinstance(item, Compute):
                env[item.register] = self.compute(item, env)
            elif isinstance(item, Feed):
                self.feed(item, env[item.register], at, here)
            elif isinstance(item, Read):
                env[item.register] = self.read(item.register, at, here)
            elif isinstance(item, Recall):
                env[item.register] = self.recall(item.register, at, here)
            elif isinstance(item, Keep):
                self.put(("keep", item.register), env[item.register], at, here)
            else:
                self.write(item, env[item.register], at, here)

    def compute(self, row: Compute, env: Env, eqn: Equation | None = None) -> Register:
        """The result of a row, or of another equation on its operands."""
        args = [env[a] if isinstance(a, int) else None for a in row.args]
        if row.eqn.primitive.name == "reshape":  # moves nothing
            (found,) = args
            assert found is not None
            return found
        if row.eqn.primitive.name in REDUCTIONS:
            return self.of_one(row, env)
        return emit(self.code, eqn or row.eqn, args)

    def read(self, register: int, at: Place, here: Here) -> Register:
        found = self.around.scalars.get(self.number[register].var)
        return found if found is not None else self.get(("load", register), at, here)

    def recall(self, register: int, at: Place, here: Here) -> Register:
        key: Key = ("keep", register) if ("keep", register) in at else ("column", register)
        x = self.get(key, at, here)
        return convert(self.code, x, self.streams[key].dtype, self.loop.avals[register].dtype)

    def write(self, item: Write, x: Register, at: Place, here: Here) -> None:
        store = self.loop.stores[item.store]
        if store.var.aval.size == 1 and not self.loop.varies[store.register]:
            self.around.scalars[store.var] = x
        if ("store", item.store) in at:
            self.put(("store", item.store), x, at, here)

    # --- loops ---

    def band(self, band: Band, env: Env, at: Place) -> None:
        """Emit a loop over one axis, and the reductions that it feeds."""
        inside = dict(at)
        for row in band.opens:
            self.open(row, band.axis, inside, self.fed(band, row))
        for item in _all(band.items):
            if isinstance(item, Keep) and ("keep", item.register) not in inside:
                axes = [k for k in self.loop.varies[item.register] if k >= item.depth]
                key: Key = ("keep", item.register)
                inside[key] = self.scratch(key, axes, self.dtypes[item.register])
        if is_inner(band):
            self.vectors(band, env, inside)
        else:
            with self.rounds(band.axis) as i:
                self.walk(band.items, dict(env), self.moved(_used(band.items), inside, band.axis, i), ONE)
        for key, place in inside.items():
            at.setdefault(key, place)
        for row in band.opens:
            self.close(row, env)

    def fed(self, band: Band, row: Compute) -> Fed:
        """How a reduction is fed inside a band."""
        for inner in (band, *[item for item in _all(band.items) if isinstance(item, Band)]):
            if any([isinstance(item, Feed) and item.row is row for item in inner.items]):
                return Fed(inner.axis, *(self.width(inner) if is_inner(inner) else (0, 1)))
        raise AssertionError("a reduction that is opened is fed")

    def width(self, band: Band) -> tuple[int, int]:
        """The lanes of an innermost loop, and how many vectors take turns."""
        found = self.widths.get(id(band))
        if found is None:
            lanes = self.lanes(band)
            found = self.widths[id(band)] = lanes, self.turns(band, lanes)
        return found

    def lanes(self, band: Band) -> int:
        """How many elements an innermost loop takes at once: 0 where they lie apart and the work is light."""
        size = self.loop.sizes[band.axis]
        if size == 1:
            return 0
        registers = [item.register for item in band.items if not isinstance(item, Band)]
        if band.axis != len(self.loop.sizes) - 1 and not any(
            [isinstance(i, Compute) and is_heavy(i) for i in band.items]
        ):
            steps = [
                self.streams[k].distances.get(band.axis, 0) for k in _used(band.items) if k in self.streams
            ]
            if any([step != 0 and step not in (1, 2, 4, 8, 16) for step in steps]):
                return 0
        return lanes_of([self.dtypes[r] for r in registers], size, self.code.vector_bytes)

    def turns(self, band: Band, lanes: int) -> int:
        """How many vectors take turns."""
        rows = [item for item in band.items if isinstance(item, Compute)]
        short = self.loop.sizes[band.axis] < 2 * TURNS * lanes
        return 1 if not lanes or short or len(rows) > LIGHT or any(map(is_heavy, rows)) else TURNS

    def rounds(self, axis: int) -> Any:
        """The loop over an axis, or over a part of the first."""
        if self.part is not None and axis == 0:
            return self.code.loop(self.part.begin, self.part.end)
        return self.code.loop(0, self.loop.sizes[axis])

    def vectors(self, band: Band, env: Env, at: Place) -> None:
        """An innermost loop."""
        part = self.part if band.axis == 0 else None
        lanes, turns = self.width(band)
        if not lanes:
            with self.rounds(band.axis) as i:
                self.chunk(band, env, at, i, ONE)
            return
        size = self.loop.sizes[band.axis]
        main = size - size % (lanes * turns)
        if main:
            self.main(band, env, at, main, part)
        if main < size:
            with self.code.when(part.end.eq(size)) if part is not None else contextlib.nullcontext():
                self.rest(band, env, at, main)
        for total in self.careful(band):
            total.flush()

    def careful(self, band: Band) -> list[Any]:
        """The totals that a band feeds and that must be brought to safety after every block."""
        fed = {item.row.register for item in band.items if isinstance(item, Feed)}
        return [total for register, total in self.totals.items() if total.careful and register in fed]

    def main(self, band: Band, env: Env, at: Place, main: int, part: Part | None) -> None:
        """Whole vectors."""
        step = math.prod(self.width(band))
        careful = self.careful(band)
        if part is None and main == step:
            self.alternate(band, env, at, 0)
        elif part is None:
            self.blocks(band, env, at, 0, main, careful if main > BLOCK * step else [])
        else:
            end = self.code.least(part.end, main)
            with self.code.when(part.begin.lt(end)):
                self.blocks(band, env, at, part.begin, end, careful)

    def blocks(
        self, band: Band, env: Env, at: Place, begin: Value | int, end: Value | int, careful: Sequence[Any]
    ) -> None:
        """A loop of vectors; one over blocks of them around it if sums are to be brought to safety."""
        code, step = self.code, math.prod(self.width(band))
        if not careful:
            with code.loop(begin, end, step) as i:
                self.alternate(band, env, at, i)
            return
        with code.loop(begin, end, BLOCK * step) as first:
            stop = code.least(first + BLOCK * step, end)
            with code.loop(first, stop, step) as i:
                self.alternate(band, env, at, i)
            for total in careful:
                total.flush()

    def alternate(self, band: Band, env: Env, at: Place, i: Value | int) -> None:
        """The vectors that take turns."""
        lanes, turns = self.width(band)
        for k in range(turns):
            self.chunk(band, env, at, i + k * lanes if k else i, Here(lanes, band.axis, k))

    def rest(self, band: Band, env: Env, at: Place, start: int) -> None:
        """What is left at the end."""
        size, lanes, turn = self.loop.sizes[band.axis], self.width(band)[0], 0
        while start + lanes <= size:
            self.chunk(band, env, at, start, Here(lanes, band.axis, turn))
            start, turn = start + lanes, turn + 1
        if start < size:
            mask = self.code.first_lanes(size - start, lanes)
            self.chunk(band, env, at, start, Here(lanes, band.axis, turn, mask))

    def chunk(self, band: Band, env: Env, at: Place, i: Value | int, here: Here) -> None:
        """One vector, or one element."""
        found = suspects(self.loop, band.items) if here.lanes else None
        at = self.moved(_used(band.items), at, band.axis, i)
        if found is None:
            self.walk(band.items, dict(env), at, here)
        else:
            self.optimistic(band.items, dict(env), at, here, found)

    def optimistic(self, items: Sequence[Item], env: Env, at: Place, here: Here, found: Suspects) -> None:
        """The items with plain products for strong ones, if no NaN comes of them; see optimistic.py."""
        code = self.code
        tainted = {row.register for row in found.rows}
        last = [item for item in items if isinstance(item, Write | Feed | Keep)]
        for item in items:
            if isinstance(item, Compute) and item.register in tainted:
                env[item.register] = self.compute(item, env, plain(item))
            elif isinstance(item, Read | Recall | Compute):
                self.walk([item], env, at, here)
        watched = [x for r in found.watched if isinstance(x := env[r], Value)]
        again, done, before = code.fresh("again"), code.fresh("done"), code.label
        bad = any_nan(code, watched, here.mask)
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
        self.walk(last, env, at, here)


def is_inner(band: Band) -> bool:
    """Whether there is no loop inside a loop."""
    return not any([isinstance(item, Band) for item in band.items])


def lanes_of(dtypes: Sequence[Dtype], size: int, vector_bytes: int) -> int:
    """How many elements at once: as many of the narrowest floats as a vector holds, if there are so many.

    What fits into two vectors is one of double width.
    """
    sizes = [dtype.itemsize // (2 if dtype.kind == "c" else 1) for dtype in dtypes if dtype.kind in "fc"]
    sizes = sizes or [dtype.itemsize for dtype in dtypes if dtype.kind != "b"] or [1]
    widest = vector_bytes // min(sizes)
    return min(2 * widest if size <= 2 * widest else widest, 1 << (size - 1).bit_length())


def _all(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        if isinstance(item, Band):
            yield from _all(item.items)


def _used(items: Sequence[Item]) -> list[Key]:
    """The streams that these items may read and write."""
    seen: dict[Key, None] = {}
    for item in _all(items):
        if isinstance(item, Write):
            seen["store", item.store] = None
        elif isinstance(item, Feed):
            seen["column", item.row.register] = None
        elif isinstance(item, Read | Recall | Keep):
            seen.update({(kind, item.register): None for kind in ("load", "keep", "column")})
    return list(seen)
