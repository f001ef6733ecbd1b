"""Large loops: tasks that one thread or several take, one after another.

A task is a part of the rounds of the first axis. Which parts there are depends on the loop alone, and each
reduction over the first axis makes one partial result a task, which whoever finishes last combines in order.
So the bits do not depend on the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack

from ....base.record import Record
from ...loops import Loop
from .access import Dtype, read, write
from .bands import Band, Item, Recall, Write
from .builder import F64, I64, Value
from .code import Code
from .combine import combine
from .nest import TURNS, is_heavy
from .registers import Complex, Register, number, type_of
from .totals import BLOCK, corrected, identity, two_sum, wide

LARGE = 1 << 20  # of work, in elements times rows: from here on a loop has tasks
TOGETHER = 1 << 23  # of work: from here on several threads take them
_TASK = 1 << 16  # elements in a task
_HEAVY = 12  # light rows that one heavy row is worth
_COLUMNS = 1 << 22  # bytes: partial results of all tasks
ALIGNED = BLOCK * TURNS * 64  # elements: tasks of one axis begin at whole blocks of vectors


class Partial(Record):
    """The partial results of a reduction: so many numbers a task along each axis that stays."""

    register: int
    name: str
    dtype: Dtype
    sizes: tuple[int, ...]

    @property
    def count(self) -> int:
        """The numbers of one task."""
        return math.prod(self.sizes)

    @property
    def nbytes(self) -> int:
        return self.count * wide(self.name, self.dtype).itemsize


class Tasks(Record):
    """How a loop is split: so many rounds of axis 0 in each of so many tasks; ``work`` is that of all."""

    rounds: int
    count: int
    partials: tuple[Partial, ...]
    work: int


def work(loop: Loop) -> int:
    """What a loop costs, in light operations."""
    return loop.points * sum([_HEAVY if is_heavy(row) else 1 for row in loop.body])


def split(loop: Loop, items: Sequence[Item]) -> Tasks | None:
    """The tasks of a loop; None if it is too small, or has several bands over its first axis."""
    if not loop.sizes or work(loop) < LARGE or not _is_simple(items):
        return None
    size, inner = loop.sizes[0], math.prod(loop.sizes[1:])
    rounds = max(1, _TASK // inner)
    if len(loop.sizes) == 1:
        rounds = -(-rounds // ALIGNED) * ALIGNED
    partials = []
    for row in loop.body:
        if row.axes and min(row.axes) == 0:
            sizes = tuple([loop.sizes[axis] for axis in sorted(loop.varies[row.register])])
            partials.append(
                Partial(row.register, row.eqn.primitive.name, loop.avals[row.register].dtype, sizes)
            )
    most = _COLUMNS // max([partial.nbytes for partial in partials if partial.count > 1], default=1)
    if most < 2:
        return None
    rounds = max(rounds, -(-size // most))
    count = -(-size // rounds)
    return Tasks(rounds, count, tuple(partials), work(loop)) if count > 1 else None


def _is_simple(items: Sequence[Item]) -> bool:
    """Whether there is one band over the first axis, and behind it nothing but what leaves its reductions."""
    bands = [item for item in items if isinstance(item, Band)]
    first = [band for band in bands if band.axis == 0]
    rest = [band for band in bands if band.axis != 0]
    return len(first) == 1 and all([_leaves(band.items) for band in rest])


def _leaves(items: Sequence[Item]) -> bool:
    return all([
        _leaves(item.items) if isinstance(item, Band) else isinstance(item, Recall | Write) for item in items
    ])  # fmt: skip


def run_all(
    code: Code, tasks: Tasks, size: int, name: str, words: Sequence[str], counters: Value, partials: Value
) -> list[Value]:
    """Call ``name`` for one task after another until none is left; what follows runs once, after the last.

    ``size`` is the number of rounds, ``words`` are the arguments in front of the first and last of a task.
    ``counters``: two numbers, both zero at the beginning: tasks begun, and tasks done. Answers where the
    partial results of each reduction begin.
    """
    places, start = [], partials
    for one in tasks.partials:
        places.append(start)
        start = code.offset(start, tasks.count * one.nbytes)
    done = code.offset(counters, 8)
    again, work_label, last, end = [code.fresh(name) for name in ("again", "task", "last", "end")]
    code.jump(again)
    code.begin(again)
    task = code.instruction(f"atomicrmw add ptr {counters.text}, i64 1 monotonic", I64)
    more = task.lt(tasks.count)
    code.lines.append(f"  br i1 {more.text}, label %{work_label}, label %{end}")
    code.begin(work_label)
    begin = task * tasks.rounds
    stop = code.least(begin + tasks.rounds, size)
    own = [code.offset(p, task * one.nbytes) for p, one in zip(places, tasks.partials, strict=True)]
    given = [*words, f"i64 {begin.text}", f"i64 {stop.text}", *[f"ptr {p.text}" for p in own]]
    code.lines.append(f"  call void @{name}({', '.join(given)})")
    before = code.instruction(f"atomicrmw add ptr {done.text}, i64 1 acq_rel", I64)
    code.lines.append(f"  br i1 {before.eq(tasks.count - 1).text}, label %{last}, label %{again}")
    code.begin(end)
    code.lines.append("  ret void")
    code.begin(last)
    return places


def total_up(
    code: Code, partial: Partial, tasks: int, base: Value, target: Value, steps: Sequence[int]
) -> None:
    """Combine the partial results from ``base`` on; the results lie so many bytes apart along each axis."""
    dtype = wide(partial.name, partial.dtype)
    with ExitStack() as loops:
        inner = dtype.itemsize
        places: list[tuple[int, int, int]] = []
        for size, step in zip(reversed(partial.sizes), reversed(steps), strict=True):
            places.append((size, inner, step))
            inner *= size
        for size, apart, step in reversed(places):
            i = loops.enter_context(code.loop(0, size))
            base, target = code.offset(base, i * apart), code.offset(target, i * step)
        total = (
            _Sum(code, dtype)
            if partial.name == "sum" and dtype.kind in "fc"
            else _Other(code, partial, dtype)
        )
        with code.loop(0, tasks) as t:
            total.add(read(code, code.offset(base, t * partial.nbytes), dtype))
        write(code, target, partial.dtype, total.close(partial.dtype))


class _Sum:
    """A sum that keeps what each addition loses."""

    def __init__(self, code: Code, dtype: Dtype) -> None:
        self.code = code
        self.places = [(code.local(F64), code.local(F64)) for _ in range(2 if dtype.kind == "c" else 1)]
        for total, error in self.places:
            code.store(total, code.number(F64, -0.0))
            code.store(error, code.number(F64, 0.0))

    def add(self, x: Register) -> None:
        for (total, error), value in zip(self.places, _parts(x), strict=True):
            found, lost = two_sum(self.code.load(total, F64), value)
            self.code.store(total, found)
            self.code.store(error, self.code.load(error, F64) + lost)

    def close(self, dtype: Dtype) -> Register:
        code = self.code
        found = [corrected(code, code.load(t, F64), code.load(e, F64)) for t, e in self.places]
        if type_of(dtype) is not F64:
            found = [code.cast("fptrunc", x, type_of(dtype)) for x in found]
        return Complex(*found) if len(found) == 2 else found[0]


class _Other:
    """Products, extremes, and sums of integers."""

    def __init__(self, code: Code, partial: Partial, dtype: Dtype) -> None:
        self.code, self.name, self.dtype = code, partial.name, dtype
        self.place = code.local(I64, 0, 2)
        write(code, self.place, dtype, number(code, identity(partial.name, dtype), dtype))

    def add(self, x: Register) -> None:
        held = read(self.code, self.place, self.dtype)
        write(self.code, self.place, self.dtype, combine(self.code, self.name, self.dtype, held, x))

    def close(self, dtype: Dtype) -> Register:
        return read(self.code, self.place, dtype)


def _parts(x: Register) -> list[Value]:
    return [x.re, x.im] if isinstance(x, Complex) else [x]
