"""Steps that read and write at computed indices, with NumPy's bits and NumPy's errors.

An index shows *parts* of an array, one for each place of the block that its index arrays make: all parts have
one shape and lie alike, moved on by what the index arrays hold there. Reading copies each part into the
result; writing combines parts and values, place after place in C order, so that of several writes of an
element the last one stays, and sums are added up as NumPy does.

NOTE (indices first): before anything is read or written all index arrays are looked through. If one is out of
range, the kernel raises what NumPy does (the first in the order of memory, of the first such array) and ends
there: nothing that the step would write has changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import numpy as np

from ....base.record import Record
from ....ir.jaxpr import Atom, Equation, Literal
from ....ops.index_form import ALL, ARRAY, FALSE, TRUE, Template, plan_index
from ...layout import Known
from .access import Distance, Dtype, memory_type, read, write
from .areas import Area, Axis, Source, axes_of, chunks, on, operand, times
from .builder import I64, Value
from .code import Code
from .conversions import convert
from .movement import Emit, at, lies, put, result, started, takes_values, values
from .refs import dense
from .registers import Complex, Register
from .surroundings import NativeStep, Surroundings

_INDEX = np.dtype(np.int64)
_SMALL = 1 << 14  # bytes of what an index of numbers shows: NumPy makes no copy of that


class Index(Record):
    """One of the index arrays: what it holds, and the axis that it counts along."""

    source: Source
    dtype: Dtype
    axis: int
    size: int
    step: Distance

    @property
    def fits(self) -> bool:
        """Whether the dtype holds nothing that is out of range."""
        if self.dtype.kind == "b":
            return self.size > 1
        held = np.iinfo(self.dtype)
        return held.max < self.size and held.min >= -self.size

    @property
    def is_signed(self) -> bool:
        """Whether it may be negative: NumPy takes uint64 for int64."""
        return self.dtype.kind == "i" or self.dtype == np.dtype(np.uint64)


class Parts(Record):
    """What an index shows: the part at index 0, its dimensions in front of the first index array, and the
    block, which begins in the result with dimension ``start``."""

    first: Area
    before: int
    block: tuple[int, ...]
    start: int
    indices: tuple[Index, ...]


def template_of(eqn: Equation) -> Template:
    """The index of an equation."""
    if eqn.primitive.name == "take":
        return (*(ALL,) * eqn.params["axis"], ARRAY)
    return tuple(eqn.params["index"])


def arrays_of(eqn: Equation) -> Sequence[Atom]:
    """The operands that are index arrays."""
    return eqn.ins[1:] if eqn.primitive.name in ("getitem", "take") else eqn.ins[2:]


def shown(code: Code, around: Surroundings, x: Area, eqn: Equation) -> Parts:
    """The parts of ``x`` that an equation reads or writes."""
    template, arrays = template_of(eqn), arrays_of(eqn)
    plan = plan_index(x.shape, template, tuple([atom.aval.shape for atom in arrays]))
    whole = at(x, tuple([ALL if type(item) is str else item for item in template]))
    places: list[int] = []
    indices: list[Index] = []
    d = axis = 0
    for item in template:
        if type(item) is str:
            atom = arrays[len(indices)]
            source = operand(code, around, atom)
            indices.append(Index(source, atom.aval.dtype, axis, x.shape[axis], whole.steps[d]))
            places.append(d)
        wide = plan.ellipsis if item is Ellipsis else 1
        d += 0 if type(item) is int else wide
        axis += 0 if item is None else wide
    first = whole
    for place in reversed(places):
        first = first.row(place, 0)
    return Parts(first, places[0], plan.block or (), plan.start, tuple(indices))


# --- out of range ------------------------------------------------------------------------------------


def look_through(code: Code, parts: Parts) -> None:
    """Raise NumPy's IndexError if an index is out of range."""
    for index in parts.indices:
        if index.fits:
            continue
        if isinstance(index.source, Area):
            _look_through(code, index, index.source)
        else:
            x = _wide(code, index, index.source)
            with code.when(_beyond(index, x).lt(0)):
                _refuse(code, index, x)


def _wide(code: Code, index: Index, x: Register) -> Value:
    found = convert(code, x, index.dtype, _INDEX)
    assert isinstance(found, Value)
    return found


def _beyond(index: Index, x: Value) -> Value:
    """Negative where an index is out of range: it is too small, or what is left up to the end is."""
    return (x + index.size) | (index.size - 1 - x)


def _look_through(code: Code, index: Index, source: Area) -> None:
    """In one pass over all of an index array; in another one for the error."""
    axes, lanes = axes_of([source]), code.vector_bytes // 8
    lanes = lanes if axes and axes[-1].steps[0] == index.dtype.itemsize and axes[-1].size >= lanes else 0
    bad = code.local(I64, lanes)
    code.store(bad, code.number(I64, 0, lanes))

    def look(base: Value, mask: Value | None, lanes: int) -> None:
        step = axes[-1].steps[0] if axes else 0
        x = _wide(code, index, read(code, base, index.dtype, step, mask, lanes))
        code.store(bad, code.load(bad, I64, lanes) | _beyond(index, x))

    def name(base: Value, mask: Value | None, lanes: int) -> None:
        x = _wide(code, index, read(code, base, index.dtype))
        with code.when(_beyond(index, x).lt(0)):
            _refuse(code, index, x)

    _over(code, axes, source.base, lanes, look)
    total = code.fold(code.load(bad, I64, lanes), lambda x, y: x | y)
    with code.when(total.lt(0)):
        _over(code, axes, source.base, 0, name)


def _over(
    code: Code,
    axes: Sequence[Axis],
    base: Value,
    lanes: int,
    body: Callable[[Value, Value | None, int], None],
) -> None:
    """Emit ``body`` for all places, along the last axis for as many at once as there are lanes.

    Zeros, which are read where the mask is false, are in range.
    """
    with ExitStack() as stack:
        for axis in axes[:-1]:
            base = code.offset(base, times(code, axis.steps[0], stack.enter_context(code.loop(0, axis.size))))
        if not axes:
            body(base, None, 0)
        elif lanes:
            for i, mask in chunks(code, axes[-1].size, lanes):
                body(code.offset(base, times(code, axes[-1].steps[0], i)), mask, lanes)
        else:
            with code.loop(0, axes[-1].size) as i:
                body(code.offset(base, times(code, axes[-1].steps[0], i)), None, 0)


_REFUSAL = r"""
@funcgrad.out_of_range.text = private constant [54 x i8] c"index %zd is out of bounds for axis %zd with size %zd\00"
define internal void @funcgrad.out_of_range(i64 %index, i64 %axis, i64 %size) noinline cold {
  %kind = load ptr, ptr @PyExc_IndexError
  %none = call ptr (ptr, ptr, ...) @PyErr_Format(ptr %kind, ptr @funcgrad.out_of_range.text, i64 %index, i64 %axis, i64 %size)
  ret void
}
"""


def _refuse(code: Code, index: Index, x: Value) -> None:
    """Raise NumPy's error, and end."""
    name = code.helper("funcgrad.out_of_range", lambda: _REFUSAL)
    code.lines.append(f"  call void {name}(i64 {x.text}, i64 {index.axis}, i64 {index.size})")
    code.leave()


# --- all parts -----------------------------------------------------------------------------------------


def _distance(code: Code, index: Index, x: Register) -> Value:
    """How far an index moves a part on."""
    wide = _wide(code, index, x)
    if index.is_signed:
        wide = code.select(wide.lt(0), wide + index.size, wide)
    found = times(code, index.step, wide)
    return found if isinstance(found, Value) else code.integer(found)


def _outside(parts: Parts) -> list[int]:
    """The dimensions of a part that are slower than those that are indexed, to be run through around these."""
    steps = [*parts.first.steps, *[index.step for index in parts.indices]]
    count = len(parts.first.shape)
    if not all([isinstance(step, int) for step in steps]):
        return list(range(parts.before))
    sizes = [abs(step) for step in steps if isinstance(step, int)]
    return [k for k in range(count) if sizes[k] > max(sizes[count:])]


Each = Callable[[Area, Source], None]


class Walk:
    """Goes through all parts of an array beside the same parts of ``other``: a result, or values.

    ``each(part, own)`` is emitted for one of them; with ``lines`` elements are read many at once.
    """

    def __init__(self, code: Code, parts: Parts, other: Source, each: Each, *, lines: bool = False) -> None:
        self.code, self.parts, self.each, self.lines = code, parts, each, lines
        start, count = parts.start, len(parts.block)
        slow = _outside(parts)
        fast = [k for k in range(len(parts.first.shape)) if k not in slow]
        self.slow = len(slow)
        self.first = parts.first.transposed([*slow, *fast])
        self.other = other
        if isinstance(other, Area):
            rest = [*range(start), *range(start + count, len(other.shape))]
            block = range(start, start + count)
            self.other = other.transposed([*[rest[k] for k in slow], *block, *[rest[k] for k in fast]])

    def run(self) -> None:
        """Emit everything."""
        first, other = self.first, self.other
        with ExitStack() as stack:
            for _ in range(self.slow):
                i = stack.enter_context(self.code.loop(0, first.shape[0]))
                first = first.row(0, i)
                other = other.row(0, i) if isinstance(other, Area) else other
            self.block(first, other)

    def block(self, first: Area, other: Source) -> None:
        """All places of the block: single numbers move all parts on, the others each."""
        code, shape = self.code, self.parts.block
        moving: list[Index] = []
        for index in self.parts.indices:
            if isinstance(index.source, Area) and index.source.size > 1:
                moving.append(index)
            else:
                x = index.source
                x = read(code, x.base, index.dtype) if isinstance(x, Area) else x
                first = _moved(first, _distance(code, index, x))
        areas = [Area(code, first.base, shape, dense(shape, tuple(range(len(shape))), 1), first.dtype)]
        own = other
        if isinstance(other, Area):
            n = len(shape)
            areas.append(Area(code, other.base, shape, other.steps[:n], other.dtype))
            own = Area(code, other.base, other.shape[n:], other.steps[n:], other.dtype)
        areas += [x.source.broadcast(shape) for x in moving if isinstance(x.source, Area)]
        self.places(first, own, moving, axes_of(areas), [x.base for x in areas])

    def places(
        self, first: Area, own: Source, moving: list[Index], axes: list[Axis], bases: list[Value]
    ) -> None:
        """Loops over the axes of the block, in C order; the first of the bases is only there for that."""
        code = self.code
        with ExitStack() as stack:
            for k, axis in enumerate(axes):
                if k == len(axes) - 1 and self.lines and _in_line(first, moving, axis):
                    _read_line(code, first, moving, axis, bases)
                    return
                bases = on(code, bases, axis.steps, stack.enter_context(code.loop(0, axis.size)))
            for index, base in zip(moving, bases[len(bases) - len(moving) :], strict=True):
                first = _moved(first, _distance(code, index, read(code, base, index.dtype)))
            if isinstance(own, Area):
                own = Area(code, bases[1], own.shape, own.steps, own.dtype)
            self.each(first, own)


def _moved(area: Area, distance: Value) -> Area:
    return Area(area.code, area.moved(distance), area.shape, area.steps, area.dtype)


# --- elements, many at once ------------------------------------------------------------------------------


def _in_line(first: Area, moving: Sequence[Index], axis: Axis) -> bool:
    """Whether the parts along an axis are elements for which the processor has an instruction."""
    _, result, *steps = axis.steps
    even = all([step in (0, x.dtype.itemsize) for step, x in zip(steps, moving, strict=True)])
    wide = first.code.vector_bytes >= 32 and memory_type(first.dtype).bits >= 32
    return wide and even and any(steps) and first.size == 1 and result == first.dtype.itemsize


def _read_line(
    code: Code, first: Area, moving: Sequence[Index], axis: Axis, bases: Sequence[Value]
) -> None:
    """Copy the elements along an axis: one gather for each vector."""
    dtype, steps, most = first.dtype, axis.steps[2:], code.vector_bytes // 8
    for i, mask in chunks(code, axis.size, min(most, 1 << (axis.size - 1).bit_length())):
        _, target, *places = on(code, bases, axis.steps, i)
        lanes = mask.lanes if mask is not None else min(most, 1 << (axis.size - 1).bit_length())
        offsets = code.number(I64, 0, lanes)
        for index, place, step in zip(moving, places, steps, strict=True):
            wide = 0 if isinstance(step, int) and step == 0 else lanes
            x = read(code, place, index.dtype, step, mask if wide else None, wide)
            offsets = offsets + _distance(code, index, x)
        write(code, target, dtype, _gathered(code, first, offsets, mask), dtype.itemsize, mask, lanes)


def _gathered(code: Code, first: Area, offsets: Value, mask: Value | None) -> Register:
    """The elements so far from the first."""
    kind = memory_type(first.dtype)
    places = [first.base, code.offset(first.base, kind.bits // 8)]
    found = [
        code.gather(code.addresses(place, offsets), kind, mask)
        for place in places[: 2 if first.dtype.kind == "c" else 1]
    ]
    return Complex(*found) if len(found) == 2 else found[0]


# --- steps -----------------------------------------------------------------------------------------------


def is_computed(eqn: Equation) -> bool:
    """Whether an equation reads or writes where index arrays say."""
    return eqn.primitive.name in COMPUTED and any([type(item) is str for item in template_of(eqn)])


def _indexes(eqn: Equation, known: Known) -> bool:
    """Whether the index is one that is native: not empty, and index arrays lie in C order.

    (For others NumPy looks through the indices in another order, or not at all.)
    """
    x, arrays, template = eqn.ins[0].aval, arrays_of(eqn), template_of(eqn)
    if x.kind != "array" or TRUE in template or FALSE in template or not lies(eqn, known):
        return False
    if not all([_is_index(atom, known) for atom in arrays]):
        return False
    plan = plan_index(x.shape, template, tuple([atom.aval.shape for atom in arrays]))
    return bool(x.size and math.prod(plan.shape))


def _is_index(atom: Atom, known: Known) -> bool:
    if isinstance(atom, Literal) or sum([n != 1 for n in atom.aval.shape]) <= 1:
        return atom.aval.dtype.kind in "iub" and (atom.aval.kind != "python" or isinstance(atom, Literal))
    layout = known.get(atom)
    return layout is not None and layout.order == tuple(range(atom.aval.ndim))


def _reads(eqn: Equation, known: Known) -> bool:
    arrays = [atom.aval for atom in arrays_of(eqn)]
    if eqn.primitive.name == "take" and arrays[0].dtype == np.dtype(np.uint64):
        return False  # some versions of NumPy refuse it
    copied = any([aval.kind == "array" for aval in arrays]) or eqn.outs[0].aval.nbytes <= _SMALL
    return copied and _indexes(eqn, known)


def _read(code: Code, eqn: Equation, around: Surroundings) -> None:
    x = operand(code, around, eqn.ins[0])
    assert isinstance(x, Area)
    parts = shown(code, around, x, eqn)
    look_through(code, parts)

    def each(part: Area, own: Source) -> None:
        assert isinstance(own, Area)
        put(code, own, part, part.dtype)

    Walk(code, parts, result(code, eqn, around), each, lines=True).run()


def _writing(name: str | None) -> Emit:
    """The step that combines what is there with new values, or puts these in its place."""

    def emit(code: Code, eqn: Equation, around: Surroundings) -> None:
        target = result(code, eqn, around)
        parts = shown(code, around, target, eqn)
        look_through(code, parts)
        started(code, eqn, around)
        new, each = values(code, eqn, around, name)
        if isinstance(new, Area):
            start, first = parts.start, parts.first.shape
            new = new.broadcast((*first[:start], *parts.block, *first[start:]))
        Walk(code, parts, new, each).run()

    return emit


def _writes(eqn: Equation, known: Known) -> bool:
    return takes_values(eqn) and _indexes(eqn, known)


def _orders(eqn: Equation, known: Known) -> bool:
    return _writes(eqn, known) and eqn.outs[0].aval.dtype.kind != "c"


COMPUTED: dict[str, NativeStep] = {
    **dict.fromkeys(("getitem", "take"), NativeStep(_reads, _read)),
    "index_set": NativeStep(_writes, _writing(None)),
    "index_add": NativeStep(_writes, _writing("sum")),
    "index_multiply": NativeStep(_orders, _writing("prod")),
    "index_max": NativeStep(_orders, _writing("max")),
    "index_min": NativeStep(_orders, _writing("min")),
}
