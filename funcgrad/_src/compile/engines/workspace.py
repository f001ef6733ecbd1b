"""The memory of a program between its calls: slots of bytes, and the arrays that are views of them.

NOTE (bounded memory): when a program makes a workspace, and those of all programs together would take more
than ``config.idle_memory``, the programs that made theirs longest ago lose what no call is using.

NOTE (one workspace a call): a call takes a workspace from the pool, or makes one, and gives it back at its
end. So threads may run one program at the same time, and a call that raises merely loses its workspace.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...base import config
from ...base.record import Record
from ...core.aval import Aval
from ...core.primitive import Primitive
from .idle import KEEPERS

_ALIGN = 64
_known: dict[
    int, weakref.ref[Workspace]
] = {}  # those that have memory, the one that made some last at the end


class Area(Record):
    """An array in a slot: shape and dtype, and its axes from the slowest to the fastest."""

    slot: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    order: tuple[int, ...]

    def make(self, slots: Sequence[Any]) -> Any:
        """The array."""
        shape = tuple([self.shape[axis] for axis in self.order])
        count = int(np.prod(shape, dtype=np.int64)) * self.dtype.itemsize
        array = slots[self.slot][:count].view(self.dtype).reshape(shape)
        if self.order == tuple(range(len(shape))):
            return array
        inverse = sorted(range(len(shape)), key=self.order.__getitem__)
        return array.transpose(inverse)


class Shown(Record):
    """Shows an array as a primitive does that copies nothing."""

    primitive: Primitive
    params: dict[str, Any]

    def __call__(self, x: Any) -> Any:
        return self.primitive.host(x, **self.params)


def in_memory_order(x: Any) -> Any:
    """An array without gaps as one axis: a view."""
    return x.ravel("K")


def transposed(x: Any) -> Any:
    """The transpose of an array: a view."""
    return x.T


class Derived(Record):
    """A view of another array of the workspace."""

    of: int
    make: Callable[[Any], Any]


class Whole(Record):
    """All slots as one array of bytes."""


class Apart(Record):
    """Memory of its own, for use within a step by one thread."""

    number: int


class Workspace:
    """Makes the arrays of a program; ``pool`` holds those that no call is using."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.rows: list[Area | Derived | Whole | Apart] = []
        self.number: dict[Any, int] = {}
        self.pool: list[tuple[Any, ...]] = []
        self.starts = [0]
        self.scratch: list[int] = []  # bytes of the memory apart, of each thread
        self.count = 0  # of the workspaces that are in the pool or in use

    @property
    def nbytes(self) -> int:
        """The bytes of one workspace."""
        return sum([-(-n // _ALIGN) * _ALIGN for n in self.sizes]) + _ALIGN + sum(self.scratch)

    def area(self, slot: int, aval: Aval, order: tuple[int, ...]) -> int:
        """The number of the array for a result in a slot."""
        return self._add((slot, aval.shape, aval.dtype, order), Area(slot, aval.shape, aval.dtype, order))

    def raw(self, slot: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
        """The number of an array in C order."""
        order = tuple(range(len(shape)))
        return self._add((slot, shape, dtype, order), Area(slot, shape, dtype, order))

    def derived(self, of: int, key: Any, make: Callable[[Any], Any]) -> int:
        """The number of a view of another array."""
        return self._add((of, key), Derived(of, make))

    def whole(self) -> int:
        """The number of the array of all bytes."""
        return self._add("whole", Whole())

    def apart(self, size: int, thread: int = 0) -> int:
        """The number of an array of bytes for use within steps, at least so large."""
        self.scratch += [0] * (thread + 1 - len(self.scratch))
        self.scratch[thread] = max(self.scratch[thread], size)
        return self._add(("apart", thread), Apart(thread))

    def start(self, slot: int) -> int:
        """Where a slot begins in it; those before it do not grow any more."""
        starts = self.starts
        while len(starts) <= slot:
            starts.append(starts[-1] + -(-self.sizes[len(starts) - 1] // _ALIGN) * _ALIGN)
        return starts[slot]

    def _add(self, key: Any, row: Area | Derived | Whole | Apart) -> int:
        found = self.number.get(key)
        if found is None:
            found = self.number[key] = len(self.rows)
            self.rows.append(row)
        return found

    def make(self) -> tuple[Any, ...]:
        """New memory, and the arrays in it."""
        _make_room(self)
        starts, total = [], 0
        for n in self.sizes:
            starts.append(total)
            total += -(-n // _ALIGN) * _ALIGN
        memory, first = _aligned(total)
        slots = [
            memory[first + start : first + start + n] for start, n in zip(starts, self.sizes, strict=True)
        ]
        arrays: list[Any] = []
        for row in self.rows:
            if isinstance(row, Whole):
                arrays.append(memory[first : first + total])
            elif isinstance(row, Apart):
                apart, start = _aligned(self.scratch[row.number])
                arrays.append(apart[start:])
            else:
                arrays.append(row.make(slots) if isinstance(row, Area) else row.make(arrays[row.of]))
        return tuple(arrays)

    def take(self) -> tuple[Any, ...]:
        """A workspace for one call."""
        try:
            return self.pool.pop()
        except IndexError:
            return self.make()

    def drop(self) -> None:
        """Forget the workspaces that no call is using."""
        while self.pool:
            try:
                self.pool.pop()
            except IndexError:  # another thread took it
                return
            self.count -= 1


def _aligned(size: int) -> tuple[Any, int]:
    """New memory, and where in it the first cache line begins."""
    memory = np.empty(size + _ALIGN, np.uint8)
    return memory, -memory.__array_interface__["data"][0] % _ALIGN


def _make_room(workspace: Workspace) -> None:
    """Count a new workspace, and drop idle ones of other programs if all together take too much."""
    _known.pop(id(workspace), None)
    others = _all()
    workspace.count += 1
    total = sum([other.nbytes * other.count for other in others]) + workspace.nbytes * workspace.count
    _drop(others, total, config.idle_memory)
    for key in [key for key, ref in list(_known.items()) if (found := ref()) is None or not found.count]:
        _known.pop(key, None)
    _known[id(workspace)] = weakref.ref(workspace)


def _all() -> list[Workspace]:
    """Those that have memory, the one that made some last at the end."""
    return [found for ref in list(_known.values()) if (found := ref()) is not None]


def _drop(those: list[Workspace], total: int, most: int) -> None:
    """Drop idle ones, one after the other, until the total of bytes is no more than so much."""
    for one in those:
        if total <= most:
            return
        before = one.count
        one.drop()
        total -= one.nbytes * (before - one.count)


def _trim(most: int) -> None:
    """Give back what no call is using, until all together take no more than so many bytes."""
    found = _all()
    _drop(found, sum([one.nbytes * one.count for one in found]), most)


KEEPERS.append(_trim)
