"""Numbers beside arrays of a device, where several operands become arrays: at joins.

An elementwise function takes numbers as they are, wherever the arrays live. A join makes an array of each
operand first, and that of a number has to live where its neighbours do.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from ..backends import HOST, HOST_TYPES
from ..backends.places import backend_at
from ..core.aval import abstract_place, aval_of, make_aval
from ..core.primitive import Primitive
from .declare import Linear

FAMILY = "beside"


def _to_place(xp: Any, x: Any, *, place: str) -> Any:
    if type(x) not in HOST_TYPES:
        return x
    backend = backend_at(place)
    with backend.scope(place) if place != HOST else nullcontext():
        return backend.xp.full((), x, aval_of(x).dtype)


def _to_place_host(x: Any, *, place: str) -> Any:
    return _to_place(None, x, place=place)


to_place_p = Primitive("to_place", _to_place, host=_to_place_host, family=FAMILY)
to_place_p.aval = lambda x, *, place: make_aval(x.shape, x.dtype, "array", place)
to_place_p.rule = Linear(lambda g, x, *, place: g)
to_place_p.batch = lambda size, values, at, *, place: (values[0], at[0])  # arrays have a place of their own


def beside(values: Sequence[Any]) -> list[Any]:
    """Operands of one join: numbers among arrays of a device as 0-d arrays there."""
    avals = [aval_of(value) for value in values]
    place = abstract_place(avals)
    if place == HOST:
        return list(values)
    return [
        value if aval.kind == "array" else to_place_p.bind(value, place=place)
        for value, aval in zip(values, avals, strict=True)
    ]
