"""What an index means: NumPy's index kinds as a hashable template beside positional index arrays.

An index splits into a *template*, a tuple that describes it without arrays, and the arrays themselves,
which are operands like any other. The items of a template are an int, None, ``...``, a slice as the
tuple ``(start, stop, step)``, ``ARRAY`` where an index array stands, and ``TRUE`` or ``FALSE`` for a
0-d mask. A mask with axes becomes the index arrays of its true elements, so that everything after
``encode`` has a static shape.

NOTE (advanced indices): once an index array with axes (or a 0-d mask) takes part, ints and 0-d arrays
are index arrays too. All of them broadcast to one *block* of axes, which stands where the first of
them stood if they are neighbours, and in front if a slice, None or ``...`` (even an empty one)
separates them.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST, is_array
from ..backends.places import backend_at
from ..base.errors import DtypeError
from ..base.record import Record
from ..core.aval import Aval, aval_of
from ..core.trace import Tracer, withheld
from .decisions import decided, demand, found, unsettled

ARRAY, TRUE, FALSE = "array", "true", "false"
ALL = (None, None, None)  # the slice ``:``
Template = tuple[Any, ...]
Shape = tuple[int, ...]
ON_MASKS = "np.where(mask, x, 0) keeps the shape; y[mask] = scalar works on traced masks"


# --- from the user's index to a template -------------------------------------------------------------


def encode(index: Any, x: Aval) -> tuple[Template, list[Any]]:
    """The template and the index arrays of ``index`` into an array like ``x``."""
    template: list[Any] = []
    arrays: list[Any] = []
    masks: list[tuple[int, Shape]] = []
    for item in index if isinstance(index, tuple) else (index,):
        kind = type(item)
        if kind is int or item is None or item is Ellipsis:
            template.append(item)
        elif kind is slice:
            template.append((_bound(item.start), _bound(item.stop), _bound(item.step)))
        elif kind is bool or kind is np.bool_:
            template.append(TRUE if item else FALSE)
        elif is_array(item) or kind is Tracer or isinstance(item, (list, tuple)):
            _encode_array(_as_index_array(item, x), template, arrays, masks)
        else:
            try:
                template.append(operator.index(item))
            except TypeError:
                raise complaint(x.shape, index) from None
    if masks:
        _check_masks(masks, template, x.shape, index)
    return tuple(template), arrays


def _bound(value: Any) -> int | None:
    return value if value is None or type(value) is int else operator.index(value)


def _as_index_array(item: Any, x: Aval) -> Any:
    """An index array, checked; a list becomes an array where ``x`` is; a mask must have values."""
    item = listed(item, x.place)
    dtype = aval_of(item).dtype
    if dtype.kind == "b":
        demand(item, "x[mask]", ON_MASKS)
        return item
    if dtype.kind not in "iu":
        raise DtypeError(
            f"An array of dtype {dtype} cannot be an index.",
            expected="integers or a boolean mask",
            got=str(aval_of(item)),
            hint="convert it: i.astype(int)",
        )
    return item


def listed(item: Any, place: str) -> Any:
    """A list of numbers as an array at ``place``; anything else unchanged."""
    if not isinstance(item, (list, tuple)):
        return item
    item = np.asarray(item) if len(item) else np.zeros(0, np.intp)
    if place == HOST:
        return item
    backend = backend_at(place)
    with backend.scope(place):
        return backend.xp.asarray(item)


def _encode_array(item: Any, template: list[Any], arrays: list[Any], masks: list[tuple[int, Shape]]) -> None:
    aval = aval_of(item)
    if aval.dtype.kind != "b":
        template.append(ARRAY)
        arrays.append(item)
    elif aval.ndim == 0:
        template.append(TRUE if decided("bool", item) else FALSE)
    else:
        masks.append((len(template), aval.shape))
        template.extend([ARRAY] * aval.ndim)
        arrays.extend(found("nonzero", [item], "x[mask]", ON_MASKS))


def _check_masks(masks: list[tuple[int, Shape]], template: list[Any], shape: Shape, index: Any) -> None:
    """A mask must have the lengths of the axes it stands for."""
    ellipsis = len(shape) - sum(map(_axes_taken, template))
    for position, lengths in masks:
        axis = axes_before(tuple(template), position, ellipsis)
        if shape[axis : axis + len(lengths)] != lengths:
            raise complaint(shape, index)


def _axes_taken(item: Any) -> int:
    return 0 if item is None or item is Ellipsis or (type(item) is str and item != ARRAY) else 1


def known_value(value: Any, what: str, hint: str = ON_MASKS, *, decides: str = "shape") -> Any:
    """The numbers behind a value that ``decides`` on a result; ConcretizationError where they are unknown.

    They become part of a program, which may not depend on them: where Python's decisions are recorded,
    ``decided`` and ``found`` of decisions.py are the way.
    """
    if type(value) is not Tracer:
        return value
    for reason, trace in withheld(value):
        if reason != "derivative":
            raise unsettled(value, what, hint, (reason, trace), decides)
    return value.trace.concrete(value)


def complaint(shape: Shape, index: Any) -> Exception:
    """NumPy's own error for an index that does not fit an array of this shape."""
    try:
        np.broadcast_to(np.empty((), bool), shape)[index]
    except (IndexError, ValueError, TypeError) as error:
        return error
    return IndexError(f"the index {index!r} does not fit an array of shape {shape}")


# --- from a template back to an index ----------------------------------------------------------------


@functools.lru_cache(maxsize=8192)
def decode(template: Template) -> tuple[Any, ...]:
    """The index of a template; ``ARRAY`` stays where an array is to be put in."""
    constants = {TRUE: True, FALSE: False}
    return tuple(
        slice(*item) if type(item) is tuple else constants.get(item, item) if type(item) is str else item
        for item in template
    )


def fill(template: Template, arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The index that a template and its arrays stand for."""
    index = decode(template)
    if not arrays:
        return index
    remaining = iter(arrays)
    return tuple(next(remaining) if type(item) is str else item for item in index)


# --- the shape of the result -------------------------------------------------------------------------


class Plan(Record):
    """What an index does to a shape.

    ``block`` is the shape of the advanced indices together (None when there are none), ``start`` the
    axis of the result where it begins, ``separated`` whether it was moved to the front.
    """

    shape: Shape
    block: Shape | None
    start: int
    separated: bool
    ellipsis: int  # the axes that ``...`` stands for

    @property
    def repeats(self) -> bool:
        """Whether an element may be addressed twice."""
        return self.block is not None and math.prod(self.block) > 1


@functools.lru_cache(maxsize=8192)
def plan_index(shape: Shape, template: Template, array_shapes: tuple[Shape, ...]) -> Plan:
    """The shape of ``x[index]`` by NumPy's rules, without touching an array."""
    taken = sum(map(_axes_taken, template))
    if taken > len(shape) or template.count(Ellipsis) > 1:
        raise _refused(shape, template, array_shapes)
    ellipsis = len(shape) - taken
    advanced = any(array_shapes) or TRUE in template or FALSE in template
    remaining = iter(array_shapes)
    dims: list[int] = []
    blocks: list[Shape] = []
    axis, start, apart, separated = 0, 0, False, False
    for item in template if Ellipsis in template else (*template, Ellipsis):
        if item is None or item is Ellipsis or type(item) is tuple:
            found, step = _basic(item, shape, axis, ellipsis)
            dims.extend(found)
            apart, axis = bool(blocks), axis + step
            continue
        blocks.append(_advanced(item, shape, axis, remaining, (shape, template, array_shapes)))
        if len(blocks) == 1:
            start = len(dims)
        separated, apart = separated or apart, False
        axis += _axes_taken(item)
    if not advanced:
        return Plan(tuple(dims), None, 0, False, ellipsis)
    try:
        block = np.broadcast_shapes(*blocks)
    except ValueError:
        raise _refused(shape, template, array_shapes) from None
    start = 0 if separated else start
    return Plan((*dims[:start], *block, *dims[start:]), block, start, separated, ellipsis)


def _basic(item: Any, shape: Shape, axis: int, ellipsis: int) -> tuple[Sequence[int], int]:
    """The axes of the result that a slice, None or ``...`` makes, and how many it takes."""
    if item is None:
        return (1,), 0
    if item is Ellipsis:
        return shape[axis : axis + ellipsis], ellipsis
    return (len(range(*slice(*item).indices(shape[axis]))),), 1


def _advanced(item: Any, shape: Shape, axis: int, remaining: Any, whole: tuple[Any, ...]) -> Shape:
    """The shape that an int, an array or a 0-d mask has as an index array."""
    if type(item) is str:
        return next(remaining) if item == ARRAY else (1,) if item == TRUE else (0,)
    if not -shape[axis] <= item < shape[axis]:
        raise _refused(*whole)
    return ()


def _refused(shape: Shape, template: Template, array_shapes: tuple[Shape, ...]) -> Exception:
    return complaint(shape, fill(template, [np.zeros(s, np.intp) for s in array_shapes]))


def indexed_aval(x: Aval, plan: Plan, template: Template) -> tuple[Shape, Any]:
    """Shape and kind of ``x[index]``: an element of a host array is a scalar unless ``...`` was written."""
    scalar = not plan.shape and x.place == HOST and Ellipsis not in template
    return plan.shape, "scalar" if scalar else "array"


def first_advanced(template: Template) -> int:
    """The position of the first item that is an index array once any is."""
    return next(i for i, item in enumerate(template) if type(item) in (int, str))


def axes_before(template: Template, position: int, ellipsis: int) -> int:
    """How many axes the items before ``position`` take."""
    return sum(ellipsis if item is Ellipsis else _axes_taken(item) for item in template[:position])
