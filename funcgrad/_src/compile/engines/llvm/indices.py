"""Indices that are computed: what they show of an array, and what is raised where they are out of range.

An index shows *parts* of an array, one for each place of the block that its index arrays make: all parts have
one shape and lie alike, moved on by what the index arrays hold there.

NOTE (out of range): a kernel raises NumPy's IndexError itself, of the first index in the order of memory of
the first such array, and ends there. What is to be written over has not changed then, since all indices are
looked through before. Reading looks at each index when it comes to it: the result is new memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....base.record import Record
from ....ir.jaxpr import Atom, Equation
from ....ops.index_form import ALL, ARRAY, Template, plan_index
from .access import Distance, Dtype, read
from .areas import Area, Source, axes_of, long_lanes, operand, over, times
from .builder import I64, Value
from .code import Code
from .conversions import convert
from .movement import at
from .refusals import Refusal, refuse
from .registers import Register
from .surroundings import Surroundings

_INDEX = np.dtype(np.int64)


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
    """What an index shows of an array of ``nbytes``.

    ``first`` is the part at index 0, of which ``before`` dimensions stand in front of the first index array.
    In the result the block begins with dimension ``start``.
    """

    nbytes: int
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
    return Parts(x.size * x.dtype.itemsize, first, places[0], plan.block or (), plan.start, tuple(indices))


# --- out of range ------------------------------------------------------------------------------------


def look_through(code: Code, indices: Sequence[Index]) -> None:
    """Raise NumPy's IndexError if an index is out of range."""
    for index in indices:
        if index.fits:
            continue
        if isinstance(index.source, Area):
            _look_through(code, index, index.source)
        else:
            x = _wide(code, index, index.source)
            with code.when(_beyond(index, x).lt(0)):
                _refuse(code, index, x)


def is_single(index: Index) -> bool:
    """Whether it is one number."""
    return not isinstance(index.source, Area) or index.source.size == 1


def _wide(code: Code, index: Index, x: Register) -> Value:
    found = convert(code, x, index.dtype, _INDEX)
    assert isinstance(found, Value)
    return found


def _beyond(index: Index, x: Value) -> Value:
    """Negative where an index is out of range: it is too small, or what is left up to the end is."""
    return (x + index.size) | (index.size - 1 - x)


def _look_through(code: Code, index: Index, source: Area) -> None:
    """In one pass over all of an index array; in another one for the error."""
    axes = axes_of([source])
    lanes = long_lanes(axes, index.dtype, code.vector_bytes // 8)
    bad = code.local(I64, lanes)
    code.store(bad, code.number(I64, 0, lanes))

    def look(bases: Sequence[Value], mask: Value | None, lanes: int) -> None:
        step = axes[-1].steps[0] if axes else 0
        x = _wide(code, index, read(code, bases[0], index.dtype, step, mask, lanes))
        code.store(bad, code.load(bad, I64, lanes) | _beyond(index, x))

    def name(bases: Sequence[Value], mask: Value | None, lanes: int) -> None:
        x = _wide(code, index, read(code, bases[0], index.dtype))
        with code.when(_beyond(index, x).lt(0)):
            _refuse(code, index, x)

    over(code, axes, [source.base], lanes, look)
    total = code.fold(code.load(bad, I64, lanes), lambda x, y: x | y)
    with code.when(total.lt(0)):
        over(code, axes, [source.base], 0, name)


_REFUSAL = Refusal(
    "out_of_range", "PyExc_IndexError", "index %zd is out of bounds for axis %zd with size %zd"
)  # NumPy's words


def _refuse(code: Code, index: Index, x: Value) -> None:
    refuse(code, _REFUSAL, x, index.axis, index.size)


def distance(code: Code, index: Index, x: Register, wrong: str = "") -> Value:
    """How far an index moves a part on; the label ``wrong`` is where to go if it is out of range."""
    wide = _wide(code, index, x)
    if wrong and not index.fits:
        bad = _beyond(index, wide).lt(0)
        code.leave(code.any_lane(bad), wrong)
    if index.is_signed:
        wide = code.select(wide.lt(0), wide + index.size, wide)
    found = times(code, index.step, wide)
    return found if isinstance(found, Value) else code.integer(found)
