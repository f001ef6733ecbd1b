"""Where the elements of a variable lie: an address, an offset, and a step for each dimension, in bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....base.record import Record
from ....ir.jaxpr import Equation
from ...layout import Layout
from ...strides import seen_as

Index = tuple[Any, ...]


class Step(Record):
    """The step along a dimension of an array that is only known when the kernel runs.

    ``slot`` is the place in the frame of the array's own steps, ``dim`` the dimension there.
    """

    slot: int
    dim: int


class Ref(Record):
    """Elements in memory: those of dimension ``d`` are ``steps[d]`` bytes apart."""

    slot: int
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int | Step, ...]
    dtype: np.dtype[Any]

    @property
    def is_static(self) -> bool:
        """Whether all steps are known."""
        return all([isinstance(step, int) for step in self.steps])

    @property
    def is_c(self) -> bool:
        """Whether the elements lie in C order without gaps."""
        return self.steps == dense(self.shape, tuple(range(len(self.shape))), self.dtype.itemsize)


def dense(shape: tuple[int, ...], order: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """The steps of an array without gaps whose axes lie in this order, from the slowest to the fastest."""
    steps = [0] * len(shape)
    step = itemsize
    for axis in reversed(order):
        steps[axis] = step
        step *= shape[axis]
    return tuple(steps)


def dense_ref(slot: int, offset: int, shape: tuple[int, ...], layout: Layout, dtype: np.dtype[Any]) -> Ref:
    """An array without gaps."""
    return Ref(slot, offset, shape, dense(shape, layout.order, dtype.itemsize), dtype)


# --- views: no code, only another way to count ------------------------------------------------------


def view(eqn: Equation, ref: Ref) -> Ref | None:
    """What an equation shows of its operand, if it moves nothing; None if it may have to."""
    rule = VIEWS.get(eqn.primitive.name)
    return None if rule is None else rule(eqn, ref)


def transposed(ref: Ref, axes: tuple[int, ...]) -> Ref:
    """The dimensions in another order."""
    shape, steps = tuple([ref.shape[axis] for axis in axes]), tuple([ref.steps[axis] for axis in axes])
    return Ref(ref.slot, ref.offset, shape, steps, ref.dtype)


def broadcast(ref: Ref, shape: tuple[int, ...]) -> Ref:
    """The elements repeated along dimensions that are new, or of length one."""
    missing = len(shape) - len(ref.shape)
    steps: list[int | Step] = [0] * missing
    for have, want, step in zip(ref.shape, shape[missing:], ref.steps, strict=True):
        steps.append(step if have == want else 0)
    return Ref(ref.slot, ref.offset, shape, tuple(steps), ref.dtype)


def reshaped(ref: Ref, shape: tuple[int, ...]) -> Ref | None:
    """The same elements in C order with other dimensions, if they can be seen so."""
    steps = [step for step in ref.steps if isinstance(step, int)]
    if len(steps) != len(ref.steps) or 0 in shape:
        return None
    found = seen_as(ref.shape, steps, shape)
    return None if found is None else Ref(ref.slot, ref.offset, shape, found, ref.dtype)


def sliced(ref: Ref, cuts: Index) -> Ref | None:
    """A part, by ``(start, stop, step)`` for each of the first dimensions."""
    shape, steps, offset = list(ref.shape), list(ref.steps), ref.offset
    for d, cut in enumerate(cuts):
        start, stop, jump = slice(*cut).indices(ref.shape[d])
        count, step = len(range(start, stop, jump)), ref.steps[d]
        if not isinstance(step, int):
            if (start, jump) != (0, 1):
                return None
        else:
            steps[d] = step * jump
            offset += start * step if count else 0
        shape[d] = count
    return Ref(ref.slot, offset, tuple(shape), tuple(steps), ref.dtype)


def _getitem(eqn: Equation, ref: Ref) -> Ref | None:
    index = eqn.params["index"]
    if len(eqn.ins) > 1 or any([isinstance(item, str) for item in index]):
        return None
    if Ellipsis in index:
        at = index.index(Ellipsis)
        used = sum([item is not None for item in index]) - 1
        index = (*index[:at], *[(None, None, None)] * (len(ref.shape) - used), *index[at + 1 :])
    shape: list[int] = []
    steps: list[int | Step] = []
    offset, d = ref.offset, 0
    for item in index:
        if item is None:
            shape.append(1)
            steps.append(0)
            continue
        part = Ref(ref.slot, 0, ref.shape[d : d + 1], ref.steps[d : d + 1], ref.dtype)
        one = sliced(part, (item if isinstance(item, tuple) else (item, item + 1 or None, 1),))
        if one is None or not (isinstance(item, tuple) or type(item) is int):
            return None
        offset += one.offset
        if isinstance(item, tuple):
            shape.append(one.shape[0])
            steps.append(one.steps[0])
        d += 1
    return Ref(ref.slot, offset, (*shape, *ref.shape[d:]), (*steps, *ref.steps[d:]), ref.dtype)


def _reshape(eqn: Equation, ref: Ref) -> Ref | None:
    return reshaped(ref, eqn.outs[0].aval.shape) if eqn.params.get("order", "C") == "C" else None


def _diagonal(eqn: Equation, ref: Ref) -> Ref | None:
    """The steps along both axes at once."""
    first, second = eqn.params["axis1"], eqn.params["axis2"]
    along, across = ref.steps[first], ref.steps[second]
    if not isinstance(along, int) or not isinstance(across, int):
        return None
    offset = eqn.params["offset"]
    rest = [d for d in range(len(ref.shape)) if d not in (first, second)]
    start = max(-offset, 0) * along + max(offset, 0) * across if eqn.outs[0].aval.shape[-1] else 0
    steps = (*[ref.steps[d] for d in rest], along + across)
    return Ref(ref.slot, ref.offset + start, eqn.outs[0].aval.shape, steps, ref.dtype)


def _flip(eqn: Equation, ref: Ref) -> Ref | None:
    turned = eqn.params["axes"]
    return sliced(ref, tuple([(None, None, -1 if d in turned else 1) for d in range(len(ref.shape))]))


VIEWS: dict[str, Any] = {
    "transpose": lambda eqn, ref: transposed(ref, eqn.params["axes"]),
    "broadcast_to": lambda eqn, ref: broadcast(ref, eqn.outs[0].aval.shape),
    "slice": lambda eqn, ref: sliced(ref, eqn.params["index"]),
    "reshape": _reshape,
    "getitem": _getitem,
    "flip": _flip,
    "diagonal": _diagonal,
}
