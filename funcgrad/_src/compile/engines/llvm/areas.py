"""Areas: elements in memory as code reaches them, and loops over all of them.

An area is a `Ref` with its pointer in a register. Cutting it, turning its axes and repeating its elements
give areas of the same memory, also where the steps are known only when the kernel runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from ....base.record import Record
from ....ir.jaxpr import Atom, Literal, Var
from .access import Distance, Dtype, read, write
from .builder import I64, Value
from .code import Code
from .refs import Index, Ref
from .registers import Register, number, part
from .surroundings import Surroundings

TURNS = 4  # vectors in one round of a long loop


class Area(Record):
    """Elements from ``base`` on; those of dimension ``d`` are ``steps[d]`` bytes apart."""

    code: Code
    base: Value
    shape: tuple[int, ...]
    steps: tuple[Distance, ...]
    dtype: Dtype

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def moved(self, distance: Distance) -> Value:
        """The base moved on by bytes."""
        return self.code.offset(self.base, distance)

    def row(self, d: int, i: Value | int) -> Area:
        """The elements with index ``i`` in dimension ``d``."""
        base = self.moved(times(self.code, self.steps[d], i))
        shape, steps = (*self.shape[:d], *self.shape[d + 1 :]), (*self.steps[:d], *self.steps[d + 1 :])
        return Area(self.code, base, shape, steps, self.dtype)

    def cut(self, d: int, start: int, count: int, jump: int = 1) -> Area:
        """``count`` elements of dimension ``d``, from ``start`` on."""
        base = self.moved(times(self.code, self.steps[d], start if count else 0))
        shape, steps = list(self.shape), list(self.steps)
        shape[d], steps[d] = count, times(self.code, steps[d], jump)
        return Area(self.code, base, tuple(shape), tuple(steps), self.dtype)

    def part(self, index: Index) -> Area:
        """A part by ``(start, stop, step)`` for each of the first dimensions."""
        found = self
        for d, bounds in enumerate(index):
            start, stop, jump = slice(*bounds).indices(self.shape[d])
            found = found.cut(d, start, len(range(start, stop, jump)), jump)
        return found

    def transposed(self, axes: Sequence[int]) -> Area:
        """The dimensions in another order."""
        shape, steps = tuple([self.shape[axis] for axis in axes]), tuple([self.steps[axis] for axis in axes])
        return Area(self.code, self.base, shape, steps, self.dtype)

    def with_axis(self, d: int) -> Area:
        """A new dimension of length one."""
        shape = (*self.shape[:d], 1, *self.shape[d:])
        return Area(self.code, self.base, shape, (*self.steps[:d], 0, *self.steps[d:]), self.dtype)

    def split(self, d: int, count: int, length: int) -> Area:
        """A dimension as two: ``count`` runs of ``length``."""
        shape = (*self.shape[:d], count, length, *self.shape[d + 1 :])
        steps = (*self.steps[:d], times(self.code, self.steps[d], length), *self.steps[d:])
        return Area(self.code, self.base, shape, steps, self.dtype)

    def diagonal(self, offset: int, axis1: int, axis2: int) -> Area:
        """The diagonal over two dimensions, as the last one."""
        first, second = max(-offset, 0), max(offset, 0)
        count = max(min(self.shape[axis1] - first, self.shape[axis2] - second), 0)
        found = self.cut(axis1, first, count).cut(axis2, second, count)
        rest = [d for d in range(len(self.shape)) if d not in (axis1, axis2)]
        along, across = found.steps[axis1], found.steps[axis2]
        step = across + along if isinstance(along, int) else along + across
        shape, steps = [self.shape[d] for d in rest], [self.steps[d] for d in rest]
        return Area(self.code, found.base, (*shape, count), (*steps, step), self.dtype)

    def broadcast(self, shape: tuple[int, ...]) -> Area:
        """The elements repeated along dimensions that are new, or of length one."""
        missing = len(shape) - len(self.shape)
        pairs = zip(self.shape, shape[missing:], self.steps, strict=True)
        steps = [step if have == want else 0 for have, want, step in pairs]
        return Area(self.code, self.base, shape, ((0,) * missing + tuple(steps)), self.dtype)


def times(code: Code, step: Distance, i: Value | int) -> Distance:
    """A distance some times over."""
    if isinstance(i, int):
        if isinstance(step, int) or i == 1:
            return step * i if isinstance(step, int) else step
        return step * i if i else 0
    return 0 if isinstance(step, int) and step == 0 else i * step


def area(code: Code, ref: Ref) -> Area:
    """The area of a place in the frame."""
    steps: list[Distance] = []
    for step in ref.steps:
        if isinstance(step, int):
            steps.append(step)
        else:
            place = code.offset(code.pointer(step.slot), 8 * step.dim)
            steps.append(code.load(place, I64))
    base = code.offset(code.pointer(ref.slot), ref.offset)
    return Area(code, base, ref.shape, tuple(steps), ref.dtype)


Source = Area | Register


def operand(code: Code, around: Surroundings, atom: Atom, dtype: Dtype | None = None) -> Source:
    """An operand: an area, or a register if it is a single number that is at hand."""
    if isinstance(atom, Literal):
        return number(code, atom.value, dtype if dtype is not None else atom.aval.dtype)
    assert isinstance(atom, Var)
    found = around.scalars.get(atom)
    return found if found is not None else area(code, around.refs[atom])


# --- loops over all elements -------------------------------------------------------------------------


class Axis(Record):
    size: int
    steps: tuple[Distance, ...]


def sweep(code: Code, target: Area, sources: Sequence[Source], function: Callable[..., Register]) -> None:
    """``target[i] = function(*[source[i] for source in sources])`` for all ``i``; areas have its shape.

    Registers are the same for all ``i``. The target may be one of the sources.
    """
    if not target.size:
        return
    areas = [source.broadcast(target.shape) for source in sources if isinstance(source, Area)]
    axes = axes_of([target, *areas])

    def one(bases: Sequence[Value], mask: Value | None, lanes: int) -> None:
        steps = axes[-1].steps if axes else (0,) * len(bases)
        found = []
        rest = iter(zip(areas, bases[1:], steps[1:], strict=True))
        for source in sources:
            if isinstance(source, Area):
                own, base, step = next(rest)
                wide = 0 if isinstance(step, int) and step == 0 else lanes
                found.append(read(code, base, own.dtype, step, mask if wide else None, wide))
            else:
                found.append(source)
        write(code, bases[0], target.dtype, function(*found), steps[0], mask, lanes)

    every = (target, *areas)
    over(code, axes, [x.base for x in every], lanes_of(code, axes, [x.dtype for x in every]), one)


def copy(code: Code, target: Area, source: Source, function: Callable[[Register], Register]) -> None:
    """``target[...] = function(source)``."""
    sweep(code, target, [source], function)


def axes_of(areas: Sequence[Area]) -> list[Axis]:
    """The axes longer than one, from the slowest of the first area to the fastest; neighbours made one."""
    found = []
    for d, size in enumerate(areas[0].shape):
        if size != 1:
            found.append(Axis(size, tuple([x.steps[d] for x in areas])))
    found.sort(key=lambda axis: -abs(axis.steps[0]) if isinstance(axis.steps[0], int) else -math.inf)
    merged: list[Axis] = []
    for axis in found:
        above = merged[-1] if merged else None
        if above is not None and _continues(above, axis):
            merged[-1] = Axis(above.size * axis.size, axis.steps)
        else:
            merged.append(axis)
    return merged


def _continues(above: Axis, axis: Axis) -> bool:
    """Whether the elements of two axes are at even distances."""
    return all(
        [
            isinstance(slow, int) and isinstance(fast, int) and slow == fast * axis.size
            for slow, fast in zip(above.steps, axis.steps, strict=True)
        ]
    )


def lanes_of(code: Code, axes: Sequence[Axis], dtypes: Sequence[Dtype]) -> int:
    """The lanes for the fastest axis; 0 if its elements have gaps."""
    if not axes:
        return 0
    for step, dtype in zip(axes[-1].steps, dtypes, strict=True):
        if not isinstance(step, int) or step not in (0, dtype.itemsize):
            return 0
    if axes[-1].steps[0] == 0:
        return 0
    lanes = code.vector_bytes // min([part(dtype).itemsize for dtype in dtypes])
    return min(lanes, 1 << (axes[-1].size - 1).bit_length())


def long_lanes(axes: Sequence[Axis], dtype: Dtype, most: int) -> int:
    """So many lanes where the elements of an area lie side by side and fill a vector of them, else 0."""
    return most if axes and axes[-1].steps[0] == dtype.itemsize and axes[-1].size >= most else 0


def over(
    code: Code,
    axes: Sequence[Axis],
    bases: Sequence[Value],
    lanes: int,
    body: Callable[[Sequence[Value], Value | None, int], None],
) -> None:
    """Emit ``body`` for all places of areas, along the last axis for as many at once as there are lanes."""
    with ExitStack() as stack:
        for axis in axes[:-1]:
            bases = on(code, bases, axis.steps, stack.enter_context(code.loop(0, axis.size)))
        if not axes:
            body(bases, None, 0)
        elif not lanes:
            with code.loop(0, axes[-1].size) as i:
                body(on(code, bases, axes[-1].steps, i), None, 0)
        else:
            for start, mask in chunks(code, axes[-1].size, lanes):
                body(on(code, bases, axes[-1].steps, start), mask, lanes)


def over_stack(code: Code, areas: Sequence[Area], body: Callable[..., None], core: int = 2) -> None:
    """Emit ``body(*areas)`` for the matrices of stacks, whose last ``core`` dimensions are theirs."""
    if len(areas[0].shape) == core:
        body(*areas)
        return
    with code.loop(0, areas[0].shape[0]) as i:
        over_stack(code, [x.row(0, i) for x in areas], body, core)


def on(code: Code, bases: Sequence[Value], steps: Sequence[Distance], i: Value | int) -> list[Value]:
    return [code.offset(base, times(code, step, i)) for base, step in zip(bases, steps, strict=True)]


def chunks(code: Code, size: int, lanes: int) -> Iterator[tuple[Value | int, Value | None]]:
    """The beginnings of vectors that cover a range, and the mask of the last; what is emitted is in loops."""
    wide = lanes * TURNS
    main = size - size % wide if size >= 2 * wide else 0
    if main:
        with code.loop(0, main, wide) as i:
            for k in range(TURNS):
                yield (i + k * lanes if k else i), None
    for start in range(main, size - lanes + 1, lanes):
        yield start, None
    if size % lanes:
        yield size - size % lanes, code.first_lanes(size % lanes, lanes)
