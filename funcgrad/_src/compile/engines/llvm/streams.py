"""The elements that nested loops go over: where they begin, and how far apart they lie along each axis.

A *place* is a pointer into each stream for the round that the loops are in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ....base.record import Record
from ...loops import Dims, Loop
from .access import Distance, Dtype, read, write
from .builder import I64, Value
from .code import Code
from .refs import Ref, Step
from .registers import Register
from .surroundings import Surroundings

Key = tuple[str, int]  # ("load" | "keep" | "column", register), ("store", its number)
Place = dict[Key, Value]


class Stream(Record):
    """Elements: the first, the distance along each axis of the loop, and what they are."""

    base: Value
    distances: Mapping[int, Distance]
    dtype: Dtype


class Here(Record):
    """What is worked on at once: one element, or a vector along an axis.

    ``turn`` is its number among the vectors that alternate; if there is a mask, only its lanes count.
    """

    lanes: int = 0
    axis: int = -1
    turn: int = 0
    mask: Value | None = None


ONE = Here()


class Streams:
    """The streams of a loop program, and moving along them."""

    def __init__(self, code: Code, loop: Loop, around: Surroundings) -> None:
        self.code, self.loop, self.around = code, loop, around
        self.streams: dict[Key, Stream] = {}

    def begin(self) -> Place:
        """Find all arrays; the place before all loops."""
        for load in self.loop.loads:
            if load.var not in self.around.scalars:
                ref = self.around.refs[load.var]
                self.streams["load", load.register] = self._of(ref, load.dims)
        for k, store in enumerate(self.loop.stores):
            if store.var in self.around.refs:
                self.streams["store", k] = self._of(self.around.refs[store.var], store.dims)
        return {key: stream.base for key, stream in self.streams.items()}

    def _of(self, ref: Ref, dims: Dims) -> Stream:
        """The way of the loops over an array."""
        steps = [step if isinstance(step, int) else self._runtime(step) for step in ref.steps]
        base = self.code.offset(self.code.pointer(ref.slot), ref.offset)
        return Stream(base, along_axes(dims, steps), ref.dtype)

    def _runtime(self, step: Step) -> Value:
        """The distance that an array object tells."""
        place = self.code.offset(self.code.pointer(step.slot), 8 * step.dim)
        return self.code.load(place, I64)

    def scratch(self, key: Key, axes: Iterable[int], dtype: Dtype, given: Value | None = None) -> Value:
        """Memory for a register along these axes, the same each time; where it begins."""
        if key not in self.streams:
            distances: dict[int, Distance] = {}
            step = dtype.itemsize
            for k in sorted(axes, reverse=True):
                distances[k] = step
                step *= self.loop.sizes[k]
            if given is None:
                slot, offset = self.around.scratch(step)
                given = self.code.offset(self.code.pointer(slot), offset)
            self.streams[key] = Stream(given, distances, dtype)
        return self.streams[key].base

    def moved(self, keys: Iterable[Key], at: Place, axis: int, i: Value | int) -> Place:
        """The place in round ``i`` of the loop over an axis, for the streams with these keys."""
        found = dict(at)
        for key in keys:
            if key not in at:
                continue
            step = self.streams[key].distances.get(axis, 0)
            if not (isinstance(step, int) and (step == 0 or i == 0)):
                found[key] = self.code.offset(at[key], _times(i, step))
        return found

    def get(self, key: Key, at: Place, here: Here) -> Register:
        """Read from a stream; what does not vary along the axis of a vector is read once for all lanes."""
        stream = self.streams[key]
        step = stream.distances.get(here.axis, 0)
        if isinstance(step, int) and step == 0:
            here = ONE
        return read(self.code, at[key], stream.dtype, step, here.mask, here.lanes)

    def put(self, key: Key, x: Register, at: Place, here: Here) -> None:
        """Write to a stream."""
        stream = self.streams[key]
        step = stream.distances.get(here.axis, 0)
        write(self.code, at[key], stream.dtype, x, step, here.mask, here.lanes)


def along_axes(dims: Dims, steps: Sequence[Distance]) -> dict[int, Distance]:
    """The distance along each axis of the loop; of dimensions that were made one axis the fastest counts."""
    found: dict[int, Distance] = {}
    for axis, step in zip(dims, steps, strict=True):
        if axis is None:
            continue
        before = found.get(axis)
        found[axis] = min(before, step) if isinstance(before, int) and isinstance(step, int) else step
    return found


def _times(i: Value | int, step: Distance) -> Value | int:
    if isinstance(i, int):
        return i * step if isinstance(step, int) else step * i
    return i * step
