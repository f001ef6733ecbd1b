"""Writing by index with any elementwise function: ``np.power.at(y, i, v)``.

An element that is addressed several times is written that often, one write after the other, as NumPy does.
The writes are made in turns: all first ones, all second ones, … Each turn is an ordinary application of the
function, so every derivative that the function has is exact. How many turns there are depends on the index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import DtypeError, UnsupportedError
from ..core.aval import Aval, aval_of
from ..core.trace import is_known
from .index_form import Template, encode
from .indexing import drop_leading, getitem_p, index_set_p, plan_of
from .scatter import traced_mask, write_masked
from .shape import concrete
from .structural import broadcast_to, convert, reshape

Function = Callable[..., Any]


def index_apply(function: Function, x: Any, index: Any, *values: Any, what: str) -> Any:
    """A copy of ``x`` with ``function(element, value)`` at ``index``, as often as an element is addressed."""
    aval = aval_of(x)
    mask = traced_mask(index)
    if mask is not None:
        combine = function if values else (lambda x, _: function(x))
        return write_masked(combine, x, mask, values[0] if values else 0, aval)
    template, arrays = encode(index, aval)
    plan = plan_of(x, template, arrays)
    values = tuple(drop_leading(v, len(plan.shape)) for v in values)
    if not plan.repeats:
        return _written(function, x, template, arrays, values, what)
    cells = _cells(aval, template, arrays, what)
    rows = [reshape(broadcast_to(v, plan.shape), (cells.size,)) if aval_of(v).ndim else v for v in values]
    for turn in _turns(cells):
        picked = [getitem_p.bind(v, turn, index=("array",)) if aval_of(v).ndim else v for v in rows]
        where = list(np.unravel_index(cells[turn], aval.shape))
        x = _written(function, x, ("array",) * aval.ndim, where, picked, what)
    return x


def _written(
    function: Function, x: Any, template: Template, arrays: Sequence[Any], values: Sequence[Any], what: str
) -> Any:
    """``x`` with the elements that an index addresses, each once, replaced by the function's."""
    new = function(getitem_p.bind(x, *arrays, index=template), *values)
    have, want = aval_of(new).dtype, aval_of(x).dtype
    if not np.can_cast(have, want, "same_kind"):
        raise DtypeError(
            f"{what}: cannot cast the results from {have} to {want} with casting 'same_kind'.",
            expected=f"an array that can hold {have}",
            got=str(aval_of(x)),
            hint=f"make the array with dtype={have}",
        )
    return index_set_p.bind(x, convert(new, want), *arrays, index=template)


def _cells(x: Aval, template: Template, arrays: Sequence[Any], what: str) -> Any:
    """The number of the element of ``x`` that each write goes to, in C order."""
    known = [_known(array, what) for array in arrays]
    numbers = np.arange(x.size).reshape(x.shape)
    return getitem_p.host(numbers, *known, index=template).reshape(-1)


def _known(array: Any, what: str) -> Any:
    """The numbers of an index array; UnsupportedError where there are none to be had."""
    aval = aval_of(array)
    unknown = not is_known(array)
    if unknown or aval.place != HOST:
        raise UnsupportedError(
            f"{what}: which elements are addressed twice is not known here.",
            expected="index arrays on the host, with known values",
            got=f"a traced index of {aval}" if unknown else str(aval),
            hint="slices and single numbers address nothing twice; add, subtract, multiply, divide, "
            "minimum and maximum take any index",
        )
    return concrete(array)


def _turns(cells: Any) -> Iterator[Any]:
    """The positions of the first writes to each element, of the second ones, and so on."""
    order = np.argsort(cells, kind="stable")
    ranked = cells[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    turn = np.empty(len(cells), np.intp)
    turn[order] = np.arange(len(cells)) - np.repeat(starts, np.diff(np.append(starts, len(cells))))
    return (np.flatnonzero(turn == number) for number in range(int(turn.max(initial=-1)) + 1))
