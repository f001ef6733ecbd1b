"""Steps that read and write at computed indices, with NumPy's bits and NumPy's errors.

Reading copies each part that an index shows (see indices.py) into the result. Writing combines parts and
values, place after place in C order, so that of several writes of an element the last one stays, and sums are
added up as NumPy does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import numpy as np

from ....ir.jaxpr import Atom, Equation, Literal, Var
from ....ops.index_form import FALSE, TRUE, plan_index
from ...layout import Known
from .access import memory_type, read, write
from .areas import Area, Axis, Source, axes_of, chunks, on, operand
from .builder import I64, Value
from .code import Code
from .indices import Index, Parts, arrays_of, distance, is_single, look_through, shown, template_of
from .movement import Emit, lies, put, result, started, takes_values, values, write_steps
from .refs import dense
from .registers import Complex, Register
from .surroundings import NativeStep, Surroundings

_SMALL = 1 << 14  # bytes of what an index of numbers shows: NumPy makes no copy of that
_NEAR = 1 << 18  # bytes of an array that stays in the cache
_UNSIGNED = np.dtype(np.uint64)

# --- all parts -----------------------------------------------------------------------------------------


def _outside(parts: Parts, other: Source) -> list[int]:
    """The dimensions of a part to be run through around those of the block.

    They are slower than these in the larger of the two arrays.
    """
    if math.prod(parts.block) == 1:
        return []
    block = [index.step for index in parts.indices]
    rest, bytes = list(parts.first.steps), parts.nbytes
    if isinstance(other, Area) and other.size * other.dtype.itemsize >= bytes:
        behind = parts.start + len(parts.block)
        block = list(other.steps[parts.start : behind])
        rest = [*other.steps[: parts.start], *other.steps[behind:]]
    steps = [abs(step) for step in (*rest, *block) if isinstance(step, int)]
    if len(steps) < len(rest) + len(block):
        return list(range(parts.before))
    return [k for k in range(len(rest)) if steps[k] > max(steps[len(rest) :], default=0)]


Each = Callable[[Area, Source], None]


class Walk:
    """Goes through all parts of an array beside the same parts of ``other``: a result, or values.

    ``each(part, own)`` is emitted for one of them. ``reads``: parts are copied into new memory, so that
    elements may be taken many at once, and an index is looked at only then.
    """

    def __init__(self, code: Code, parts: Parts, other: Source, each: Each, *, reads: bool) -> None:
        self.code, self.parts, self.each = code, parts, each
        self.wrong = code.fresh("wrong") if reads else ""
        start, count = parts.start, len(parts.block)
        slow = _outside(parts, other)
        fast = [k for k in range(len(parts.first.shape)) if k not in slow]
        self.slow = len(slow)
        self.first = parts.first.transposed([*slow, *fast])
        self.other = other
        if isinstance(other, Area):
            rest = [*range(start), *range(start + count, len(other.shape))]
            block = range(start, start + count)
            self.other = other.transposed([*[rest[k] for k in slow], *block, *[rest[k] for k in fast]])

    def run(self) -> None:
        """All parts, for which indices are looked at."""
        code, done = self.code, self.code.fresh("done")
        look_through(code, [index for index in self.parts.indices if is_single(index)])
        self.all()
        code.jump(done)
        code.begin(self.wrong)
        look_through(code, self.parts.indices)
        code.jump(done)
        code.begin(done)

    def all(self) -> None:
        """All parts."""
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
            if not is_single(index):
                moving.append(index)
            else:
                x = index.source
                x = read(code, x.base, index.dtype) if isinstance(x, Area) else x
                first = _moved(first, distance(code, index, x))
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
            for axis in axes[:-1]:
                bases = on(code, bases, axis.steps, stack.enter_context(code.loop(0, axis.size)))
            if not axes:
                self.place(first, own, moving, bases)
            elif self.wrong and self.in_line(first, moving, axes[-1]):
                _read_line(code, first, moving, axes[-1], bases, self.wrong)
            elif first.size == 1:
                for i, _ in chunks(code, axes[-1].size, 1):
                    self.place(first, own, moving, on(code, bases, axes[-1].steps, i))
            else:
                i = stack.enter_context(code.loop(0, axes[-1].size))
                self.place(first, own, moving, on(code, bases, axes[-1].steps, i))

    def in_line(self, first: Area, moving: Sequence[Index], axis: Axis) -> bool:
        """Whether parts are elements of which the processor reads several at once, if need be by itself.

        Narrow ones are read one by one. From the cache that is still faster with vectors of indices.
        """
        _, result, *steps = axis.steps
        even = all([step in (0, x.dtype.itemsize) for step, x in zip(steps, moving, strict=True)])
        near = memory_type(first.dtype).bits >= 32 or self.parts.nbytes <= _NEAR
        wide = self.code.vector_bytes >= 32 and result == first.dtype.itemsize
        return wide and near and even and any(steps) and first.size == 1

    def place(self, first: Area, own: Source, moving: list[Index], bases: list[Value]) -> None:
        """One place of the block."""
        code = self.code
        for index, base in zip(moving, bases[len(bases) - len(moving) :], strict=True):
            first = _moved(first, distance(code, index, read(code, base, index.dtype), self.wrong))
        if isinstance(own, Area):
            own = Area(code, bases[1], own.shape, own.steps, own.dtype)
        self.each(first, own)


def _moved(area: Area, distance: Value) -> Area:
    return Area(area.code, area.moved(distance), area.shape, area.steps, area.dtype)


# --- elements, many at once ------------------------------------------------------------------------------


def _read_line(
    code: Code, first: Area, moving: Sequence[Index], axis: Axis, bases: Sequence[Value], wrong: str
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
            offsets = offsets + distance(code, index, x, wrong)
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
    aval = atom.aval
    if aval.dtype.kind not in "iub" or (aval.kind == "python" and not isinstance(atom, Literal)):
        return False
    if not aval.ndim and aval.dtype == _UNSIGNED:
        return False  # NumPy makes a number of Python of it, which may be too large
    layout = known.get(atom) if isinstance(atom, Var) else None
    in_order = layout is not None and layout.order == tuple(range(aval.ndim))
    return in_order or sum([n != 1 for n in aval.shape]) <= 1


def _reads(eqn: Equation, known: Known) -> bool:
    arrays = [atom.aval for atom in arrays_of(eqn)]
    if eqn.primitive.name == "take" and arrays[0].dtype == _UNSIGNED:
        return False  # some versions of NumPy refuse it
    copied = any([aval.kind == "array" for aval in arrays]) or eqn.outs[0].aval.nbytes <= _SMALL
    return copied and _indexes(eqn, known)


def _plain(x: Area) -> Area:
    """Truth values as the bytes that they are, which are copied."""
    return Area(x.code, x.base, x.shape, x.steps, np.dtype(np.uint8)) if x.dtype.kind == "b" else x


def _read(code: Code, eqn: Equation, around: Surroundings) -> None:
    x = operand(code, around, eqn.ins[0])
    assert isinstance(x, Area)
    parts, target = shown(code, around, _plain(x), eqn), _plain(result(code, eqn, around))

    def each(part: Area, own: Source) -> None:
        assert isinstance(own, Area)
        put(code, own, part, part.dtype)

    Walk(code, parts, target, each, reads=True).run()


def _writing(name: str | None) -> Emit:
    """The step that combines what is there with new values, or puts these in its place."""

    def emit(code: Code, eqn: Equation, around: Surroundings) -> None:
        target = result(code, eqn, around)
        parts = shown(code, around, target, eqn)
        look_through(code, parts.indices)
        started(code, eqn, around)
        new, each = values(code, eqn, around, name)
        if isinstance(new, Area):
            start, first = parts.start, parts.first.shape
            new = new.broadcast((*first[:start], *parts.block, *first[start:]))
        Walk(code, parts, new, each, reads=False).all()

    return emit


def _writes(eqn: Equation, known: Known) -> bool:
    return takes_values(eqn) and _indexes(eqn, known)


COMPUTED: dict[str, NativeStep] = {
    **dict.fromkeys(("getitem", "take"), NativeStep(_reads, _read)),
    **write_steps(_writes, _writing),
}
